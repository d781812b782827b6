"""The threads of one process that want to write to one file, one at a time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shared_schema.database import errors, waiting
from shared_schema.database.errors import as_peewee


class Writers:
    """They wait for each other here: the engine would wait with the GIL held."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, timeout: float) -> Iterator[float]:
        """This thread's turn. Gives the seconds of `timeout` that are left, to wait for other processes.

        Raises peewee.OperationalError (errors.Busy) where the turn does not come in time.
        """
        began = time.monotonic()
        if not self._lock.acquire(blocking=False):
            waiting.this_thread.begins()
            if not self._lock.acquire(timeout=timeout):
                with as_peewee:
                    raise errors.Busy("database is locked by another thread of this process")
        try:
            yield max(timeout - (time.monotonic() - began), 0.0)
        finally:
            self._lock.release()
