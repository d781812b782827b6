"""Reads from a local replica: never older than what the reader has written, and not much older than anything else."""

import threading
import time
from collections.abc import Callable

from shared_schema.database import Statement
from shared_schema.database.replica.notes import Note, read_note, write_note
from tests.faults.conftest import LATE_S, Connect, Sqld, note
from tests.faults.hosts import Host
from tests.faults.readers import COUNT, STALE_S, count, writing
from tests.servers import Proxy

Hosts = Callable[..., Host]


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
            counted = database.fetch([mine])[0].one(dict)["n"]
            if counted != n + 1 or database.clock.stale.get():
                wrong.append(f"{counted} of {n + 1}, stale: {database.clock.stale.get()}")
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
    known = elsewhere.clock.written.get()
    assert known > 0
    proxy.reset()
    database.clock.wanted.set(known)
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
        end = time.monotonic() + 60
        while len(seen) < 25 and time.monotonic() < end:
            seen.setdefault(count(reader), time.time())
            time.sleep(0.001)
        behind = [seen[n] - wrote[n - 1] for n in seen if 0 < n <= len(wrote)]
    assert len(behind) > 20
    assert max(behind) < STALE_S + LATE_S
    assert not reader.clock.stale.get()


def test_a_clock_set_back_does_not_make_the_file_young(
    server: Sqld, connect: Connect, host: Hosts, proxy: Proxy
) -> None:
    machine = host()
    database = connect(proxy, replica=machine.replica)
    machine.kill()
    before = read_note(machine.replica)
    assert before
    write_note(machine.replica, Note(time.time() + 3600, before.generation, before.tick))
    connect(server).batch([note("new")])
    time.sleep(0.1)
    assert count(database) == 1
