"""The server keeps its port and says nothing: calls end by their deadline, nothing else in the process waits."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import peewee
import pytest

from shared_schema.database import LibsqlDatabase, Statement, errors
from tests.faults.conftest import LATE_S, SHORT, Connect, Sqld, bodies, note

GAP_S = 0.9  # less than a call waits for an answer, and more than a busy machine takes for a tick


@contextmanager
def ticking() -> Iterator[list[float]]:
    """The pauses between the ticks of another thread; the longest is the last after the end."""
    gaps, ended = [0.0], threading.Event()

    def tick() -> None:
        last = time.monotonic()
        while not ended.wait(0.005):
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield gaps
    finally:
        ended.set()
        thread.join()
        gaps.sort()


def test_calls_end_by_their_deadline_while_others_go_on(server: Sqld, connect: Connect) -> None:
    database = connect(server, limits=SHORT)
    connect(server).batch([note("before")])
    server.freeze()
    with ticking() as gaps:
        for call, kind in (
            (lambda: database.fetch([Statement("SELECT 1")]), errors.Unreachable),
            (lambda: database.fetch([Statement("SELECT 1"), Statement("SELECT 2")]), errors.Unreachable),
            (lambda: database.execute_sql("SELECT 1"), errors.Unreachable),
            (lambda: database.batch([note("unknown")]), errors.OutcomeUnknown),
            (lambda: database.batch([note("x" * 3_000_000)]), errors.OutcomeUnknown),  # more than a socket holds
        ):
            began = time.monotonic()
            with pytest.raises(peewee.OperationalError) as caught:
                call()
            assert time.monotonic() - began < SHORT.total_s + LATE_S
            assert type(caught.value.orig) is kind
    assert gaps[-1] < GAP_S
    server.thaw()
    patient = connect(server)
    patient.batch([note("after")])
    stored = bodies(patient)
    assert stored[0] == "before"
    assert stored.count("after") == 1
    assert stored.count("unknown") <= 1


def test_threads_wait_side_by_side(server: Sqld, connect: Connect) -> None:
    database = connect(server, limits=SHORT)
    server.freeze()
    took: list[float] = []

    def read() -> None:
        began = time.monotonic()
        with pytest.raises(peewee.OperationalError):
            database.fetch([Statement("SELECT 1")])
        took.append(time.monotonic() - began)

    threads = [threading.Thread(target=read) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(took) == 16
    assert max(took) < SHORT.total_s + LATE_S
    server.thaw()
    assert connect(server).fetch([Statement("SELECT 1 AS n")])[0].first(dict) == {"n": 1}


def test_a_server_that_thaws_in_time_is_waited_for(server: Sqld, connect: Connect) -> None:
    database = connect(server)
    database.batch([note("before")])
    server.freeze()
    thaw = threading.Timer(0.5, server.thaw)
    thaw.start()
    database.batch([note("slow")])
    thaw.join()
    assert bodies(database) == ["before", "slow"]


def test_an_interactive_transaction_ends_by_its_deadline_and_did_nothing(server: Sqld, connect: Connect) -> None:
    database = connect(server, limits=SHORT)
    began = 0.0
    with pytest.raises(peewee.OperationalError) as caught, database.atomic():
        database.execute_sql("INSERT INTO notes (body) VALUES ('lost')")
        server.freeze()
        began = time.monotonic()
        database.execute_sql("INSERT INTO notes (body) VALUES ('lost too')")
    assert time.monotonic() - began < SHORT.total_s + LATE_S
    assert isinstance(caught.value.orig, errors.Unreachable)
    server.thaw()
    patient = connect(server)
    _patiently(patient)
    assert bodies(patient) == ["on again"]


def _patiently(database: LibsqlDatabase) -> None:
    """The server finds out after five seconds that nobody is behind the transaction, if somebody waits for it."""
    deadline = time.monotonic() + 60
    while True:
        try:
            database.batch([note("on again")])
            return
        except peewee.OperationalError:
            assert time.monotonic() < deadline
        except peewee.IntegrityError:  # it went through, late
            return
