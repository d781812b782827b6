"""Sessions as the table has them: their columns, and what the code relies on in them."""

from typing import Any, TypedDict

from shared_schema import idempotency, rows
from shared_schema.database import Result
from shared_schema.fields import loads
from shared_schema.rows import Shape, Unusable
from shared_schema.tables.study import SESSION_MODES, SESSION_STATUSES, StudySession
from study_service import session_answers

MODES, STATUSES = SESSION_MODES, SESSION_STATUSES
SHAPE = Shape(
    "study_sessions",
    moments=("created_at", "last_activity", "completed_at", "time_box_ends_at"),
    reals=("avg_time_per_question", "accuracy"),
    words={"mode": MODES, "status": STATUSES},
)


class Counted(TypedDict):
    """A session in a list: what it is and what was counted in it."""

    id: int
    exam_id: int
    mode: str
    status: str
    question_count: int
    total_questions: int
    correct_answers: int
    skipped_questions: int
    flagged_questions: int
    time_spent_seconds: int
    avg_time_per_question: float | None
    accuracy: float | None
    streak_count: int
    max_streak: int
    created_at: int
    last_activity: int
    completed_at: int | None
    time_box_seconds: int | None
    time_box_ends_at: int | None


class Scored(Counted):
    """The same with its scores by objective."""

    objective_scores: dict[str, float]


class SessionRow(Scored):
    """A session as the table has it."""

    question_ids: list[int]
    seed: int


class Recorded(Counted):
    """A session as a receipt has it: `objective_scores` is JSON text."""

    objective_scores: str


COLUMNS = [StudySession._meta.fields[name] for name in Counted.__annotations__]
# SQL: a session as a receipt has it, without its scores; and with them, which is a `Recorded`.
COUNTED = idempotency.row_json(StudySession, only=Counted.__annotations__)
RECORDED = idempotency.row_json(StudySession, only=Recorded.__annotations__)


# A session as `stored` reads it.
READ = f"SELECT {', '.join(SessionRow.__annotations__)} FROM study_sessions WHERE id = ? AND user_id = ?"


def stored(result: Result) -> SessionRow | None:
    """The session that READ has found, or None. What is no JSON in its lists, `whole` finds."""
    row = result.first(dict[str, Any])
    if row is None:
        return None
    lists = {name: loads(row[name]) for name in ("objective_scores", "question_ids")}
    session: SessionRow = {**row, **lists}  # type: ignore[typeddict-item]  # it has the columns of READ
    return session


def counted(row: Counted) -> Counted:
    """A session for a list, or Unusable."""
    return rows.checked(row, SHAPE)


def of_receipt(document: Recorded) -> Scored:
    """A session of a receipt, with its scores read."""
    return {**document, "objective_scores": loads(document["objective_scores"])}


def whole(row: SessionRow) -> SessionRow:
    """A session with its lists, which a page of sessions does not show, or Unusable."""
    scores = row["objective_scores"]
    if type(scores) is not dict or not all(type(score) in (int, float) for score in scores.values()):
        raise Unusable("objective_scores", "is not an object of numbers")
    session_answers.question_ids(row["question_ids"])
    return rows.checked(row, SHAPE)
