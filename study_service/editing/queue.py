"""What wants a look of those who review questions: most trouble first. `shared_schema.tables.queue` says how much."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple, TypedDict

from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.rows import Page, Shape
from shared_schema.tables import db
from study_service import question_rows
from study_service.question_rows import QuestionRow

_SHAPE = Shape("review_queue", reals=("sound", "facility", "discrimination", "waiting_sure"))
# CROSS: the queue first, in its order.
_PAGE = f"""
    SELECT questions.id, w.sound, {question_rows.DOCUMENT} AS document, s.facility, s.discrimination, s.miskey_reason,
        coalesce(s.attempts, 0) AS first_answers,
        (SELECT max(v.version) FROM question_versions v WHERE v.question_id = questions.id
            AND v.version > questions.version AND v.review_status = 'pending') AS waiting,
        (SELECT v.ai_confidence_score FROM question_versions v WHERE v.question_id = questions.id
            AND v.version > questions.version AND v.review_status = 'pending'
            ORDER BY v.version DESC LIMIT 1) AS waiting_sure
    FROM review_queue w CROSS JOIN questions ON questions.id = w.question_id
    LEFT JOIN question_statistics s ON s.question_id = questions.id AND s.version = questions.version
    WHERE {{of_exam}} (w.sound, w.question_id) > (:sound, :question) ORDER BY w.sound, w.question_id LIMIT :limit
"""


class Place(NamedTuple):
    """A place in the queue: the chance that nothing is wrong with the question there, and its id."""

    sound: float
    question: int


BEGINNING = Place(-1.0, 0)


class Figures(TypedDict):
    """What is measured of the present version of a question; None for what nobody has measured yet."""

    first_answers: int
    facility: float | None
    discrimination: float | None
    miskey_reason: str | None


class Queued(QuestionRow):
    """A question that wants a look. `waiting_version` is an edit that waits beside it."""

    trouble: float
    reasons: list[str]
    waiting_version: int | None
    statistics: Figures


class _Row(Figures):
    """A row of the queue. `document` is the question as JSON text."""

    id: int
    sound: float
    document: str
    waiting: int | None
    waiting_sure: float | None


def page(exam_id: int | None, after: Place, limit: int, now: dt.datetime) -> tuple[Page[Queued], Place | None]:
    """The questions behind a place, of one exam or of all, at most `limit`; and the place of the last of them, where
    there may be more. `now` is the server's clock.
    """
    values = {"exam": exam_id, "sound": after.sound, "question": after.question, "limit": limit}
    sql = _PAGE.format(of_exam="" if exam_id is None else "w.exam_id = :exam AND")
    stored = db.fetch([Statement(sql, values)])[0].all(_Row)
    listed = rows.page("questions", stored, lambda row: _queued(row, now), limit)
    more = Place(stored[-1]["sound"], stored[-1]["id"]) if len(stored) == limit else None
    return listed, more


def _queued(row: _Row, now: dt.datetime) -> Queued:
    question = question_rows.whole(question_rows.of_text(row["document"]))
    row = rows.checked(row, _SHAPE)
    return {
        **question,
        "trouble": 1 - row["sound"],
        "reasons": list(_reasons(question, row, now)),
        "waiting_version": row["waiting"],
        "statistics": {
            "first_answers": row["first_answers"],
            "facility": row["facility"],
            "discrimination": row["discrimination"],
            "miskey_reason": row["miskey_reason"],
        },
    }


def _reasons(question: QuestionRow, row: _Row, now: dt.datetime) -> Iterator[str]:
    """Why the question is in the queue, in words, what weighs most first."""
    if row["miskey_reason"] is not None:
        yield f"its key is perhaps wrong: {row['miskey_reason']}"
    if flags := question["open_flags"]:
        yield "a learner has flagged it" if flags == 1 else f"{flags} learners have flagged it"
    if row["waiting"] is not None:
        yield f"an edit waits, version {row['waiting']}{_sure(row['waiting_sure'])}"
    if question["ai_generated"] and question["review_status"] != "approved":
        yield f"a model has written it{_sure(question['ai_confidence_score'])}"
    if question["review_status"] == "pending":
        days = max(0, int(now.timestamp()) - question["updated_at"]) // 86400
        yield "it waits for a review" + (f" for {days} day{'s' if days > 1 else ''}" if days else "")


def _sure(confidence: float | None) -> str:
    """How sure the model was, where it said so."""
    return "" if confidence is None else f", {100 * confidence:.0f} % sure"
