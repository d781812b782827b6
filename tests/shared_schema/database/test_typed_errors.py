"""Errors arrive in peewee's own classes, whatever the moment at which the engine noticed."""

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors

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


def test_error_of_a_batch_is_wrapped_once(db):
    with pytest.raises(peewee.IntegrityError) as raised:
        db.batch([Statement("INSERT INTO child VALUES (1, 1, 1)")])
    assert type(raised.value.orig) is errors.Unique
    assert str(raised.value) == str(raised.value.orig) == "UNIQUE constraint failed: child.id"


def refusal(db, sql):
    with pytest.raises(peewee.PeeweeException) as raised:
        db.batch([Statement(sql)])
    return errors.cause(raised.value)


def test_unique_key_is_told_by_table_and_columns(db, ours):
    ours("CREATE UNIQUE INDEX pair ON child (parent_id, n)")
    error = refusal(db, "INSERT INTO child VALUES (2, 1, 1)")
    assert (type(error), error.table, error.columns) == (errors.Unique, "child", ("parent_id", "n"))
    assert errors.is_unique(error, "child", "parent_id", "n")
    assert not errors.is_unique(error, "child", "parent_id")
    assert not errors.is_unique(error, "parent", "parent_id", "n")
    assert not errors.is_unique(errors.NotNull("no"), "child", "parent_id", "n")


def test_column_of_a_unique_key_may_have_a_dot_in_its_name(db, ours):
    ours('CREATE TABLE dotted ("n.m" INTEGER UNIQUE)')
    ours("INSERT INTO dotted VALUES (1)")
    assert errors.is_unique(refusal(db, "INSERT INTO dotted VALUES (1)"), "dotted", "n.m")


def test_unique_key_on_an_expression_has_no_columns(db, ours):
    ours("CREATE UNIQUE INDEX doubled ON child (n * 2)")
    error = refusal(db, "INSERT INTO child VALUES (2, 1, 1)")
    assert (type(error), error.table, error.columns) == (errors.Unique, "", ())


def test_not_null_is_told_by_table_and_column(db):
    error = refusal(db, "INSERT INTO child VALUES (2, NULL, 1)")
    assert (type(error), error.table, error.column) == (errors.NotNull, "child", "parent_id")
    assert not errors.is_unique(error, "child", "parent_id")


def test_check_is_told_by_its_name_or_its_expression(db, ours):
    ours("CREATE TABLE named (n INTEGER, CONSTRAINT positive CHECK (n > 0))")
    assert refusal(db, "INSERT INTO named VALUES (0)").name == "positive"
    unnamed = refusal(db, "INSERT INTO child VALUES (2, 1, -1)")
    assert (type(unnamed), unnamed.name) == (errors.Check, "n > 0")


def test_check_over_several_lines_is_told_whole(db, ours):
    ours("CREATE TABLE lines (n INTEGER CHECK (n >\n 0))")
    assert refusal(db, "INSERT INTO lines VALUES (0)").name == "n >\n 0"


def test_check_of_an_added_column_has_no_name(db):
    error = refusal(db, "ALTER TABLE child ADD COLUMN m INTEGER NOT NULL DEFAULT 0 CHECK (m > 0)")
    assert (type(error), error.name) == (errors.Check, "")


def test_reference_to_nothing_has_a_type(db):
    assert type(refusal(db, "INSERT INTO child VALUES (2, 77, 1)")) is errors.ForeignKey


def test_value_of_another_type_has_a_type(db):
    assert type(refusal(db, "INSERT INTO child VALUES (2, 1, 'many')")) is errors.Datatype


@pytest.mark.parametrize("sql", ["SELECT * FROM nowhere", "DELETE FROM main.nowhere"])
def test_missing_table_is_told_by_name(db, sql):
    error = refusal(db, sql)
    assert (type(error), error.table) == (errors.NoSuchTable, "nowhere")
    assert errors.is_missing_table(error)
    assert not errors.is_missing_table(refusal(db, "SELECT nothing"))


def test_error_without_a_typed_one_is_its_own_cause():
    error = ValueError("mine")
    assert errors.cause(error) is error
    assert errors.cause(peewee.IntegrityError("no orig")).args == ("no orig",)


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("database is locked", None, errors.Busy),
        ("whatever the server calls it", "SQLITE_BUSY", errors.Busy),
        ("whatever the server calls it", "TRANSACTION_TIMEOUT", errors.StreamExpired),
        ("whatever the server calls it", "STREAM_EXPIRED", errors.StreamExpired),
        ("whatever the server calls it", "TRANSACTION_BUSY", errors.StreamExpired),
        ("Received an invalid baton: unknown", "400", errors.StreamExpired),
        ("database disk image is malformed", None, errors.Damaged),
        ("database table is locked: t", None, errors.Busy),
        ("database schema is locked: main", None, errors.Busy),
        ("file is not a database", None, errors.Damaged),
        ("wal_index: magic mismatch", None, errors.Damaged),
        ("replication error: Replicator client error: status: Unavailable", None, errors.Unreachable),
        ("replication error: Timeout performing handshake with primary", None, errors.Unreachable),
        ("Utf8Error", None, errors.DatabaseError),
        ("no more, the constraint failed", None, errors.IntegrityError),
        ("no such column: batons", None, errors.OperationalError),
        ("string or blob too big", None, errors.DataError),
        ("near malformed: syntax error", None, errors.OperationalError),
    ],
)
def test_message_or_code_has_one_type(text, code, kind):
    error = errors.from_text(text, code)
    assert (type(error), str(error), error.code) == (kind, text, code)


def test_file_that_is_no_database_is_a_database_error(tmp_path):
    (tmp_path / "letter.db").write_bytes(b"Dear sir or madam, " * 100)
    with pytest.raises(peewee.DatabaseError, match="not a database") as raised:
        LibsqlDatabase(f"file:{tmp_path}/letter.db").execute_sql("SELECT 1")
    assert not isinstance(raised.value, peewee.OperationalError)


def test_directory_that_cannot_be_made_or_opened_is_an_error(tmp_path):
    (tmp_path / "directory.db").mkdir()
    with pytest.raises(peewee.OperationalError):
        LibsqlDatabase(f"file:{tmp_path}/directory.db").execute_sql("SELECT 1")
