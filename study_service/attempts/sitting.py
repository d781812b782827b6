"""A learner's tests as she sees them while they run: the questions without keys, and what she has chosen so far.

Whoever looks at a test whose time is over ends it first, so that no daemon has to.
"""

import datetime as dt
from typing import TypedDict

from shared_schema import rows
from shared_schema.audit import Actor
from shared_schema.database import Result, Statement
from shared_schema.tables import db
from study_service import delivery, grading
from study_service.attempts import attempt_rows, finish
from study_service.attempts.attempt_rows import AttemptRow
from study_service.delivery import Served
from study_service.grading import Selected

_QUESTIONS = f"""
    SELECT v.question_id AS id, v.version, v.text, v.type, v.difficulty, v.objective_id, v.tags, v.answers, v.image_url
    FROM test_attempts a, {attempt_rows.GIVEN} WHERE a.id = ? ORDER BY w.key
"""
CHOICES = """
    question_id, selected_answer, time_spent_seconds, flagged, changed, sequence, saved_at, (
        SELECT v.type FROM question_versions v
        WHERE v.question_id = test_answers.question_id AND v.version = test_answers.version) AS type
"""
_ANSWERS = f"SELECT {CHOICES} FROM test_answers WHERE attempt_id = ?"


class Stored(TypedDict):
    """A saved choice as the table has it; of a set of options, `selected_answer` is a JSON list."""

    question_id: int
    selected_answer: str | None
    time_spent_seconds: int
    flagged: int
    changed: int
    sequence: int | None
    saved_at: int
    type: str | None


class Choice(TypedDict):
    """The same for the learner, who is not told whether it is right."""

    question_id: int
    selected_answer: Selected | None
    time_spent_seconds: int
    flagged: int
    changed: int
    sequence: int | None
    saved_at: int


class Sitting(TypedDict):
    """A test with its questions in order and the choices so far."""

    test: AttemptRow
    questions: list[Served]
    answers: list[Choice]


def get(user_id: int, attempt_id: int, now: dt.datetime, actor: Actor, *, fresh: bool = False) -> Sitting:
    """The learner's test, ended if its time is over. A question that cannot be used is left out. Damaged where the
    test itself cannot be used.
    """
    attempt, questions, answers = db.fetch(
        [
            attempt_rows.read(attempt_id, user_id),
            Statement(_QUESTIONS, (attempt_id,)),
            Statement(_ANSWERS, (attempt_id,)),
        ],
        fresh=fresh,
    )
    row = attempt_rows.one(attempt)
    if finish.is_due(row["status"], row["expires_at"], now):
        finish.end(user_id, attempt_id, now, actor)
        return get(user_id, attempt_id, now, actor, fresh=True)
    served = rows.usable("questions", questions.all(delivery.Stored), delivery.reader(row["seed"]))
    return {"test": row, "questions": served, "answers": choices(answers)}


def choices(result: Result) -> list[Choice]:
    """The choices that were read, without those whose rows cannot be used."""
    return rows.usable("test_answers", result.all(Stored), choice, key="question_id")


def choice(stored: Stored) -> Choice:
    """A choice as the learner sees it, or Unusable."""
    if not rows.EARLIEST <= stored["saved_at"] <= rows.LATEST:
        raise rows.Unusable("saved_at", "is not a time between the years 1 and 9999")
    selected = stored["selected_answer"]
    return {
        "question_id": stored["question_id"],
        "selected_answer": None if selected is None else grading.restored(stored["type"] or "", selected),
        "time_spent_seconds": stored["time_spent_seconds"],
        "flagged": stored["flagged"],
        "changed": stored["changed"],
        "sequence": stored["sequence"],
        "saved_at": stored["saved_at"],
    }
