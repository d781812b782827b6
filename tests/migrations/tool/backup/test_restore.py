"""A restore replaces everything, in place; a damaged database file is set aside."""

import os
import signal
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from migrations.tool.backup import aside, dump, make, restore
from shared_schema.database import LibsqlDatabase, Statement

on_file_and_server = pytest.mark.only("file", "server")


@on_file_and_server
def test_restore_replaces_everything_and_leaves_nothing(awkward, whole, path):
    before = whole(awkward)
    make.write(awkward, path, "here")
    for sql in (
        "DROP TRIGGER touched",
        "DELETE FROM users",
        "DROP TABLE child",
        "CREATE TABLE later (n)",
        "UPDATE awkward SET a = 0",
        "CREATE VIEW also AS SELECT 1",
    ):
        awkward.execute_sql(sql)
    restore.restore(awkward, path)
    assert whole(awkward) == before
    assert awkward.execute_sql("PRAGMA foreign_keys").fetchone() == (1,)


@on_file_and_server
def test_restore_into_an_empty_database(awkward, whole, path, tmp_path):
    make.write(awkward, path, "here")
    empty = LibsqlDatabase(f"file:{tmp_path}/empty.db")
    restore.restore(empty, path)
    assert whole(empty) == whole(awkward)
    empty.close()


@pytest.mark.only("file")
def test_references_that_led_nowhere_before_are_given_back_as_they_were(awkward, whole, path):
    awkward.execute_sql("PRAGMA foreign_keys = off")
    awkward.execute_sql("INSERT INTO child VALUES (9, 999)")
    before = whole(awkward)
    assert make.proven(awkward, path, "here").manifest.orphans == 1
    restore.restore(awkward, path)
    assert whole(awkward) == before


@pytest.mark.only("file")
def test_damaged_file_is_set_aside_and_made_anew(awkward, whole, path):
    before = whole(awkward)
    make.write(awkward, path, "here")
    harmed = _harm(awkward)
    restore.restore(awkward, path)
    assert whole(awkward) == before
    (aside,) = [path for path in harmed.parent.glob("*.damaged-*") if path.suffix != ".db-wal"]
    assert aside.read_bytes().startswith(b"UUUU")


@pytest.mark.only("file")
def test_damaged_file_that_another_process_has_open_is_left_alone(awkward, path):
    make.write(awkward, path, "here")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        own = sqlite3.connect(awkward.settings.path)
        own.execute("SELECT count(*) FROM users").fetchall()
        os.write(writer, b"x")
        signal.pause()
    os.read(reader, 1)
    try:
        harmed = _harm(awkward)
        with pytest.raises(aside.NotRestored, match="stop the services"):
            restore.restore(awkward, path)
        assert harmed.read_bytes().startswith(b"UUUU")
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    restore.restore(awkward, path)


@pytest.mark.only("file")
def test_damaged_file_stays_where_it_is_if_the_backup_says_other_hashes_than_its_rows_have(awkward, path, monkeypatch):
    monkeypatch.setattr(dump.Tally, "content", property(lambda self: dump.Content(self.rows, "0" * 64)))
    make.write(awkward, path, "here")
    monkeypatch.undo()
    harmed = _harm(awkward)
    with pytest.raises(aside.NotRestored, match="not what the file says"):
        restore.restore(awkward, path)
    assert harmed.read_bytes().startswith(b"UUUU")
    assert [entry.name for entry in harmed.parent.iterdir() if ".restored" in entry.name] == []


def _harm(db):
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    there = Path(db.settings.path)
    data = bytearray(there.read_bytes())
    data[:4096] = b"U" * 4096
    there.write_bytes(data)
    return there


@pytest.mark.only("server")
def test_readers_of_replicas_see_a_restore_as_a_write(awkward, path):
    """A token from after the backup and before the restore must not stand for something that comes later."""
    tick = "SELECT tick FROM consistency_clock"
    make.write(awkward, path, "here")
    for _ in range(5):
        awkward.batch([Statement("UPDATE users SET name = 'later'")])
    ((before,),) = awkward.execute_sql(tick).fetchall()
    restore.restore(LibsqlDatabase(replace(awkward.settings, clock=None)), path)
    ((after,),) = awkward.execute_sql(tick).fetchall()
    assert after > before
