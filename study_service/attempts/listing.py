"""A learner's tests, latest first; those whose time is over are ended first."""

import datetime as dt

from shared_schema import rows
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.problems import Damaged
from shared_schema.rows import Page
from shared_schema.tables import db
from study_service.attempts import attempt_rows, finish, results, review
from study_service.attempts.attempt_rows import Listed

_PAGE = """
    SELECT a.id, a.exam_id, a.status, a.started_at, a.expires_at, a.completed_at, a.time_limit_minutes,
        a.extra_time_factor, a.last_saved_at, a.passing_score, a.score, a.passed, a.review_enabled, e.review_rule
    FROM test_attempts a JOIN exams e ON e.id = a.exam_id
    WHERE a.user_id = :user AND a.id < :after ORDER BY a.id DESC LIMIT :limit
"""
_ALL = 2**63 - 1


class Stored(Listed):
    """A test with what decides whether its score is shown."""

    review_enabled: int
    review_rule: str


def page(user_id: int, after: int, limit: int, now: dt.datetime, actor: Actor, *, fresh: bool = False) -> Page[Listed]:
    """The learner's tests below the id `after` (0: from the latest). A score is None until it may be seen."""
    listed = Statement(_PAGE, {"user": user_id, "after": after or _ALL, "limit": limit})
    due, stored = db.fetch([finish.read_due(user_id, now), listed], fresh=fresh)
    if not fresh and due.rows:
        end_all(due.all(finish.Due), now, actor)
        return page(user_id, after, limit, now, actor, fresh=True)
    return rows.page("test_attempts", stored.all(Stored), lambda row: _listed(row, now), limit)


def end_all(due: list[finish.Due], now: dt.datetime, actor: Actor) -> None:
    """End these tests. One that cannot be used is left as it is, with a line in the log."""
    for test in due:
        try:
            finish.end(test["user_id"], test["id"], now, actor)
        except Damaged as error:
            rows.left_out(error.table, error.id, error.column, error.problem)


def _listed(row: Stored, now: dt.datetime) -> Listed:
    attempt_rows.listed(row)
    ended_at = row["completed_at"]
    rule = results.rule(row["review_rule"], row["exam_id"])
    if ended_at is not None and "score" in review.visible(rule, ended_at, now.timestamp()):
        return row
    hidden: Stored = {**row, "score": None, "passed": None}
    return hidden
