"""Requests counted by key in windows of time, exactly for all workers of a host: a small SQLite file beside the state.

Python's own sqlite3 and not our database: what is counted here must cost microseconds, concerns this host alone, and
may be lost. The driver never opens the file: SQLite compiled twice into one process loses locks on a shared file.
"""

import os
import sqlite3
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import structlog

BUSY_S = 1.0  # how long a count waits for other workers
REST_S = 5.0  # how long nothing is counted after the file could not be used
LATE_S = 60  # far more than passes between a look at the clock and the count
PRUNE_EVERY = 1000
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)  # the last one: no such table

_log = structlog.get_logger()
_TABLE = "CREATE TABLE counts (key TEXT PRIMARY KEY, ends REAL NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID, STRICT"
# A window begins with its first request. One that ends much later than a window from now is from before a reboot. Not
# just any later: a worker that read the clock before another may get to write after it.
_OVER = f"ends <= :now OR ends > :now + :window + {LATE_S}"
_COUNT = f"""
    INSERT INTO counts (key, ends, used) VALUES (:key, :now + :window, 1)
    ON CONFLICT (key) DO UPDATE SET
        used = CASE WHEN {_OVER} THEN 1 ELSE used + 1 END,
        ends = CASE WHEN {_OVER} THEN :now + :window ELSE ends END
    RETURNING used, ends - :now
"""
_PRUNE = f"DELETE FROM counts WHERE {_OVER}"


class Count(NamedTuple):
    """How often a key was counted in its window, this time included, and the seconds until the window ends."""

    used: int
    left_s: float


class Counts:
    """The counts in the file at `path`, with windows of at most `longest_s`. Threads and processes may share it.

    Times are the kernel's monotonic clock, which is the same for all processes and takes no step back.
    """

    def __init__(self, path: Path, longest_s: int) -> None:
        self._path = path
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None
        self._counted = 0
        self._failing = False
        self._rests_until = 0.0

    def count(self, key: str, window_s: int) -> Count | None:
        """Count once more; None, with one line in the log, while the file cannot be used."""
        with self._lock:
            now = time.monotonic()
            if now < self._rests_until:
                return None
            try:
                count = self._step(key, window_s, now)
            except (sqlite3.Error, OSError) as error:
                self._rest(error, now)
                return None
            if self._failing:
                self._failing = False
                _log.info("requests are counted again", file=str(self._path))
            return count

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _step(self, key: str, window_s: int, now: float) -> Count:
        if self._connection is None or _identity(self._path) != self._opened:
            self._connection = self._open()
        self._counted += 1
        if self._counted % PRUNE_EVERY == 0:
            self._connection.execute(_PRUNE, {"now": now, "window": self._longest_s})
        # fetchall: SQLite commits when it is asked for a row after the last.
        (row,) = self._connection.execute(_COUNT, {"key": key, "now": now, "window": window_s}).fetchall()
        return Count(*row)

    def _open(self) -> sqlite3.Connection:
        """A connection to the file that has this name now. The old one may be to a file that was removed."""
        self.close()
        if not self._path.exists():
            self._make()
        # Closing any descriptor of a file drops SQLite's locks on it, so nothing else here opens the file.
        self._opened = _identity(self._path)
        connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    def _make(self) -> None:
        """Put an empty file in place, whole: two workers that set it up at once would lock each other out."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(prefix=f"{self._path.name}.", dir=self._path.parent)  # mode 0600
        os.close(descriptor)
        try:
            connection = sqlite3.connect(fresh, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(_TABLE)
            connection.close()
            with suppress(FileExistsError):  # another worker was first
                os.link(fresh, self._path)
        finally:
            os.unlink(fresh)

    def _rest(self, error: Exception, now: float) -> None:
        """Count nothing for a while, and begin with a new file if this one is damaged."""
        if not self._failing:
            self._failing = True
            _log.warning("requests are not counted, all are let through", file=str(self._path), error=str(error))
        self._rests_until = now + REST_S
        with suppress(sqlite3.Error, OSError):
            self.close()
            if getattr(error, "sqlite_errorcode", None) in _DAMAGE and _identity(self._path) == self._opened:
                for suffix in ("-wal", "-shm", ""):
                    Path(f"{self._path}{suffix}").unlink(missing_ok=True)


def _identity(path: Path) -> tuple[int, int] | None:
    """The file behind a name; None if there is none."""
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return None
    return stat.st_dev, stat.st_ino
