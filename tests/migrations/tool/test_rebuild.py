"""A rebuild of a table loses no row of its children, and a migration that goes wrong leaves no trace."""

import peewee
import peewee_migrate
import pytest
from click.testing import CliRunner

from migrations.__main__ import main
from migrations.tool import exits, router
from migrations.tool.schema import references
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests.migrations import unchecked

FIRST = """
    migrator.sql("CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT) STRICT")
    migrator.sql("CREATE TABLE child (parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE) STRICT")
    migrator.sql("INSERT INTO parent VALUES (1, 'Alice'), (2, 'Bob')")
    migrator.sql("INSERT INTO child VALUES (1), (1), (2)")
"""
REBUILD = """
    migrator.sql("CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
    migrator.sql("INSERT INTO new_parent SELECT id, name FROM parent")
    migrator.sql("DROP TABLE parent")
    migrator.sql("ALTER TABLE new_parent RENAME TO parent")
"""
WRONG = {
    "an error of SQL": 'migrator.sql("INSERT INTO nowhere VALUES (1)")',
    "a constraint": "migrator.sql(\"INSERT INTO parent VALUES (1, 'again')\")",
    "an error of Python in an operation": "migrator.run(lambda: 1 / 0)",
    "an error of Python right away": "1 / 0",
    "a broken reference": 'migrator.sql("DELETE FROM parent WHERE id = 1")',
}


@pytest.fixture
def family(story, db):
    """Two parents with three children, made by the first migration."""
    story(FIRST)
    unchecked.up(db)
    return db


def children(db):
    return db.execute_sql("SELECT parent_id, name FROM child JOIN parent ON id = parent_id ORDER BY 1").fetchall()


def everything(db):
    schema = db.execute_sql("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    return schema, children(db), streams.applied(db, "story"), db.execute_sql("PRAGMA foreign_keys").fetchall()


def test_children_survive_the_rebuild_of_their_parent(family, story):
    before = children(family)
    story(REBUILD)
    assert unchecked.up(family) == ["story/002_chapter"]
    assert "NOT NULL" in family.execute_sql("SELECT sql FROM sqlite_master WHERE name = 'parent'").fetchone()[0]
    assert children(family) == before == [(1, "Alice"), (1, "Alice"), (2, "Bob")]


def test_stock_router_deletes_them_and_reports_success(story, tmp_path):
    stock = LibsqlDatabase(f"file:{tmp_path}/stock.db")
    for code in (FIRST, REBUILD):
        story(code)
    done = peewee_migrate.Router(stock, streams.directory("story")).run()
    assert done == ["001_chapter", "002_chapter"]
    assert stock.execute_sql("SELECT count(*) FROM child").fetchone() == (0,)
    stock.close()


def test_references_still_hold_after_a_rebuild(family, story):
    story(REBUILD)
    unchecked.up(family)
    with pytest.raises(peewee.IntegrityError, match="FOREIGN KEY"):
        family.execute_sql("INSERT INTO child VALUES (77)")
    family.execute_sql("DELETE FROM parent WHERE id = 1")
    assert children(family) == [(2, "Bob")]


def test_rollback_keeps_the_children_too(family, story):
    story(REBUILD, REBUILD.replace("NOT NULL", ""))
    unchecked.up(family)
    before = children(family)
    router.StreamRouter(family, "story").rollback()
    assert children(family) == before
    assert streams.applied(family, "story") == ["001_chapter"]


def test_migration_that_would_break_references_is_undone(family, story):
    before = everything(family)
    story('migrator.sql("DELETE FROM parent WHERE id = 1")')
    with pytest.raises(
        references.BrokenReferences,
        match='2 rows of "child" would refer by "parent_id" to rows of "parent" that are not there',
    ):
        unchecked.up(family)
    assert everything(family) == before


def test_rollback_that_would_break_references_is_undone(family, story):
    story("pass", 'migrator.sql("DELETE FROM parent WHERE id = 2")')
    unchecked.up(family)
    before = everything(family)
    with pytest.raises(references.BrokenReferences, match='1 row of "child" would refer'):
        router.StreamRouter(family, "story").rollback()
    assert everything(family) == before


@pytest.mark.parametrize("wrong", WRONG)
def test_failing_migration_leaves_no_trace(wrong, family, story):
    before = everything(family)
    path = story(
        f"""
    migrator.sql("CREATE TABLE extra (n)")
    migrator.sql("ALTER TABLE parent ADD COLUMN born INTEGER")
    migrator.sql("INSERT INTO parent (id) VALUES (3)")
    migrator.sql("CREATE INDEX extra_n ON extra (n)")
    {WRONG[wrong]}
"""
    )
    with pytest.raises((peewee.DatabaseError, ZeroDivisionError, references.BrokenReferences)):
        unchecked.up(family)
    assert everything(family) == before
    assert not family.connection().in_transaction
    assert streams.pending(family, ["story"]) == {"story": ["002_chapter"]}

    path.write_text(path.read_text().replace(WRONG[wrong], "pass"))
    assert unchecked.up(family) == ["story/002_chapter"]


def test_migrations_before_the_failing_one_stay(family, story):
    story('migrator.sql("CREATE TABLE extra (n)")')
    story("1 / 0")
    with pytest.raises(ZeroDivisionError):
        unchecked.up(family)
    assert streams.pending(family, ["story"]) == {"story": ["003_chapter"]}
    assert "extra" in family.get_tables()


def test_failure_is_an_exit_code(family, story, monkeypatch):
    monkeypatch.setenv("TURSO_DATABASE_URL", family.url)
    story("1 / 0")
    assert CliRunner().invoke(main, ["up", "--no-backup"]).exit_code == exits.NOTHING_DONE
    assert CliRunner().invoke(main, ["status"]).stdout == "story: pending 002_chapter\n"


def test_finished_migrations_are_not_run_again(family, story):
    """The library replays them to learn the models, with peewee's `execute_sql` switched off, which ours must be."""
    story('database.execute_sql("INSERT INTO parent VALUES (3, NULL)")')
    unchecked.up(family)
    story('migrator.sql("CREATE TABLE extra (n)")')
    unchecked.up(family)
    assert family.execute_sql("SELECT count(*) FROM parent").fetchone() == (3,)
    assert len(children(family)) == 3
