"""More time for calls to a server, in code whose work is larger than that of a usual request."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """All calls in this block together may take so long, instead of each as long as the settings say.

    A write to a file waits for other writers no longer than without it.
    """
    before = _until.get()
    _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.set(before)


def left(usual: float) -> float:
    """The seconds that a call may take which begins now; `usual` outside of such a block."""
    until = _until.get()
    return usual if until is None else max(until - time.monotonic(), 0.001)
