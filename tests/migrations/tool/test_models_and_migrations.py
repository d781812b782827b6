"""The gate: an empty database with every migration equals one made from the models, by the text of its schema."""

import pytest

from migrations.tool import router
from migrations.tool.develop import draft
from migrations.tool.schema import sqltext, structure
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from shared_schema.tables import OBJECTS, OWNERS
from tests.migrations import unchecked


def texts(db):
    """What the database consists of, without the histories of migrations."""
    histories = {streams.history_table(stream) for stream in streams.NEEDS}
    entries = [entry for entry in structure.objects(db) if entry.of not in histories]
    return {(entry.kind, entry.name): sqltext.normal(entry.sql) for entry in entries}


@pytest.fixture
def migrated(db):
    unchecked.up(db)
    return db


@pytest.fixture
def declared(tmp_path):
    database = LibsqlDatabase(f"file:{tmp_path}/declared.db")
    for owner in streams.NEEDS:
        with database.bind_ctx(OWNERS[owner]):
            for model in OWNERS[owner]:
                model.create_table(safe=False)
        for sql in OBJECTS[owner]:
            database.execute_sql(sql)
    yield database
    database.close()


def test_migrations_build_exactly_what_the_models_declare(migrated, declared):
    built, wanted = texts(migrated), texts(declared)
    assert sorted(built.keys() - wanted.keys()) == []
    assert sorted(wanted.keys() - built.keys()) == []
    assert [key for key in wanted if built[key] != wanted[key]] == []


def test_gate_looks_at_every_table_and_index(migrated, declared):
    models = [model for owner in OWNERS.values() for model in owner]
    assert {name for kind, name in texts(migrated) if kind == "table"} == {model._meta.table_name for model in models}
    beside = {entry for entry in texts(migrated) if entry[0] not in ("table", "index")}
    assert len(beside) == len([sql for created in OBJECTS.values() for sql in created])


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE extra (n INTEGER)",
        "DROP TABLE audit_log",
        "CREATE INDEX extra ON users (name)",
        "DROP INDEX users_email",
        "ALTER TABLE users ADD COLUMN extra TEXT",
        "ALTER TABLE users DROP COLUMN bio",
        "ALTER TABLE users RENAME COLUMN bio TO life",
        "CREATE TRIGGER extra AFTER DELETE ON users BEGIN SELECT 1; END",
        "CREATE VIEW extra AS SELECT 1",
        "CREATE VIRTUAL TABLE extra USING fts5 (text)",
    ],
)
def test_gate_sees_any_drift(change, migrated, declared):
    migrated.execute_sql(change)
    assert texts(migrated) != texts(declared)


@pytest.mark.parametrize("stream", list(streams.NEEDS))
def test_tool_has_nothing_to_add(stream):
    assert draft.changes(stream) == ([], [])


@pytest.mark.parametrize("stream", list(streams.NEEDS))
def test_every_stream_can_be_rolled_back_to_nothing(stream, db):
    for name in streams.with_needs(stream):
        before = set(texts(db))
        router.StreamRouter(db, name).run()
    for _ in streams.names(stream):
        router.StreamRouter(db, stream).rollback()
    assert set(texts(db)) == before
    assert streams.applied(db, stream) == []


def test_migrated_database_is_whole(migrated):
    assert migrated.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert migrated.execute_sql("PRAGMA foreign_key_check").fetchall() == []


def test_layout_makes_no_difference_but_text_does():
    laid_out = """CREATE TABLE "t" (
        "a"  TEXT
        , "b" TEXT DEFAULT ( 'x' )
    )"""
    assert sqltext.normal(laid_out) == """CREATE TABLE "t" ("a" TEXT, "b" TEXT DEFAULT ('x'))"""
    for text in ("'two  blanks'", "'( x )'", "'it''s  two'", "'line\nline'", '"two  blanks"'):
        assert sqltext.normal(f"CHECK  ( a = {text} )") == f"CHECK (a = {text})"
