"""What learners find wrong with questions, until a moderator has looked at it."""

from functools import partial
from typing import TypedDict

import peewee

from shared_schema import audit, idempotency, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound
from shared_schema.rows import Page, Shape
from shared_schema.tables import db
from shared_schema.tables.editing import FLAG_REASONS, RESOLUTIONS, QuestionFlag

REASONS = FLAG_REASONS
MOST_OPEN = 50  # of one learner
_LATEST_GIVEN = 20  # sessions, and tests
_SHAPE = Shape(
    "question_flags",
    moments=("created_at", "resolved_at"),
    words={"reason": FLAG_REASONS, "resolution": RESOLUTIONS},
)
# Of the sessions and tests of a learner the latest ones: to look through all of them would cost more with each.
_IN_LATEST = f"""
    EXISTS (SELECT 1 FROM (SELECT question_ids FROM {{table}} WHERE user_id = :user
                           ORDER BY id DESC LIMIT {_LATEST_GIVEN}) given,
            json_each(CASE WHEN json_valid(given.question_ids) THEN given.question_ids ELSE '[]' END) one
            WHERE one.value = :question)
"""
_SEEN = f"""
    EXISTS (SELECT 1 FROM questions q JOIN exams e ON e.id = q.exam_id
            WHERE q.id = :question AND q.review_status = 'approved' AND q.is_active = 1 AND e.is_active = 1)
    OR EXISTS (SELECT 1 FROM user_answers WHERE user_id = :user AND question_id = :question)
    OR {_IN_LATEST.format(table="study_sessions")} OR {_IN_LATEST.format(table="test_attempts")}
"""
_OPEN = "user_id = :user AND question_id = :question AND resolution IS NULL"
_FEW = f"""
    EXISTS (SELECT 1 FROM question_flags WHERE {_OPEN})
    OR (SELECT count(*) FROM question_flags WHERE user_id = :user AND resolution IS NULL) < {MOST_OPEN}
"""
_REPLACE = f"UPDATE question_flags SET reason = :reason, comment = :comment WHERE {_OPEN}"
_ADD = f"""
    INSERT INTO question_flags (user_id, question_id, reason, comment)
    SELECT :user, :question, :reason, :comment WHERE NOT EXISTS (SELECT 1 FROM question_flags WHERE {_OPEN})
"""
_RECEIPT = f"""
    SELECT json_set({idempotency.row_json(QuestionFlag)}, '$.is_new', changes()) FROM question_flags
    WHERE user_id = ? AND question_id = ? AND resolution IS NULL
"""
_LOG = """
    SELECT question_id AS id, json_object('open_flags', count(*)) AS old,
        json_object('open_flags', 0, 'resolution', :resolution, 'note', :note) AS new
    FROM question_flags WHERE question_id = :question AND resolution IS NULL GROUP BY question_id
"""
_RESOLVE = """
    UPDATE question_flags SET resolution = :resolution, note = :note, resolved_at = unixepoch(),
        resolved_by = (SELECT id FROM users WHERE id = :actor)
    WHERE question_id = :question AND resolution IS NULL
"""
_LATEST = 2**63 - 1
_NONE = partial(NotFound, "no such question")


class FlagRow(TypedDict):
    """A flag as the table has it; without a resolution it is open."""

    id: int
    user_id: int
    question_id: int
    reason: str
    comment: str | None
    created_at: int
    resolution: str | None
    note: str | None
    resolved_at: int | None


class Flagged(FlagRow):
    """The same as a receipt has it: `is_new` is 0 where it has replaced what the learner had said before."""

    is_new: int


class Resolved(TypedDict):
    """How many flags of a question were resolved."""

    question_id: int
    resolved: int


def add(user_id: int, question_id: int, reason: str, comment: str | None, once: Once) -> Receipt:
    """Say what is wrong with a question; an open flag of the learner's is replaced. The receipt is `Flagged`.

    NotFound for a question that she was not given and cannot be given, Conflict where MOST_OPEN of hers are open.
    """
    values = {"user": user_id, "question": question_id, "reason": reason, "comment": comment}
    many = Conflict(f"{MOST_OPEN} of your flags wait to be looked at: no more until then")
    steps: list[Statement | Guard] = [
        require(_SEEN, values, otherwise=_NONE),
        require(_FEW, values, otherwise=lambda: many),
        Statement(_REPLACE, values),
        Statement(_ADD, values),
    ]
    return once.write(steps, _RECEIPT, (user_id, question_id), natural_key=True)


def own(user_id: int, after: int, limit: int) -> Page[FlagRow]:
    """The learner's flags, the latest first, below the id `after` (0: from the latest)."""
    query = _page(after, limit).where(QuestionFlag.user_id == user_id)
    return rows.page("question_flags", db.fetch([query])[0].all(FlagRow), _read, limit)


def of_question(question_id: int, after: int, limit: int) -> Page[FlagRow]:
    """The flags of a question, also of a deleted one, in the same order. NotFound without it."""
    there = Statement("SELECT 1 FROM questions WHERE id = ?", (question_id,))
    question, flags = db.fetch([there, _page(after, limit).where(QuestionFlag.question_id == question_id)])
    if not question.rows:
        raise _NONE()
    return rows.page("question_flags", flags.all(FlagRow), _read, limit)


def _page(after: int, limit: int) -> peewee.Query:
    query = QuestionFlag.select().where(QuestionFlag.id < (after or _LATEST))
    return query.order_by(QuestionFlag.id.desc()).limit(limit).dicts()


def resolve(question_id: int, resolution: str, note: str | None, actor: Actor, once: Once) -> Receipt:
    """Close all open flags of a question, with a note for those who flagged it. The receipt is `Resolved`."""
    values = {"question": question_id, "resolution": resolution, "note": note, "actor": actor.user_id}
    there = require("EXISTS (SELECT 1 FROM questions WHERE id = :question)", values, otherwise=_NONE)
    log = audit.entries(actor, "question.resolve_flags", "question", _LOG, values)
    steps: list[Statement | Guard] = [there, log, Statement(_RESOLVE, values)]
    return once.write(steps, "json_object('question_id', ?, 'resolved', changes())", (question_id,))


def read(row: Flagged) -> FlagRow:
    """The flag of a receipt, or Damaged."""
    return rows.one("question_flags", row, _read)


def _read(row: FlagRow) -> FlagRow:
    return rows.checked(row, _SHAPE)
