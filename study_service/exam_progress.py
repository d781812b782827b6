"""One exam and one learner: the counters, the level in each objective, whether it is enough, and what comes next."""

import datetime as dt
from collections.abc import Sequence
from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.problems import NotFound
from shared_schema.rows import Shape
from shared_schema.tables import db
from study_service import mastery, objectives, progress, readiness, users
from study_service.mastery import ObjectiveProgress
from study_service.progress import Named, Stored
from study_service.readiness import Interval, Part, Readiness

_NEXT = 3  # objectives to study next

_SHAPE = Shape("exams", reals=("passing_score",))
_EXAM = (
    f"SELECT e.id, e.passing_score, e.question_count, {progress.NAMES} FROM exams e WHERE e.id = ? AND e.is_active = 1"
)
# Objectives that have a question to ask: the first of an index each.
_ASKABLE = """
    SELECT o.id FROM objectives o WHERE o.exam_id = ? AND o.is_active = 1 AND EXISTS (
        SELECT 1 FROM questions q WHERE q.objective_id = o.id AND q.review_status = 'approved' AND q.is_active = 1)
"""


class _Exam(Named):
    id: int
    passing_score: float
    question_count: int


class Next(TypedDict):
    """An objective to study, and by how much the expected score would rise if it were mastered."""

    id: int
    name: str
    possible_gain: float


class DetailedProgress(Stored, Named):
    """The progress in an exam and in each of its objectives, and what it means."""

    passing_score: float
    objectives: list[ObjectiveProgress]
    readiness: Readiness
    predicted_score: Interval | None
    weak_topics: list[ObjectiveProgress]
    next_objectives: list[Next]


def get(user_id: int, exam_id: int, now: dt.datetime) -> DetailedProgress:
    """The learner's progress in one exam. All zero before the first answer; NotFound without exam.

    Damaged where the learner's row or the exam's cannot be used, TokenInvalid without the learner.
    """
    user, found, counted, listed, mastered, askable = db.fetch(
        [
            users.read(user_id),
            Statement(_EXAM, (exam_id,)),
            progress.of(user_id, exam_id),
            objectives.read_active(exam_id),
            mastery.read(user_id, exam_id),
            Statement(_ASKABLE, (exam_id,)),
        ]
    )
    today = users.day(users.active(user), now)
    row = found.first(_Exam)
    if row is None:
        raise NotFound("no such exam")
    exam = rows.one("exams", row, _exam)
    begun = progress.begun(counted, exam_id, today)
    known, some = mastery.by_objective(mastered), {row["id"] for row in askable.rows}
    active = objectives.active(listed)
    parts = [Part(row["id"], row["name"], row["weight"], known.get(row["id"]), row["id"] in some) for row in active]
    by_objective = [mastery.of_objective(objective, known) for objective in active]
    named: Named = {name: exam[name] for name in Named.__annotations__}  # type: ignore[assignment, literal-required]  # its own keys
    return {
        **begun,
        **named,
        "passing_score": exam["passing_score"],
        "objectives": by_objective,
        "readiness": _readiness(parts, exam, begun, today),
        "predicted_score": readiness.predicted(parts, exam["question_count"]) if readiness.enough(parts) else None,
        "weak_topics": _weak(by_objective, exam["passing_score"]),
        "next_objectives": _next(parts),
    }


def _exam(row: _Exam) -> _Exam:
    return rows.checked(row, _SHAPE)


def _readiness(parts: Sequence[Part], exam: _Exam, begun: Stored, today: dt.date) -> Readiness:
    last = begun["last_study_date"]
    idle = (today - dt.date.fromisoformat(last)).days if last else None
    return readiness.readiness(parts, exam["passing_score"], idle)


def _weak(by_objective: Sequence[ObjectiveProgress], passing: float) -> list[ObjectiveProgress]:
    """The objectives whose level does not pass, the lowest first."""
    below = [(row["level"], row) for row in by_objective if row["level"] is not None and row["level"] < passing]
    return [row for _, row in sorted(below, key=lambda pair: pair[0])]


def _next(parts: Sequence[Part]) -> list[Next]:
    """The objectives that are worth most, where anything can still be gained."""
    gains = [(part, gain) for part, gain in readiness.gains(parts) if gain > 0]
    return [{"id": part.id, "name": part.name, "possible_gain": gain} for part, gain in gains[:_NEXT]]
