"""How long a call may take, and what it leaves: a connection and a stream that the next call has again."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.database.server import hrana
from shared_schema.database.server.calls import Server
from shared_schema.database.settings import Limits, Settings
from tests.faults.conftest import PATIENT, SHORT, Connect, Sqld, bodies, note
from tests.servers import Proxy

READ = [Statement("SELECT 7 AS n")]
THREADS = 16


def test_threads_keep_their_connections_for_their_next_calls(connect: Connect, proxy: Proxy) -> None:
    database = connect(proxy)
    together = threading.Barrier(THREADS)

    def read(_: int) -> None:
        for _ in range(3):
            together.wait(30)
            assert database.fetch(READ)[0].one(dict) == {"n": 7}
        database.close()

    proxy.rtt_s = 0.1  # so that all are under way at the same time
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(read, range(THREADS)))
    assert proxy.requests == 3 * THREADS
    assert proxy.connections < 2 * THREADS  # without a pool 48


def test_write_without_an_answer_is_given_up_before_the_deadline(server: Sqld, connect: Connect) -> None:
    """It may not be sent again, so the rest of the time would be of no use."""
    database = connect(server, limits=Limits(0.5, 0.5, 60.0))
    database.batch([note("before")])
    server.freeze()
    began = time.monotonic()
    with pytest.raises(
        peewee.OperationalError, match="was lost after the request was sent: ReadTimeoutError"
    ) as caught:
        database.batch([note("during")])
    assert time.monotonic() - began < 20
    assert isinstance(caught.value.orig, errors.OutcomeUnknown)
    server.thaw()


def test_nothing_is_sent_after_the_deadline(proxy: Proxy, server: Sqld) -> None:
    late = Server(proxy.url, server.token, SHORT)
    with pytest.raises(errors.Unreachable, match="no time left"):
        late.execute(hrana.statement("SELECT 1", ()), repeatable=True, deadline=time.monotonic() - 1)
    assert proxy.connections == 0


def test_each_thread_has_the_deadline_of_its_own_call(server: Sqld, connect: Connect, proxy: Proxy) -> None:
    """One reads an answer that drips; the calls that another makes meanwhile give it no more time."""
    slow, quick = connect(proxy, limits=SHORT), connect(server)
    proxy.drip(20)
    ended = threading.Event()

    def call_again_and_again() -> None:
        while not ended.is_set():
            quick.fetch(READ)
        quick.close()

    other = threading.Thread(target=call_again_and_again)
    other.start()
    began = time.monotonic()
    try:
        with pytest.raises(peewee.OperationalError) as caught:
            slow.fetch([Statement("SELECT printf('%.*c', 1000, 'x') AS long")])
    finally:
        ended.set()
        other.join()
    assert isinstance(caught.value.orig, errors.Unreachable)
    assert time.monotonic() - began < SHORT.total_s + 10  # the whole answer would take 50 seconds


def test_batch_of_one_write_is_a_transaction_and_sent_once(server: Sqld, proxy: Proxy) -> None:
    """A single read needs no BEGIN; a write that was sent without one would be repeated like a read."""
    database = LibsqlDatabase(Settings(proxy.url, server.token, limits=PATIENT))
    database.fetch(READ)
    proxy.reset()
    proxy.cut_after_request()
    with pytest.raises(peewee.OperationalError) as caught:
        database.batch([note("once")])
    assert isinstance(caught.value.orig, errors.OutcomeUnknown)
    assert proxy.requests == 1
    assert bodies(database) == ["once"]
    database.close()


def test_hooks_see_the_queries_of_the_caller_and_not_the_clock(server: Sqld, connect: Connect) -> None:
    database = connect(server)
    seen: list[tuple[str, object]] = []
    database.query_hooks.append(lambda event: seen.append((event.sql, event.params)))
    database.batch([note("one"), Statement("DELETE FROM notes")])
    database.clock.wanted.set(1)
    database.fetch([Statement("SELECT ? AS n", (7,))])
    assert seen == [
        ("INSERT INTO notes (body) VALUES (?)", ("one",)),
        ("DELETE FROM notes", ()),
        ("SELECT ? AS n", (7,)),
    ]


def test_id_of_the_last_insert_comes_back(server: Sqld, connect: Connect) -> None:
    class Notes(peewee.Model):
        body = peewee.TextField()

    database = connect(server)
    with database.bind_ctx([Notes]):
        assert [Notes.insert(body=body).execute() for body in ("one", "two")] == [1, 2]


def test_ticks_only_grow(server: Sqld, connect: Connect) -> None:
    database = connect(server)
    database.clock.written.set(0)
    database.batch([note("one")])
    first = database.clock.written.get()
    database.batch([note("two")])
    assert database.clock.written.get() == database.clock.wanted.get() == first + 1
    database.clock.wrote(first)
    assert database.clock.written.get() == database.clock.wanted.get() == first + 1
    database.clock.wanted.set(first + 10)
    database.clock.wrote(first + 2)
    assert (database.clock.written.get(), database.clock.wanted.get()) == (first + 2, first + 10)
