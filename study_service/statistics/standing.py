"""How far the statistics of an exam are up to date. Those of a small exam are measured when somebody looks at them.

Those of a larger one are measured by the command alone, so that no request takes long.
"""

from typing import TypedDict

import peewee
import structlog

from shared_schema.database import Statement, errors
from shared_schema.problems import NotFound
from shared_schema.tables import db
from study_service.statistics import measuring

SMALL = 10_000  # answers, and versions of questions

_STANDING = """
    SELECT e.id AS exam_id, e.total_attempts AS attempts, s.answers, s.versions, s.changes, s.measured_changes,
        s.measured_at, s.learners, s.first_answers, s.alpha, s.alpha_items, s.alpha_reason
    FROM exams e LEFT JOIN exam_statistics s ON s.exam_id = e.id WHERE e.id = ?
"""
# Before the first measurement nothing has been counted. Both counts end where the exam is not small any more.
_SIZE = f"""
    SELECT max(
        (SELECT count(*) FROM (SELECT 1 FROM questions q JOIN question_versions v ON v.question_id = q.id
            WHERE q.exam_id = :exam LIMIT {SMALL + 1})),
        (SELECT count(*) FROM (SELECT 1 FROM (SELECT id FROM questions WHERE exam_id = :exam LIMIT {SMALL + 1}) q
            JOIN user_answers a ON a.question_id = q.id LIMIT {SMALL + 1})))
"""
_AWAY = (errors.Unreachable, errors.Busy, errors.OutcomeUnknown, errors.GuardAfterLoss, errors.Refused)

_log = structlog.get_logger()


class Standing(TypedDict):
    """The row of an exam in `exam_statistics`, all None before the first measurement; `attempts` are timed tests."""

    exam_id: int
    attempts: int
    answers: int | None
    versions: int | None
    changes: int | None
    measured_changes: int | None
    measured_at: int | None
    learners: int | None
    first_answers: int | None
    alpha: float | None
    alpha_items: int | None
    alpha_reason: str | None


def of_exam(exam_id: int, now: int) -> Standing:
    """The standing of an exam, after it was measured if it was stale and is small. NotFound without the exam.

    While the database takes no writes, what was measured last stands.
    """
    standing = _read(exam_id)
    if is_current(standing) or not _is_small(standing):
        return standing
    try:
        measuring.measure(exam_id, now)
    except peewee.OperationalError as error:
        if not isinstance(errors.cause(error), _AWAY):
            raise
        _log.warning("statistics could not be measured now", exam=exam_id)
    return _read(exam_id)


def is_current(standing: Standing) -> bool:
    """Whether every answer and every version of a question is in what was measured."""
    return standing["changes"] is not None and (standing["measured_changes"] or 0) >= standing["changes"]


def _read(exam_id: int) -> Standing:
    standing = db.fetch([Statement(_STANDING, (exam_id,))])[0].first(Standing)
    if standing is None:
        raise NotFound("no such exam")
    return standing


def _is_small(standing: Standing) -> bool:
    if standing["answers"] is not None and standing["versions"] is not None:
        return max(standing["answers"], standing["versions"]) <= SMALL
    (size,) = db.fetch([Statement(_SIZE, {"exam": standing["exam_id"]})])
    return size.value(int) <= SMALL
