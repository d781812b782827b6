"""Which connection goes first where there are too many, or where all together hold too much."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from gunicorn.config import Config

from shared_schema.web.server import crowd
from shared_schema.web.server.connection import MAX_HEAD, Connection, Phase
from shared_schema.web.server.crowd import Crowd

Connect = Callable[..., Connection]


@pytest.fixture
def everybody() -> Crowd:
    return Crowd()


@pytest.fixture
def connect(everybody: Crowd) -> Iterator[Connect]:
    """A connection that is in this phase since some seconds and holds so many bytes."""
    with ExitStack() as open_:

        def connecting(phase: Phase, ago_s: float, held: int = 0) -> Connection:
            here, there = (open_.enter_context(end) for end in socket.socketpair())
            there.settimeout(1)
            conn = Connection(here, ("127.0.0.1", 1), Config(), lambda _: 0)
            conn.phase, conn.since, conn.cut_at = phase, time.monotonic() - ago_s, time.monotonic() + 60
            conn.body.write(bytes(held))
            everybody.add(conn)
            everybody.count(conn)
            return conn

        yield connecting


def test_those_who_close_or_idle_make_room_before_those_who_ask(everybody: Crowd, connect: Connect) -> None:
    just_come = connect(Phase.IDLE, 0.1)
    running = connect(Phase.RUNNING, 100)
    body, head, answer = connect(Phase.BODY, 20), connect(Phase.HEAD, 30), connect(Phase.ANSWER, 10)
    idle, longer = connect(Phase.IDLE, 5), connect(Phase.IDLE, 6)
    closing = connect(Phase.CLOSING, 0)
    for expected in (closing, longer, idle, head, body, answer, just_come):
        assert everybody.first_to_go() is expected
        everybody.remove(expected)
    assert everybody.first_to_go() is None
    assert running in everybody


def test_those_whose_time_is_over_are_late_unless_we_work_for_them(everybody: Crowd, connect: Connect) -> None:
    running, late, _ = (connect(phase, 1) for phase in (Phase.RUNNING, Phase.HEAD, Phase.HEAD))
    running.cut_at = late.cut_at = time.monotonic() - 1
    assert everybody.late() == [late]


def test_where_all_hold_too_much_the_largest_for_longest_goes(
    everybody: Crowd, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "MAX_HELD", 12 * MAX_HEAD)
    connect(Phase.IDLE, 1000, MAX_HEAD)  # a head's worth is allowed to everybody
    connect(Phase.RUNNING, 1000, 2 * MAX_HEAD)
    longest = connect(Phase.BODY, 30, 2 * MAX_HEAD)
    connect(Phase.BODY, 5, 4 * MAX_HEAD)
    connect(Phase.BODY, 20, 2 * MAX_HEAD)
    assert everybody.too_heavy() is None
    largest = connect(Phase.BODY, 20, 4 * MAX_HEAD)
    assert everybody.too_heavy() is largest
    largest.body.truncate(2 * MAX_HEAD)
    everybody.count(largest)
    assert everybody.too_heavy() is longest
    everybody.remove(longest)
    assert everybody.too_heavy() is None
