"""Questions that a learner has marked to find them again. They may be asked, or they are not shown."""

from functools import partial
from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Statement, require
from shared_schema.fields import loads
from shared_schema.problems import NotFound
from shared_schema.rows import Page, Shape
from shared_schema.tables import db
from study_service import delivery

_SHAPE = Shape("bookmarks", moments=("created_at",))
_ASKED = "q.review_status = 'approved' AND q.is_active = 1"
_MAY_BE_ASKED = f"""
    EXISTS (SELECT 1 FROM questions q JOIN exams e ON e.id = q.exam_id
            WHERE q.id = :question AND {_ASKED} AND e.is_active = 1)
"""
_PUT = """
    INSERT INTO bookmarks (user_id, question_id, exam_id)
    SELECT :user, id, exam_id FROM questions WHERE id = :question
    ON CONFLICT (user_id, question_id) DO NOTHING
"""
_REMOVE = "DELETE FROM bookmarks WHERE user_id = :user AND question_id = :question"
_SELECT = f"""
    SELECT b.id, b.question_id, b.exam_id, b.created_at, q.text, q.difficulty, q.objective_id, q.tags
    FROM bookmarks b CROSS JOIN questions q ON q.id = b.question_id AND {_ASKED}
    JOIN exams e ON e.id = q.exam_id AND e.is_active = 1
"""
_ONE = _SELECT + "WHERE b.user_id = :user AND b.question_id = :question"
_PAGE = _SELECT + "WHERE b.user_id = :user AND b.id < :before {of_exam} ORDER BY b.id DESC LIMIT :limit"
_LATEST = 2**63 - 1
_NONE = partial(NotFound, "no such question")


class BookmarkRow(TypedDict):
    """A bookmark with its question as it is now. `tags` is JSON text."""

    id: int
    question_id: int
    exam_id: int
    created_at: int
    text: str
    difficulty: int
    objective_id: int
    tags: str


class Bookmark(TypedDict):
    """The same for the learner: nothing of the options, nothing of the key."""

    id: int
    question_id: int
    exam_id: int
    created_at: int
    text: str
    difficulty: int
    objective_id: int
    tags: list[str]


def put(user_id: int, question_id: int) -> Bookmark:
    """Mark a question; one that is marked already stays as it is. NotFound where it cannot be asked."""
    values = {"user": user_id, "question": question_id}
    missing = require(_MAY_BE_ASKED, values, otherwise=_NONE)
    results = db.batch([missing, Statement(_PUT, values), Statement(_ONE, values)])
    return rows.one("bookmarks", results[-1].one(BookmarkRow), _read)


def remove(user_id: int, question_id: int) -> None:
    """Take the mark away; where there is none, nothing happens. NotFound where there is no such question at all."""
    values = {"user": user_id, "question": question_id}
    missing = require("EXISTS (SELECT 1 FROM questions WHERE id = :question)", values, otherwise=_NONE)
    db.batch([missing, Statement(_REMOVE, values)])


def page(user_id: int, exam_id: int | None, after: int, limit: int) -> Page[Bookmark]:
    """The learner's bookmarks, of one exam or of all, the latest first, below the id `after` (0: from the latest)."""
    values = {"user": user_id, "exam": exam_id, "before": after or _LATEST, "limit": limit}
    sql = _PAGE.format(of_exam="" if exam_id is None else "AND b.exam_id = :exam")
    return rows.page("bookmarks", db.fetch([Statement(sql, values)])[0].all(BookmarkRow), _read, limit)


def _read(row: BookmarkRow) -> Bookmark:
    return {**rows.checked(row, _SHAPE), "tags": delivery.tags(loads(row["tags"]))}
