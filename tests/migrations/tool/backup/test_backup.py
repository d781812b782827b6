"""A backup gives back every value, every text of the schema and every id, or it is not there."""

import gzip
import json
import os
import signal
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from migrations.tool.backup import dump, file, make, manifest, restore
from shared_schema.database import Database, Statement

on_file_and_server = pytest.mark.only("file", "server")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "backups" / "one.sql.gz"


def text_of(path):
    return gzip.decompress(path.read_bytes()).decode()


def scratch_of(path, tmp_path):
    db = restore.fresh(tmp_path / "again.db")
    restore.fill(db, path, file.read_manifest(path))
    return db


@on_file_and_server
def test_backup_gives_back_everything(awkward, whole, path, tmp_path):
    made = make.proven(awkward, path, "here")
    again = scratch_of(path, tmp_path)
    assert whole(again) == whole(awkward)
    rows = "SELECT id, typeof(a), quote(a), hex(a), typeof(b), quote(b), hex(b), g FROM awkward ORDER BY id"
    assert again.execute_sql(rows).fetchall() == awkward.execute_sql(rows).fetchall()
    assert made.manifest.tables["awkward"].rows == 12
    assert made.manifest.sequences == {"awkward": 13}
    assert made.manifest.streams["shared"]
    again.close()


@on_file_and_server
def test_ids_go_on_where_they_were(awkward, path, tmp_path):
    make.write(awkward, path, "here")
    again = scratch_of(path, tmp_path)
    again.execute_sql("INSERT INTO awkward (a) VALUES ('next')")
    assert again.execute_sql("SELECT id FROM awkward WHERE a = 'next'").fetchall() == [(14,)]
    again.close()


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
    empty = Database(f"file:{tmp_path}/empty.db")
    restore.restore(empty, path)
    assert whole(empty) == whole(awkward)
    empty.close()


@pytest.mark.only("file")
def test_writers_go_on_and_the_backup_sees_one_moment(awkward, path):
    awkward.execute_sql("CREATE TABLE pair (id INTEGER PRIMARY KEY, a INTEGER, b TEXT)")
    awkward.execute_sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
        " INSERT INTO pair SELECT i, 0, printf('%.100c', 'x') FROM n"
    )
    other = Database(awkward.url)
    said = []

    def meanwhile(what, done, of):
        if what == "backup" and done < of:
            said.append(done)
            other.execute_sql("UPDATE pair SET a = a + 1")
            other.execute_sql("INSERT INTO pair (a) VALUES (99)")

    made = make.write(awkward, path, "here", meanwhile)
    other.close()
    assert len(said) > 3
    assert made.manifest.tables["pair"].rows == 20000
    make.prove(path)
    text = text_of(path)
    assert ",99," not in text
    assert "(1,0," in text


@on_file_and_server
def test_backup_is_plain_sql_for_any_shell(awkward, path):
    make.write(awkward, path, "here")
    stock = sqlite3.connect(":memory:")
    stock.executescript(text_of(path))
    assert stock.execute("SELECT count(*) FROM awkward").fetchone() == (12,)
    assert stock.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    stock.close()


def cut(data):
    return data[: len(data) // 2]


def without_last_line(data):
    lines = gzip.decompress(data).splitlines(keepends=True)
    return gzip.compress(b"".join(lines[:-1]))


def one_value_changed(data):
    return gzip.compress(gzip.decompress(data).replace(b"alice@example.com", b"eve@example.com__"))


def one_row_gone(data):
    text = gzip.decompress(data)
    return gzip.compress(text.replace(b"(2,1),\n", b"", 1))


def a_bit_turned(data):
    changed = bytearray(data)
    changed[len(changed) // 2] ^= 16
    return bytes(changed)


def longer(data):
    return gzip.compress(gzip.decompress(data) + b"DROP TABLE users;\n")


def of_the_future(data):
    return gzip.compress(gzip.decompress(data).replace(b'"format": 1', b'"format": 9'))


def no_backup(_):
    return gzip.compress(b"CREATE TABLE t (n);\n")


def no_gzip(_):
    return b"SQLite format 3\0" * 10


HARM = (
    cut,
    without_last_line,
    one_value_changed,
    one_row_gone,
    a_bit_turned,
    longer,
    of_the_future,
    no_backup,
    no_gzip,
)


@pytest.mark.only("file")
@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_harmed_file_is_refused_and_nothing_is_changed(harm, awkward, whole, path):
    make.write(awkward, path, "here")
    awkward.execute_sql("INSERT INTO users (email, name) VALUES ('late@example.com', 'Late')")
    before = whole(awkward)
    path.write_bytes(harm(path.read_bytes()))
    for use in (file.read_manifest, make.prove, lambda path: restore.restore(awkward, path)):
        with pytest.raises(file.Corrupt):
            use(path)
    assert whole(awkward) == before


@on_file_and_server
def test_file_that_says_other_hashes_than_its_rows_have_is_not_restored(awkward, whole, path, monkeypatch):
    """Whole by its checksum, wrong all the same: as from a version that had a bug."""
    monkeypatch.setattr(dump.Tally, "content", property(lambda self: dump.Content(self.rows, "0" * 64)))
    make.write(awkward, path, "here")
    monkeypatch.undo()
    before = whole(awkward)
    with pytest.raises(file.Corrupt, match="does not give back the database"):
        make.prove(path)
    with pytest.raises(restore.NotRestored, match="not what the file says"):
        restore.restore(awkward, path)
    assert whole(awkward) == before


@pytest.mark.only("file")
def test_backup_that_does_not_prove_itself_is_not_kept(awkward, path, monkeypatch):
    monkeypatch.setattr(dump, "literal", lambda x: f"quote({x})")  # which cuts text at a NUL and says Inf
    with pytest.raises(Exception, match=r"Inf|does not give back"):
        make.proven(awkward, path, "here")
    assert list(path.parent.iterdir()) == []


@pytest.mark.only("file")
def test_backup_is_for_its_owners_eyes_and_whole_or_absent(awkward, path, monkeypatch):
    make.write(awkward, path, "here")
    assert path.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(manifest, "orphans", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make.write(awkward, path.with_name("two.sql.gz"), "here")
    assert [entry.name for entry in path.parent.iterdir()] == ["one.sql.gz"]


@pytest.mark.only("file")
def test_references_that_led_nowhere_before_are_given_back_as_they_were(awkward, whole, path):
    awkward.execute_sql("PRAGMA foreign_keys = off")
    awkward.execute_sql("INSERT INTO child VALUES (9, 999)")
    before = whole(awkward)
    assert make.proven(awkward, path, "here").manifest.orphans == 1
    restore.restore(awkward, path)
    assert whole(awkward) == before


@pytest.mark.only("file")
def test_virtual_tables_are_refused_by_name(awkward, path):
    awkward.execute_sql("CREATE VIRTUAL TABLE words USING fts5 (text)")
    with pytest.raises(manifest.Unsupported, match="words"):
        make.write(awkward, path, "here")


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
        with pytest.raises(restore.NotRestored, match="stop the services"):
            restore.restore(awkward, path)
        assert harmed.read_bytes().startswith(b"UUUU")
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    restore.restore(awkward, path)


def _harm(db):
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    there = Path(db.settings.path)
    data = bytearray(there.read_bytes())
    data[:4096] = b"U" * 4096
    there.write_bytes(data)
    return there


@pytest.mark.only("file")
def test_manifest_can_be_read_by_programs(awkward, path):
    make.write(awkward, path, "here")
    last = text_of(path).splitlines()[-1]
    said = json.loads(last.split(" ", 3)[3])
    assert said["source"] == "here"
    assert said["tables"]["users"]["rows"] == 4
    assert any(sql.startswith("CREATE TRIGGER touched") for sql in said["schema"])


VALUES = (
    some.integers(-(2**63), 2**63 - 1)
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | some.binary()
    | some.none()
)


@given(some.lists(VALUES, min_size=1, max_size=30))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([1.7976931348623157e308, -1e308, 5e-324])
def test_every_value_survives(tmp_path_factory, values):
    here = tmp_path_factory.mktemp("values")
    db = Database(f"file:{here}/one.db")
    db.execute_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v ANY) STRICT")
    for value in values:
        db.execute_sql("INSERT INTO t (v) VALUES (?)", (value,))
    make.proven(db, here / "one.sql.gz", "here")
    again = scratch_of(here / "one.sql.gz", here)
    assert again.execute_sql("SELECT v FROM t").fetchall() == [(value,) for value in values]
    again.close()
    db.close()


@pytest.mark.only("server")
def test_readers_of_replicas_see_a_restore_as_a_write(awkward, path):
    """A token from after the backup and before the restore must not stand for something that comes later."""
    tick = "SELECT tick FROM consistency_clock"
    make.write(awkward, path, "here")
    for _ in range(5):
        awkward.batch([Statement("UPDATE users SET name = 'later'")])
    ((before,),) = awkward.execute_sql(tick).fetchall()
    restore.restore(Database(replace(awkward.settings, clock=False)), path)
    ((after,),) = awkward.execute_sql(tick).fetchall()
    assert after > before
