"""Streams of a server, kept for the next call of this process.

A stream is a connection of the server to its database. Opening one makes the server read the whole schema, which with
ours takes several times as long as a short statement. So a stream that is at rest is not closed: its baton, which names
it in one request, is kept here. A server behind a balancer must therefore be reached by sticky connections, as
interactive transactions need it, too; a baton that another server gets costs one round trip more.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_REST_S = 5.0  # the server closes a stream that has rested for ten seconds
_KEPT = 48  # each holds one of the server's slots for connections, of which it has 128 by default


@dataclass(slots=True)
class Stream:
    """`baton` names it in the next request; None before its first one, and where it may not be used again. One that is
    `passing` is to be closed by the request that opens it.
    """

    baton: str | None = None
    passing: bool = False


class Streams:
    """Shared by the threads of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._resting: list[tuple[str, float]] = []  # baton, since when it rests
        self._lent = 0  # those that will be kept

    @contextmanager
    def lent(self, *, writes: bool) -> Iterator[Stream]:
        """A stream for one call and its repetitions, kept afterwards if it has a baton then.

        A read that finds `_KEPT` of them at work gets a passing one. A write never does: what closes a stream may not
        go with a request that waits for the lock.
        """
        with self._lock:
            baton = self._latest()
            stream = Stream(baton, passing=baton is None and not writes and self._lent >= _KEPT)
            self._lent += not stream.passing
        try:
            yield stream
        finally:
            with self._lock:
                self._lent -= not stream.passing
                if stream.baton is not None and len(self._resting) < _KEPT:
                    self._resting.append((stream.baton, time.monotonic()))

    def _latest(self) -> str | None:
        """The baton of the stream that was used last; None if there is none, or it has rested for too long."""
        if self._resting and time.monotonic() - self._resting[-1][1] > _REST_S:
            self._resting.clear()
        return self._resting.pop()[0] if self._resting else None
