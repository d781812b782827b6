"""The Peewee database for libSQL."""

import os
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import peewee

from shared_schema.database import dbapi, errors
from shared_schema.database.batch import GUARD_FAILED, Guard, Query, Result, Statement
from shared_schema.database.binding import Parameters

_PRAGMAS = {"journal_mode": "wal", "synchronous": "normal", "foreign_keys": "on"}
_inherited: list[object] = []
_peewee_errors = cast(Any, peewee).__exception_wrapper__  # the stubs leave it out


class Database(peewee.SqliteDatabase):
    """Peewee on a libSQL database file.

    `url` is `file:PATH`. One connection per thread, opened at first use, never carried across a fork.
    `timeout` is the time in seconds a write may wait for other writers; then peewee.OperationalError.
    """

    # peewee's own, which its stubs leave out
    _state: Any
    _lock: Any
    _execute_cursor: Callable[[str, Parameters], dbapi.Cursor]
    connection: Callable[[], dbapi.Connection]
    execute_sql: Callable[..., dbapi.Cursor]

    server_version = (3, 45, 1)  # the engine's, not that of Python's sqlite3

    def __init__(self, url: str, *, timeout: float = 5.0, read_only: bool = False) -> None:
        self.url = url
        self.read_only = read_only
        super().__init__(_location(url, read_only), lock_type="IMMEDIATE", timeout=timeout)
        self._writer = threading.Lock()
        _live.add(self)

    def _connect(self) -> dbapi.Connection:
        if not self.read_only:
            Path(self.url.removeprefix("file:")).parent.mkdir(parents=True, exist_ok=True)
        connection = dbapi.connect(self.database, self.timeout)
        for name, value in _PRAGMAS.items():
            if not (self.read_only and name == "journal_mode"):
                connection.cursor().execute(f"PRAGMA {name} = {value}")
        return connection

    def fetch(self, queries: Sequence[Query]) -> list[Result]:
        """Run reads on one snapshot. A result per query; on a server one round trip for all."""
        if self._begun():
            return self._run(queries)
        with self._transaction("BEGIN"):
            return self._run(queries)

    def batch(self, queries: Sequence[Query | Guard]) -> list[Result]:
        """Run writes as one atomic transaction: wholly, or not at all. A result per query, in order.

        Raises peewee's errors (IntegrityError, …), or the `otherwise` of the first guard that does not hold.
        """
        if self._begun():
            with self.savepoint():
                return self._run(queries)
        # Threads of one process wait for each other here, where waiting lets go of the GIL.
        if not self._writer.acquire(timeout=self.timeout):
            raise peewee.OperationalError("database is locked by another thread of this process")
        try:
            with self._transaction("BEGIN IMMEDIATE"):
                return self._run(queries)
        finally:
            self._writer.release()

    def _begun(self) -> bool:
        return self.in_transaction() or bool(self.connection().in_transaction)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        connection = self.connection()
        with _peewee_errors:
            connection.cursor().execute(begin)
        try:
            yield
            with _peewee_errors:
                connection.commit()
        except BaseException:
            self._abandon(connection)
            raise

    def _abandon(self, connection: dbapi.Connection) -> None:
        """Roll back; a connection that cannot even do that is thrown away, and its transaction with it."""
        try:
            if connection.in_transaction:
                connection.rollback()
        except errors.Error:
            self.close()

    def _run(self, queries: Sequence[Query | Guard]) -> list[Result]:
        return [self._guard(query) if isinstance(query, Guard) else self._one(query) for query in queries]

    def _guard(self, guard: Guard) -> Result:
        try:
            return self._one(guard.statement)
        except peewee.OperationalError as error:
            if GUARD_FAILED not in str(error):
                raise
            raise guard.otherwise from None

    def _one(self, query: Query) -> Result:
        if isinstance(query, Statement):
            cursor = self._execute_cursor(query.sql, query.parameters)
            names = [column[0] for column in cursor.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        else:
            sql, parameters = self.get_sql_context().sql(query).query()
            cursor = self._execute_cursor(sql, parameters)
            rows = list(cast(Any, query)._get_cursor_wrapper(cursor)) if cursor.description else []
        return Result(rows, cursor.rowcount)


def _location(url: str, read_only: bool) -> str:
    if not url.startswith("file:") or not url.removeprefix("file:"):
        raise ValueError("TURSO_DATABASE_URL must be file:PATH")
    path = url.removeprefix("file:")
    return f"file:{quote(path)}?mode=ro" if read_only else path


_live: weakref.WeakSet[Database] = weakref.WeakSet()


def _before_fork() -> None:
    """Close what is idle. A child inherits the engine's belief in its file locks but not the locks, so what it then
    commits would go into a log that the parent deletes when it closes.
    """
    for database in _live:
        if not (database.is_closed() or database._begun() or database._state.ctx):
            database.close()


def _after_fork() -> None:
    """Leave the parent's connections alone: even closing one here would touch files the parent still uses."""
    for database in _live:
        _inherited.append(database._state.conn)
        database._state.reset()
        database._lock = threading.Lock()
        database._writer = threading.Lock()


os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
