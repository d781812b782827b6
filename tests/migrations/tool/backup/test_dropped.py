"""Whatever is in a database, `drop_everything` leaves it empty, and what no engine can open is named."""

from dataclasses import replace

import pytest

from migrations.tool import exits, lease
from migrations.tool.backup import make, restore
from migrations.tool.schema import references, structure
from shared_schema.database import LibsqlDatabase

VIEWS = (
    "CREATE TABLE ground (id INTEGER PRIMARY KEY, text TEXT)",
    "CREATE TABLE child (id INTEGER PRIMARY KEY, of INTEGER NOT NULL REFERENCES ground (id) ON DELETE RESTRICT)",
    "INSERT INTO ground VALUES (1, 'alpha')",
    "INSERT INTO child VALUES (1, 1)",
    "CREATE VIRTUAL TABLE words USING fts5 (text, content='ground', content_rowid='id')",
    "CREATE VIEW first AS SELECT * FROM ground",
    "CREATE VIEW second AS SELECT f.id, w.text FROM first f, words w",
    "CREATE VIEW third AS SELECT * FROM second JOIN first USING (id)",
    "CREATE TRIGGER into_first INSTEAD OF INSERT ON first BEGIN INSERT INTO ground (text) VALUES (new.text); END",
    "CREATE TRIGGER into_third INSTEAD OF DELETE ON third BEGIN INSERT INTO first (text) VALUES ('x'); END",
    "CREATE TRIGGER of_ground AFTER INSERT ON ground BEGIN"
    " INSERT INTO words (rowid, text) VALUES (new.id, new.text); END",
)


@pytest.mark.only("file", "server")
def test_views_on_views_and_their_triggers_are_dropped_and_come_back(database, settings, path):
    database = LibsqlDatabase(replace(settings, clock=None))  # as the tool opens it: the clock's table is dropped, too
    for sql in VIEWS:
        database.execute_sql(sql)
    make.proven(database, path, "here")
    before = structure.texts(structure.objects(database))
    with references.foreign_keys_off(database), database.atomic():
        restore.drop_everything(database)
        assert {entry.name for entry in structure.objects(database)} <= {lease.TABLE}
    restore.restore(database, path)
    assert structure.texts(structure.objects(database)) == before
    database.execute_sql("DELETE FROM third")
    assert database.execute_sql("SELECT text FROM ground").fetchall() == [("alpha",), ("x",)]
    assert database.execute_sql("SELECT rowid FROM words WHERE words MATCH 'x'").fetchall() == [(2,)]


@pytest.fixture
def foreign(database):
    """The database with a virtual table of a program whose module this engine does not have."""
    with database.atomic():
        database.execute_sql("PRAGMA writable_schema = on")
        database.execute_sql(
            "INSERT INTO sqlite_master VALUES ('table', 'places', 'places', 0,"
            " 'CREATE VIRTUAL TABLE places USING spatialite (x)')"
        )
        database.execute_sql("PRAGMA writable_schema = reset")
        database.execute_sql("CREATE TABLE places_rows (x)")
    return LibsqlDatabase(database.settings)


@pytest.mark.only("file")  # a server takes no such table
def test_a_virtual_table_of_an_unknown_module_is_named(foreign, tool):
    assert tool("backup") == (
        exits.NOTHING_DONE,
        "",
        "the virtual table places cannot be backed up, for this engine cannot open it (no such module: spatialite):"
        " drop it by the program that made it, and make it again there when the work is done\n",
    )
    assert tool("verify") == (
        exits.FOUND,
        "the virtual table places cannot be opened: no such module: spatialite\n",
        "",
    )


@pytest.mark.only("file")
def test_an_older_backup_is_restored_over_a_virtual_table_of_an_unknown_module(foreign, database, tmp_path):
    other = LibsqlDatabase(f"file:{tmp_path}/other.db")
    other.execute_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    made = make.write(other, tmp_path / "one.sql.gz", "here")
    other.close()
    restore.restore(foreign, made.path)
    assert foreign.execute_sql("PRAGMA writable_schema").fetchall() == [(0,)]
    foreign.close()
    names = "SELECT name FROM sqlite_master WHERE name NOT IN ('migration_lease', 'sqlite_sequence')"
    assert LibsqlDatabase(database.settings).execute_sql(names).fetchall() == [("parent",)]
    database.execute_sql("INSERT INTO parent VALUES (1)")
    assert database.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
