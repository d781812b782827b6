"""What happens between the question and the answer: lost requests, lost answers, half answers, slow ones."""

import itertools
import threading
import time
from typing import Any

import peewee
import pytest

from shared_schema.database import Statement, errors
from shared_schema.database.server import Limits
from tests.faults.conftest import Connect, bodies, note
from tests.servers import Proxy, Sqld


def failing(call: Any) -> tuple[Exception, float]:
    """What the call raised, as our own error, and after how many seconds."""
    began = time.monotonic()
    with pytest.raises(peewee.PeeweeException) as caught:
        call()
    error: Exception = caught.value.orig  # type: ignore[attr-defined]
    return error, time.monotonic() - began


def test_a_lost_answer_to_a_write_is_told_as_unknown_and_not_sent_again(
    server: Sqld, proxy: Proxy, connect: Connect
) -> None:
    db = connect(proxy)
    bodies(db)
    proxy.reset()
    proxy.cut_after_request()
    error, _ = failing(lambda: db.batch([note("once")]))
    assert isinstance(error, errors.OutcomeUnknown)
    assert proxy.requests == 1
    assert bodies(db) == ["once"]


def test_a_lost_answer_to_an_idempotent_write_is_asked_for_again(server: Sqld, proxy: Proxy, connect: Connect) -> None:
    db = connect(proxy)
    proxy.reset()
    proxy.cut_after_request()
    upsert = Statement("INSERT INTO notes (body) VALUES ('kept') ON CONFLICT DO NOTHING")
    db.batch([upsert], idempotent=True)
    assert proxy.requests == 2
    assert bodies(db) == ["kept"]


@pytest.mark.parametrize("size", [0, 1, 40, 120])
def test_a_lost_or_half_answer_to_a_read_is_asked_for_again(proxy: Proxy, connect: Connect, size: int) -> None:
    db = connect(proxy)
    db.batch([note("there")])
    proxy.reset()
    proxy.half_response(size)
    assert bodies(db) == ["there"]
    assert proxy.requests == 2


def test_half_an_answer_to_a_write_is_unknown(proxy: Proxy, connect: Connect) -> None:
    db = connect(proxy)
    proxy.half_response(150)
    error, _ = failing(lambda: db.batch([note("once")]))
    assert isinstance(error, errors.OutcomeUnknown)
    assert bodies(db) == ["once"]


def test_an_answer_that_comes_by_drops_ends_by_the_deadline(proxy: Proxy, connect: Connect) -> None:
    db = connect(proxy)
    db.batch([note("x" * 5000)])
    proxy.drip(200)
    error, took = failing(lambda: bodies(db))
    assert isinstance(error, errors.Unreachable)
    assert took < 3.0


def test_a_refused_connection_is_tried_until_the_deadline(proxy: Proxy, connect: Connect) -> None:
    db = connect(proxy)
    proxy.refuse()
    for call in (lambda: bodies(db), lambda: db.batch([note("never")])):
        error, took = failing(call)
        assert isinstance(error, errors.Unreachable)
        assert 1.4 < took < 2.5


def test_a_server_that_comes_back_in_time_is_not_missed(proxy: Proxy, connect: Connect) -> None:
    db = connect(proxy, limits=Limits(0.5, 1.0, 5.0))
    proxy.refuse()
    threading.Timer(0.7, proxy.accept).start()
    db.batch([note("patient")])
    assert bodies(db) == ["patient"]


def test_a_restarted_server_is_found_again_on_old_connections(server: Sqld, connect: Connect) -> None:
    db = connect(server)
    db.batch([note("before")])
    server.kill()
    server.start()
    assert bodies(db) == ["before"]
    server.kill()
    server.start()
    db.batch([note("after")], idempotent=True)
    assert bodies(db) == ["before", "after"]


def test_a_frozen_server_ends_no_thread_but_its_own(server: Sqld, connect: Connect) -> None:
    db = connect(server)
    bodies(db)
    ticks: list[float] = []
    over = threading.Event()

    def tick() -> None:
        while not over.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.01)

    ticking = threading.Thread(target=tick)
    ticking.start()
    server.freeze()
    read, read_s = failing(lambda: bodies(db))
    write, write_s = failing(lambda: db.batch([note("cold")]))
    server.thaw()
    over.set()
    ticking.join()
    assert isinstance(read, errors.Unreachable)
    assert isinstance(write, errors.OutcomeUnknown)
    assert read_s < 2.5
    assert write_s < 2.5
    assert max(later - earlier for earlier, later in itertools.pairwise(ticks)) < 0.5
    assert set(bodies(db)) <= {"cold"}
    db.batch([note("warm")])
    assert bodies(db)[-1] == "warm"


def test_sixteen_writers_at_once_all_get_their_turn(server: Sqld, connect: Connect) -> None:
    db = connect(server, limits=Limits(2.0, 20.0, 30.0))
    failed: list[Exception] = []

    def write(number: int) -> None:
        try:
            for n in range(10):
                db.batch([note(f"{number}-{n}"), Statement("UPDATE notes SET body = body WHERE id = 1")])
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(set(bodies(db))) == 160
