"""The Peewee database for libSQL: a file, a server, or a server with a local replica."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import peewee

from shared_schema.database import checks, errors, forks, local, patience, pragmas
from shared_schema.database.batch import Compiled, Guard, Query, Result, Statement, Step, error_of, result_of
from shared_schema.database.binding import Parameters
from shared_schema.database.consistency import Clock
from shared_schema.database.cursor import Connection, Cursor
from shared_schema.database.dialect import Dialect
from shared_schema.database.errors import as_peewee
from shared_schema.database.pragmas import timeout as given_timeout
from shared_schema.database.replica.reading import Replica
from shared_schema.database.savepoints import Savepoint
from shared_schema.database.server.calls import Server
from shared_schema.database.server.primary import Primary
from shared_schema.database.settings import Settings
from shared_schema.database.writers import Writers

_LEAST_WAIT_S = 1.0  # for a lock on a server: the way there takes time, too
Pragmas = Mapping[str, Any] | Iterable[tuple[str, Any]]


class LibsqlDatabase(Dialect):
    """Peewee on libSQL. One connection per thread, opened at first use, never carried across a fork.

    `database` is a URL or Settings; None if `init` will give it. `pragmas` are set on every new connection. `lock_type`
    is that of `atomic()`; with None the lock is taken at the first write. `timeout` is how long, in seconds, a write to
    a file may wait for other writers; calls to a server have the limits of the Settings, in which the wait for other
    writers of the process is, too. With `must_exist` a file that is not there is an error, where it would be made
    otherwise. Further options are those of peewee.Database. Errors are peewee's, with ours as `orig`.
    """

    # peewee's own, which its stubs leave out
    _state: Any
    _lock: Any
    _log_query: Callable[[str, Parameters], None]
    _notify_hooks: Callable[[str, Parameters, float, Exception | None], None]
    connection: Callable[[], Connection]
    cursor: Callable[..., Cursor]
    execute_sql: Callable[..., Cursor]

    def __init__(
        self,
        database: str | Settings | None,
        pragmas: Pragmas | None = None,
        *,
        lock_type: str | None = "IMMEDIATE",
        **options: Any,
    ) -> None:
        self._writers = Writers()
        super().__init__(database, pragmas, lock_type=lock_type, **options)  # type: ignore[arg-type]  # Settings, too
        forks.watch(self)

    def init(
        self,
        database: str | Settings | None,
        pragmas: Pragmas | None = None,
        timeout: float = 5.0,
        returning_clause: bool | None = None,
        *,
        read_only: bool = False,
        must_exist: bool = False,
        **options: Any,
    ) -> None:
        """Be this database from now on; None: be none yet. Closes this thread's connection.

        `pragmas` and `returning_clause` stay as they are unless they are given.
        """
        settings = Settings(database) if isinstance(database, str) else database
        if settings is not None:
            read_only, must_exist = read_only or settings.mode == "ro", must_exist or settings.mode == "rw"
            _check(settings, self._pragmas if pragmas is None else pragmas, read_only=read_only)
        if not self.is_closed():
            self.close()
        super().init(settings and settings.url, pragmas, timeout, returning_clause, **options)  # type: ignore[arg-type]
        self._timeout = given_timeout(self._pragmas, timeout)
        self._settings, self.read_only, self._must_exist = settings, read_only, must_exist
        self.clock = Clock(settings.clock if settings else None)
        self._primary = self._open_primary(settings) if settings and not settings.path else None
        self._replica = self._open_replica(settings) if settings and settings.replica else None

    @property
    def settings(self) -> Settings:
        if self._settings is None:
            raise peewee.InterfaceError("the database has no URL yet: call init")
        return self._settings

    @property
    def url(self) -> str:
        return self.settings.url

    @property
    def on_server(self) -> bool:
        return self._primary is not None

    def replica_age_s(self) -> float | None:
        """The greatest possible age of the replica, in seconds; None without one, or before its first sync."""
        return None if self._replica is None else self._replica.age_s()

    def _open_primary(self, settings: Settings) -> Primary:
        server = Server(settings.base_url, settings.token, settings.limits)
        return Primary(
            server,
            clock=self.clock,
            notify=self._notify,
        )

    def _notify(self, sql: str, parameters: Parameters, seconds: float, error: Exception | None) -> None:
        """Tell the log and the hooks of a statement that did not go through `execute_sql`."""
        self._log_query(sql, parameters)
        if self.query_hooks:
            self._notify_hooks(sql, parameters, time.perf_counter() - seconds, error)

    def _open_replica(self, settings: Settings) -> Replica:
        file = LibsqlDatabase(f"file:{settings.replica}", read_only=True)
        file.query_hooks = self.query_hooks  # reads of the replica are seen by our hooks, too
        return Replica(str(settings.replica), file, file.fetch, settings.max_staleness_s, self.clock)

    def _connect(self) -> Connection:
        if self.connect_params:
            raise TypeError(f"a LibsqlDatabase has no option {', '.join(self.connect_params)}")
        if self._primary is not None:
            return pragmas.told(self._primary.connect(), pragmas.for_server(self._pragmas))
        path = self.settings.location(read_only=self.read_only)
        if self.read_only:
            return pragmas.told(local.connect(path, self.timeout), pragmas.for_reader(self._pragmas))
        local.prepare(path, must_exist=self._must_exist)
        return pragmas.told(local.connect(path, self.timeout), pragmas.for_file(self._pragmas))

    def fetch(self, queries: Iterable[Query], *, fresh: bool = False) -> list[Result]:
        """Run reads on one snapshot. A result per query; on a server one round trip for all, on a replica none.

        `fresh` asks the primary even where there is a replica.
        """
        steps = [query if isinstance(query, Statement) else self._compiled(query) for query in queries]
        checks.reads(steps)
        if self._begun():
            return self._run(steps)
        primary = self._primary
        if primary is None and len(steps) == 1:  # one statement is a snapshot by itself
            return self._run(steps)
        if primary is None:
            with self._transaction("BEGIN"):
                return self._run(steps)
        if self._replica is not None and not fresh:
            return self._replica.fetch(steps, lambda seconds: primary.fetch(steps, seconds))
        return primary.fetch(steps)

    def batch(self, queries: Iterable[Query | Guard], *, idempotent: bool = False) -> list[Result]:
        """Run writes as one atomic transaction: wholly, or not at all. A result per query, in order.

        Raises peewee's errors (IntegrityError, …), or the `otherwise` of the first guard that does not hold. Where a
        server's answer is lost, an `idempotent` batch is sent again; any other ends in errors.OutcomeUnknown.
        """
        steps = [query if isinstance(query, Statement | Guard) else self._compiled(query) for query in queries]
        checks.guards(steps)
        if self._begun():
            with self.savepoint():
                return self._run(steps)
        if self._primary is not None:
            return self._primary.batch(steps, idempotent=idempotent)
        with self._writers.turn(self.timeout) as seconds, self._transaction("BEGIN IMMEDIATE", seconds):
            return self._run(steps)

    def begin(self, lock_type: str | None = None) -> None:
        """Begin a transaction. With `lock_type` IMMEDIATE or EXCLUSIVE it has the write lock when this returns; without
        one, a server is sent BEGIN together with the first statement.
        """
        super().begin(lock_type)
        if lock_type and lock_type.upper() != "DEFERRED" and self.on_server:
            connection = self.connection()
            try:
                with as_peewee, patience.within(max(self.timeout, _LEAST_WAIT_S)):
                    connection.execute("SELECT 1")
            except peewee.DatabaseError:
                self._abandon(connection)
                raise

    def savepoint(self) -> Savepoint:
        return Savepoint(self)

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
        self._writers = Writers()
        if self._primary is not None:
            self._primary.forget()
        return inherited

    # Statement by statement on this thread's connection.

    def _begun(self) -> bool:
        return self.in_transaction() or self.cursor().connection.in_transaction

    @contextmanager
    def _transaction(self, begin: str, seconds: float | None = None) -> Iterator[None]:
        """`seconds` is how long BEGIN may wait for other writers; None: as long as any statement."""
        connection = self.connection()
        with as_peewee:
            connection.execute(begin, wait_s=seconds)
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

    def _run(self, steps: Sequence[Step]) -> list[Result]:
        connection, results = self.cursor().connection, []
        for step in steps:
            sql, parameters = step.sql, step.parameters
            began, failed = time.perf_counter(), None
            try:
                answer = connection.execute(sql, parameters)
            except errors.Error as error:
                failed = error_of(step, errors.peewees_own(error))
                raise failed from None
            finally:
                self._notify(sql, parameters, time.perf_counter() - began, failed)
            results.append(result_of(step, answer, connection))
        return results

    def _compiled(self, query: peewee.Query) -> Compiled:
        sql, parameters = self.get_sql_context().sql(query).query()
        return Compiled(sql, parameters, query)


def _check(settings: Settings, given: Pragmas, *, read_only: bool) -> None:
    """Raises ValueError for a URL that names nothing, NotSupportedError for what a server cannot be told."""
    settings.location(read_only=False)
    if not settings.path:
        pragmas.for_server(dict(given).items())
        if read_only:
            raise peewee.NotSupportedError("read_only is for files; a server has tokens that may only read")
