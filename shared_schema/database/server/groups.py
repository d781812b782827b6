"""Group commit: batches of this process that wait while another request is under way go together in the next one.

A batch that finds no other under way is sent at once, by itself. Those that come meanwhile wait; when the answer is
there, the first of them sends all of them as one transaction, each in a SAVEPOINT of its own. A member whose step fails
is rolled back alone. If the transaction as a whole is not committed, because a member has ended it (`INSERT OR
ROLLBACK`), or a deferred foreign key fails at COMMIT, nothing was applied, and each is sent once more by itself.
"""

import copy
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared_schema.database import errors, waiting
from shared_schema.database.cursor import Answer
from shared_schema.database.server import hrana, outcomes, replies
from shared_schema.database.server.hrana import Json
from shared_schema.database.sql import Verbatim, shape

_MEMBERS = 64
_STATEMENTS = 1000  # in one request; a batch of more goes by itself, since the server ends a transaction after 5 s
_TEXT = 1_000_000  # characters of SQL and values, about


class _NotCommitted(Exception):
    """Nothing of a group was applied, though no member failed by itself."""


@dataclass(eq=False, slots=True)
class _Member:
    """A batch of one thread, which waits for `ready`: then it has an outcome, or it `leads` the next request."""

    statements: Sequence[Json]
    length: int
    deadline: float
    alone: bool
    leads: bool = False
    outcome: list[Answer] | Exception | None = None
    ready: threading.Event = field(default_factory=threading.Event)


Send = Callable[[Json, Sequence[str], float], Json]


class Groups:
    """The batches of one process to one server. `send` sends a request with its SQL texts by a deadline."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._waiting: list[_Member] = []
        self._under_way = False

    def run(self, statements: Sequence[Json], deadline: float) -> list[Answer]:
        """The answers of one batch. Raises replies.FailedStep where one of its steps failed, what `send` raises,
        errors.Busy where its turn did not come by the deadline, outcomes.Unknown where it was sent and nothing came.
        """
        length = _length(statements)
        alone = length > _TEXT or len(statements) > _STATEMENTS or not _may_be_grouped(statements)
        while True:
            member = _Member(statements, length, deadline, alone)
            self._queue(member)
            if member.leads:
                self._lead(member)
            if isinstance(member.outcome, _NotCommitted):
                alone = True
                continue
            if isinstance(member.outcome, Exception):
                raise member.outcome
            return member.outcome or []

    def _queue(self, member: _Member) -> None:
        """Wait until the member has its outcome, or leads."""
        with self._lock:
            if not self._under_way:
                self._under_way = member.leads = True
                return
            self._waiting.append(member)
        waiting.this_thread.begins()
        if member.ready.wait(member.deadline - time.monotonic()):
            return
        with self._lock:
            if member in self._waiting:
                self._waiting.remove(member)
                raise errors.Busy("database is locked by another thread of this process")
        if not member.ready.is_set():
            raise outcomes.Unknown("no answer came in time to the request in which it was sent")

    def _lead(self, member: _Member) -> None:
        """Send this member and those that wait, give each its outcome, and let the next one lead."""
        members = [member]
        try:
            with self._lock:
                members += self._company(member)
            _settle(members, self._outcomes(members))
        except Exception as error:
            _settle(members, [error, *(copy.copy(error) for _ in members[1:])])
        finally:  # also where a signal ends this thread
            _settle(members, [outcomes.Unknown("the thread that sent it was interrupted") for _ in members])
            self._hand_over()

    def _company(self, member: _Member) -> list[_Member]:
        """Take the members that go with this one out of the queue, in order. The lock is held."""
        company: list[_Member] = []
        statements, text = len(member.statements), member.length
        while self._waiting and not member.alone and len(company) + 1 < _MEMBERS:
            first = self._waiting[0]
            statements, text = statements + len(first.statements), text + first.length
            if first.alone or statements > _STATEMENTS or text > _TEXT:
                break
            company.append(self._waiting.pop(0))
        return company

    def _outcomes(self, members: Sequence[_Member]) -> list[list[Answer] | Exception]:
        sql = [stmt["sql"] for member in members for stmt in member.statements]
        if len(members) == 1:
            request = hrana.batch("BEGIN IMMEDIATE", members[0].statements)
            return [replies.batch_answers(self._send(request, sql, members[0].deadline))]
        request, places = hrana.group([member.statements for member in members])
        result = self._send(request, sql, members[0].deadline)
        if not replies.is_committed(result):
            return [_NotCommitted() for _ in members]
        return [_outcome(result, place) for place in places]

    def _hand_over(self) -> None:
        with self._lock:
            if not self._waiting:
                self._under_way = False
                return
            following = self._waiting.pop(0)
            following.leads = True
        following.ready.set()


def _may_be_grouped(statements: Sequence[Json]) -> bool:
    """Not what leaves a trace on the stream, or changes the schema."""
    return not any(isinstance(stmt["sql"], Verbatim) or not shape(stmt["sql"]).rows_only for stmt in statements)


def _length(statements: Sequence[Json]) -> int:
    """About how long the JSON of these statements is."""
    return sum(len(stmt["sql"]) + sum(len(str(arg)) for arg in stmt["args"]) for stmt in statements)


def _outcome(result: Json, place: tuple[int, int]) -> list[Answer] | Exception:
    try:
        return replies.member_answers(result, place)
    except (replies.FailedStep, errors.Error) as error:
        return error


def _settle(members: Sequence[_Member], results: Sequence[list[Answer] | Exception]) -> None:
    """Give outcomes to the members that have none yet."""
    for member, outcome in zip(members, results, strict=True):
        if member.outcome is None:
            member.outcome = outcome
            member.ready.set()
