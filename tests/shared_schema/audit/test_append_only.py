"""The log and its seals are only added to, whatever the statement."""

import peewee
import pytest

from shared_schema.audit import seal
from shared_schema.database import LibsqlDatabase
from tests.shared_schema.audit.conftest import fill, rows

ENTRY = "an entry stays as it was written"
SEAL = "a seal stays as it was written"
KEPT = {"id": 9, "user_id": 3, "role": "'user'", "action": "'x'", "entity_type": "'x'", "entity_id": "'9'",
        "request_id": "'x'", "method": "'x'", "path": "'x'", "success": "1 - success", "error_code": "'x'",
        "created_at": 1}  # fmt: skip
PERSONAL = ("ip_address", "user_agent", "session_id", "metadata", "old_values", "new_values", "error_message")
SEALED = {"sequence": 9, "entry_id": 9, "origin_digest": "'x'", "content_digest": "'x'", "hash": "'x'", "sealed_at": 1}
NEW = "(id, action) VALUES ({}, 'x')"


def test_every_column_is_either_kept_or_may_only_be_emptied(database: LibsqlDatabase) -> None:
    for table, columns in (
        ("audit_log", (*KEPT, *PERSONAL)),
        ("audit_seals", (*SEALED, "origin_salt", "content_salt")),
    ):
        there = {row["name"] for row in rows(database, f"SELECT name FROM pragma_table_info('{table}')")}
        assert there == set(columns)


@pytest.mark.parametrize(
    ("table", "change", "reason"),
    [
        *(("audit_log", f"UPDATE audit_log SET {column} = {value}", ENTRY) for column, value in KEPT.items()),
        *(("audit_log", f"UPDATE audit_log SET {column} = NULL WHERE id = 1", ENTRY) for column in ("user_id", "role")),
        *(("audit_log", f"UPDATE audit_log SET {column} = 'x'", ENTRY) for column in PERSONAL),
        ("audit_log", "UPDATE OR REPLACE audit_log SET id = 1 WHERE id = 2", ENTRY),
        *(("audit_seals", f"UPDATE audit_seals SET {column} = {value}", SEAL) for column, value in SEALED.items()),
        *(
            ("audit_seals", f"UPDATE audit_seals SET {column} = 'x'", SEAL)
            for column in ("origin_salt", "content_salt")
        ),
        ("audit_log", "DELETE FROM audit_log WHERE id = 3", "never deleted"),
        ("audit_seals", "DELETE FROM audit_seals WHERE sequence = 2", "never deleted"),
        *(
            ("audit_log", f"INSERT OR REPLACE INTO audit_log {NEW.format(n)}", "added at the end")
            for n in (-2, 0, 2, 3)
        ),
        (
            "audit_seals",
            "INSERT OR REPLACE INTO audit_seals SELECT 2, 3, NULL, 'x', NULL, 'x', 'x', 1",
            "added at the end",
        ),
        ("audit_seals", "INSERT INTO audit_seals SELECT 3, 2, NULL, 'x', NULL, 'x', 'x', 1", "added at the end"),
        ("audit_seals", "INSERT INTO audit_seals SELECT 4, 3, NULL, 'x', NULL, 'x', 'x', 1", "added at the end"),
    ],
)
def test_a_statement_that_takes_or_changes_is_refused(
    database: LibsqlDatabase, table: str, change: str, reason: str
) -> None:
    fill(database, 3)
    seal.some(database, 2)
    before = rows(database, f"SELECT * FROM {table}")
    with pytest.raises(peewee.DatabaseError, match=reason):
        database.execute_sql(change)
    assert rows(database, f"SELECT * FROM {table}") == before


def test_what_tells_of_a_person_may_be_emptied(database: LibsqlDatabase) -> None:
    fill(database, 2)
    seal.everything(database)
    for table, columns in (("audit_log", PERSONAL), ("audit_seals", ("origin_salt", "content_salt"))):
        database.execute_sql(f"UPDATE {table} SET {', '.join(f'{column} = NULL' for column in columns)}")
        assert {row[column] for row in rows(database, f"SELECT * FROM {table}") for column in columns} == {None}


def test_an_entry_outlives_its_user_and_its_id_is_not_given_again(database: LibsqlDatabase) -> None:
    fill(database, 3)
    database.execute_sql("DELETE FROM users WHERE id = 4")
    assert [row["user_id"] for row in rows(database, "SELECT user_id FROM audit_log ORDER BY id")] == [4, None, 4]
    fill(database, 2)  # of a user who is not there any more
    stored = rows(database, "SELECT id, user_id, metadata FROM audit_log ORDER BY id")
    assert [row["id"] for row in stored] == [1, 2, 3, 4, 5]
    assert (stored[3]["user_id"], stored[3]["metadata"]) == (None, '{"subject":"4"}')


def test_an_entry_of_an_older_release_is_still_taken(database: LibsqlDatabase) -> None:
    """Each service is deployed on its own day, after the migration."""
    older = "INSERT INTO audit_log (user_id, action, metadata) VALUES ((SELECT id FROM users WHERE id = 4), 'x', '{}')"
    database.execute_sql(older)
    assert rows(database, "SELECT id, user_id, role FROM audit_log") == [{"id": 1, "user_id": 4, "role": None}]
