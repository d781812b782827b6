"""Calls to a libSQL server: what is tried again, on which stream, and until when. Every call ends by its deadline."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shared_schema.database import errors, patience, schema_changes, usage
from shared_schema.database.cursor import Answer
from shared_schema.database.server import hrana, outcomes, replies
from shared_schema.database.server.groups import Groups
from shared_schema.database.server.hrana import Json
from shared_schema.database.server.pipelines import Pipelines
from shared_schema.database.server.streams import Stream, Streams
from shared_schema.database.settings import Limits
from shared_schema.database.sql import shape

_PAUSE_S = (0.005, 0.05)  # while another writer has the lock, or the server cannot be reached
_LONGEST_PAUSE_S = 1.0  # after answers that say nothing: each pause is twice the one before
_LEAST_S = 0.1  # an attempt with less time left may be cut off, and a write that is cut off has an unknown outcome

Outcome = TypeVar("Outcome")


@dataclass(slots=True)
class Call:
    """A call with all its tries. `repeatable`: it may be sent again after a lost answer. `writes`: it may commit.

    `unknown`: a try may have been applied, though no answer told so. `failed_at` is the moment of the first failure.
    """

    deadline: float
    repeatable: bool
    writes: bool = False
    unknown: bool = False
    failed_at: float | None = None
    lost: int = 0
    schema_is_new: bool = False


class Server:
    """One server, shared by the threads of a process. After a fork, the child opens connections and streams anew."""

    def __init__(self, url: str, token: str | None, limits: Limits) -> None:
        self.url = url
        self.limits = limits
        self._pipelines = Pipelines(url, token, limits.connect_s, limits.read_s)
        self._streams = Streams()
        self._groups = Groups(self._send_batch)

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    def deadline(self, seconds: float | None = None) -> float:
        """The moment, by the monotonic clock, by which a call that begins now must end."""
        most = patience.left(self.limits.total_s)
        return time.monotonic() + min(most, seconds or most)

    def forget(self) -> None:
        """After a fork, in the child: the threads that wait in the parent are not here, and its streams are its own."""
        self._groups = Groups(self._send_batch)
        self._streams = Streams()

    def batch(self, begin: str, statements: Sequence[Json], *, idempotent: bool, deadline: float) -> list[Answer]:
        """Run statements as one transaction in one request, in which those of other threads may be, too.

        Raises replies.FailedStep where a step failed and nothing was applied, OutcomeUnknown where the answer was lost
        and the batch may not be repeated. Another writer at BEGIN is waited out until the deadline.
        """
        sql = [stmt["sql"] for stmt in statements]
        writes = begin != "BEGIN"
        call = Call(deadline, repeatable=idempotent, writes=writes)
        began, answers = time.perf_counter(), list[Answer]()
        try:
            if writes:
                answers = self.answered(lambda: self._groups.run(statements, deadline), call)
            else:
                with self._streams.lent(writes=False) as stream:
                    request = hrana.batch(begin, statements)
                    answers = self.answered(lambda: replies.batch_answers(self._ask(stream, request, sql, call)), call)
            return answers
        finally:
            usage.called(sql, answers, time.perf_counter() - began)

    def execute(self, statement: Json, *, repeatable: bool, deadline: float) -> Answer:
        """Run one statement on its own."""
        request, sql = {"type": "execute", "stmt": statement}, [statement["sql"]]
        call = Call(deadline, repeatable, writes=not repeatable)
        began, answers = time.perf_counter(), list[Answer]()
        try:
            with self._streams.lent(writes=call.writes) as stream:
                answers = [self.answered(lambda: replies.answer(self._ask(stream, request, sql, call)), call)]
            return answers[0]
        finally:
            usage.called(sql, answers, time.perf_counter() - began)

    def send(
        self, requests: Sequence[Json], *, baton: str | None, deadline: float, kept: bool = False
    ) -> tuple[list[Json], str | None]:
        """Send one pipeline once. Returns its results, and the baton of its stream if that stays open.

        Where a `kept` stream has expired, a new one takes its place: the server has run nothing then.
        """
        try:
            return self._pipelines.send(requests, baton, deadline)
        except errors.StreamExpired:
            if not kept or baton is None:
                raise
            return self._pipelines.send(requests, None, deadline)

    def answered(self, attempt: Callable[[], Outcome], call: Call) -> Outcome:
        """Repeat an attempt as the table of `outcomes` says, while the deadline leaves time for another.

        Ends in what the attempt gives or raises, in Busy, in Unreachable where nothing was changed, or in
        OutcomeUnknown where a write may have been applied.
        """
        while True:
            try:
                return attempt()
            except outcomes.NotApplied as error:
                last: Exception = errors.Unreachable(f"{self.url} cannot be reached: {error}")
                deadline, pause_s = self._given_up(call), random.uniform(*_PAUSE_S)
            except (outcomes.Unknown, replies.Malformed) as error:
                call.unknown = call.unknown or call.writes
                last = errors.Unreachable(f"{self.url} was lost after the request was sent: {error}")
                deadline, pause_s = self._given_up(call) if call.repeatable else 0.0, _longer(call)
            except (errors.Busy, errors.NoSuchTable, replies.FailedStep) as error:
                if schema_changes.explain(_cause(error)) and not call.schema_is_new:
                    call.schema_is_new = True
                    continue
                if not _at_begin(error):
                    raise _after_loss(error, call) from None
                last = error
                deadline, pause_s = call.deadline, random.uniform(*_PAUSE_S)
            except errors.Unreadable as error:
                if call.writes:
                    raise errors.Applied(f"applied, but {error}") from None
                raise
            if not _paused(pause_s, deadline):
                raise _final(last, call, self.url) from None

    def _ask(self, stream: Stream, request: Json, sql: Sequence[str], call: Call) -> Json:
        """Send one request on the stream, which stays open, and return its result.

        A request that would change the stream for later calls, by a PRAGMA for example, goes to a new stream instead,
        which is closed behind it. So does a `SELECT *`: on a stream that has rested while the schema changed, a server
        (0.24.32) gives it the columns of before; and so does a call that has a passing stream. If the result says that
        another writer has the lock, the caller asks again on the same stream: a server may keep a closed stream in its
        queue for the lock, and then nobody gets it.
        """
        if stream.passing or not all(shape(text).rows_only and not shape(text).every_column for text in sql):
            results, _ = self.send([request, hrana.CLOSE], baton=None, deadline=call.deadline)
            return replies.response(results[0])
        kept, stream.baton = stream.baton, None
        (result, rest), baton = self.send([request, hrana.AUTOCOMMIT], baton=kept, deadline=call.deadline, kept=True)
        stream.baton = baton if replies.is_at_rest(rest) else None
        return replies.response(result)

    def _send_batch(self, request: Json, sql: Sequence[str], deadline: float) -> Json:
        """Send a batch of writes on a stream of its own kind, for `Groups`."""
        with self._streams.lent(writes=True) as stream:
            return self._ask(stream, request, sql, Call(deadline, repeatable=False, writes=True))

    def _given_up(self, call: Call) -> float:
        """When a call that could not reach the server is given up."""
        now = time.monotonic()
        call.failed_at = failed_at = call.failed_at or now
        deadline = call.deadline
        if self.limits.away_s is not None:
            deadline = min(deadline, failed_at + self.limits.away_s)
        if self.limits.waiting is not None:
            self.limits.waiting(now - failed_at, deadline - failed_at)
        return deadline


def _cause(error: Exception) -> Exception:
    return error.error if isinstance(error, replies.FailedStep) else error


def _at_begin(error: Exception) -> bool:
    """Whether another writer had the lock when a transaction was to begin."""
    begins = not isinstance(error, replies.FailedStep) or error.step == -1
    return begins and isinstance(_cause(error), errors.Busy)


def _after_loss(error: Exception, call: Call) -> Exception:
    if isinstance(error, replies.FailedStep):
        error.after_loss = call.unknown
    return error


def _final(last: Exception, call: Call, url: str) -> Exception:
    """The error of a call that is tried no more."""
    if not call.unknown:
        return last
    usage.current.get().unknown_outcomes += 1
    return last if isinstance(last, errors.OutcomeUnknown) else errors.OutcomeUnknown(str(last) or url)


def _longer(call: Call) -> float:
    call.lost += 1
    return min(_PAUSE_S[0] * 2**call.lost, _LONGEST_PAUSE_S) * random.uniform(0.5, 1.0)


def _paused(pause_s: float, deadline: float) -> bool:
    """Wait a moment before another attempt. False, without waiting, if too little time would be left for it."""
    if time.monotonic() + pause_s + _LEAST_S > deadline:
        return False
    usage.current.get().retries += 1
    time.sleep(pause_s)
    return True
