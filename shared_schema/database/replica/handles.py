"""The connections that the threads of this process have to a replica file.

A thread looks at the file only when it reads. So that a file that was replaced does not keep its room on the disk for
as long as some thread has nothing to do, another thread closes the connections that nobody uses.
"""

import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from shared_schema.database import forks
from shared_schema.database.cursor import Connection

_IDLE_S = 2.0  # to open the file again costs less than a millisecond


class Handle:
    """One thread's connection to the file. `generation` names the file that it has open; it is empty without one.

    Whoever has the lock may use or close it: the driver lets any thread do so, one at a time.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.generation = ""
        self.used_at = 0.0
        self._connection: Connection | None = None

    def opened(self, connection: Connection, generation: str) -> None:
        self._connection, self.generation = connection, generation

    def close(self) -> None:
        connection, self._connection, self.generation = self._connection, None, ""
        if connection is not None:
            connection.close()


class Handles:
    """The handles of one replica. Those that are not used for `_IDLE_S` seconds are closed within as long again."""

    def __init__(self) -> None:
        self._reset()
        forks.watch(self)

    def _reset(self) -> None:
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._used: weakref.WeakSet[Handle] = weakref.WeakSet()
        self._closer: threading.Thread | None = None

    @contextmanager
    def mine(self) -> Iterator[Handle]:
        """The handle of this thread, for its use alone."""
        handle: Handle | None = getattr(self._mine, "handle", None)
        if handle is None:
            handle = self._mine.handle = Handle()
        with handle.lock:
            yield handle
            handle.used_at = time.monotonic()

    def keep(self, handle: Handle) -> None:
        """Close this one when it is idle. To be called whenever it was opened."""
        with self._lock:
            self._used.add(handle)
            if self._closer is None:
                self._closer = threading.Thread(target=self._close_idle, name="replica handles", daemon=True)
                self._closer.start()

    def _close_idle(self) -> None:
        """Runs in a thread, which ends when all are closed."""
        while self._used:
            time.sleep(_IDLE_S / 2)
            with self._lock:
                self._close_unused(_IDLE_S)
                if not self._used:
                    self._closer = None
                    return

    def _close_unused(self, for_s: float) -> None:
        now = time.monotonic()
        for handle in list(self._used):
            if now - handle.used_at >= for_s and handle.lock.acquire(blocking=False):
                handle.close()
                self._used.discard(handle)
                handle.lock.release()

    # For `forks`.

    def close_if_idle(self) -> None:
        """Close those that no thread uses at this moment."""
        with self._lock:
            self._close_unused(0.0)

    def drop_connections(self) -> object:
        """Forget all of them without closing them, in a child; the locks may be held by threads it does not have."""
        inherited = (self._mine, list(self._used))
        self._reset()
        return inherited
