"""Answers that were given offline, many in one request: each counts once, in the order in which it was given.

All go in one batch. Where that fails, because of somebody else's write since the read or of a row that cannot be used,
each half goes by itself, and so on: what is wrong with one answer holds up no other.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import peewee

from shared_schema.database import Guard, Result, Statement, errors
from shared_schema.database.batch import Query
from shared_schema.fields import dumps, loads
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Problem
from shared_schema.tables import db
from study_service import answers, offline_plan, plans, users
from study_service.answered import Answered
from study_service.attempts import running
from study_service.offline_plan import Item, Outcome, Wrong
from study_service.plans import DailyQuestions
from study_service.users import UserRow

_TRIES = 3
_KNOWN = """
    SELECT client_id, digest, receipt FROM client_answers
    WHERE user_id = ? AND client_id IN (SELECT value FROM json_each(?))
"""
_TAKEN = """
    SELECT study_session_id AS session_id, question_id FROM user_answers
    WHERE study_session_id IN (SELECT value FROM json_each(?))
"""
_KEEP = f"""
    INSERT INTO client_answers (user_id, client_id, digest, receipt)
    SELECT ?, ?, ?, receipt FROM (SELECT ({answers.RECEIPT}) AS receipt)
"""
# The outcomes, with the receipts of what the steps before have recorded.
_OUTCOMES = """
    SELECT json_group_array(json(outcome)) FROM (
        SELECT CASE WHEN o.value->>'status' <> 'refused' AND o.value->'result' IS NULL THEN
            json_set(o.value, '$.result', json((
                SELECT receipt FROM client_answers WHERE user_id = ? AND client_id = o.value->>'client_id')))
            ELSE o.value END AS outcome
        FROM json_each(?) o ORDER BY o.key)
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


def submit(learner: Learner, sent: Sequence[Item | Wrong], once: Once) -> Receipt:
    """Record a batch: one read and one batch of statements, unless that has to be done in parts.

    The receipt is a list of Outcome in the order of the request. An answer that is sent again with the same content is
    replayed, with its first result; with other content it is refused.
    """
    items = offline_plan.in_order(sent)
    (looked_up, *results) = db.fetch([once.lookup(), *_reads(learner, items)])
    if replay := once.replay(looked_up):
        return replay
    user, decided = _decide(learner, items, results)
    try:
        steps, outcomes = _steps(learner, user, items, decided), _outcomes(learner, sent, items, decided)
        return once.write(steps, _OUTCOMES, (learner.user_id, dumps(outcomes)), natural_key=True)
    except (Problem, plans.Full, peewee.IntegrityError):
        (looked_up,) = db.fetch([once.lookup()], fresh=True)
        if replay := once.replay(looked_up):
            return replay
    parts = _in_parts(learner, items)
    return once.write([], "json(?)", (dumps(_outcomes(learner, sent, items, parts)),), natural_key=True)


def _reads(learner: Learner, items: Sequence[Item]) -> list[Query]:
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


def _decide(learner: Learner, items: Sequence[Item], results: Sequence[Result]) -> tuple[UserRow, list[Decision]]:
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
            decided.append(_refused(learner, item.client_id, problem))
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
    receipt: Any = loads(kept["receipt"])
    return {"client_id": item.client_id, "status": "replayed", "result": receipt}


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


def _steps(
    learner: Learner, user: UserRow, items: Sequence[Item], decided: Sequence[Decision]
) -> list[Statement | Guard]:
    """The batch: each answer is counted in each noun, stored, and kept by its client id."""
    steps: list[Statement | Guard] = []
    for item, answer in zip(items, decided, strict=True):
        if isinstance(answer, Answered):
            kept = (learner.user_id, item.client_id, item.digest, *answers.of_receipt(answer))
            day = plans.count(user, learner.daily, learner.now, answer.day)
            steps += [*day, *answers.count(answer), Statement(_KEEP, kept)]
    return steps


def _outcomes(
    learner: Learner, sent: Sequence[Item | Wrong], items: Sequence[Item], decided: Sequence[Decision]
) -> list[Outcome]:
    """The outcome of each answer in the order of the request; those that are to be recorded have no result yet."""
    of = dict(zip((item.client_id for item in items), zip(items, decided, strict=True), strict=True))
    outcomes: list[Outcome] = []
    for one in sent:
        if isinstance(one, Wrong):
            outcomes.append(_refused(learner, one.client_id, one.problem))
            continue
        first, decision = of[one.client_id]
        if one.digest != first.digest:
            outcomes.append(_refused(learner, one.client_id, offline_plan.reused()))
        elif isinstance(decision, Answered):
            outcomes.append({"client_id": one.client_id, "status": "recorded" if one is first else "replayed"})
        elif decision["status"] == "recorded" and one is not first:
            outcomes.append({**decision, "status": "replayed"})
        else:
            outcomes.append(decision)
    return outcomes


def _refused(learner: Learner, client_id: str, problem: Problem) -> Outcome:
    return {"client_id": client_id, "status": "refused", "problem": learner.describe(problem)}


def _in_parts(learner: Learner, items: Sequence[Item]) -> list[Outcome]:
    """The outcomes of answers whose common batch has failed: each half in a batch of its own, in their order."""
    if len(items) < 2:
        return [_alone(learner, item) for item in items]
    middle = len(items) // 2
    outcomes: list[Outcome] = []
    for half in (items[:middle], items[middle:]):
        try:
            outcomes += _together(learner, half)
        except (Problem, plans.Full, peewee.IntegrityError):
            outcomes += _in_parts(learner, half)
    return outcomes


def _together(learner: Learner, items: Sequence[Item]) -> list[Outcome]:
    """The outcomes of answers in one batch; raises what stops it."""
    user, decided = _decide(learner, items, db.fetch(_reads(learner, items), fresh=True))
    steps, outcomes = _steps(learner, user, items, decided), dumps(_outcomes(learner, items, items, decided))
    write = Once("").write(steps, _OUTCOMES, (learner.user_id, outcomes), natural_key=True)
    recorded: list[Outcome] = write.document
    return recorded


def _alone(learner: Learner, item: Item) -> Outcome:
    """The outcome of one answer, as `answers.submit` gives it."""
    for _ in range(_TRIES):
        try:
            return _together(learner, [item])[0]
        except Problem as problem:
            return _refused(learner, item.client_id, problem)
        except peewee.IntegrityError as error:
            if not errors.is_unique(error, "client_answers", "user_id", "client_id") and not errors.is_unique(
                error, "user_answers", "study_session_id", "question_id"
            ):
                raise
        except plans.Full:
            pass
        # Somebody else has written since the read; the next one finds it.
    return _refused(learner, item.client_id, Conflict("too much was written at once: send it again"))
