"""The processes that keep a replica: killed, hanging, two at once, and without the process that started them."""

import os
import signal
import time
from collections.abc import Callable

from shared_schema.database import LibsqlDatabase
from tests.faults.conftest import Connect, Sqld
from tests.faults.hosts import Host, alive, children, end, has_open, wait_until
from tests.faults.readers import count, writing

Hosts = Callable[..., Host]


def test_pullers_that_are_killed_again_and_again_lose_nothing(server: Sqld, connect: Connect, host: Hosts) -> None:
    machine = host()
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
    machine.caught_up()
    assert count(reader) == len(wrote)
    file = LibsqlDatabase(f"file:{machine.replica}", read_only=True)
    assert file.execute_sql("SELECT count(*) FROM notes").fetchone() == (len(wrote),)
    assert file.execute_sql("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()
    assert "set aside" not in machine.log.read_text()


def test_a_puller_that_hangs_is_replaced(server: Sqld, connect: Connect, host: Hosts) -> None:
    machine = host(TURSO_WATCHDOG_SECONDS="6")
    (before,) = machine.pullers
    os.kill(before, signal.SIGSTOP)  # as a sync does that waits for ever
    wait_until(lambda: machine.pullers not in ([before], []))
    machine.caught_up()
    assert not alive(before)


def test_two_replicators_take_turns(server: Sqld, connect: Connect, host: Hosts) -> None:
    machine = host()
    first = machine.pullers
    machine.start()
    wait_until(lambda: has_open(machine.replicator, f"{machine.replica}.lock"))
    time.sleep(1.2)  # it tries to take its turn twice a second
    assert machine.pullers == first
    assert len(first) == 1
    machine.kill()
    wait_until(lambda: len(machine.pullers) == 1 and machine.pullers != first)
    machine.caught_up()


def test_a_puller_that_hangs_does_not_outlive_its_replicator(server: Sqld, host: Hosts) -> None:
    """Else its successor and it would both write to the file once the primary is back."""
    machine = host(TURSO_WATCHDOG_SECONDS="60", TURSO_SYNC_SECONDS="0.001")
    (puller,) = machine.pullers
    server.freeze()
    time.sleep(0.3)
    machine.kill()
    wait_until(lambda: not alive(puller))
    machine.start()
    server.thaw()
    machine.caught_up()


def test_a_replicator_ends_with_its_parent(server: Sqld, host: Hosts) -> None:
    """Also one that waits for its turn."""
    machine = host()
    waiting = machine.start_by_another()
    (idle,) = children(waiting.pid)
    wait_until(lambda: has_open(idle, f"{machine.replica}.lock"))
    waiting.kill()
    wait_until(lambda: not alive(idle))
    machine.kill()
    parent = machine.start_by_another()
    machine.caught_up()
    (replicator,) = children(parent.pid)
    (puller,) = children(replicator)
    parent.kill()
    wait_until(lambda: not alive(replicator) and not alive(puller))
