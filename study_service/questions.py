"""Questions as their moderators see them, key and all."""

from typing import Any

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Statement, require_changes
from shared_schema.problems import Conflict, NotFound
from shared_schema.tables import db
from shared_schema.tables.study import Question

# Recounted rather than adjusted: it reads one index, and cannot drift.
RECOUNT = """
    UPDATE exams SET questions_available = (
        SELECT count(*) FROM questions q
        WHERE q.exam_id = exams.id AND q.review_status = 'approved' AND q.is_active = 1)
    WHERE id = {}
"""

_REVIEW = """
    UPDATE questions SET review_status = ?, review_feedback = ?, reviewed_at = unixepoch(),
        reviewed_by = (SELECT id FROM users WHERE id = ?), updated_at = unixepoch()
    WHERE id = ? AND is_active = 1 AND review_status = ?
"""


def page(after: int, limit: int, **equal: Any) -> list[dict[str, Any]]:
    """Active questions with an id above `after`, at most `limit`, where the given columns have the given values."""
    query = Question.select().where(Question.id > after, Question.is_active == 1)
    for column, value in equal.items():
        query = query.where(getattr(Question, column) == value)
    return db.fetch([query.order_by(Question.id).limit(limit).dicts()])[0].rows


def get(question_id: int) -> dict[str, Any]:
    """One active question."""
    (found,) = db.fetch([Question.select().where(Question.id == question_id, Question.is_active == 1).dicts()])
    question = found.first(dict)
    if question is None:
        raise NotFound("no such question")
    return question


def review(question_id: int, status: str, feedback: str | None, actor: Actor) -> dict[str, Any]:
    """Say what becomes of a question; only approved ones are asked. The question as it is now."""
    before = get(question_id)
    results = db.batch(
        [
            Statement(_REVIEW, (status, feedback, actor.user_id, question_id, before["review_status"])),
            require_changes(1, otherwise=Conflict("somebody else has just reviewed this question")),
            Statement(RECOUNT.format("?"), (before["exam_id"],)),
            audit.entry(
                actor,
                "question.review",
                "question",
                question_id,
                old={"review_status": before["review_status"]},
                new={"review_status": status, "review_feedback": feedback},
            ),
            Question.select().where(Question.id == question_id).dicts(),
        ]
    )
    question: dict[str, Any] = results[-1].one(dict)
    return question
