"""The Peewee database for libSQL: a file, a server, or a server with a local replica."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import peewee

from shared_schema.database import binding, consistency, errors, forks, hrana, local, remote
from shared_schema.database.batch import Guard, Query, Result, Statement, error_of, result_of
from shared_schema.database.binding import Parameters
from shared_schema.database.cursor import Answer, Connection, Cursor
from shared_schema.database.replica import Replica
from shared_schema.database.server import Server
from shared_schema.database.settings import Settings

_PRAGMAS = {"journal_mode": "wal", "synchronous": "normal", "foreign_keys": "on"}
_LOOK_AGAIN_S = 0.01
_BEHIND_FOR_S = 1.0  # after a restore the clock may never reach the tick that a reader has seen
_peewee_errors = cast(Any, peewee).__exception_wrapper__  # the stubs leave it out


class Database(peewee.SqliteDatabase):
    """Peewee on libSQL. One connection per thread, opened at first use, never carried across a fork.

    `database` is a URL or Settings. `timeout` is how long, in seconds, a write to a file may wait for other writers;
    calls to a server have the limits of the Settings. Errors are peewee's, with ours as `orig`.
    """

    # peewee's own, which its stubs leave out
    _state: Any
    _lock: Any
    _execute_cursor: Callable[[str, Parameters], Cursor]
    _notify_hooks: Callable[[str, Parameters, float, Exception | None], None]
    connection: Callable[[], Connection]
    execute_sql: Callable[..., Cursor]

    server_version = (3, 45, 1)  # the engine's, not that of Python's sqlite3

    def __init__(self, database: str | Settings, *, timeout: float = 5.0, read_only: bool = False) -> None:
        self.settings = settings = Settings(database) if isinstance(database, str) else database
        self.read_only = read_only
        self._server = None if settings.path else Server(settings.base_url, settings.token, settings.limits)
        self._replica = None
        if settings.replica:
            file = Database(f"file:{settings.replica}", read_only=True)
            self._replica = Replica(settings.replica, file, file.fetch, settings.max_staleness_s)
        self._writer = threading.Lock()
        super().__init__(settings.location(read_only=read_only), lock_type="IMMEDIATE", timeout=timeout)
        if self._replica is not None:
            self._replica.file.query_hooks = self.query_hooks  # reads of the replica are seen by our hooks, too
        forks.watch(self)

    @property
    def url(self) -> str:
        return self.settings.url

    @property
    def on_server(self) -> bool:
        return self._server is not None

    def replica_age_s(self) -> float | None:
        """The greatest possible age of the replica, in seconds; None without one, or before its first sync."""
        return None if self._replica is None else self._replica.age_s()

    def _connect(self) -> Connection:
        if self._server is not None:
            return remote.Connection(self._server)
        if not self.read_only and self.settings.path:
            Path(self.settings.path).parent.mkdir(parents=True, exist_ok=True)
        connection = local.connect(self.database, self.timeout)
        for name, value in _PRAGMAS.items():
            if not (self.read_only and name == "journal_mode"):
                connection.execute(f"PRAGMA {name} = {value}")
        return connection

    def fetch(self, queries: Sequence[Query], *, fresh: bool = False) -> list[Result]:
        """Run reads on one snapshot. A result per query; on a server one round trip for all, on a replica none.

        `fresh` asks the primary even where there is a replica.
        """
        if self._begun():
            return self._run(queries)
        server = self._server
        if server is None:
            with self._transaction("BEGIN"):
                return self._run(queries)
        if self._replica is not None and not fresh:
            return self._replica.fetch(queries, lambda seconds: self._read_from_server(server, queries, seconds))
        return self._read_from_server(server, queries)

    def batch(self, queries: Sequence[Query | Guard], *, idempotent: bool = False) -> list[Result]:
        """Run writes as one atomic transaction: wholly, or not at all. A result per query, in order.

        Raises peewee's errors (IntegrityError, …), or the `otherwise` of the first guard that does not hold. Where a
        server's answer is lost, an `idempotent` batch is sent again; any other ends in errors.OutcomeUnknown.
        """
        if self._begun():
            with self.savepoint():
                return self._run(queries)
        if self._server is not None:
            return self._write_to_server(self._server, queries, idempotent)
        # Threads of one process wait for each other here: the engine would wait with the GIL held.
        if not self._writer.acquire(timeout=self.timeout):
            with _peewee_errors:
                raise errors.Busy("database is locked by another thread of this process")
        try:
            with self._transaction("BEGIN IMMEDIATE"):
                return self._run(queries)
        finally:
            self._writer.release()

    def commit(self) -> None:
        with _peewee_errors:
            self.connection().execute("COMMIT")

    def rollback(self) -> None:
        with _peewee_errors:
            self.connection().execute("ROLLBACK")

    # For `forks`.

    def close_if_idle(self) -> None:
        """Close this thread's connection unless it is in use."""
        if not (self.is_closed() or self._begun() or self._state.ctx):
            self.close()

    def drop_connections(self) -> object:
        """Forget all connections without closing them. Returns this thread's, for the caller to keep unclosed."""
        inherited = self._state.conn
        self._state.reset()
        self._lock = threading.Lock()
        self._writer = threading.Lock()
        return inherited

    # Statement by statement on this thread's connection.

    def _begun(self) -> bool:
        return self.in_transaction() or self.connection().in_transaction

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        connection = self.connection()
        with _peewee_errors:
            connection.execute(begin)
        try:
            yield
            self.commit()
        except BaseException:
            self._abandon(connection)
            raise

    def _abandon(self, connection: Connection) -> None:
        """Roll back. A connection that cannot is closed, which ends its transaction, too."""
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except errors.Error:
            self.close()

    def _run(self, queries: Sequence[Query | Guard]) -> list[Result]:
        results = []
        for query in queries:
            try:
                results.append(result_of(query, self._execute_cursor(*self._compile(query))))
            except peewee.OperationalError as error:
                raise error_of(query, error) from None
        return results

    def _compile(self, query: Query | Guard) -> tuple[str, Parameters]:
        if isinstance(query, Guard):
            query = query.statement
        if isinstance(query, Statement):
            return query.sql, query.parameters
        sql, parameters = self.get_sql_context().sql(query).query()
        return sql, parameters

    # All statements in one request to a server.

    def _read_from_server(self, server: Server, queries: Sequence[Query], seconds: float | None = None) -> list[Result]:
        """Read from a server that has every write this reader has seen.

        The server may be a read replica itself, so its clock is read with the queries. One that does not catch up
        within `_BEHIND_FOR_S` is read all the same, and `consistency.stale` says so.
        """
        wanted = consistency.wanted.get() if self.settings.clock else 0
        if not wanted:
            return self._in_one_request(server, queries, "BEGIN", True, seconds)
        deadline = time.monotonic() + _BEHIND_FOR_S
        while True:
            clock, *results = self._in_one_request(server, [consistency.READ, *queries], "BEGIN", True, seconds)
            if (clock.value_or_none(int) or 0) >= wanted:
                return results
            if time.monotonic() >= deadline:
                consistency.stale.set(True)
                return results
            time.sleep(_LOOK_AGAIN_S)

    def _write_to_server(self, server: Server, queries: Sequence[Query | Guard], idempotent: bool) -> list[Result]:
        clock = [consistency.MOVE_ON] if self.settings.clock else []
        results = self._in_one_request(server, [*queries, *clock], "BEGIN IMMEDIATE", idempotent)
        if clock:
            consistency.wrote(results.pop().value(int))
        return results

    def _in_one_request(
        self,
        server: Server,
        queries: Sequence[Query | Guard],
        begin: str,
        idempotent: bool,
        seconds: float | None = None,
    ) -> list[Result]:
        compiled = [self._compile(query) for query in queries]
        start = time.perf_counter()
        try:
            with _peewee_errors:
                answers = self._answers(server, compiled, begin, idempotent, server.deadline(seconds))
        except hrana.FailedStep as failed:
            with _peewee_errors:
                if not 0 <= failed.step < len(queries):
                    raise failed.error from None
                raise error_of(queries[failed.step], failed.error) from None
        for query, (sql, parameters) in zip(queries, compiled, strict=True) if self.query_hooks else ():
            if query is not consistency.MOVE_ON and query is not consistency.READ:
                self._notify_hooks(sql, parameters, start, None)
        cursor = self.connection().cursor
        return [result_of(query, cursor().take(answer)) for query, answer in zip(queries, answers, strict=True)]

    def _answers(
        self, server: Server, compiled: Sequence[tuple[str, Parameters]], begin: str, idempotent: bool, deadline: float
    ) -> list[Answer]:
        statements = [hrana.statement(*binding.plain(sql, parameters)) for sql, parameters in compiled]
        if begin == "BEGIN" and len(statements) == 1:  # one statement is a snapshot by itself
            return [server.execute(statements[0], repeatable=True, deadline=deadline)]
        return server.batch(begin, statements, idempotent=idempotent, deadline=deadline)
