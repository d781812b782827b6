"""How far a learner has come in each objective: the share of right answers, in which recent ones weigh more.

The weight of an answer is halved by every `HALF_LIFE` later ones of its objective: an exponentially weighted moving
average (Roberts 1959, Technometrics 1(3)) that divides by the weights that there are, so that the first answers are
not mixed with a made-up start. Order is that of arrival. Below `LEAST` answers there is no level.
"""

from collections.abc import Mapping
from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.rows import Shape
from study_service.objectives import ObjectiveRow

HALF_LIFE = 20
LEAST = 5
KEPT = 0.5 ** (1 / HALF_LIFE)  # of the weight of an answer, when the next one comes

_SHAPE = Shape("objective_mastery", moments=("last_answered_at",), reals=("weighted_correct", "weighted_total"))
_COUNT = f"""
    INSERT INTO objective_mastery (
        user_id, objective_id, answered, correct, weighted_correct, weighted_total, last_answered_at)
    SELECT :user, j.value->>'objective', 1, j.value->>'correct', j.value->>'correct', 1, j.value->>'at'
    FROM json_each(:answers) j WHERE true
    ON CONFLICT (user_id, objective_id) DO UPDATE SET
        answered = answered + 1,
        correct = correct + excluded.correct,
        weighted_correct = weighted_correct * {KEPT!r} + excluded.weighted_correct,
        weighted_total = weighted_total * {KEPT!r} + 1,
        last_answered_at = max(last_answered_at, excluded.last_answered_at)
"""
# SQL: the entry of an objective in the column `objective_mastery` of `user_progress`, from its row `m` here. Its level
# is a number from the first answer on: other readers of the column know no other.
ENTRY = """json_object(
    'level', m.weighted_correct / m.weighted_total, 'questionsAnswered', m.answered,
    'correct', m.correct, 'lastStudied', m.last_answered_at)"""
# SQL: the column with the entries of the objectives of :answers. What is no JSON stays, for an operator to see.
SHOWN = f"""CASE WHEN json_valid(objective_mastery) THEN json_patch(objective_mastery, (
        SELECT json_group_object(m.objective_id, {ENTRY}) FROM objective_mastery m
        WHERE m.user_id = :user AND m.objective_id IN (SELECT value->>'objective' FROM json_each(:answers))))
    ELSE objective_mastery END"""
# Of the objectives of an exam, where there is anything to tell. CROSS keeps those of other exams out of it.
_READ = """
    SELECT o.id AS objective_id, m.answered, m.correct, m.weighted_correct, m.weighted_total, m.last_answered_at
    FROM objectives o CROSS JOIN objective_mastery m ON m.user_id = ? AND m.objective_id = o.id
    WHERE o.exam_id = ? AND o.is_active = 1
"""


class Mastery(TypedDict):
    """A row of the table: answers, and the same with their weights."""

    objective_id: int
    answered: int
    correct: int
    weighted_correct: float
    weighted_total: float
    last_answered_at: int


class ObjectiveProgress(TypedDict):
    """How far a learner has come in one objective; `level` is None while there are too few answers."""

    id: int
    code: str
    name: str
    weight: float
    level: float | None
    questions_answered: int
    last_studied: int | None


def count(values: Mapping[str, object]) -> Statement:
    """The step that counts the :answers of the learner :user in their objectives, in their order."""
    return Statement(_COUNT, values)


def read(user_id: int, exam_id: int) -> Statement:
    """The read of a learner's mastery in an exam; its result goes to `by_objective`."""
    return Statement(_READ, (user_id, exam_id))


def by_objective(result: Result) -> dict[int, Mastery]:
    """What was read, by objective, without the rows that cannot be used."""
    usable = rows.usable("objective_mastery", result.all(Mastery), _mastery, key="objective_id")
    return {row["objective_id"]: row for row in usable}


def _mastery(row: Mastery) -> Mastery:
    return rows.checked(row, _SHAPE)


def of_objective(objective: ObjectiveRow, mastered: Mapping[int, Mastery]) -> ObjectiveProgress:
    """What is known of an objective; nothing yet where there is no row."""
    row = mastered.get(objective["id"])
    return {
        "id": objective["id"],
        "code": objective["code"],
        "name": objective["name"],
        "weight": objective["weight"],
        "level": level(row) if row else None,
        "questions_answered": row["answered"] if row else 0,
        "last_studied": row["last_answered_at"] if row else None,
    }


def level(row: Mastery) -> float | None:
    """The weighted share of right answers, 0 to 1; None while there are too few."""
    return share(row) if row["answered"] >= LEAST else None


def share(row: Mastery) -> float | None:
    """The same of however few answers; None where nothing was counted."""
    if row["answered"] <= 0 or row["weighted_total"] <= 0:
        return None
    return min(1.0, max(0.0, row["weighted_correct"] / row["weighted_total"]))


def effective(row: Mastery) -> float:
    """Of how many equally weighted answers the share tells as much: (sum of weights)² / sum of their squares.

    Kish 1965, Survey Sampling, §8.2. At most 57.7 for a half-life of 20.
    """
    n = row["answered"]
    return (1 - KEPT**n) ** 2 / (1 - KEPT) ** 2 * (1 - KEPT**2) / (1 - KEPT ** (2 * n))
