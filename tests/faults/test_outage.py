"""The primary is away: reads go on from the local replica, and say that they may be old."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

import peewee
import pytest

from shared_schema.database import Statement, errors
from shared_schema.database.settings import Limits
from tests.faults.conftest import LATE_S, Connect, Sqld, bodies, note
from tests.faults.hosts import Host, Service, wait_until
from tests.faults.readers import COUNT, STALE_S, timed_reads

Hosts = Callable[..., Host]
SLOW_S = 0.8  # a reader that waits for a primary that is away, waits a second
OUTAGE_S = 12.0
ROLES = ("admin", "user")
EXAM = {"vendorId": "Acme", "code": "PTP-1", "name": "First"}
FRESH_S = 5.0


@pytest.mark.parametrize("frozen", [False, True], ids=["refused", "frozen"])
def test_reads_go_on_while_the_primary_is_away(server: Sqld, connect: Connect, host: Hosts, frozen: bool) -> None:
    """12 s here for the 30 s of the real thing: nothing in it depends on the length beyond the 5 s of staleness."""
    machine = host()
    database = connect(server, limits=Limits(2.0, 3.0, 4.0), replica=machine.replica, max_staleness_s=FRESH_S)
    connect(server).batch([note("before")])
    machine.caught_up()
    (server.freeze if frozen else server.kill)()
    began = time.monotonic()
    took = timed_reads(database, 1.0)
    assert not database.clock.stale.get()
    slow_before = [seconds for seconds in took if seconds > SLOW_S]
    wait_until(lambda: database.replica_age_s() > FRESH_S)
    took = timed_reads(database, OUTAGE_S - (time.monotonic() - began))
    assert database.clock.stale.get()
    with pytest.raises(peewee.OperationalError) as caught:
        database.batch([note("during")], idempotent=True)
    assert isinstance(caught.value.orig, errors.OutcomeUnknown if frozen else errors.Unreachable)
    (server.thaw if frozen else server.start)()
    machine.caught_up()
    database.clock.stale.set(False)
    database.batch([note("after")])
    assert "after" in bodies(database)
    assert not database.clock.stale.get()
    assert slow_before == []
    assert quantiles(took, n=20)[-1] < SLOW_S
    slow = [seconds for seconds in took if seconds > SLOW_S]
    assert len(slow) <= OUTAGE_S, slow
    assert max(took) < 1.0 + LATE_S


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
        took.extend(timed_reads(database, 4))
        database.close()

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    slow = [seconds for seconds in took if seconds > SLOW_S]
    assert len(slow) <= 8 + 4 + 1, (len(slow), len(took))  # each thread once, and then one a second
    assert quantiles(took, n=20)[-1] < SLOW_S


def test_a_reader_waits_a_second_for_a_primary_that_is_away_however_long_a_call_may_take(
    server: Sqld, connect: Connect, host: Hosts
) -> None:
    """He knows of a write that has not come here: the file is not read, for it would deny that write."""
    machine = host()
    database = connect(server, limits=Limits(8.0, 8.0, 8.0), replica=machine.replica)
    database.batch([note("before")])
    machine.caught_up()
    server.freeze()
    known = database.clock.wanted.get()
    database.clock.wanted.set(known + 1)
    began = time.monotonic()
    with pytest.raises(peewee.OperationalError) as caught:
        database.fetch([COUNT])
    assert isinstance(caught.value.orig, errors.Unreachable)
    assert 0.9 <= time.monotonic() - began < 1.0 + LATE_S
    database.clock.wanted.set(known)
    assert database.fetch([COUNT])[0].first(dict) == {"n": 1}
    server.thaw()


def test_a_row_just_made_is_a_503_while_nobody_can_show_it(
    server: Sqld, connect: Connect, host: Hosts, tmp_path: Path
) -> None:
    """By HTTP: a 404 would be a lie. Others go on reading the file, with a warning."""
    add = "INSERT INTO users (id, email, name, role) VALUES (?, ?, ?, ?)"
    connect(server).batch([Statement(add, (n, f"{role}@x.example", "A", role)) for n, role in enumerate(ROLES, 1)])
    machine = host(TURSO_SYNC_SECONDS="3600", TURSO_WATCHDOG_SECONDS="3600")
    with Service(server.url, server.token, tmp_path / "log", TURSO_REPLICA_PATH=machine.replica) as service:
        made = service.call("POST", "/api/exams", user=1, role="admin", body=EXAM)
        assert made.status == 201, made.data
        shown = f"/api/exams/{made.json()['id']}"
        token = made.headers["X-Consistency-Token"]
        assert service.call("GET", shown, user=1, role="admin", token=token).json()["code"] == "PTP-1"
        server.kill()
        answer = service.call("GET", shown, user=1, role="admin", token=token)
        assert (answer.status, answer.json()["code"]) == (503, "DATABASE_UNAVAILABLE")
        assert answer.headers["Retry-After"] == "1"
        others = service.call("GET", "/api/exams", user=2)
        assert (others.status, others.json()["exams"]) == (200, [])
        wait_until(lambda: "Warning" in service.call("GET", "/api/exams", user=2).headers)
        server.start()
        assert service.call("GET", shown, user=1, role="admin", token=token).json()["code"] == "PTP-1"
