"""A DB-API connection to a file, by the libSQL driver.

All rows are taken from the driver at once: asked for a row after the last, it would run the statement again.
"""

import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared_schema.database import binding, cursor, errors, private, schema_changes, usage, waiting
from shared_schema.database.cursor import Answer
from shared_schema.database.sql import Shape, shape

try:
    import libsql_experimental as driver
except ImportError:  # no wheel for this platform: the successor has the same interface
    import libsql as driver

# While the engine waits for a lock it holds the GIL, so no other thread of this process runs, perhaps not even the one
# that has the lock. So it waits for a short time only, and we wait between tries, without the GIL.
_ENGINE_WAIT_MS = 20
_PAUSE_S = (0.001, 0.025)
_UNDO = re.compile(r"\s*ROLLBACK\b", re.IGNORECASE)


def connect(path: str, timeout: float) -> "Connection":
    """Open a local database file (a path or a `file:` URI). `timeout`: seconds a statement may wait for a lock."""
    return Connection(call(lambda: driver.connect(path, isolation_level=None)), timeout)


def prepare(path: str, *, must_exist: bool) -> None:
    """Make a file that is not there, with its directory, for its owner alone; with `must_exist` raise Unreachable."""
    if path == ":memory:":
        return
    file = Path(path)
    if must_exist and not file.exists():
        raise errors.Unreachable(f"{path} is not there")  # to open it would make an empty one
    private.directory(file.parent)
    private.empty_file(file)  # the engine gives the files beside it the same mode


def replica(path: str, url: str, token: str | None) -> Any:
    """The driver's own connection to a replica file. Its `sync` can hang, so only for a process that may be killed."""
    return call(lambda: driver.connect(path, sync_url=url, auth_token=token or ""))


def call(driver_call: Callable[[], Any]) -> Any:
    """Call the driver, and raise its errors by type."""
    try:
        return driver_call()
    except BaseException as error:
        raise _named(error) from None


def _named(error: BaseException) -> BaseException:
    """An error of the driver by its type: it has ValueError for everything, or a Rust panic, which is no Exception."""
    if isinstance(error, ValueError | TypeError) or type(error).__name__ == "PanicException":
        return errors.from_text(str(error))
    return error


class Connection(cursor.Connection):
    """Autocommit until a BEGIN is run. For one thread at a time."""

    def __init__(self, raw: Any, timeout: float) -> None:
        self._raw: Any = raw
        self.timeout = timeout
        self.execute(f"PRAGMA busy_timeout = {_ENGINE_WAIT_MS}")

    @property
    def in_transaction(self) -> bool:
        return self._raw is not None and bool(self._raw.in_transaction)

    def close(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            call(raw.close)

    def execute(self, sql: str, parameters: binding.Parameters = (), *, wait_s: float | None = None) -> Answer:
        """Run one statement. Waits up to `wait_s` or `timeout` seconds for another writer, except in a transaction."""
        text, values = binding.for_driver(*binding.plain(sql, parameters))
        if self._raw is None:
            raise errors.InterfaceError("the connection is closed")
        form, began, answer = shape(sql), time.perf_counter(), None
        try:
            answer = self._patiently(text, values, form, self.timeout if wait_s is None else wait_s)
            return answer
        finally:
            usage.ran(text, form, answer, time.perf_counter() - began)

    def _patiently(self, text: str, values: tuple[binding.Bindable, ...], form: Shape, wait_s: float) -> Answer:
        deadline, schema_may_be_new = time.monotonic() + wait_s, True
        while True:
            try:
                return _ran(self._raw.cursor(), text, values, form)
            except BaseException as error:
                failure = _named(error)
            if isinstance(failure, errors.Busy):
                # Nothing was changed, so a retry repeats nothing. Inside a transaction a retry could never succeed.
                if self.in_transaction or time.monotonic() >= deadline:
                    raise failure
                waiting.this_thread.begins()
                time.sleep(random.uniform(*_PAUSE_S))
            elif isinstance(failure, errors.NoTransaction) and _UNDO.match(text):
                return Answer((), [], -1, None)  # a full disk has ended it, and that error matters more
            elif schema_may_be_new and isinstance(failure, errors.Error) and schema_changes.explain(failure):
                schema_may_be_new = False  # once more
            else:
                raise failure


def _ran(cursor: Any, text: str, values: tuple[binding.Bindable, ...], form: Shape) -> Answer:
    """What a statement does, by a new cursor of the driver."""
    cursor.execute(text, values)
    described = cursor.description
    if described:
        rows = cursor.fetchall()
        names = tuple([column[0] for column in described])
        return Answer(names, rows, -1, cursor.lastrowid, len(rows), len(rows) if form.writes else 0)
    # For anything but a plain write the driver gives the count of the write before it.
    changes = cursor.rowcount if form.writes else -1
    return Answer((), [], changes, cursor.lastrowid, 0, max(changes, 0))
