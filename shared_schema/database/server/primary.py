"""Reads and batches on a server: all statements of a call in one request."""

import time
from collections.abc import Callable, Sequence

from shared_schema.database import binding, usage
from shared_schema.database.batch import Guard, Query, Result, error_of, result_of
from shared_schema.database.binding import Parameters
from shared_schema.database.consistency import Clock
from shared_schema.database.cursor import Answer
from shared_schema.database.errors import as_peewee
from shared_schema.database.server import hrana, remote
from shared_schema.database.server.calls import Server

_LOOK_AGAIN_S, _LOOK_LATER_S = 0.01, 0.16
_BEHIND_FOR_S = 1.0  # after a restore the clock may never reach the tick that a reader has seen


class Primary:
    """The server that takes all writes, and the reads for which no replica is fresh enough.

    `clock` may have no table. `compiled` gives the SQL of a query and its parameters, and
    `notify` tells the query hooks of a statement that has run: its SQL, its parameters, and when it was begun by
    `time.perf_counter()`.
    """

    def __init__(
        self,
        server: Server,
        *,
        clock: Clock,
        compiled: Callable[[Query | Guard], tuple[str, Parameters]],
        notify: Callable[[str, Parameters, float], None],
    ) -> None:
        self._server = server
        self._clock = clock
        self._compiled = compiled
        self._notify = notify

    def connect(self) -> remote.Connection:
        """A connection for single statements and interactive transactions."""
        return remote.Connection(self._server)

    def fetch(self, queries: Sequence[Query], seconds: float | None = None) -> list[Result]:
        """Run reads on one snapshot that has every write this reader has seen, within `seconds` if they are given.

        The server may be a read replica itself, so its clock is read with the queries. One that does not catch up
        within `_BEHIND_FOR_S` is read all the same, and `clock.stale` says so; the later reads of the same
        request do not wait again.
        """
        own = self._clock
        wanted = own.wanted.get() if own.table and not own.stale.get() else 0
        if not wanted:
            return self._run(queries, "BEGIN", True, seconds)
        deadline, pause = time.monotonic() + _BEHIND_FOR_S, _LOOK_AGAIN_S
        while True:
            clock, *results = self._run([own.read, *queries], "BEGIN", True, seconds)
            if (clock.value_or_none(int) or 0) >= wanted:
                return results
            if time.monotonic() >= deadline:
                own.stale.set(True)
                return results
            usage.current.get().waits += 1
            time.sleep(pause)
            pause = min(2 * pause, _LOOK_LATER_S)  # ten looks in all, not a hundred

    def batch(self, queries: Sequence[Query | Guard], seconds: float, *, idempotent: bool) -> list[Result]:
        """Run writes as one transaction within `seconds`, which also moves the clock row on."""
        if not self._clock.table:
            return self._run(queries, "BEGIN IMMEDIATE", idempotent, seconds)
        *results, clock = self._run([*queries, self._clock.move_on], "BEGIN IMMEDIATE", idempotent, seconds)
        self._clock.wrote(clock.value(int))
        return results

    def _run(
        self, queries: Sequence[Query | Guard], begin: str, repeatable: bool, seconds: float | None = None
    ) -> list[Result]:
        """Raises peewee's errors, and the `otherwise` of a guard that does not hold."""
        compiled = [self._compiled(query) for query in queries]
        start = time.perf_counter()
        try:
            with as_peewee:
                answers = self._answers(compiled, begin, repeatable, self._server.deadline(seconds))
        except hrana.FailedStep as failed:
            with as_peewee:
                if not 0 <= failed.step < len(queries):
                    raise failed.error from None
                raise error_of(queries[failed.step], failed.error) from None
        for query, (sql, parameters) in zip(queries, compiled, strict=True):
            if query is not self._clock.move_on and query is not self._clock.read:
                self._notify(sql, parameters, start)
        cursor = self.connect().cursor
        return [result_of(query, cursor().take(answer)) for query, answer in zip(queries, answers, strict=True)]

    def _answers(
        self, compiled: Sequence[tuple[str, Parameters]], begin: str, repeatable: bool, deadline: float
    ) -> list[Answer]:
        statements = [hrana.statement(*binding.plain(sql, parameters)) for sql, parameters in compiled]
        if begin == "BEGIN" and len(statements) == 1:  # one statement is a snapshot by itself
            return [self._server.execute(statements[0], repeatable=True, deadline=deadline)]
        return self._server.batch(begin, statements, idempotent=repeatable, deadline=deadline)
