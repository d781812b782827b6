"""What people mark: learners the questions that they want to find again, or that seem wrong to them."""

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale.sizes import Size
from tests.benchmarks.scale.writing import DAY, fill, scattered


def make(database: LibsqlDatabase, size: Size, now: int) -> None:
    """A bookmark for one of forty answers; a flag on one of a hundred questions, two of three of them still open."""
    fill(
        database,
        "bookmarks",
        """(SELECT user_id, question_id, min(answered_at) AS at FROM user_answers WHERE id % 40 = 0
            GROUP BY user_id, question_id) a CROSS JOIN questions q ON q.id = a.question_id ORDER BY a.at, a.user_id""",
        user_id="a.user_id",
        question_id="a.question_id",
        exam_id="q.exam_id",
        place=f"{scattered('a.user_id + a.question_id', 51, 2**20)} * 2048",
        created_at="a.at",
    )
    resolved = "id % 300 = 11"
    fill(
        database,
        "question_flags",
        "questions WHERE id % 100 = 11",
        user_id=f"4 + id % {size.learners - 3}",
        question_id="id",
        reason="CASE id % 3 WHEN 0 THEN 'wrong_key' WHEN 1 THEN 'unclear' ELSE 'typo' END",
        created_at=f"{now - 20 * DAY} + id % {10 * DAY}",
        resolution=f"iif({resolved}, 'dismissed', NULL)",
        resolved_by=f"iif({resolved}, {size.moderator}, NULL)",
        resolved_at=f"iif({resolved}, {now - 5 * DAY}, NULL)",
    )
