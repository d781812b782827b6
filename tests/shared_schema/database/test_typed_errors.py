"""Errors arrive in peewee's own classes, whatever the moment at which the engine noticed."""

import peewee
import pytest

from shared_schema.database import Database, Statement, errors

STATEMENTS = {
    "UNIQUE constraint failed": "INSERT INTO child VALUES (1, 1, 1)",
    "NOT NULL constraint failed": "INSERT INTO child VALUES (2, NULL, 1)",
    "CHECK constraint failed": "INSERT INTO child VALUES (2, 1, -1)",
    "FOREIGN KEY constraint failed": "INSERT INTO child VALUES (2, 77, 1)",
    "cannot store TEXT value in INTEGER column": "INSERT INTO child VALUES (2, 1, 'many')",
    "cannot store REAL value in INTEGER column": "INSERT INTO child VALUES (2, 1, 1.5)",
    "datatype mismatch": "INSERT INTO loose VALUES ('x')",
}


@pytest.fixture(autouse=True)
def tables(bare, ours):
    for rows in (bare, ours):
        rows("PRAGMA foreign_keys = on")
        rows("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        rows("CREATE TABLE loose (id INTEGER PRIMARY KEY)")
        rows(
            "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id),"
            " n INTEGER CHECK (n > 0)) STRICT"
        )
        rows("INSERT INTO parent VALUES (1)")
        rows("INSERT INTO child VALUES (1, 1, 1)")


@pytest.mark.parametrize("returning", ["", " RETURNING id"])
@pytest.mark.parametrize("message", STATEMENTS)
def test_violated_constraint_is_an_integrity_error(message, returning, bare, ours):
    sql = STATEMENTS[message] + returning
    with pytest.raises(ValueError, match=message) as raised:
        bare(sql)
    assert type(raised.value) is ValueError

    with pytest.raises(peewee.IntegrityError, match=message):
        ours(sql)


def test_constraint_checked_at_commit_is_an_integrity_error(db, ours):
    ours("CREATE TABLE later (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(peewee.IntegrityError, match="FOREIGN KEY"):
        db.batch([Statement("INSERT INTO later VALUES (77)")])
    assert ours("SELECT * FROM later") == []
    assert not db.connection().in_transaction


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELCT 1", "syntax error"),
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("SELECT missing", "no such column: missing"),
        ("SELECT abs(-9223372036854775808)", "integer overflow"),
        ("SELECT json('{')", "malformed JSON"),
        ("COMMIT", "no transaction is active"),
    ],
)
def test_other_failures_are_operational_errors(sql, message, bare, ours):
    with pytest.raises(ValueError, match=message) as raised:
        bare(sql)
    assert type(raised.value) is ValueError

    with pytest.raises(peewee.OperationalError, match=message):
        ours(sql)


def test_error_among_the_rows_is_typed_too(ours):
    with pytest.raises(peewee.OperationalError, match="integer overflow"):
        ours("SELECT abs(column1) FROM (VALUES (1), (-9223372036854775808))")


def test_error_of_a_batch_is_the_same_class_and_wrapped_once(db):
    with pytest.raises(peewee.IntegrityError) as raised:
        db.batch([Statement("INSERT INTO child VALUES (1, 1, 1)")])
    assert type(raised.value.orig) is errors.IntegrityError
    assert str(raised.value) == str(raised.value.orig) == "UNIQUE constraint failed: child.id"


def test_file_that_is_no_database_is_a_database_error(tmp_path):
    (tmp_path / "letter.db").write_bytes(b"Dear sir or madam, " * 100)
    with pytest.raises(peewee.DatabaseError, match="not a database") as raised:
        Database(f"file:{tmp_path}/letter.db").execute_sql("SELECT 1")
    assert not isinstance(raised.value, peewee.OperationalError)


def test_directory_that_cannot_be_made_or_opened_is_an_error(tmp_path):
    (tmp_path / "directory.db").mkdir()
    with pytest.raises(peewee.OperationalError):
        Database(f"file:{tmp_path}/directory.db").execute_sql("SELECT 1")
