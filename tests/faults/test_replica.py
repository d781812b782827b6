"""Reads from a local replica: never older than one's own writes, bounded otherwise, there while the primary is not."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import quantiles

import peewee
import pytest

from shared_schema.database import Database, Statement, consistency, errors
from shared_schema.database.replica import Note, read_note, write_note
from shared_schema.database.server import Limits
from tests.faults.conftest import SHORT, Connect, Sqld, bodies, note
from tests.faults.hosts import Host, alive, children, end, has_open, wait_until
from tests.servers import Proxy

Hosts = Callable[..., Host]
COUNT = Statement("SELECT count(*) AS n FROM notes")
STALE_S = 2.0
OUTAGE_S = 8.0
LATE_S = 0.7


@pytest.fixture(autouse=True)
def _new_reader() -> None:
    consistency.wanted.set(0)
    consistency.written.set(0)
    consistency.stale.set(False)


def count(database: Database) -> int:
    consistency.wanted.set(0)  # as another reader, who does not know of our writes
    return int(database.fetch([COUNT])[0].one(dict)["n"])


@contextmanager
def writing(database: Database) -> Iterator[list[float]]:
    """Another thread writes all the time, and again where it failed; the moments of its writes."""
    ended, wrote = threading.Event(), []

    def write() -> None:
        while not ended.is_set():
            try:
                database.batch([note(f"load {len(wrote)}")])
                wrote.append(time.time())
            except peewee.IntegrityError:  # the one before was done after all
                wrote.append(time.time())
            except peewee.OperationalError:
                time.sleep(0.02)
        database.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield wrote
    finally:
        ended.set()
        thread.join()


def test_own_writes_are_read_at_once(server: Sqld, connect: Connect, host: Hosts) -> None:
    machine = host(TURSO_SYNC_SECONDS="0.5")
    database = connect(server, replica=machine.replica)
    for n in range(200):
        database.batch([note(str(n))])
        assert database.fetch([COUNT])[0].first(dict) == {"n": n + 1}


def test_own_writes_are_read_though_the_replicator_is_dead(server: Sqld, connect: Connect, host: Hosts) -> None:
    """By all threads at once: an old file is no reason to show it while the primary is there."""
    machine = host()
    database = connect(server, replica=machine.replica)
    machine.kill()
    time.sleep(STALE_S + 0.2)
    wrong: list[str] = []

    def write_and_read(who: int) -> None:
        for n in range(30):
            database.batch([note(f"{who}-{n}")])
            mine = Statement("SELECT count(*) AS n FROM notes WHERE body LIKE ?", (f"{who}-%",))
            found = database.fetch([mine])[0].one(dict)["n"]
            if found != n + 1 or consistency.stale.get():
                wrong.append(f"{found} of {n + 1}, stale: {consistency.stale.get()}")
        database.close()

    threads = [threading.Thread(target=write_and_read, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_reads_come_from_the_file(server: Sqld, connect: Connect, host: Hosts, proxy: Proxy) -> None:
    machine = host()
    database = connect(proxy, replica=machine.replica)
    database.batch([note("one")])
    machine.caught_up()
    proxy.reset()
    for _ in range(100):
        assert database.fetch([COUNT])[0].first(dict) == {"n": 1}
    assert proxy.requests == 0
    assert database.fetch([COUNT], fresh=True)[0].first(dict) == {"n": 1}
    assert proxy.requests == 1


def test_a_replica_behind_what_the_reader_knows_is_not_read(
    server: Sqld, connect: Connect, host: Hosts, proxy: Proxy
) -> None:
    """A token from another host, say: of a write that has not come here yet."""
    machine = host(TURSO_SYNC_SECONDS="1")
    database, elsewhere = connect(proxy, replica=machine.replica), connect(server)
    elsewhere.batch([note("elsewhere")])
    known = consistency.written.get()
    assert known > 0
    proxy.reset()
    consistency.wanted.set(known)
    assert database.fetch([COUNT])[0].first(dict) == {"n": 1}
    assert proxy.requests == 1
    machine.caught_up()
    proxy.reset()
    assert database.fetch([COUNT])[0].first(dict) == {"n": 1}
    assert proxy.requests == 0


def test_other_readers_are_behind_for_a_bounded_time(server: Sqld, connect: Connect, host: Hosts) -> None:
    machine = host(TURSO_SYNC_SECONDS="0.1")
    reader = connect(server, replica=machine.replica)
    seen: dict[int, float] = {}
    with writing(connect(server)) as wrote:
        end = time.monotonic() + 3
        while time.monotonic() < end:
            seen.setdefault(count(reader), time.time())
            time.sleep(0.001)
        behind = [seen[n] - wrote[n - 1] for n in seen if 0 < n <= len(wrote)]
    assert len(behind) > 20
    assert max(behind) < STALE_S
    assert not consistency.stale.get()


def _reads(database: Database, seconds: float) -> list[float]:
    """How long each of many reads took, one every hundredth of a second."""
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        assert count(database) >= 1
        took.append(time.monotonic() - began)
        time.sleep(0.01)
    return took


@pytest.mark.parametrize("frozen", [False, True], ids=["refused", "frozen"])
def test_reads_go_on_while_the_primary_is_away(server: Sqld, connect: Connect, host: Hosts, frozen: bool) -> None:
    """8 s here for the 30 s of the real thing: nothing in it depends on the length beyond the 2 s of staleness."""
    machine = host()
    database = connect(server, replica=machine.replica)
    database.batch([note("before")])
    machine.caught_up()
    (server.freeze if frozen else server.kill)()
    began = time.monotonic()
    took = _reads(database, STALE_S / 2)
    assert not consistency.stale.get()
    slow_before = len([each for each in took if each > 0.1])
    time.sleep(STALE_S / 2 + 0.2)
    took = _reads(database, OUTAGE_S - (time.monotonic() - began))
    assert consistency.stale.get()
    with pytest.raises(peewee.OperationalError) as caught:
        database.batch([note("during")], idempotent=True)
    assert isinstance(caught.value.orig, errors.OutcomeUnknown if frozen else errors.Unreachable)
    age = database.replica_age_s()
    assert age is not None
    assert age > STALE_S
    (server.thaw if frozen else server.start)()
    recovered = machine.caught_up()
    consistency.stale.set(False)
    database.batch([note("after")])
    assert "after" in bodies(database)
    assert not consistency.stale.get()
    p95 = quantiles(took, n=20)[-1]
    slow = [each for each in took if each > 0.1]
    assert slow_before == 0
    assert p95 < 0.05, (p95, max(took))
    assert len(slow) <= OUTAGE_S, slow
    assert max(took) < SHORT.total_s + LATE_S
    assert recovered < 8


def test_threads_that_read_while_the_primary_is_frozen_are_not_all_slow(
    server: Sqld, connect: Connect, host: Hosts
) -> None:
    machine = host()
    database = connect(server, replica=machine.replica)
    database.batch([note("before")])
    machine.caught_up()
    server.freeze()
    time.sleep(STALE_S + 0.2)
    took: list[float] = []

    def read() -> None:
        took.extend(_reads(database, 4))
        database.close()

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    slow = [each for each in took if each > 0.1]
    assert len(slow) <= 8 + 4 + 1, (len(slow), len(took))  # each one once, and then one a second
    assert quantiles(took, n=20)[-1] < 0.05


def test_a_reader_waits_a_second_for_a_primary_that_is_away_however_long_a_call_may_take(
    server: Sqld, connect: Connect, host: Hosts
) -> None:
    """He knows of a write that has not come here: the file is read, and said to be old, but not before a look."""
    machine = host()
    database = connect(server, limits=Limits(8.0, 8.0, 8.0), replica=machine.replica)
    database.batch([note("before")])
    machine.caught_up()
    server.freeze()
    consistency.wanted.set(consistency.wanted.get() + 1)
    began = time.monotonic()
    assert database.fetch([COUNT])[0].first(dict) == {"n": 1}
    assert 0.9 <= time.monotonic() - began < 3.0
    assert consistency.stale.get()
    server.thaw()


def test_a_clock_set_back_does_not_make_the_file_young(
    server: Sqld, connect: Connect, host: Hosts, proxy: Proxy
) -> None:
    machine = host()
    database = connect(proxy, replica=machine.replica)
    machine.kill()
    found = read_note(machine.replica)
    assert found
    write_note(machine.replica, Note(time.time() + 3600, found.generation, found.tick))
    connect(server).batch([note("new")])
    time.sleep(0.1)
    assert count(database) == 1


def test_pullers_that_are_killed_again_and_again_lose_nothing(server: Sqld, connect: Connect, host: Hosts) -> None:
    machine = host(TURSO_WATCHDOG_SECONDS="60")  # a busy machine may take longer than usual to catch up
    reader = connect(server, replica=machine.replica)
    with writing(connect(server)) as wrote:
        last = 0
        for _ in range(4):
            log = os.stat(f"{machine.replica}-wal").st_mtime_ns
            wait_until(lambda before=log: os.stat(f"{machine.replica}-wal").st_mtime_ns > before)
            pullers = machine.pullers  # at work: the file has just changed
            assert pullers
            for pid in pullers:
                end(pid)
            wait_until(lambda gone=pullers: not any(alive(pid) for pid in gone))
            now = count(reader)
            assert now >= last
            last = now
        machine.kill()
        machine.start()
    machine.caught_up(60)
    assert count(reader) == len(wrote)
    file = Database(f"file:{machine.replica}", read_only=True)
    assert file.execute_sql("SELECT count(*) FROM notes").fetchone() == (len(wrote),)
    assert file.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()
    assert "set aside" not in machine.log.read_text()


def test_a_puller_that_hangs_is_replaced(server: Sqld, connect: Connect, host: Hosts) -> None:
    machine = host()
    (before,) = machine.pullers
    os.kill(before, signal.SIGSTOP)  # as a sync does that waits for ever
    wait_until(lambda: machine.pullers not in ([before], []), 15)
    assert machine.caught_up() < 15
    assert not alive(before)


def test_two_replicators_take_turns(server: Sqld, connect: Connect, host: Hosts) -> None:
    machine = host()
    machine.start()
    time.sleep(1.5)
    assert len(machine.pullers) == 1
    first = machine.pullers
    machine.kill()
    wait_until(lambda: len(machine.pullers) == 1 and machine.pullers != first)
    assert machine.caught_up() < 5


def test_a_puller_that_hangs_does_not_outlive_its_replicator(server: Sqld, host: Hosts) -> None:
    """Else its successor and it would both write to the file once the primary is back."""
    machine = host(TURSO_WATCHDOG_SECONDS="60", TURSO_SYNC_SECONDS="0.001")
    (puller,) = machine.pullers
    server.freeze()
    time.sleep(0.3)
    machine.kill()
    wait_until(lambda: not alive(puller), 2)
    machine.start()
    server.thaw()
    assert machine.caught_up() < 8


def test_a_replicator_ends_with_its_parent(server: Sqld, host: Hosts) -> None:
    """Also one that waits for its turn."""
    machine = host()
    waiting = machine.start_by_another()
    (idle,) = children(waiting.pid)
    wait_until(lambda: has_open(idle, f"{machine.replica}.lock"))
    waiting.kill()
    wait_until(lambda: not alive(idle), 5)
    machine.kill()
    parent = machine.start_by_another()
    machine.caught_up()
    (replicator,) = children(parent.pid)
    (puller,) = children(replicator)
    parent.kill()
    wait_until(lambda: not alive(replicator) and not alive(puller), 5)
