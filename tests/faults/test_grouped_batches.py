"""Batches of many threads that go to the server together: each keeps its own results, errors, guards and deadline."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, Verbatim, errors, require, require_changes, waiting
from shared_schema.database.server import groups, hrana
from tests.faults.conftest import Connect, Sqld, bodies, note
from tests.faults.gateways import Gateway

FAMILY = (
    "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
    "CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL"
    " REFERENCES parents DEFERRABLE INITIALLY DEFERRED)",
)


class Gone(Exception):
    """A guard's own error."""


class Held:
    """Keeps back the answer to the request that is under way, until all who are to wait behind it do."""

    def __init__(self, gateway: Gateway) -> None:
        self.came, self._released = threading.Event(), threading.Event()
        self._gateway = gateway
        gateway.altered = self._wait

    def _wait(self, answer: bytes) -> bytes:
        self.came.set()
        self._released.wait(60)
        return answer

    def release(self) -> None:
        self._gateway.altered = lambda answer: answer
        self._released.set()


@pytest.fixture
def database(connect: Connect, gateway: Gateway) -> LibsqlDatabase:
    made = connect(gateway)
    made.fetch([Statement("SELECT 1")])
    gateway.requests = 0
    return made


@pytest.fixture
def together(database: LibsqlDatabase, gateway: Gateway) -> Callable[..., list[Any]]:
    """`together(queries, …)`: what the batches give or raise that wait while a first one is under way."""

    def run(*batches: Any) -> list[Any]:
        def one(queries: Any) -> Any:
            try:
                return database.batch(queries)
            except Exception as error:
                return error
            finally:
                database.close()

        held = Held(gateway)
        with ThreadPoolExecutor(len(batches) + 1) as pool:
            first = pool.submit(one, [note("first")])
            assert held.came.wait(60)
            others = []
            for n, queries in enumerate(batches):
                others.append(pool.submit(one, queries))
                _until(lambda waiting=n + 1: len(_groups(database)._waiting) == waiting)
            held.release()
            outcomes = [other.result(60) for other in others]
            assert first.result(60)[0].count == 1
        return outcomes

    return run


def _groups(database: LibsqlDatabase) -> groups.Groups:
    return database._primary._server._groups


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.001)


def test_batches_that_wait_go_in_one_request_and_each_has_its_own_results(
    together: Any, database: LibsqlDatabase, gateway: Gateway
) -> None:
    returning = Statement("INSERT INTO notes (body) VALUES (?) RETURNING body", ("b",))
    one, two, three = together([note("a")], [returning, Statement("SELECT count(*) AS n FROM notes")], [note("c")])
    assert gateway.requests == 2
    assert one[0].count == three[0].count == 1
    assert two[0].rows == [{"body": "b"}]
    assert two[1].rows == [{"n": 3}]
    assert bodies(database) == ["first", "a", "b", "c"]


def test_a_member_that_fails_is_rolled_back_alone(together: Any, database: LibsqlDatabase, gateway: Gateway) -> None:
    one, two, three = together([note("a")], [note("b"), note("a")], [note("c")])
    assert gateway.requests == 2
    assert isinstance(two, peewee.IntegrityError)
    assert errors.is_unique(two, "notes", "body")
    assert (one[0].count, three[0].count) == (1, 1)
    assert bodies(database) == ["first", "a", "c"]


def test_guards_see_what_the_members_before_have_done(
    together: Any, database: LibsqlDatabase, gateway: Gateway
) -> None:
    take = [Statement("UPDATE notes SET body = 'taken' WHERE body = 'free'"), require_changes(1, otherwise=Gone)]
    first, second, third = together([note("free")], take, take)
    assert gateway.requests == 2
    assert first[0].count == 1
    assert second[0].count == 1
    assert isinstance(third, Gone)
    assert bodies(database) == ["first", "taken"]


def test_each_guard_raises_its_own_error(together: Any, database: LibsqlDatabase) -> None:
    guards = [[note(str(n)), require("?", (n % 2,), otherwise=partial(Gone, n))] for n in range(6)]
    outcomes = together(*guards)
    assert [str(outcome) for outcome in outcomes[::2]] == ["0", "2", "4"]
    assert [outcome[0].count for outcome in outcomes[1::2]] == [1, 1, 1]
    assert bodies(database) == ["first", "1", "3", "5"]


def test_a_member_that_ends_the_transaction_takes_no_other_with_it(
    together: Any, database: LibsqlDatabase, gateway: Gateway
) -> None:
    """OR ROLLBACK ends the whole transaction, and what comes after it would run by itself."""
    ending = [note("x"), Statement("INSERT OR ROLLBACK INTO notes (body) VALUES ('a')")]
    one, two, three = together([note("a")], ending, [note("c")])
    assert gateway.requests == 5  # the first, the group, and each of its three by itself
    assert (one[0].count, three[0].count) == (1, 1)
    assert isinstance(two, peewee.IntegrityError)
    assert sorted(bodies(database)) == ["a", "c", "first"]


def test_a_deferred_foreign_key_fails_the_member_that_has_broken_it(
    together: Any, database: LibsqlDatabase, connect: Connect, server: Sqld
) -> None:
    """It is looked at when the transaction commits, and then nobody knows whose it is."""
    for table in FAMILY:
        connect(server).execute_sql(table)
    child = Statement("INSERT INTO children (parent) VALUES (7)")
    one, two, three = together([note("a")], [child], [note("c")])
    assert isinstance(two, peewee.IntegrityError)
    assert isinstance(errors.cause(two), errors.ForeignKey)
    assert (one[0].count, three[0].count) == (1, 1)
    assert sorted(bodies(database)) == ["a", "c", "first"]
    assert database.fetch([Statement("SELECT count(*) AS n FROM children")])[0].rows == [{"n": 0}]


@pytest.mark.parametrize(
    "lasting",
    [
        [Statement("CREATE TABLE made (id)")],
        [Statement("PRAGMA user_version = 7")],
        [Verbatim("INSERT INTO notes (body) VALUES ('lasting')")],
        [note(str(n)) for n in range(1001)],
    ],
    ids=["schema", "pragma", "verbatim", "many"],
)
def test_what_is_large_or_leaves_a_trace_goes_by_itself(
    together: Any, database: LibsqlDatabase, gateway: Gateway, lasting: list[Any]
) -> None:
    if isinstance(lasting[0], Verbatim):
        lasting = [Statement(lasting[0])]
    together([note("a")], lasting, [note("c")], [note("d")])
    assert gateway.requests == 4  # the first, `a`, the one by itself, and the last two together


def test_at_most_64_go_together(together: Any, database: LibsqlDatabase, gateway: Gateway) -> None:
    together(*([note(str(n))] for n in range(70)))
    assert [body.count(b"SAVEPOINT member") for body in gateway.bodies[-3:]] == [0, 64, 6]
    assert len(bodies(database)) == 71


def test_a_lost_answer_is_settled_by_each_member(
    database: LibsqlDatabase, connect: Connect, server: Sqld, gateway: Gateway
) -> None:
    """The request was carried out: who may repeat his batch does, the other is told that nobody knows."""
    keyed = Statement("INSERT OR IGNORE INTO notes (body) VALUES ('keyed')")
    held = Held(gateway)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(database.batch, [note("first")])
        assert held.came.wait(60)
        once = pool.submit(database.batch, [note("once")])
        _until(lambda: len(_groups(database)._waiting) == 1)
        again = pool.submit(database.batch, [keyed], idempotent=True)
        _until(lambda: len(_groups(database)._waiting) == 2)
        gateway.lose(2)
        held.release()
        assert first.result(60)[0].count == 1
        with pytest.raises(peewee.OperationalError) as caught:
            once.result(60)
        assert type(caught.value.orig) is errors.OutcomeUnknown
        assert again.result(60)[0].count == 0
    assert gateway.requests == 3
    assert bodies(connect(server)) == ["first", "once", "keyed"]


def test_who_cannot_wait_longer_leaves_the_queue(database: LibsqlDatabase, gateway: Gateway) -> None:
    """Nothing of his batch is sent."""
    held = Held(gateway)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(database.batch, [note("first")])
        assert held.came.wait(60)
        late = hrana.statement("INSERT INTO notes (body) VALUES ('late')", ())
        with pytest.raises(errors.Busy, match="database is locked by another thread of this process"):
            _groups(database).run([late], time.monotonic() + 0.1)
        held.release()
        assert first.result(60)[0].count == 1
    assert gateway.requests == 1
    assert bodies(database) == ["first"]


def test_a_lone_batch_is_sent_as_it_is(database: LibsqlDatabase, gateway: Gateway) -> None:
    database.batch([note("one")])
    database.batch([note("two")])
    assert gateway.requests == 2
    assert not any(b"SAVEPOINT" in body for body in gateway.bodies)
    assert bodies(database) == ["one", "two"]


def test_many_threads_lose_and_double_nothing(connect: Connect, server: Sqld) -> None:
    """A third of the batches fail: by a guard, by a unique key, or in the middle."""
    database = connect(server)
    outcomes: dict[int, str] = {}

    def write(n: int) -> None:
        kinds = {
            0: [note(f"good {n}"), note(f"good {n} too")],
            1: [note(f"bad {n}"), require("0", otherwise=Gone)],
            2: [note(f"bad {n}"), note(f"bad {n}")],
        }
        try:
            database.batch(kinds[n % 3])
            outcomes[n] = "applied"
        except (Gone, peewee.IntegrityError) as error:
            outcomes[n] = type(error).__name__
        finally:
            database.close()

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(write, range(300)))
    assert outcomes == {n: ("applied", "Gone", "IntegrityError")[n % 3] for n in range(300)}
    expected = [text for n in range(0, 300, 3) for text in (f"good {n}", f"good {n} too")]
    assert sorted(bodies(database)) == sorted(expected)
    assert database.clock.written.get() == 0  # of this thread: it has written nothing
    (tick,) = database.fetch([database.clock.read])
    assert tick.value(int) == 100


def test_a_thread_that_waits_behind_another_tells_so(database: LibsqlDatabase, gateway: Gateway) -> None:
    held, told = Held(gateway), threading.Event()

    def behind() -> None:
        waiting.this_thread.begins = told.set
        database.batch([note("second")])
        database.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(database.batch, [note("first")])
        assert held.came.wait(60)
        second = pool.submit(behind)
        was_told = told.wait(10)
        held.release()
        first.result(60)
        second.result(60)
    assert was_told
    assert bodies(database) == ["first", "second"]
