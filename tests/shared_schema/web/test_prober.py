"""A question that hangs is answered in time for all who ask, by one thread; the next is put when it has ended."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from shared_schema.web.prober import Prober
from tests.faults.hosts import wait_until


def probers() -> int:
    return sum(thread.name == "prober" for thread in threading.enumerate())


def test_whoever_asks_is_told_by_the_deadline_and_one_thread_hangs() -> None:
    free, asked = threading.Event(), []

    def question() -> str:
        asked.append(threading.get_ident())
        free.wait(60)
        return "well"

    prober = Prober(question, 0.3)
    began = time.monotonic()
    with ThreadPoolExecutor(16) as many:
        assert list(many.map(lambda _: prober.answer(), range(16))) == [None] * 16
    assert 0.3 <= time.monotonic() - began < 5
    began = time.monotonic()
    assert [prober.answer() for _ in range(20)] == [None] * 20
    assert time.monotonic() - began < 3, "after the deadline nobody waits"
    assert (len(asked), probers()) == (1, 1)
    free.set()
    wait_until(lambda: probers() == 0)
    assert prober.answer() == "well"
    assert len(asked) == 2


def test_each_question_is_put_anew() -> None:
    counted = iter(range(10))
    prober = Prober(lambda: next(counted), 5)
    assert [prober.answer() for _ in range(3)] == [0, 1, 2]
