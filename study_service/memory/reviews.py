"""What a learner is to review now, and how much on the next days."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import dumps
from shared_schema.problems import NotFound
from shared_schema.rows import Shape
from shared_schema.tables import db
from study_service import delivery, users
from study_service.attempts import running
from study_service.delivery import Served, Stored
from study_service.memory import exam_days, model, plan, states
from study_service.memory.plan import Calendar, Card, Due
from study_service.users import UserRow
from study_service.wishes import SPARE

_DAY_S = 86_400
_SHAPE = Shape("memory_states", moments=("due_at", "last_review_at"))
_EXAM = f"""
    SELECT e.id, {states.WEIGHTS} AS weights, {exam_days.sql("e.id")} AS day
    FROM exams e LEFT JOIN memory_weights w ON w.user_id = :user WHERE e.id = :exam AND e.is_active = 1
"""
# As many as can have a day. Later ones count where the learner's exam is near; her time zone is not known yet.
_CARDS = f"""
    SELECT m.question_id, m.due_at, m.last_review_at, m.stability
    FROM memory_states m CROSS JOIN questions q ON q.id = m.question_id
    WHERE m.user_id = :user AND m.exam_id = :exam AND m.due_at < CASE
            WHEN {exam_days.sql(":exam")} BETWEEN date(:now, 'unixepoch', '-1 day')
                AND date(:now, 'unixepoch', '{plan.DAYS} days') THEN 9223372036854775807
            ELSE :now + {(plan.DAYS + 1) * _DAY_S} END
      AND q.review_status = 'approved' AND q.is_active = 1 AND m.question_id NOT IN ({running.QUESTIONS})
    ORDER BY m.due_at, m.question_id LIMIT :most
"""
# Since yesterday; not first answers, and a question that was answered three times today counts once.
_REVIEWED = f"""
    SELECT last_review_at FROM memory_states
    WHERE user_id = :user AND exam_id = :exam AND last_review_at > :now - {2 * _DAY_S} AND reps > 1
    ORDER BY last_review_at DESC LIMIT :per_day
"""
_QUESTIONS = """
    SELECT q.id, q.version, q.text, q.type, q.difficulty, q.objective_id, q.tags, q.answers, q.image_url
    FROM json_each(?) w CROSS JOIN questions q ON q.id = w.value
    WHERE q.review_status = 'approved' AND q.is_active = 1 ORDER BY w.key
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """Up to `limit` questions of an exam, with the options in the order of `seed`; a day has `per_day` reviews."""

    exam_id: int
    limit: int
    per_day: int
    seed: int


class CardRow(TypedDict):
    """A `Card` as the table has it."""

    question_id: int
    due_at: int
    last_review_at: int
    stability: float


class Review(TypedDict):
    """When a question was due and was answered last, in epoch seconds; the chance, 0 to 1, that it is remembered."""

    due_at: int
    retrievability: float
    last_reviewed_at: int


class DueQuestion(Served, Review):
    """A question that is due, without its key."""


class Day(TypedDict):
    """How many reviews a day of the learner's own has."""

    date: str
    due: int


class Reviews(TypedDict):
    """Questions that are due; how many are, those included; the next days from today; what finds no day before the
    exam.
    """

    questions: list[DueQuestion]
    due_count: int
    forecast: list[Day]
    unplanned: int


def due(user_id: int, wish: Wish, now: dt.datetime) -> Reviews:
    """What the learner is to review now, the most urgent first: see `plan`.

    NotFound for an exam that is not in the catalog. Questions that are not asked at present, or are in a running test
    of the learner, are as if they were not there.
    """
    read_user, exam, cards, reviewed = db.fetch(_reads(user_id, wish, now))
    user = users.active(read_user)
    if not exam.rows:
        raise NotFound("no such exam")
    calendar = _calendar(user, wish, now, exam.rows[0]["day"], reviewed)
    usable = rows.usable("memory_states", cards.all(CardRow), _card, key="question_id")
    planned = plan.plan(usable, calendar, model.scheduler(exam.rows[0]["weights"]))
    return {
        "questions": _served(planned.due[: wish.limit + SPARE], wish),
        "due_count": len(planned.due),
        "forecast": [
            {"date": (calendar.today + dt.timedelta(days=day)).isoformat(), "due": count}
            for day, count in enumerate(planned.days)
        ],
        "unplanned": planned.unplanned,
    }


def _reads(user_id: int, wish: Wish, now: dt.datetime) -> list[Statement]:
    values: Mapping[str, object] = {"user": user_id, "exam": wish.exam_id}
    moment = {**values, "now": int(now.timestamp())}
    return [
        users.read(user_id),
        Statement(_EXAM, values),
        Statement(_CARDS, {**moment, "most": plan.DAYS * wish.per_day}),
        Statement(_REVIEWED, {**moment, "per_day": wish.per_day}),
    ]


def _card(row: CardRow) -> Card:
    return Card(**rows.checked(row, _SHAPE))


def _calendar(user: UserRow, wish: Wish, now: dt.datetime, noted: object, reviewed: Result) -> Calendar:
    calendar = Calendar(now, users.zone(user), wish.per_day, exam_day=exam_days.day(noted))
    today = calendar.begins(0)
    return replace(calendar, done=sum(row["last_review_at"] >= today for row in reviewed.rows))


def _served(due: list[Due], wish: Wish) -> list[DueQuestion]:
    """The first of these questions, without those that cannot be used."""
    if not due:
        return []
    (stored,) = db.fetch([Statement(_QUESTIONS, (dumps([one.question_id for one in due]),))])
    of = {one.question_id: one for one in due}
    served = rows.usable("questions", stored.all(Stored), delivery.reader(wish.seed))
    return [_shown(question, of[question["id"]]) for question in served[: wish.limit]]


def _shown(question: Served, one: Due) -> DueQuestion:
    return {
        **question,
        "due_at": one.due_at,
        "retrievability": one.retrievability,
        "last_reviewed_at": one.last_review_at,
    }
