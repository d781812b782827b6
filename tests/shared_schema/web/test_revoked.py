"""What a worker knows of revocations: all that is new at each look, and the last list while the database is away."""

import time
from typing import Any

import peewee
import pytest

from shared_schema import revocations
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.tables import db
from shared_schema.web.revoked import Revocations
from tests.conftest import caught_up


class Heard(list[str]):
    """The users of whom a list was told that they have changed."""


@pytest.fixture
def heard(database: LibsqlDatabase) -> Heard:
    return Heard()


@pytest.fixture
def known(heard: Heard) -> Revocations:
    return Revocations(heard.append)


def revoke(database: LibsqlDatabase, kind: Any, key: str, seconds: int = 60) -> None:
    database.batch(revocations.add(kind, key, seconds))
    caught_up()


def ids(database: LibsqlDatabase) -> list[int]:
    result = database.fetch([Statement("SELECT id FROM revocations ORDER BY id")], fresh=True)[0]
    return [row["id"] for row in result.rows]


def test_the_first_question_reads_the_list_and_later_ones_do_not(
    database: LibsqlDatabase, known: Revocations, count_queries: Any
) -> None:
    revoke(database, "token", "t1")
    with count_queries() as statements:
        assert known.has("t1", None)
        assert not known.has("t2", "t1")
        assert not known.has("t2", None)
    assert len(statements) == 1


def test_a_token_ends_by_itself_or_with_its_sign_in(database: LibsqlDatabase, known: Revocations) -> None:
    revoke(database, "token", "same")
    revoke(database, "sign_in", "s1")
    assert known.has("same", "s2")
    assert known.has("t1", "s1")
    assert not known.has("t1", "same")
    assert not known.has("s1", None)


def test_each_look_reads_what_is_new_and_users_are_heard_of_once(
    database: LibsqlDatabase, known: Revocations, heard: Heard, count_queries: Any
) -> None:
    revoke(database, "user", "7")
    known.read()
    revoke(database, "token", "t1")
    revoke(database, "user", "8")
    assert not known.has("t1", None)
    with count_queries() as statements:
        known.read()
    assert known.has("t1", None)
    known.read()
    assert (heard, len(statements)) == (["7", "8"], 1)


def test_what_this_process_revokes_counts_at_once_and_its_list_goes_on(
    database: LibsqlDatabase, known: Revocations
) -> None:
    known.read()
    known.add("sign_in", "s1", 60)
    assert known.has("t", "s1")
    known.read()
    assert known.has("t", "s1")


def test_what_no_longer_matters_is_forgotten(database: LibsqlDatabase, known: Revocations) -> None:
    revoke(database, "token", "old", -1)
    revoke(database, "token", "new")
    known.read()
    assert (known.has("old", None), known.has("new", None)) == (False, True)
    known.add("token", "mine", -1)
    known.read()
    assert not known.has("mine", None)


def test_two_old_rows_go_with_each_new_one_and_ids_go_on_rising(database: LibsqlDatabase) -> None:
    for n in range(5):
        database.batch([Statement("INSERT INTO revocations (kind, key, expires_at) VALUES ('token', ?, 1)", (f"{n}",))])
    first = ids(database)[0]
    revoke(database, "token", "a", -1)
    assert ids(database) == [first + 2, first + 3, first + 4, first + 5]
    revoke(database, "token", "b", -1)
    revoke(database, "token", "c", -1)
    assert ids(database) == [first + 6, first + 7]
    revoke(database, "token", "d")
    assert ids(database) == [first + 7, first + 8]


def test_after_a_restore_to_an_older_state_everything_is_read_again(
    database: LibsqlDatabase, known: Revocations
) -> None:
    for n in range(5):
        revoke(database, "token", f"before {n}")
    known.read()
    database.batch([Statement("DELETE FROM revocations WHERE key <> 'before 0'")])
    revoke(database, "token", "after")
    known.read()
    assert known.has("after", None)
    assert known.has("before 4", None)  # fails closed: it was revoked once
    database.batch([Statement("DELETE FROM revocations")])
    revoke(database, "token", "anew")
    known.read()
    assert known.has("anew", None)
    known.read()


def test_after_a_restore_to_a_state_with_the_same_ids_everything_is_read_again(
    database: LibsqlDatabase, known: Revocations
) -> None:
    revoke(database, "token", "first")
    revoke(database, "token", "last")
    known.read()
    database.batch([Statement("UPDATE revocations SET key = 'restored ' || key")])
    caught_up()
    known.read()
    assert known.has("restored first", None)
    assert known.has("restored last", None)


def test_without_a_first_list_nobody_comes_in_and_with_one_it_goes_on_counting(
    database: LibsqlDatabase, known: Revocations, heard: Heard, tmp_path: Any
) -> None:
    revoke(database, "token", "t1")
    known.read()
    away = LibsqlDatabase(f"file:{tmp_path}/nothing.db")
    db.initialize(away)  # type: ignore[attr-defined]
    try:
        with pytest.raises(peewee.OperationalError):
            known.read()
        assert known.has("t1", None)
        assert not known.has("t2", None)
        with pytest.raises(peewee.OperationalError):
            Revocations(heard.append).has("t2", None)
    finally:
        away.close()
        db.initialize(database)  # type: ignore[attr-defined]


def test_the_thread_reads_until_it_is_stopped(
    database: LibsqlDatabase, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVOCATION_SECONDS", "0.05")
    known = Revocations(heard.append)
    known.start()
    revoke(database, "token", "t1")
    deadline = time.monotonic() + 10
    while not known.has("t1", None):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    known.stop()
    revoke(database, "token", "t2")
    time.sleep(0.2)
    assert not known.has("t2", None)
