"""Who has reviewed a question when, and what they said: out of the audit log."""

from typing import Any, TypedDict

from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.fields import loads
from shared_schema.problems import NotFound
from shared_schema.rows import Page, Shape, Unusable
from shared_schema.tables import db

_SHAPE = Shape("audit_log", moments=("created_at",))
_ACTIONS = ("question.review", "question.review_version")
_PAGE = f"""
    SELECT id, user_id, new_values, created_at FROM audit_log
    WHERE entity_type = 'question' AND entity_id = :question AND id < :before
        AND action IN ({", ".join(map(repr, _ACTIONS))})
    ORDER BY id DESC LIMIT :limit
"""
_LATEST = 2**63 - 1


class Review(TypedDict):
    """A review. `version` is that of an edit by a model, None where the question itself was reviewed."""

    id: int
    status: str
    feedback: str | None
    version: int | None
    reviewed_by: int | None
    reviewed_at: int


class _Entry(TypedDict):
    id: int
    user_id: int | None
    new_values: str | None
    created_at: int


def page(question_id: int, after: int, limit: int) -> Page[Review]:
    """The reviews of a question, also of a deleted one, the latest first, below the id `after` (0: from the latest).
    NotFound without the question.
    """
    values = {"question": str(question_id), "before": after or _LATEST, "limit": limit}
    there = Statement("SELECT 1 FROM questions WHERE id = ?", (question_id,))
    question, entries = db.fetch([there, Statement(_PAGE, values)])
    if not question.rows:
        raise NotFound("no such question")
    return rows.page("audit_log", entries.all(_Entry), _read, limit)


def _read(entry: _Entry) -> Review:
    rows.checked(entry, _SHAPE)
    said: Any = loads(entry["new_values"] or "{}")
    if not isinstance(said, dict) or not isinstance(said.get("review_status"), str):
        raise Unusable("new_values", "is no review")
    return {
        "id": entry["id"],
        "status": said["review_status"],
        "feedback": said.get("review_feedback"),
        "version": said.get("version"),
        "reviewed_by": entry["user_id"],
        "reviewed_at": entry["created_at"],
    }
