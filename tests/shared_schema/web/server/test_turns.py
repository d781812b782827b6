"""One thread of a worker has the turn; it passes to another when work waits or takes long, and to one at a time."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

from shared_schema.database import waiting
from shared_schema.web.server.turns import LONG_S, Turns


@pytest.fixture
def turns() -> Iterator[Turns]:
    before = threading.active_count()
    turns = Turns(4)
    yield turns
    turns.shutdown(wait=False)
    deadline = time.monotonic() + 10
    while threading.active_count() > before:
        assert time.monotonic() < deadline, "its threads have not ended"
        time.sleep(0.01)


def answer(turns: Turns, work: Callable[[], object]) -> "Future[object]":
    done: Future[object] = Future()
    turns.submit(lambda: done.set_result(work()))
    return done


def test_short_work_is_done_in_order_by_one_thread(turns: Turns) -> None:
    order: list[int] = []

    def work(number: int) -> int:
        order.append(number)
        return threading.get_ident()

    threads = [answer(turns, lambda number=number: work(number)) for number in range(200)]  # type: ignore[misc]
    assert len({thread.result(10) for thread in threads}) == 1
    assert order == list(range(200))


def test_nobody_else_works_until_the_one_with_the_turn_waits(turns: Turns) -> None:
    may_wait, may_end = threading.Event(), threading.Event()

    def first() -> str:
        assert may_wait.wait(10)
        waiting.this_thread.begins()
        assert may_end.wait(10)
        return "first"

    waits = answer(turns, first)
    second = answer(turns, threading.get_ident)
    with pytest.raises(TimeoutError):
        second.result(5 * LONG_S)  # nobody looks whether the first takes long
    may_wait.set()
    other = second.result(10)
    assert not waits.done()
    may_end.set()
    assert waits.result(10) == "first"
    assert answer(turns, threading.get_ident).result(10) == other  # it has the turn still


def test_work_that_takes_long_loses_the_turn_when_other_work_waits(turns: Turns) -> None:
    may_end = threading.Event()
    takes_long = answer(turns, lambda: may_end.wait(10))
    time.sleep(2 * LONG_S)
    turns.pass_on()  # nothing waits
    second = answer(turns, lambda: "second")
    with pytest.raises(TimeoutError):
        second.result(LONG_S)
    turns.pass_on()
    assert second.result(10) == "second"
    may_end.set()
    assert takes_long.result(10) is True


def test_short_work_keeps_the_turn(turns: Turns) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def first() -> None:
        begun.set()
        may_end.wait(10)

    answer(turns, first)
    assert begun.wait(10)
    second = answer(turns, lambda: "second")
    turns.pass_on()  # at once
    with pytest.raises(TimeoutError):
        second.result(LONG_S / 2)
    may_end.set()
    assert second.result(10) == "second"


def test_one_thread_at_a_time_has_the_turn(turns: Turns) -> None:
    """Work that waits twice, or not at all, or loses the turn, in any order; all with the turn are counted."""
    have_turn, most, lock = 0, 0, threading.Lock()

    def count(change: int) -> None:
        nonlocal have_turn, most
        with lock:
            have_turn += change
            most = max(most, have_turn)

    def work(number: int) -> None:
        count(1)
        time.sleep(0.0002)
        count(-1)
        for _ in range(number % 3):
            waiting.this_thread.begins()
            time.sleep(0.0005)

    ended = [answer(turns, lambda number=number: work(number)) for number in range(600)]  # type: ignore[misc]
    for one in ended:
        one.result(20)
    assert (have_turn, most) == (0, 1)


def test_what_was_submitted_is_done_before_the_threads_end() -> None:
    turns = Turns(2)
    done = [answer(turns, lambda number=number: number) for number in range(50)]  # type: ignore[misc]
    turns.shutdown(wait=False)
    assert [one.result(10) for one in done] == list(range(50))


def test_another_thread_of_the_program_waits_without_a_turn() -> None:
    waiting.this_thread.begins()
