"""Streams of a server, kept for the next call of this process.

A stream is a connection of the server to its database. Opening one makes the server read the whole schema, which with
ours takes several times as long as a short statement. So a stream that is at rest is not closed: its baton, which names
it in one request, is kept here. A server behind a balancer must therefore be reached by sticky connections, as
interactive transactions need it, too; a baton that another server gets costs one round trip more.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_REST_S = 5.0  # the server closes a stream that has rested for ten seconds
_KEPT = 16  # each holds one of the server's slots for connections


@dataclass(slots=True)
class Stream:
    """`baton` names it in the next request; None before its first one, and where it may not be used again."""

    baton: str | None = None


class Streams:
    """Shared by threads. A child after a fork leaves those of its parent alone."""

    def __init__(self) -> None:
        self._resting: list[tuple[str, float, int]] = []  # baton, since when it rests, the process that it belongs to

    @contextmanager
    def lent(self) -> Iterator[Stream]:
        """A stream for one call and its repetitions, kept afterwards if it has a baton then."""
        stream = Stream(self._latest())
        try:
            yield stream
        finally:
            if stream.baton is not None and len(self._resting) < _KEPT:
                self._resting.append((stream.baton, time.monotonic(), os.getpid()))

    def _latest(self) -> str | None:
        """The baton of the stream that was used last; None if there is none of ours, or it has rested for too long."""
        try:
            baton, since, owner = self._resting.pop()
        except IndexError:
            return None
        return baton if owner == os.getpid() and time.monotonic() - since <= _REST_S else None
