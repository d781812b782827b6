"""What becomes of each answer given offline, before anything is written: replayed, refused, or to be recorded."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from shared_schema.database import Result, Statement
from shared_schema.database.batch import Query
from shared_schema.fields import dumps, loads
from shared_schema.problems import Problem
from study_service import answers, offline_plan, plans, users
from study_service.answered import Answered
from study_service.attempts import running
from study_service.offline_plan import Item, Outcome
from study_service.plans import DailyQuestions
from study_service.users import UserRow

_KNOWN = """
    SELECT client_id, digest, receipt FROM client_answers
    WHERE user_id = ? AND client_id IN (SELECT value FROM json_each(?))
"""
_TAKEN = """
    SELECT study_session_id AS session_id, question_id FROM user_answers
    WHERE study_session_id IN (SELECT value FROM json_each(?))
"""


@dataclass(frozen=True, slots=True)
class Learner:
    """Whose answers they are, at which moment of our clock, and under which plans.

    `describe` makes a problem what a client is told of it.
    """

    user_id: int
    now: dt.datetime
    daily: DailyQuestions
    describe: Callable[[Problem], dict[str, object]]


class Kept(TypedDict):
    """An answer that is there already. `receipt` is JSON text."""

    client_id: str
    digest: str
    receipt: str


class Taken(TypedDict):
    """A question that was answered in a session."""

    session_id: int
    question_id: int


@dataclass(frozen=True, slots=True)
class Read:
    """What was read for some answers. Those that this request records are added to `days` and `taken`."""

    user: UserRow
    known: dict[str, Kept]
    days: Counter[str]
    taken: set[tuple[int, int]]
    in_tests: frozenset[int]


Decision = Outcome | Answered


def reads(learner: Learner, items: Sequence[Item]) -> list[Query]:
    """The user, the answers that are there already, the days, the sessions; then what each answer needs."""
    ids = dumps([item.client_id for item in items])
    sessions = dumps(list({item.submission.study_session_id for item in items} - {None}))
    today, day = learner.now.date(), dt.timedelta(days=1)
    return [
        users.read(learner.user_id),
        Statement(_KNOWN, (learner.user_id, ids)),
        plans.read_days(learner.user_id, today - offline_plan.OLDEST - day, today + day),
        Statement(_TAKEN, (sessions,)),
        running.read(learner.user_id, int(learner.now.timestamp())),
        *(read for item in items for read in answers.reads(learner.user_id, item.submission)),
    ]


def decide(learner: Learner, items: Sequence[Item], results: Sequence[Result]) -> tuple[UserRow, list[Decision]]:
    """The user, and what becomes of each answer, in their order: it is to be recorded, or its outcome is known."""
    user, known, days, taken, in_tests, *rest = results
    read = Read(
        users.active(user),
        {row["client_id"]: row for row in known.all(Kept)},
        plans.days(days),
        {(row["session_id"], row["question_id"]) for row in taken.all(Taken)},
        running.ids(in_tests),
    )
    decided: list[Decision] = []
    for item in items:
        count = len(answers.reads(learner.user_id, item.submission))
        own, rest = rest[:count], rest[count:]
        try:
            decided.append(_replayed(item, read) or _graded(learner, item, read, own))
        except Problem as problem:
            decided.append(refused(learner, item.client_id, problem))
    return read.user, decided


def _replayed(item: Item, read: Read) -> Outcome | None:
    """The first outcome of an answer that is there already. Conflict where that was another answer, and for one to a
    question in a running test: its outcome has the key.
    """
    if item.submission.question_id in read.in_tests:
        raise running.refused()
    kept = read.known.get(item.client_id)
    if kept is None:
        return None
    if kept["digest"] != item.digest:
        raise offline_plan.reused()
    return {"client_id": item.client_id, "status": "replayed", "result": loads(kept["receipt"])}


def _graded(learner: Learner, item: Item, read: Read, results: Sequence[Result]) -> Answered:
    """An answer to record. Raises as `answers.submit` where it cannot be."""
    at = offline_plan.at(item, learner.now)
    moment = dt.datetime.fromtimestamp(at, dt.UTC)
    day, submission = users.day(read.user, moment), item.submission
    answer = answers.graded(learner.user_id, submission, results, at, day)
    place = (submission.study_session_id or 0, submission.question_id)
    if place in read.taken:
        raise answers.taken()
    used, most = read.days[day.isoformat()], plans.limit(read.user, learner.daily, learner.now)
    if most is not None and used >= most:
        raise plans.full(read.user, learner.daily, learner.now, used)
    read.days[day.isoformat()] += 1
    if submission.study_session_id is not None:
        read.taken.add(place)
    return answer


def refused(learner: Learner, client_id: str, problem: Problem) -> Outcome:
    return {"client_id": client_id, "status": "refused", "problem": learner.describe(problem)}
