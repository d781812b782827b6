"""Timed tests as the table has them, and what the code relies on in them."""

from typing import Any, TypedDict

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import loads
from shared_schema.problems import NotFound
from shared_schema.rows import Shape, Unusable
from shared_schema.tables.attempts import TEST_STATUSES
from study_service import session_answers
from study_service.attempts import blueprint
from study_service.attempts.blueprint import Shortfall

STATUSES = TEST_STATUSES
SHAPE = Shape(
    "test_attempts",
    moments=("started_at", "completed_at", "expires_at", "last_saved_at"),
    reals=("score", "passing_score", "extra_time_factor"),
    words={"status": STATUSES},
)


class Listed(TypedDict):
    """A test in a list."""

    id: int
    exam_id: int
    status: str
    started_at: int
    expires_at: int | None
    completed_at: int | None
    time_limit_minutes: int | None
    extra_time_factor: float
    score: float | None
    passed: int | None


class Begins(Listed):
    """A test that begins, as a receipt has it: `shortfalls` is JSON text."""

    shortfalls: str


class Attempt(Listed):
    """A test but for its lists. Adopted ones have no end and no limit where theirs were not stored."""

    user_id: int
    seed: int
    passing_score: float | None
    grading_rule: str
    saves: int
    last_saved_at: int | None
    results: int
    review_enabled: int
    total_time_seconds: int | None


class AttemptRow(Attempt):
    """A test as the table has it."""

    question_ids: list[int]
    question_versions: list[int]
    shortfalls: list[Shortfall]


class Recorded(Attempt):
    """A test as a receipt has it: its lists are JSON text."""

    question_ids: str
    question_versions: str
    shortfalls: str


_READ = f"SELECT {', '.join(AttemptRow.__annotations__)} FROM test_attempts WHERE id = ?"
_LISTS = ("question_ids", "question_versions", "shortfalls")
# The questions of attempt `a` in its order: `w.key` is the place, `w.value` the id; and the version that was given.
ASKED = """
    json_each(CASE WHEN NOT json_valid(a.question_ids) THEN '[]' WHEN json_type(a.question_ids) = 'array'
        THEN a.question_ids ELSE '[]' END) w
"""
VERSION = """
    question_versions v ON v.question_id = w.value AND v.version = coalesce(
        CASE WHEN json_valid(a.question_versions) THEN json_extract(a.question_versions, '$[' || w.key || ']') END, 1)
"""
GIVEN = f"{ASKED} JOIN {VERSION}"


def listed(row: Listed) -> Listed:
    """A test for a list, or Unusable."""
    return rows.checked(row, SHAPE)


def read(attempt_id: int, user_id: int | None = None) -> Statement:
    """The read of a test, or of one of this learner's; its result goes to `one`."""
    if user_id is None:
        return Statement(_READ, (attempt_id,))
    return Statement(_READ + " AND user_id = ?", (attempt_id, user_id))


def one(result: Result) -> AttemptRow:
    """The test that was read, or NotFound; Damaged where it cannot be used."""
    stored = result.first(AttemptRow)
    if stored is None:
        raise NotFound("no such test")
    lists: Any = {name: loads(text) for name, text in stored.items() if name in _LISTS and isinstance(text, str)}
    return rows.one("test_attempts", stored, lambda row: whole({**row, **lists}))


def whole(row: AttemptRow) -> AttemptRow:
    """A test with its lists, or Unusable."""
    session_answers.question_ids(row["question_ids"])
    if not blueprint.are_shortfalls(row["shortfalls"]):
        raise Unusable("shortfalls", "is not a list of shortfalls")
    return rows.checked(row, SHAPE)
