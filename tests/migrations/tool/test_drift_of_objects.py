"""Drift of what is declared beside the models: virtual tables, views and triggers."""

import pytest

from migrations.tool import drift
from migrations.tool.drift import Drift
from migrations.tool.schema import definition
from shared_schema.database import LibsqlDatabase
from tests import servers
from tests.migrations import unchecked
from tests.migrations.tool.test_drift import FIRST, Poet, messages

SEARCH = "CREATE VIRTUAL TABLE poet_search USING fts5 (name, content='poet', content_rowid='id')"
NAMES = "CREATE VIEW poet_names AS SELECT name FROM poet"
ADDED = """CREATE TRIGGER poet_added AFTER INSERT ON poet BEGIN
    INSERT INTO poet_search (rowid, name) VALUES (new.id, new.name); -- it's an index
    SELECT 1;
END"""
OBJECTS = (SEARCH, NAMES, ADDED)
CALLS = "".join(f"\n    migrator.sql({sql!r})" for sql in OBJECTS)


@pytest.fixture(params=["file", "server"])
def live(request, story, beside, monkeypatch, db, tmp_path):
    """A database, on a file and on a server, that has had the stream with the three objects."""
    for owner in list(definition.OWNERS):
        monkeypatch.delitem(definition.OWNERS, owner)
    monkeypatch.setitem(definition.OWNERS, "story", [Poet])
    beside(*OBJECTS)
    story(FIRST + CALLS)
    if request.param == "file":
        unchecked.up(db)
        yield db
        return
    servers.needed()
    with servers.Sqld(tmp_path / "server", auth=False) as running:
        server = LibsqlDatabase(running.url)
        unchecked.up(server)
        yield server
        server.close()


def test_objects_that_are_declared_and_made_are_no_drift(live):
    live.execute_sql("INSERT INTO poet (name) VALUES ('Sappho')")
    assert drift.models() == []
    assert drift.database(live) == []


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ("DROP TRIGGER poet_added", "poet", 'trigger "poet_added" is missing'),
        ("DROP VIEW poet_names", "poet_names", 'view "poet_names" is missing'),
        ("DROP TABLE poet_search", "poet_search", 'virtual table "poet_search" is missing'),
    ],
)
def test_object_that_is_gone_is_named(change, where, message, live):
    live.execute_sql(change)
    assert drift.database(live) == [Drift("database", where, message)]


def test_shadow_tables_of_a_stranger_are_no_drift_of_their_own(live):
    live.execute_sql("CREATE VIRTUAL TABLE words USING fts5 (text)")
    live.execute_sql("CREATE VIRTUAL TABLE places USING rtree (id, west, east)")
    assert drift.database(live) == [
        Drift("note", "places", 'virtual table "places" should not be there'),
        Drift("note", "words", 'virtual table "words" should not be there'),
    ]


def test_object_with_another_text_is_named(live):
    other = SEARCH.replace("name,", "name, tokenize='porter',")
    live.execute_sql("DROP TABLE poet_search")
    live.execute_sql(other)
    assert messages(drift.database(live)) == [f'virtual table "poet_search" is {other}, should be {SEARCH}']


def test_comments_and_layout_of_a_trigger_are_no_drift(live):
    live.execute_sql("DROP TRIGGER poet_added")
    live.execute_sql(" ".join(ADDED.replace("-- it's an index", "/* don't look */").split()))
    assert drift.database(live) == []


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (OBJECTS[:2], 'trigger "poet_added" should not be there'),
        ((*OBJECTS, "CREATE VIEW more AS SELECT 1"), 'view "more" is missing'),
        (OBJECTS[1:2], 'virtual table "poet_search" should not be there'),
    ],
)
def test_declaration_without_its_migration_is_named(declared, message, live, beside):
    beside(*declared)
    assert message in messages(drift.models())
