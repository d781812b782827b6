"""A DB-API connection to a file, over the libSQL driver with the driver's traps closed.

Rows are taken from the driver once, at execute: it runs a statement again when asked for a row after the last.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from shared_schema.database import binding, errors
from shared_schema.database.cursor import Answer, Cursor
from shared_schema.database.sql import shape

try:
    import libsql_experimental as driver
except ImportError:  # no wheel for this platform: the successor has the same interface
    import libsql as driver

# The engine waits with the GIL held, so other threads of this process stand still, among them perhaps the one that
# holds the lock. It may wait this long at a time; the rest of the waiting is ours, between tries, with the GIL free.
_ENGINE_WAIT_MS = 20
_PAUSE_S = (0.001, 0.025)


def connect(path: str, timeout: float) -> "Connection":
    """Open a local database file (a path or a `file:` URI). `timeout`: seconds a statement may wait for a lock."""
    return Connection(call(lambda: driver.connect(path, isolation_level=None)), timeout)


def replica(path: str, url: str, token: str | None) -> Any:
    """The driver's own connection to a replica file, for its `sync`. Only for a process that may hang and be killed."""
    return call(lambda: driver.connect(path, sync_url=url, auth_token=token or ""))


def call(asked: Callable[[], Any]) -> Any:
    """Call the driver and raise its errors typed: it knows ValueError only, and Rust panics, which are no Exception."""
    try:
        return asked()
    except (ValueError, TypeError) as error:
        raise errors.from_text(str(error)) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise errors.from_text(str(error)) from None


class Connection:
    """Autocommit unless a BEGIN is said. One thread at a time."""

    def __init__(self, raw: Any, timeout: float) -> None:
        self._raw: Any = raw
        self.timeout = timeout
        self.execute(f"PRAGMA busy_timeout = {_ENGINE_WAIT_MS}")

    @property
    def in_transaction(self) -> bool:
        return self._raw is not None and bool(self._raw.in_transaction)

    def cursor(self) -> Cursor:
        return Cursor(self)

    def close(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            call(raw.close)

    def execute(self, sql: str, parameters: binding.Parameters = ()) -> Answer:
        """Run one statement. Waits out another writer where a retry cannot repeat anything."""
        text, values = binding.for_driver(*binding.plain(sql, parameters))
        if self._raw is None:
            raise errors.InterfaceError("the connection is closed")
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                answer: Answer = call(lambda: self._once(text, values))
                return answer
            except errors.Busy:
                # Inside a transaction the lock is ours already or never will be; outside, nothing was changed.
                if self.in_transaction or time.monotonic() >= deadline:
                    raise
                time.sleep(random.uniform(*_PAUSE_S))

    def _once(self, sql: str, values: tuple[binding.Bindable, ...]) -> Answer:
        cursor = self._raw.cursor()
        cursor.execute(sql, values)
        if cursor.description:
            return Answer(tuple(column[0] for column in cursor.description), cursor.fetchall(), -1, cursor.lastrowid)
        # The driver's own count is the previous write's for anything but a plain write.
        return Answer((), [], cursor.rowcount if shape(sql).writes else -1, cursor.lastrowid)
