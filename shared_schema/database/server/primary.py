"""Reads and batches on a server: all statements of a call in one request."""

import time
from collections.abc import Callable, Sequence

from shared_schema.database import binding, errors, usage
from shared_schema.database.batch import Guard, Result, Statement, Step, error_of, result_of
from shared_schema.database.binding import Parameters
from shared_schema.database.consistency import Clock
from shared_schema.database.cursor import Answer
from shared_schema.database.errors import as_peewee
from shared_schema.database.server import hrana, remote, replies
from shared_schema.database.server.calls import Server

_LOOK_AGAIN_S, _LOOK_LATER_S = 0.01, 0.16
_BEHIND_FOR_S = 1.0  # after a restore the clock may never reach the tick that a reader has seen


class Primary:
    """The server that takes all writes, and the reads for which no replica is fresh enough.

    `clock` may have no table. `notify` tells the hooks and the log of a statement: its SQL, its parameters, the seconds
    that it took, and its error, if it has failed.
    """

    def __init__(
        self,
        server: Server,
        *,
        clock: Clock,
        notify: Callable[[str, Parameters, float, Exception | None], None],
    ) -> None:
        self._server = server
        self._clock = clock
        self._notify = notify

    def connect(self) -> remote.Connection:
        """A connection for single statements and interactive transactions."""
        return remote.Connection(self._server, self._clock)

    def forget(self) -> None:
        """After a fork, in the child."""
        self._server.forget()

    def fetch(self, queries: Sequence[Statement], seconds: float | None = None) -> list[Result]:
        """Run reads on one snapshot that has every write this reader has seen, within `seconds` if they are given.

        The server may be a read replica itself, so its clock is read with the queries. One that does not catch up
        within `_BEHIND_FOR_S` is read all the same, and `clock.stale` says so; the later reads of the same request do
        not wait again. While it is waited for, the clock alone is looked at.
        """
        own = self._clock
        wanted = own.wanted.get() if own.table and not own.stale.get() else 0
        if not wanted:
            return self._run(queries, "BEGIN", True, seconds)
        tick, *results = self._run([own.read, *queries], "BEGIN", True, seconds)
        if (tick.value_or_none(int) or 0) >= wanted:
            return results
        self._wait_for(wanted, seconds)
        tick, *results = self._run([own.read, *queries], "BEGIN", True, seconds)
        if (tick.value_or_none(int) or 0) < wanted:
            own.stale.set(True)
        return results

    def _wait_for(self, wanted: int, seconds: float | None) -> None:
        """Wait up to `_BEHIND_FOR_S` until the server's clock has this tick."""
        deadline, pause = time.monotonic() + _BEHIND_FOR_S, _LOOK_AGAIN_S
        while time.monotonic() < deadline:
            usage.current.get().waits += 1
            time.sleep(pause)
            pause = min(2 * pause, _LOOK_LATER_S)  # ten looks in all, not a hundred
            (tick,) = self._run([self._clock.read], "BEGIN", True, seconds)
            if (tick.value_or_none(int) or 0) >= wanted:
                return

    def batch(self, queries: Sequence[Step], *, idempotent: bool) -> list[Result]:
        """Run writes as one transaction, which also moves the clock row on."""
        if not self._clock.table:
            return self._run(queries, "BEGIN IMMEDIATE", idempotent)
        *results, tick = self._run([*queries, self._clock.move_on], "BEGIN IMMEDIATE", idempotent)
        self._clock.wrote(tick.value(int))
        return results

    def _run(self, queries: Sequence[Step], begin: str, repeatable: bool, seconds: float | None = None) -> list[Result]:
        """Raises peewee's errors, and the `otherwise` of a guard that does not hold."""
        start, answers, failed = time.perf_counter(), list[Answer](), len(queries)
        error: Exception | None = None
        try:
            with as_peewee:
                answers = self._answers(queries, begin, repeatable, self._server.deadline(seconds))
        except replies.FailedStep as step:
            failed, error = step.step, step.error
            with as_peewee:
                raise _error(queries, step) from None
        except Exception as unanswered:
            failed, error = -1, unanswered
            raise
        finally:
            self._tell(queries, answers, time.perf_counter() - start, failed, error)
        connection = self.connect()
        return [result_of(query, answer, connection) for query, answer in zip(queries, answers, strict=True)]

    def _tell(
        self,
        queries: Sequence[Step],
        answers: Sequence[Answer],
        seconds: float,
        failed: int,
        error: Exception | None,
    ) -> None:
        """Tell of the statements that have run, up to the one that failed; of all, where none was answered.

        One statement has taken the time of its request; of several, each has its time in the engine.
        """
        own = (self._clock.move_on, self._clock.read)
        for step, query in enumerate(queries):
            if any(query is mine for mine in own) or step > failed >= 0:
                continue
            took = answers[step].engine_s if len(answers) > 1 else seconds
            self._notify(query.sql, query.parameters, took, error if failed in (step, -1) else None)

    def _answers(self, queries: Sequence[Step], begin: str, repeatable: bool, deadline: float) -> list[Answer]:
        statements = [hrana.statement(*binding.plain(query.sql, query.parameters)) for query in queries]
        if begin == "BEGIN" and len(statements) == 1:  # one statement is a snapshot by itself
            return [self._server.execute(statements[0], repeatable=True, deadline=deadline)]
        return self._server.batch(begin, statements, idempotent=repeatable, deadline=deadline)


def _error(queries: Sequence[Step], failed: replies.FailedStep) -> Exception:
    """The error to raise for the step of a batch that has failed."""
    if not 0 <= failed.step < len(queries):
        return failed.error
    query = queries[failed.step]
    error = error_of(query, failed.error)
    if isinstance(query, Guard) and error is not failed.error and failed.after_loss:
        return errors.GuardAfterLoss(error)
    return error
