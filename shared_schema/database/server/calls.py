"""Calls to a libSQL server: what is tried again, on which stream, and until when. Every call ends by its deadline."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from shared_schema.database import errors, patience, schema_changes, usage
from shared_schema.database.cursor import Answer
from shared_schema.database.server import hrana
from shared_schema.database.server.hrana import Json
from shared_schema.database.server.pipelines import Lost, NotSent, Pipelines
from shared_schema.database.server.streams import Stream, Streams
from shared_schema.database.settings import Limits
from shared_schema.database.sql import shape

_PAUSE_S = (0.005, 0.05)
_LEAST_S = 0.1  # an attempt with less time left may be cut off, and a write that is cut off has an unknown outcome


class Server:
    """One server, shared by threads. A child after a fork has connections and streams of its own."""

    def __init__(self, url: str, token: str | None, limits: Limits) -> None:
        self.url = url
        self.limits = limits
        self._pipelines = Pipelines(url, token, limits.connect_s, limits.read_s)
        self._streams = Streams()

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    def deadline(self, seconds: float | None = None) -> float:
        """The moment, by the monotonic clock, by which a call that begins now must end."""
        most = patience.left(self.limits.total_s)
        return time.monotonic() + min(most, seconds or most)

    def batch(self, begin: str, statements: Sequence[Json], *, idempotent: bool, deadline: float) -> list[Answer]:
        """Run statements as one transaction in one request.

        Raises hrana.FailedStep where a step failed and nothing was applied, OutcomeUnknown where the answer was lost
        and the batch may not be repeated. Another writer at BEGIN is waited out until the deadline.
        """
        request, sql = hrana.batch(begin, statements), [stmt["sql"] for stmt in statements]

        def attempt() -> list[Answer]:
            writes = begin != "BEGIN"
            result = self._ask(stream, request, sql, repeatable=idempotent, writes=writes, deadline=deadline)
            return hrana.batch_answers(result)

        began, answers = time.perf_counter(), list[Answer]()
        try:
            with self._streams.lent() as stream:
                answers = schema_changes.outlived(lambda: patiently(attempt, _busy_at_begin, deadline))
            return answers
        finally:
            usage.called(sql, answers, time.perf_counter() - began)

    def execute(self, statement: Json, *, repeatable: bool, deadline: float) -> Answer:
        """Run one statement on its own."""
        request, sql = {"type": "execute", "stmt": statement}, [statement["sql"]]

        def attempt() -> Answer:
            return hrana.answer(self._ask(stream, request, sql, repeatable=repeatable, deadline=deadline))

        began, answers = time.perf_counter(), list[Answer]()
        try:
            with self._streams.lent() as stream:
                answers = [schema_changes.outlived(lambda: patiently(attempt, _busy, deadline))]
            return answers[0]
        finally:
            usage.called(sql, answers, time.perf_counter() - began)

    def _ask(
        self,
        stream: Stream,
        request: Json,
        sql: Sequence[str],
        *,
        repeatable: bool,
        deadline: float,
        writes: bool = False,
    ) -> Json:
        """Send one request on the stream, which stays open, and return its result.

        A request that would change the stream for later calls, by a PRAGMA for example, goes to a new stream instead,
        which is closed behind it. So does a `SELECT *`: on a stream that has rested while the schema changed, a server
        (0.24.32) gives it the columns of before. If the result says that another writer has the lock, the caller asks
        again on the same stream: a server may keep a closed stream in its queue for the lock, and then nobody gets it.
        """
        if not all(shape(text).rows_only and not shape(text).every_column for text in sql):
            alone = [request, hrana.CLOSE]
            results, _ = self.call(alone, repeatable=repeatable, writes=writes, deadline=deadline)
            return hrana.response(results[0])
        kept, stream.baton = stream.baton, None
        (result, rest), baton = self.call(
            [request, hrana.AUTOCOMMIT], repeatable=repeatable, writes=writes, deadline=deadline, baton=kept, kept=True
        )
        stream.baton = baton if hrana.is_at_rest(rest) else None
        return hrana.response(result)

    def call(
        self,
        requests: Sequence[Json],
        *,
        repeatable: bool,
        deadline: float,
        writes: bool = False,
        baton: str | None = None,
        kept: bool = False,
    ) -> tuple[list[Json], str | None]:
        """Send one pipeline. Returns its results, and the baton of its stream if that stays open.

        A `repeatable` pipeline is sent again when its answer was lost. If it also `writes`, and the deadline passes
        after a lost answer, its outcome is unknown. Where a `kept` stream has expired, a new one takes its place.
        """
        unknown = False
        failed_at: float | None = None
        while True:
            try:
                return self._pipelines.send(requests, baton, deadline)
            except errors.StreamExpired:
                if not kept or baton is None:
                    raise
                baton = None  # the server has closed the stream, or was started anew, so it has run nothing
                continue
            except NotSent as error:
                may_retry, what = True, f"cannot be reached: {error}"
            except Lost as error:
                may_retry, what = repeatable, f"was lost after the request was sent: {error}"
                unknown = unknown or writes or not repeatable
                baton = None  # it named the stream in that request
            failed_at = failed_at or time.monotonic()
            deadline = self._given_up(failed_at, deadline)
            if not (may_retry and _paused(deadline)):
                usage.current.get().unknown_outcomes += unknown
                raise (errors.OutcomeUnknown if unknown else errors.Unreachable)(f"{self.url} {what}")

    def _given_up(self, failed_at: float, deadline: float) -> float:
        """When a call whose first try failed at that moment is given up."""
        if self.limits.away_s is not None:
            deadline = min(deadline, failed_at + self.limits.away_s)
        if self.limits.waiting is not None:
            self.limits.waiting(time.monotonic() - failed_at, deadline - failed_at)
        return deadline


def patiently(attempt: Callable[[], Any], may_retry: Callable[[Exception], bool], deadline: float) -> Any:
    """Repeat an attempt while it raises errors that `may_retry` accepts, while the deadline leaves time for another."""
    while True:
        try:
            return attempt()
        except Exception as error:  # `may_retry` knows which; any other is raised again
            if not (may_retry(error) and _paused(deadline)):
                raise


def _busy(error: Exception) -> bool:
    return isinstance(error, errors.Busy)


def _busy_at_begin(error: Exception) -> bool:
    return isinstance(error, hrana.FailedStep) and error.step == -1 and isinstance(error.error, errors.Busy)


def _paused(deadline: float) -> bool:
    """Wait a moment before another attempt. False, without waiting, if too little time would be left for it."""
    pause = random.uniform(*_PAUSE_S)
    if time.monotonic() + pause + _LEAST_S > deadline:
        return False
    usage.current.get().retries += 1
    time.sleep(pause)
    return True
