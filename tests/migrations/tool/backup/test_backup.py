"""A backup gives back every value and every id, as of one moment."""

import gzip
import json
import sqlite3

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from migrations.tool.backup import build, file, make
from shared_schema.database import LibsqlDatabase

on_file_and_server = pytest.mark.only("file", "server")


def text_of(path):
    return gzip.decompress(path.read_bytes()).decode()


def scratch_of(path, tmp_path):
    db = build.fresh(tmp_path / "again.db")
    build.fill(db, path, file.read_manifest(path))
    return db


@on_file_and_server
def test_backup_gives_back_everything(awkward, whole, path, tmp_path):
    made = make.proven(awkward, path, "here")
    again = scratch_of(path, tmp_path)
    assert whole(again) == whole(awkward)
    rows = "SELECT id, typeof(a), quote(a), hex(a), typeof(b), quote(b), hex(b), g FROM awkward ORDER BY id"
    assert again.execute_sql(rows).fetchall() == awkward.execute_sql(rows).fetchall()
    assert made.manifest.tables["awkward"].rows == 12
    sequences = {table: last for table, last in made.manifest.sequences.items() if table != "audit_log"}
    assert sequences == {"awkward": 13}
    assert made.manifest.streams["shared"]
    again.close()


@on_file_and_server
def test_ids_go_on_where_they_were(awkward, path, tmp_path):
    make.write(awkward, path, "here")
    again = scratch_of(path, tmp_path)
    again.execute_sql("INSERT INTO awkward (a) VALUES ('next')")
    assert again.execute_sql("SELECT id FROM awkward WHERE a = 'next'").fetchall() == [(14,)]
    again.close()


@pytest.mark.only("file")
def test_writers_go_on_and_the_backup_sees_one_moment(awkward, path):
    awkward.execute_sql("CREATE TABLE pair (id INTEGER PRIMARY KEY, a INTEGER, b TEXT)")
    awkward.execute_sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
        " INSERT INTO pair SELECT i, 0, printf('%.100c', 'x') FROM n"
    )
    other = LibsqlDatabase(awkward.url)
    seen = []

    def meanwhile(what, done, of):
        if what == "backup" and done < of:
            seen.append(done)
            other.execute_sql("UPDATE pair SET a = a + 1")
            other.execute_sql("INSERT INTO pair (a) VALUES (99)")

    made = make.write(awkward, path, "here", meanwhile)
    other.close()
    assert len(seen) > 3
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


@pytest.mark.only("file")
def test_manifest_can_be_read_by_programs(awkward, path):
    make.write(awkward, path, "here")
    last = text_of(path).splitlines()[-1]
    stated = json.loads(last.split(" ", 3)[3])
    assert stated["source"] == "here"
    assert stated["tables"]["users"]["rows"] == 4
    assert any(sql.startswith("CREATE TRIGGER touched") for sql in stated["schema"])


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
    db = LibsqlDatabase(f"file:{here}/one.db")
    db.execute_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v ANY) STRICT")
    for value in values:
        db.execute_sql("INSERT INTO t (v) VALUES (?)", (value,))
    make.proven(db, here / "one.sql.gz", "here")
    again = scratch_of(here / "one.sql.gz", here)
    assert again.execute_sql("SELECT v FROM t").fetchall() == [(value,) for value in values]
    again.close()
    db.close()
