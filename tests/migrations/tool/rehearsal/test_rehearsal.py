"""Rehearsal: what a migration would do, known before it does it, with nothing changed."""

import pytest

from migrations.tool import rehearsal
from migrations.tool.rehearsal import scratch
from migrations.tool.schema import structure
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests import servers
from tests.migrations import unchecked

FIRST = """
    migrator.sql("CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT) STRICT")
    migrator.sql("CREATE TABLE child (parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE) STRICT")
"""
SECOND = """
    migrator.sql("ALTER TABLE parent ADD COLUMN born INTEGER")
    migrator.sql("UPDATE parent SET born = 1900 WHERE id > 7")
    migrator.sql("CREATE INDEX parent_born ON parent (born)")
"""


@pytest.fixture
def server(tmp_path):
    """A real server without tables."""
    servers.needed()
    with servers.Sqld(tmp_path / "server", auth=False) as running:
        database = LibsqlDatabase(running.url)
        yield database
        database.close()


def pending(db):
    return [streams.read("story", name) for name in streams.pending(db, ["story"])["story"]]


def everything(db):
    return db.execute_sql("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_each_statement_is_recorded_with_what_it_changes(story, db):
    story(FIRST)
    unchecked.up(db)
    story(SECOND)
    (rehearsed,) = rehearsal.rehearse(db, pending(db))
    add, update, index = rehearsed.steps
    assert [step.sql.split(maxsplit=1)[0] for step in rehearsed.steps] == ["ALTER", "UPDATE", "CREATE"]
    assert "born" not in add.before.tables["parent"].columns
    assert "born" in add.after.tables["parent"].columns
    assert (update.writes, update.whole) == ({"parent"}, False)
    assert index.after.texts.keys() - index.before.texts.keys() == {"parent_born"}
    assert (rehearsed.error, str(rehearsed.migration)) == (None, "story/002_chapter")


def test_what_a_migration_says_in_python_is_recorded_too(story, db):
    story(
        """
    database.execute_sql("CREATE TABLE first (n INTEGER)")
    migrator.run(lambda: database.execute_sql("CREATE TABLE second (n INTEGER)"))
    database.execute_sql("SELECT 1")
    with database.atomic():
        database.execute_sql("CREATE TABLE zeroth (n INTEGER)")
"""
    )
    (rehearsed,) = rehearsal.rehearse(None, pending(db))
    assert [step.sql.split()[2] for step in rehearsed.steps] == ["first", "zeroth", "second"]


def test_what_a_savepoint_undoes_is_not_in_the_structure_of_the_next_statement(story, db):
    story(
        """
    with database.atomic() as savepoint:
        database.execute_sql("CREATE TABLE undone (n INTEGER)")
        savepoint.rollback()
    database.execute_sql("CREATE TABLE stays (n INTEGER)")
"""
    )
    (rehearsed,) = rehearsal.rehearse(None, pending(db))
    assert [sorted(step.after.texts) for step in rehearsed.steps] == [["undone"], ["stays"]]
    assert sorted(rehearsed.schema) == ["stays"]


def test_nothing_changes_on_the_target(story, db):
    story(FIRST)
    unchecked.up(db)
    before = everything(db)
    story(SECOND)
    statements = []
    db.query_hooks.append(lambda event: statements.append(event.sql))
    rehearsal.rehearse(db, [streams.read("story", "002_chapter")])
    rehearsal.rehearse_down(db, [streams.read("story", "001_chapter")])
    assert {sql.split()[0] for sql in statements} == {"SELECT"}
    db.query_hooks.clear()
    assert everything(db) == before
    assert streams.applied(db, "story") == ["001_chapter"]


def test_rehearsed_schema_is_the_one_that_the_real_run_leaves(story, db):
    story(FIRST)
    unchecked.up(db)
    story(SECOND)
    (rehearsed,) = rehearsal.rehearse(db, pending(db))
    unchecked.up(db)
    assert rehearsed.schema == structure.texts(structure.objects(db))
    assert sorted(rehearsed.schema) == ["child", "parent", "parent_born"]


def test_rollback_is_rehearsed_with_it(story, db):
    story(FIRST, 'migrator.sql("DROP TABLE child")\n    migrator.sql("DROP TABLE parent")')
    (rehearsed,) = rehearsal.rehearse(db, pending(db))
    assert [step.sql for step in rehearsed.back.steps] == ["DROP TABLE child", "DROP TABLE parent"]
    assert rehearsed.back.schema == {}


def test_way_down_can_be_rehearsed_alone(story, db):
    story(FIRST, 'migrator.sql("DROP TABLE child")')
    unchecked.up(db)
    (down,) = rehearsal.rehearse_down(db, [streams.read("story", "001_chapter")])
    assert (sorted(down.before.texts), sorted(down.schema)) == (["child", "parent"], ["parent"])
    story("pass", 'migrator.sql("DROP TABLE nowhere")')
    unchecked.up(db)
    (down,) = rehearsal.rehearse_down(db, [streams.read("story", "002_chapter")])
    assert (down.error, down.steps[-1].error) == ("no such table: nowhere", "no such table: nowhere")


def test_rows_are_made_up_so_that_the_engine_refuses_what_it_would_refuse(story, db):
    story(FIRST)
    story('migrator.sql("ALTER TABLE parent ADD COLUMN born INTEGER NOT NULL")')
    rehearsed = rehearsal.rehearse(db, pending(db))
    assert [result.error for result in rehearsed] == [None, "Cannot add a NOT NULL column with default value NULL"]
    assert rehearsed[-1].steps[-1].error == rehearsed[-1].error


def test_made_up_rows_keep_every_rule_of_our_own_tables(db):
    unchecked.up(db)
    copy, untrue = scratch.make(scratch.image(db), sample_rows=True)
    assert untrue == set()
    ours = "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    tables = [name for (name,) in copy.execute_sql(ours).fetchall() if not name.startswith("migrations_")]
    assert len(tables) > 50
    assert [copy.execute_sql(f"SELECT count(*) FROM {name}").fetchone() for name in tables] == [(1,)] * len(tables)
    assert copy.execute_sql("PRAGMA foreign_key_check").fetchall() == []
    assert copy.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
    copy.close()


def test_rehearsal_goes_on_from_what_the_one_before_has_left(story, db):
    story(FIRST)
    story(SECOND)
    story('migrator.sql("DROP INDEX parent_born")')
    assert [result.error for result in rehearsal.rehearse(db, pending(db))] == [None, None, None]


def test_everything_that_a_schema_may_have_is_copied(story, db):
    story(
        """
    migrator.sql("CREATE TABLE poem (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT, size AS (length(text)) STORED)")
    migrator.sql("CREATE VIRTUAL TABLE words USING fts5 (text)")
    migrator.sql("CREATE TABLE pair (a BLOB, b REAL NOT NULL CHECK (b > 2), PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID")
    migrator.sql("CREATE VIEW long AS SELECT * FROM poem WHERE size > 3")
    migrator.sql("CREATE TRIGGER never BEFORE INSERT ON pair BEGIN SELECT raise(ABORT, 'never'); END")
    migrator.sql("CREATE UNIQUE INDEX half ON pair (b / 2) WHERE b > 4")
"""
    )
    unchecked.up(db)
    db.execute_sql("INSERT INTO poem (text) VALUES ('Ode')")
    db.execute_sql("ANALYZE")  # makes a table of the engine's own
    story("pass")
    (rehearsed,) = rehearsal.rehearse(db, [streams.read("story", "002_chapter")])
    assert rehearsed.error is None
    assert rehearsed.schema == structure.texts(structure.objects(db))


def test_history_with_a_file_that_is_gone_can_still_be_gone_on_from(story, db):
    path = story(FIRST)
    unchecked.up(db)
    story('migrator.sql("ALTER TABLE parent ADD COLUMN born INTEGER")')
    path.unlink()
    (rehearsed,) = rehearsal.rehearse(db, pending(db))
    assert rehearsed.error is None


def test_rehearsal_on_a_server_takes_two_requests_and_changes_nothing(story, server):
    story(FIRST)
    unchecked.up(server)
    before = everything(server)
    story(SECOND, 'migrator.sql("DROP INDEX parent_born")\n    migrator.sql("ALTER TABLE parent DROP COLUMN born")')
    wanted = pending(server)
    statements = []
    server.query_hooks.append(lambda event: statements.append(event.sql))
    (rehearsed,) = rehearsal.rehearse(server, wanted)
    server.query_hooks.clear()
    assert len(statements) == 2
    assert everything(server) == before
    unchecked.up(server)
    assert rehearsed.schema == structure.texts(structure.objects(server))
    assert rehearsed.back.schema == {name: sql for name, sql in rehearsed.back.schema.items() if "born" not in sql}
    assert structure.sizes(server) == {"migrations_story": 2, "parent": 0, "child": 0}
