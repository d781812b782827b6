"""Study sessions: those that the sittings were, and those that wait for their next answer."""

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale.answers import question
from tests.benchmarks.scale.sittings import LENGTH
from tests.benchmarks.scale.sizes import HEAVY
from tests.benchmarks.scale.writing import fill, numbers

_MODE = "CASE {} % 10 WHEN 0 THEN 'weak_areas' WHEN 1 THEN 'review' WHEN 2 THEN 'custom' ELSE 'practice' END"
_FILTER = """'{"min":1,"max":5}'"""
# The last sitting of one course of a learner, whose next questions the open session has.
_OPEN = f"""
    (SELECT *, max(course), row_number() OVER (ORDER BY user_id) AS number FROM sittings
     WHERE (user_id % 4 = 0 OR user_id = {HEAVY}) GROUP BY user_id) s
"""


def make(database: LibsqlDatabase, now: int) -> None:
    """One of forty that are over was abandoned; of those that are not, half are active and half are paused."""
    ended = "s.begins_at + s.length * s.pace + 30"
    fill(
        database,
        "study_sessions",
        "sittings s WHERE session IS NOT NULL ORDER BY session",
        id="session",
        user_id="user_id",
        exam_id="exam_id",
        mode=_MODE.format("session"),
        difficulty_filter=_FILTER,
        question_count="length",
        status="iif(session % 40, 'completed', 'abandoned')",
        created_at="begins_at",
        last_activity=ended,
        completed_at=ended,
        question_ids=questions("s.first", "s.length"),
        question_versions=versions("s.first", "s.length", "s.begins_at"),
        seed="session * 7919",
        answers_before="(SELECT min(id) - 1 FROM user_answers WHERE study_session_id = session)",
    )
    fill(
        database,
        "study_sessions",
        _OPEN,
        id="number + (SELECT count(session) FROM sittings)",
        user_id="user_id",
        exam_id="exam_id",
        difficulty_filter=_FILTER,
        question_count=f"{LENGTH}",
        status=f"iif(user_id % 8 = 0 OR user_id = {HEAVY}, 'active', 'paused')",
        created_at=f"{now - 600}",
        last_activity=f"{now - 600}",
        question_ids=questions("s.first + s.length", f"{LENGTH}"),
        question_versions=versions("s.first + s.length", f"{LENGTH}", f"{now}"),
        seed="number",
        answers_before="(SELECT max(id) FROM user_answers)",
    )


def questions(first: str, count: str) -> str:
    """SQL: the list of so many questions of the course of a sitting `s`, from a place on."""
    return f"(SELECT json_group_array({question(f'{first} + n - 1')}) FROM {numbers(LENGTH + 1)} WHERE n <= {count})"


def versions(first: str, count: str, at: str) -> str:
    """SQL: the versions of the same questions at a moment."""
    return f"""
        (SELECT json_group_array(iif({at} < k.changed_at, 1, k.version))
         FROM {numbers(LENGTH + 1)} CROSS JOIN keys k ON k.question_id = {question(f"{first} + n - 1")}
         WHERE n <= {count})
    """
