"""`plan --sql`: a script that another program runs, after which the tool finds nothing left and nothing amiss."""

import sqlite3

import pytest

from migrations.tool import drift, script
from migrations.tool.apply import backfill, foresight, state, upgrade
from migrations.tool.backup import build, dump, make
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from tests.migrations.tool.apply.family import NO_UPPER, REBUILD

pytestmark = pytest.mark.only("file", "server")
SEEDED = """
    def seed():
        database.execute_sql("INSERT INTO parent (id, name, born) VALUES (?, ?, ?)", (7, "O'Neil; -- ?", 2**40))
        database.execute_sql("INSERT INTO blobs VALUES (?, ?, ?)", (1, b"\\x00'", 0.1))
    migrator.sql("CREATE TABLE blobs (id INTEGER PRIMARY KEY, data BLOB, x REAL) STRICT -- what a function fills")
    migrator.run(seed)
"""
UPPER = 'BACKFILLS = [{"table": "parent", "set": "upper = upper(name)", "where": "id <> 2"}]\n'
ALLOWED = "ALLOW = {'no-way-back': 'a test'}\n"


@pytest.fixture
def planned(family, story):
    """Three more migrations: a rebuild, a function with values, and a backfill."""
    story(REBUILD).write_text(ALLOWED + streams_text(2))
    story(SEEDED).write_text(ALLOWED + streams_text(3))
    path = story('migrator.sql("ALTER TABLE parent ADD COLUMN upper TEXT")', NO_UPPER)
    path.write_text(UPPER + path.read_text())
    return family


def streams_text(number):
    return (streams.directory("story") / f"{number:03}_chapter.py").read_text()


def script_of(db):
    ahead = foresight.of(db, None, None, None)
    assert (ahead.code, ahead.wrong) == (0, [])
    return "\n".join(script.lines(ahead.rehearsed[: ahead.runs], ahead.unfinished))


@pytest.fixture
def copied(tmp_path):
    """`copied(db)`: the path of a file with what the database has, for Python's own engine."""

    def copy(db):
        backup = make.write(db, tmp_path / "copy.sql.gz", "copy")
        file = build.fresh(tmp_path / "copy.db")
        build.fill(file, backup.path, backup.manifest)
        file.close()
        return tmp_path / "copy.db"

    return copy


def contents(db):
    return {name: dump.of(db, name) for name in ("parent", "child", "blobs")}


def test_the_script_leads_to_what_up_leads_to(planned, copied):
    path, text = copied(planned), script_of(planned)
    with sqlite3.connect(path) as other:
        other.executescript(text)
    other.close()
    upgrade.up(planned)
    by_script = LibsqlDatabase(f"file:{path}")
    assert streams.pending(by_script, ["story"]) == {"story": []}
    assert backfill.unfinished(by_script) == []
    assert [entry for entry in drift.database(by_script) if entry.where == "story"] == []
    assert (state.read(by_script).objects, contents(by_script)) == (state.read(planned).objects, contents(planned))
    assert by_script.execute_sql("SELECT upper FROM parent WHERE id IN (1, 2, 7) ORDER BY id").fetchall() == [
        ("ALICE",),
        (None,),
        ("O'NEIL; -- ?",),
    ]
    history = "SELECT name, phase, checksum FROM migrations_story ORDER BY id"
    assert by_script.execute_sql(history).fetchall() == planned.execute_sql(history).fetchall()
    notes = "SELECT stream, name, step, rows FROM migration_backfills"
    assert by_script.execute_sql(notes).fetchall() == planned.execute_sql(notes).fetchall()
    assert foresight.of(by_script, None, None, None).code == 0
    by_script.close()


def test_a_reference_to_nothing_stops_the_script_before_its_commit(planned, copied):
    path, text = copied(planned), script_of(planned)
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA foreign_keys = OFF")
        other.execute("INSERT INTO child VALUES (9, 99)")
        other.commit()
        with pytest.raises(sqlite3.Error, match="integer overflow"):
            other.executescript(text)
        other.rollback()
    other.close()
    by_script = LibsqlDatabase(f"file:{path}")
    assert streams.applied(by_script, "story") == ["001_chapter"]
    by_script.close()


def test_a_first_migration_makes_its_history(story, tmp_path):
    story('migrator.sql("CREATE TABLE first (id INTEGER PRIMARY KEY) STRICT")', 'migrator.sql("DROP TABLE first")')
    nothing = LibsqlDatabase("file::memory:")
    text = script_of(nothing)
    with sqlite3.connect(tmp_path / "new.db") as other:
        other.executescript(text)
    other.close()
    by_script = LibsqlDatabase(f"file:{tmp_path}/new.db")
    assert streams.applied(by_script, "story") == ["001_chapter"]
    assert foresight.of(by_script, None, None, None).code == 0
    by_script.close()


def test_an_unfinished_backfill_comes_first_and_is_noted_as_done(planned, copied, monkeypatch):
    """It was killed after the first row; the script fills the others alone."""
    with monkeypatch.context() as killed:
        killed.setattr(backfill, "run", lambda *_: 0)
        upgrade.up(planned)
    planned.execute_sql("UPDATE parent SET upper = 'by hand' WHERE id = 1")
    planned.execute_sql("UPDATE migration_backfills SET reached = 1, rows = 1")
    path, text = copied(planned), script_of(planned)
    with sqlite3.connect(path) as other:
        other.executescript(text)
    other.close()
    by_script = LibsqlDatabase(f"file:{path}")
    assert (backfill.unfinished(by_script), script_of(by_script)) == ([], "")
    assert by_script.execute_sql("SELECT upper FROM parent ORDER BY id").fetchall() == [
        ("by hand",),
        (None,),
        ("O'NEIL; -- ?",),
    ]
    assert by_script.execute_sql("SELECT rows FROM migration_backfills WHERE stream = 'story'").fetchall() == [(2,)]
    by_script.close()


def test_what_depends_on_rows_that_are_read_has_no_script(family, story):
    story(
        "migrator.run(lambda: [database.execute_sql('UPDATE parent SET name = ? WHERE id = 1', row)"
        " for row in database.execute_sql('SELECT name FROM parent').fetchall()])",
        "pass",
    )
    with pytest.raises(script.NoScript) as raised:
        script_of(family)
    assert str(raised.value) == (
        "story/002_chapter reads rows before `UPDATE parent SET name = ? WHERE id = 1`, and with real rows it may do "
        "something else than at its rehearsal: no script can stand for it, run `up`"
    )
