"""A DB-API connection over the libSQL driver with the driver's traps closed.

Rows are taken from the driver once, at execute: it runs a statement again when asked for a row after the last.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from shared_schema.database import binding, errors
from shared_schema.database.sql import shape

try:
    import libsql_experimental as libsql
except ImportError:  # no wheel for this platform: the successor has the same interface
    import libsql

apilevel = "2.0"
threadsafety = 1
paramstyle = "qmark"

Row = tuple[Any, ...]

# The engine waits with the GIL held, so other threads of this process stand still, among them perhaps the one that
# holds the lock. It may wait this long at a time; the rest of the waiting is ours, between tries, with the GIL free.
_ENGINE_WAIT_MS = 20
_PAUSE_S = (0.001, 0.025)


def connect(path: str, timeout: float) -> "Connection":
    """Open a local database file (a path or a `file:` URI). `timeout`: seconds a statement may wait for a lock."""
    return Connection(_call(lambda: libsql.connect(path, isolation_level=None)), timeout)


def _call(driver: Callable[[], Any]) -> Any:
    try:
        return driver()
    except (ValueError, TypeError) as error:
        raise errors.from_driver(error) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise errors.from_driver(error) from None


class Connection:
    """Autocommit unless a BEGIN is said. One thread at a time."""

    def __init__(self, raw: Any, timeout: float) -> None:
        self._raw: Any = raw
        self.timeout = timeout
        self.cursor().execute(f"PRAGMA busy_timeout = {_ENGINE_WAIT_MS}")

    @property
    def in_transaction(self) -> bool:
        return self._raw is not None and bool(self._raw.in_transaction)

    def cursor(self) -> "Cursor":
        return Cursor(self)

    def commit(self) -> None:
        self.cursor().execute("COMMIT")

    def rollback(self) -> None:
        self.cursor().execute("ROLLBACK")

    def close(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            _call(raw.close)

    def run(self, sql: str, values: tuple[binding.Bindable, ...]) -> tuple[Any, list[Row]]:
        """The driver's cursor and every row. Waits out another writer where a retry cannot repeat anything."""
        if self._raw is None:
            raise errors.InterfaceError("the connection is closed")
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                return _call(lambda: self._once(sql, values))
            except errors.Busy:
                # Inside a transaction the lock is ours already or never will be; outside, nothing was changed.
                if self.in_transaction or time.monotonic() >= deadline:
                    raise
                time.sleep(random.uniform(*_PAUSE_S))

    def _once(self, sql: str, values: tuple[binding.Bindable, ...]) -> tuple[Any, list[Row]]:
        cursor = self._raw.cursor()
        cursor.execute(sql, values)
        return cursor, cursor.fetchall() if cursor.description else []


class Cursor:
    """`rowcount` is the rows changed, or returned; -1 before the first statement and where neither makes sense."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: tuple[Row, ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: Iterator[Row] = iter(())

    def execute(self, sql: str, parameters: binding.Parameters = ()) -> "Cursor":
        """Run one statement. A sequence of parameters for `?`s, or a mapping for `:name`s."""
        text, values = binding.statement(sql, parameters)
        cursor, rows = self.connection.run(text, values)
        self.description = cursor.description or None
        self.lastrowid = cursor.lastrowid
        # The driver's own count is the previous write's for anything but a plain write.
        if self.description:
            self.rowcount = len(rows)
        else:
            self.rowcount = cursor.rowcount if shape(sql).writes else -1
        self._rows = iter(rows)
        return self

    def fetchone(self) -> Row | None:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        return list(itertools.islice(self._rows, size or self.arraysize))

    def fetchall(self) -> list[Row]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def close(self) -> None:
        self._rows = iter(())
