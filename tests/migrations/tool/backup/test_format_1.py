"""Backups that the first version made are still proven and restored: format 1, without virtual tables and row ids."""

import gzip
import hashlib
import json
from dataclasses import replace

import pytest

from migrations.tool.backup import file, make, restore
from shared_schema.database import LibsqlDatabase

STATEMENTS = (
    "PRAGMA foreign_keys=OFF",
    "BEGIN",
    "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT)",
    "CREATE TABLE loose (a, b)",
    "INSERT INTO \"parent\" (\"id\", \"name\") VALUES\n(1,'Alice'),\n(7,'it''s')",
    'INSERT INTO "loose" ("a", "b") VALUES\n(2,NULL),\n(X\'00FF\',0.5)',
    "CREATE INDEX parent_name ON parent (name)",
    "CREATE VIEW names AS SELECT name FROM parent",
    "CREATE TRIGGER added AFTER INSERT ON parent BEGIN DELETE FROM loose; END",
    "COMMIT",
)
ROWS = {"parent": "(1,'Alice'),\n(7,'it''s')", "loose": "(2,NULL),\n(X'00FF',0.5)"}
MANIFEST = {
    "format": 1,
    "made_at": "2026-11-24T10:00:00Z",
    "source": "here",
    "engine": "3.45.1",
    "streams": {"shared": None, "study": None, "growth": None},
    "schema": [sql for sql in STATEMENTS if sql.startswith("CREATE")],
    "tables": {name: {"rows": 2, "sha256": hashlib.sha256(rows.encode()).hexdigest()} for name, rows in ROWS.items()},
    "sequences": {},
    "orphans": 0,
}


@pytest.fixture
def old(path):
    path.parent.mkdir()
    text = "-- PingToPass backup\n" + "".join(f"-- next {len(sql.encode())}\n{sql};\n" for sql in STATEMENTS)
    end = f"-- manifest {hashlib.sha256(text.encode()).hexdigest()} {json.dumps(MANIFEST)}\n"
    path.write_bytes(gzip.compress((text + end).encode()))
    return path


@pytest.mark.only("file", "server")
def test_it_is_restored_row_by_row(database, settings, old):
    """Also where it has no clock."""
    database = LibsqlDatabase(replace(settings, clock=None))
    assert make.prove(old).tables == file.read_manifest(old).tables
    database.execute_sql("CREATE VIRTUAL TABLE words USING fts5 (text)")
    restore.restore(database, old)
    assert database.execute_sql("SELECT id, name FROM parent ORDER BY id").fetchall() == [(1, "Alice"), (7, "it's")]
    assert database.execute_sql("SELECT quote(a), b FROM loose ORDER BY rowid").fetchall() == [
        ("2", None),
        ("X'00FF'", 0.5),
    ]
    assert database.execute_sql("SELECT name FROM names ORDER BY name").fetchall() == [("Alice",), ("it's",)]
    database.execute_sql("INSERT INTO parent VALUES (8, 'Bob')")
    assert database.execute_sql("SELECT count(*) FROM loose").fetchone() == (0,)
    database.close()


def test_its_size_is_that_of_its_text(old):
    text = gzip.decompress(old.read_bytes()).decode()
    assert file.read_manifest(old).bytes == text.index("-- manifest ")


@pytest.mark.parametrize("rows", ROWS.values())
def test_it_is_refused_where_its_rows_are_others(old, rows, path):
    text = gzip.decompress(old.read_bytes()).decode().replace(rows, rows.replace("1", "3").replace("2", "3"))
    body = text[: text.index("-- manifest ")]
    end = text[len(body) :].split(" ", 3)
    end[2] = hashlib.sha256(body.encode()).hexdigest()
    path.write_bytes(gzip.compress((body + " ".join(end)).encode()))
    with pytest.raises(file.Corrupt, match="has 2 rows instead of 2, or other ones"):
        make.prove(path)
