"""What is worth waiting for: a server that is starting, another writer. And what is not waited for longer than said."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import peewee
import pytest

from shared_schema.database import Statement, errors, usage, waiting
from shared_schema.database.server import hrana
from shared_schema.database.server.calls import Server
from shared_schema.database.settings import Limits
from tests.faults.conftest import LATE_S, SHORT, Connect, Sqld, bodies, note
from tests.servers import Proxy

WRITERS = 16


def test_a_refused_connection_is_tried_until_the_deadline(connect: Connect, proxy: Proxy) -> None:
    database = connect(proxy, limits=SHORT)
    proxy.refuse()
    for call in (
        lambda: database.fetch([Statement("SELECT 1")]),
        lambda: database.batch([note("no")]),
        lambda: database.batch([note("no")], idempotent=True),
        lambda: database.execute_sql("INSERT INTO notes (body) VALUES ('no')"),
    ):
        began = time.monotonic()
        with pytest.raises(peewee.OperationalError) as caught:
            call()
        assert type(caught.value.orig) is errors.Unreachable
        assert SHORT.total_s * 0.9 < time.monotonic() - began < SHORT.total_s + LATE_S
    proxy.accept()
    assert bodies(connect(proxy)) == []


def test_a_server_that_comes_back_in_time_is_not_missed(server: Sqld, connect: Connect) -> None:
    """Even a write that must not be sent twice: it was not sent once."""
    database = connect(server, limits=Limits(1.0, 20.0, 60.0))
    database.batch([note("before")])
    server.kill()
    start = threading.Timer(0.5, server.start)
    start.start()
    began = time.monotonic()
    database.batch([note("after")])
    assert time.monotonic() - began >= 0.5
    start.join()
    assert bodies(database) == ["before", "after"]


def test_writers_at_once_all_succeed(server: Sqld, connect: Connect) -> None:
    """Among them some that read first, some that are refused, and transactions that begin with a read."""
    database = connect(server, limits=Limits(5.0, 30.0, 60.0))
    database.execute_sql("CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
    database.execute_sql("INSERT INTO counters VALUES (1, 0)")
    rounds = 30

    def write(who: int) -> None:
        for n in range(rounds):
            database.fetch([Statement("SELECT n FROM counters"), Statement("SELECT count(*) FROM notes")])
            database.batch([Statement("UPDATE counters SET n = n + 1"), note(f"{who}-{n}")])
            with pytest.raises(peewee.IntegrityError):
                database.batch([Statement("UPDATE counters SET n = n + 1"), note(f"{who}-{n}")])
        database.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        for writer in [pool.submit(write, who) for who in range(WRITERS)]:
            writer.result()
    assert database.execute_sql("SELECT n FROM counters").fetchone() == (WRITERS * rounds,)
    assert len(bodies(database)) == WRITERS * rounds


def test_a_lock_held_too_long_is_busy_and_changed_nothing(server: Sqld, connect: Connect) -> None:
    """The server makes a writer wait for up to five seconds; a call waits as long as its own limits say."""
    holder, other = connect(server), connect(server, limits=Limits(0.5, 0.5, 0.8))
    with holder.atomic():
        holder.execute_sql("INSERT INTO notes (body) VALUES ('held')")
        began = time.monotonic()
        with pytest.raises(peewee.OperationalError) as caught:
            other.batch([Statement("INSERT OR IGNORE INTO notes (body) VALUES ('waited')")], idempotent=True)
        assert isinstance(caught.value.orig, errors.Busy | errors.OutcomeUnknown)
        assert time.monotonic() - began < 0.8 + LATE_S
    assert "held" in bodies(holder)


def test_threads_write_one_at_a_time_and_read_at_once(connect: Connect, proxy: Proxy) -> None:
    """So at most one writer of a process waits in the server's queue for the lock."""
    database, together = connect(proxy), threading.Barrier(8)
    under_way, most = [0], {"write": 0, "read": 0}

    def watched(kind: str, call: Callable[[], object]) -> None:
        def watch(change: int) -> None:
            with counting:
                under_way[0] += change
                most[kind] = max(most[kind], under_way[0])

        def run(_: int) -> None:
            together.wait(30)
            call()
            database.close()

        counting = threading.Lock()
        usage.watchers.append(watch)
        try:
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(run, range(8)))
        finally:
            usage.watchers.remove(watch)

    proxy.rtt_s = 0.1
    watched("write", lambda: database.batch([Statement("UPDATE notes SET body = body")]))
    watched("read", lambda: database.fetch([Statement("SELECT 1")]))
    assert most["write"] == 1
    assert most["read"] > 4


def test_the_wait_for_ones_turn_is_part_of_the_limits(server: Sqld, connect: Connect) -> None:
    """Whose turn comes after seven seconds has one second left, not another eight."""
    database = connect(server, limits=Limits(0.5, 8.0, 8.0))
    database.batch([note("before")])
    server.freeze()
    took = []

    def write(n: int) -> None:
        began = time.monotonic()
        with pytest.raises(peewee.OperationalError) as caught:
            database.batch([note(f"during {n}")])
        assert isinstance(caught.value.orig, errors.OutcomeUnknown | errors.Busy | errors.Unreachable)
        took.append(time.monotonic() - began)
        database.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(write, 1)
        time.sleep(1)
        second = pool.submit(write, 2)
        first.result()
        second.result()
    server.thaw()
    assert 7.5 < took[0] < 8.0 + LATE_S
    assert 7.5 < took[1] < 8.0 + LATE_S


def test_a_write_outwaits_a_client_that_died_in_a_transaction(server: Sqld, connect: Connect, proxy: Proxy) -> None:
    """By the usual limits: the server takes the lock from it after five seconds, and the way back takes time, too."""
    database = connect(proxy, limits=Limits())
    database.fetch([Statement("SELECT 1")])
    proxy.rtt_s = 0.6
    dead = Server(server.url, server.token, Limits())
    begin = [hrana.statement("BEGIN IMMEDIATE", ()), hrana.statement("INSERT INTO notes (body) VALUES ('half')", ())]
    dead.send([hrana.sequence(begin)], baton=None, deadline=dead.deadline())
    database.batch([note("waited")])
    assert bodies(database) == ["waited"]


def test_a_thread_tells_before_it_waits_for_an_answer(
    server: Sqld, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(waiting.this_thread, "begins", lambda: told.append(1))
    database = connect(server)
    database.fetch([Statement("SELECT 1")])
    assert len(told) == 1
    database.batch([note("told")])
    assert len(told) == 2
    assert bodies(database) == ["told"]
