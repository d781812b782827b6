"""BEGIN, COMMIT and ROLLBACK run as statements: in each spelling, and without a transaction."""

import threading

import peewee
import pytest

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Limits
from tests.faults.conftest import Connect, Sqld, bodies, note
from tests.servers import Proxy


@pytest.fixture
def database(connect: Connect, proxy: Proxy) -> LibsqlDatabase:
    return connect(proxy)


def add(database: LibsqlDatabase, body: str) -> None:
    database.execute_sql("INSERT INTO notes (body) VALUES (?)", (body,))


@pytest.mark.parametrize("begin", ["BEGIN", "begin immediate", "  BEGIN TRANSACTION;"])
@pytest.mark.parametrize("end", ["COMMIT", "commit transaction ;", " END", "End Transaction"])
def test_transaction_ends_in_a_commit(
    database: LibsqlDatabase, connect: Connect, server: Sqld, begin: str, end: str
) -> None:
    database.execute_sql(begin)
    add(database, "one")
    assert database.connection().in_transaction
    database.execute_sql(end)
    assert not database.connection().in_transaction
    assert bodies(connect(server)) == ["one"]


@pytest.mark.parametrize("end", ["ROLLBACK", "rollback transaction", " Rollback ;"])
def test_transaction_ends_in_a_rollback(database: LibsqlDatabase, end: str) -> None:
    database.execute_sql("BEGIN")
    add(database, "one")
    database.execute_sql(end)
    assert not database.connection().in_transaction
    add(database, "two")
    assert bodies(database) == ["two"]


def test_rollback_to_a_savepoint_does_not_end_the_transaction(database: LibsqlDatabase) -> None:
    database.execute_sql("BEGIN")
    add(database, "one")
    database.execute_sql("SAVEPOINT s")
    add(database, "two")
    database.execute_sql("ROLLBACK TO s")
    assert database.connection().in_transaction
    database.execute_sql("COMMIT")
    assert bodies(database) == ["one"]


def test_rollback_without_a_transaction_is_no_request(database: LibsqlDatabase, proxy: Proxy) -> None:
    database.execute_sql("ROLLBACK")
    assert proxy.requests == 0
    with pytest.raises(peewee.OperationalError, match="no transaction is active"):
        database.execute_sql("COMMIT")


def test_closed_connection_gives_the_lock_back_at_once(
    database: LibsqlDatabase, connect: Connect, server: Sqld
) -> None:
    """The server would keep it for five seconds, for a client that went away without a word."""
    database.execute_sql("BEGIN IMMEDIATE")
    add(database, "lost")
    database.connection().close()
    assert not database.connection().in_transaction
    quick = connect(server, limits=Limits(2.0, 3.0, 4.0))
    quick.batch([note("next")])
    assert bodies(quick) == ["next"]


def test_begin_that_finds_the_lock_taken_waits_for_it(database: LibsqlDatabase, connect: Connect, server: Sqld) -> None:
    other = connect(server)
    other.execute_sql("BEGIN IMMEDIATE")
    add(other, "first")
    database.execute_sql("BEGIN IMMEDIATE")
    commit = threading.Timer(0.5, other.connection().execute, ("COMMIT",))
    commit.start()
    add(database, "second")
    commit.join()
    database.execute_sql("COMMIT")
    assert bodies(database) == ["first", "second"]
