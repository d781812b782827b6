"""How a transaction on a server ends: by whatever words, by the server itself, and with the clock moved on."""

from collections.abc import Callable

import orjson
import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from tests.faults.conftest import Connect, Sqld, bodies, note
from tests.faults.gateways import Gateway


@pytest.fixture
def database(connect: Connect, gateway: Gateway) -> LibsqlDatabase:
    return connect(gateway)


def closed(answer: bytes) -> bytes:
    """The answer, by a server that has closed the stream behind it."""
    return orjson.dumps(orjson.loads(answer) | {"baton": None})


@pytest.mark.parametrize("statements", [1, 2])
def test_a_stream_that_the_server_has_closed_ends_the_transaction(
    database: LibsqlDatabase, connect: Connect, server: Sqld, gateway: Gateway, statements: int
) -> None:
    """The next statement would begin another one, which would be committed by itself."""
    with pytest.raises(peewee.OperationalError, match="given up the transaction") as caught, database.atomic():
        for n in range(3):
            gateway.altered = closed if n + 1 == statements else lambda answer: answer
            database.execute_sql("INSERT INTO notes (body) VALUES (?)", (str(n),))
    assert type(caught.value.orig) is errors.StreamExpired
    assert gateway.requests == statements
    assert bodies(connect(server)) == []


def test_code_that_goes_on_all_the_same_writes_nothing(
    database: LibsqlDatabase, connect: Connect, server: Sqld, gateway: Gateway
) -> None:
    with pytest.raises(peewee.OperationalError, match="given up the transaction"), database.atomic():
        gateway.altered = closed
        for n in range(3):
            with pytest.raises(peewee.OperationalError, match="given up the transaction"):
                database.execute_sql("INSERT INTO notes (body) VALUES (?)", (str(n),))
    assert bodies(connect(server)) == []


@pytest.mark.parametrize("begin", ["/* x */ BEGIN", "-- x\nBEGIN IMMEDIATE", "begin exclusive transaction"])
@pytest.mark.parametrize(
    ("end", "left"),
    [("ROLLBACK", []), ("/* no */ ROLLBACK TRANSACTION", []), ("/* done */ COMMIT", ["one"]), ("-- x\nEND;", ["one"])],
)
def test_words_are_read_behind_comments(
    database: LibsqlDatabase, connect: Connect, server: Sqld, begin: str, end: str, left: list[str]
) -> None:
    with database.connection_context():
        database.execute_sql(begin)
        database.execute_sql("INSERT INTO notes (body) VALUES ('one')")
        database.execute_sql(end)
        assert bodies(connect(server)) == left
        database.execute_sql("INSERT INTO notes (body) VALUES ('two')")
    assert bodies(connect(server)) == [*left, "two"]


def fails(database: LibsqlDatabase) -> None:
    database.execute_sql("INSERT INTO notes (body) VALUES ('inner')")
    raise ZeroDivisionError


def test_a_savepoint_outside_of_a_transaction_is_one(database: LibsqlDatabase, connect: Connect, server: Sqld) -> None:
    with database.savepoint():
        database.execute_sql("INSERT INTO notes (body) VALUES ('one')")
        assert bodies(connect(server)) == []
        with database.savepoint():
            database.execute_sql("INSERT INTO notes (body) VALUES ('two')")
        assert bodies(connect(server)) == []
        with pytest.raises(ZeroDivisionError), database.savepoint():
            fails(database)
    assert bodies(connect(server)) == ["one", "two"]
    database.batch([note("three")])
    assert bodies(connect(server)) == ["one", "two", "three"]


def test_a_savepoint_that_an_exception_leaves_is_rolled_back(
    database: LibsqlDatabase, connect: Connect, server: Sqld
) -> None:
    with pytest.raises(ZeroDivisionError), database.savepoint():
        fails(database)
    assert bodies(connect(server)) == []
    with database.atomic():
        database.execute_sql("INSERT INTO notes (body) VALUES ('later')")
    assert bodies(connect(server)) == ["later"]


def test_a_statement_that_ends_the_transaction_itself_lets_nothing_follow(
    database: LibsqlDatabase, connect: Connect, server: Sqld
) -> None:
    database.batch([note("there")])
    with pytest.raises(peewee.OperationalError, match="given up the transaction"), database.atomic():
        database.execute_sql("INSERT INTO notes (body) VALUES ('lost')")
        with pytest.raises(peewee.IntegrityError):
            database.execute_sql("INSERT OR ROLLBACK INTO notes (body) VALUES ('there')")
        database.execute_sql("INSERT INTO notes (body) VALUES ('alone')")
    assert bodies(connect(server)) == ["there"]


WRITERS: dict[str, Callable[[LibsqlDatabase], object]] = {
    "a batch": lambda database: database.batch([note("one")]),
    "a statement": lambda database: database.execute_sql("INSERT INTO notes (body) VALUES ('one')"),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_transaction_that_wrote_moves_the_clock_on(
    database: LibsqlDatabase, write: Callable[[LibsqlDatabase], object]
) -> None:
    """So its reader does not read an older replica."""
    database.batch([note("before")])
    before = database.clock.written.get()
    with database.atomic():
        write(database)
        assert database.clock.written.get() == before
    assert database.clock.written.get() == database.clock.wanted.get() == before + 1
    (tick,) = database.fetch([database.clock.read])
    assert tick.value(int) == before + 1


def test_a_transaction_that_only_read_or_was_rolled_back_does_not(database: LibsqlDatabase) -> None:
    database.batch([note("before")])
    before = database.clock.written.get()
    with database.atomic():
        assert bodies(database) == ["before"]
    with pytest.raises(ZeroDivisionError), database.atomic():
        fails(database)
    (tick,) = database.fetch([database.clock.read])
    assert tick.value(int) == database.clock.written.get() == before


def test_a_batch_in_a_transaction_is_read_from_the_primary_until_the_replica_has_it(
    server: Sqld, connect: Connect, host: Callable[..., object]
) -> None:
    machine = host(TURSO_SYNC_SECONDS="2")
    database = connect(server, replica=machine.replica, max_staleness_s=60.0)  # type: ignore[attr-defined]
    with database.atomic():
        database.batch([note("mine")])
    assert database.fetch([Statement("SELECT body FROM notes")])[0].rows == [{"body": "mine"}]
