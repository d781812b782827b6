"""Nothing is lost: what is not ours stays, and what has no column any more is kept aside."""

import pytest

from migrations import adoption
from tests.migrations.adoption import legacy
from tests.migrations.adoption.conftest import aside, kept, rows
from tests.migrations.adoption.legacy import NOON, NOON_S


def test_what_is_not_ours_stays(make):
    database = make("typescript")
    database.execute_sql("CREATE TABLE sessions_of_the_frontend (id INTEGER PRIMARY KEY, user INTEGER, at TEXT)")
    database.execute_sql("CREATE INDEX by_user ON sessions_of_the_frontend (user)")
    database.execute_sql("INSERT INTO sessions_of_the_frontend VALUES (7, 1, '2025-01-31 12:00:00')")
    database.execute_sql("CREATE VIEW people AS SELECT id, name FROM users")
    database.execute_sql(
        "CREATE TRIGGER seen AFTER INSERT ON sessions_of_the_frontend BEGIN"
        " UPDATE users SET login_count = login_count + 1 WHERE id = new.user; END"
    )
    report = adoption.adopt(database)
    assert sorted(report.untouched) == ["people", "seen", "sessions_of_the_frontend"]
    assert rows(database, "SELECT * FROM sessions_of_the_frontend") == [(7, 1, NOON)]
    assert rows(database, "SELECT name FROM people WHERE id = 1") == [("Alice",)]
    database.execute_sql("INSERT INTO sessions_of_the_frontend VALUES (8, 1, NULL)")
    assert rows(database, "SELECT login_count FROM users WHERE id = 1") == [(1,)]
    assert rows(database, "SELECT name FROM sqlite_master WHERE name = 'by_user'") == [("by_user",)]


def test_unknown_columns_and_triggers_of_ours_are_kept(make):
    database = make("typescript")
    database.execute_sql("ALTER TABLE users ADD COLUMN Karma")
    database.execute_sql("UPDATE users SET Karma = x'00ff' WHERE id = 1")
    database.execute_sql("UPDATE users SET Karma = 9007199254740993 WHERE id = 2")
    trigger = "CREATE TRIGGER touch AFTER UPDATE ON users BEGIN SELECT CURRENT_TIMESTAMP; END"
    database.execute_sql(trigger)
    report = adoption.adopt(database)
    assert kept(database, "users", "Karma") == [
        (1, "Karma", "unknown-column", b"\x00\xff"),
        (2, "Karma", "unknown-column", 9007199254740993),
    ]
    assert aside(database) == [("users", "touch", "trigger-removed", {"sql": trigger})]
    users = next(table for table in report.tables if table.name == "users")
    assert (users.columns_unknown, users.triggers_removed) == (["Karma"], ["touch"])


def test_highest_id_ever_given_is_kept(make):
    database = make("raw")
    legacy.insert(database, "users", id=500, email="gone@example.com", name="Gone")
    database.execute_sql("DELETE FROM users WHERE id = 500")
    adoption.adopt(database)
    assert ("users", "sqlite_sequence", "sequence", 500) in kept(database, "users", "sqlite_sequence")


def test_every_text_survives(make):
    database = make("typescript")
    texts = ["it's", "", " ", "ünï 🐙", "a\nb\tc", "NULL", "x'00'", "' || id || '", "{range}", "%s ? :a"]
    for n, text in enumerate(texts):
        legacy.insert(database, "users", id=10 + n, email=f"{n}@x", name=text, bio=text)
    database.execute_sql("UPDATE users SET bio = 'a' || char(0) || 'b' WHERE id = 10")
    adoption.adopt(database)
    assert [row[0] for row in rows(database, "SELECT name FROM users WHERE id >= 10 ORDER BY id")] == texts
    assert rows(database, "SELECT hex(bio) FROM users WHERE id = 10") == [("610062",)]


def test_looser_columns_are_tightened(make):
    """What was BOOLEAN, TIMESTAMP, NUMERIC or nothing at all holds the same after it."""
    loose = legacy.DESCRIPTION["users"].replace("login_count integer =0", "login_count text")
    loose = loose.replace("is_active integer", "is_active text").replace("last_login integer", "last_login text")
    database = make("typescript", {"users": loose})
    database.execute_sql("UPDATE users SET login_count = ' 07 ' WHERE id = 1")
    with pytest.raises(adoption.RowsBlock):
        adoption.adopt(database)
    database.execute_sql("UPDATE users SET login_count = ' 7 ', is_active = 'false' WHERE id = 1")
    adoption.adopt(database)
    assert rows(database, "SELECT login_count, is_active, last_login FROM users ORDER BY id") == [
        (7, 0, None),
        (7, 1, NOON_S),
    ]
    assert kept(database, "users", "login_count") == [(1, "login_count", "number-text", " 7 ")]


def test_missing_columns_are_added(make):
    fewer = legacy.DESCRIPTION["questions"].replace("is_beta integer =false;", "")
    fewer = fewer.replace("updated_at integer =CURRENT_TIMESTAMP", "extra text").replace("(is_active, is_beta), ", "")
    database = make("typescript", {"questions": fewer})
    report = adoption.adopt(database)
    questions = next(table for table in report.tables if table.name == "questions")
    assert {"is_beta", "updated_at"} <= set(questions.columns_added)
    assert rows(database, "SELECT DISTINCT is_beta, updated_at FROM questions") == [(0, NOON_S)]
