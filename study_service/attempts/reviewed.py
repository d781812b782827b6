"""A test that is over, question by question, as far as the review rule goes.

What is in another test of the learner that runs now tells nothing here.
"""

import datetime as dt
from typing import TypedDict

from shared_schema import rows
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.fields import loads
from shared_schema.problems import NotFound
from shared_schema.rows import Unusable
from shared_schema.tables import db
from study_service import delivery, grading
from study_service.attempts import attempt_rows, finish, results, running
from study_service.attempts.results import Shown
from study_service.delivery import Served
from study_service.grading import Selected

_QUESTIONS = f"""
    SELECT v.question_id AS id, v.version, v.text, v.type, v.difficulty, v.objective_id, v.tags, v.answers, v.image_url,
        v.explanation, v.reference, a.seed, t.selected_answer, t.is_correct, t.time_spent_seconds,
        t.flagged, t.changed, CASE WHEN json_valid(r.marks) THEN json_extract(r.marks, '$[' || w.key || ']') END AS mark
    FROM test_attempts a, {attempt_rows.GIVEN}
    LEFT JOIN test_answers t ON t.attempt_id = a.id AND t.question_id = w.value
    LEFT JOIN test_results r ON r.attempt_id = a.id AND r.number = a.results
    WHERE a.id = :attempt AND a.user_id = :user ORDER BY w.key
"""
_OWNER = "SELECT id, status, expires_at FROM test_attempts WHERE id = ? AND user_id = ?"


class Stored(delivery.Stored):
    """A question with its key, what was chosen and what that earned."""

    explanation: str | None
    reference: str | None
    seed: int
    selected_answer: str | None
    is_correct: int | None
    time_spent_seconds: int | None
    flagged: int | None
    changed: int | None
    mark: float | None


class Told(TypedDict):
    """A question of a test that is over. What may not be seen is None."""

    question: Served
    selected_answer: Selected | None
    time_spent_seconds: int
    flagged: bool
    changed: bool
    is_correct: bool | None
    score: float | None
    correct_answer: Selected | None
    explanation: str | None
    reference: str | None


class Reviewed(Shown):
    """A result with its questions."""

    questions: list[Told]


class Owned(TypedDict):
    """Whether there is such a test of the learner, and whether it is due to end."""

    id: int
    status: str
    expires_at: int | None


def get(user_id: int, attempt_id: int, now: dt.datetime, actor: Actor, *, fresh: bool = False) -> Reviewed:
    """The result of the learner's test, ended if its time is over. NotFound for another's, Conflict while it runs."""
    owned, result, listed, open_ones = db.fetch(
        [
            Statement(_OWNER, (attempt_id, user_id)),
            results.read(attempt_id, now),
            Statement(_QUESTIONS, {"attempt": attempt_id, "user": user_id}),
            running.read(user_id, int(now.timestamp())),
        ],
        fresh=fresh,
    )
    row = owned.first(Owned)
    if row is None:
        raise NotFound("no such test")
    if finish.is_due(row["status"], row["expires_at"], now):
        finish.end(user_id, attempt_id, now, actor)
        return get(user_id, attempt_id, now, actor, fresh=True)
    document = results.document(result, attempt_id)
    shown, visible, withheld = results.shown(document), results.visible(document), running.ids(open_ones)
    told = rows.usable(
        "questions",
        listed.all(Stored),
        lambda question: _told(question, frozenset() if question["id"] in withheld else visible),
    )
    return {**shown, "questions": told}


def _told(stored: Stored, visible: frozenset[str]) -> Told:
    if type(stored["mark"]) not in (int, float, type(None)):
        raise Unusable("marks", "has something that is no number")
    correctness, key = "correctness" in visible, "key" in visible
    options = grading.usable(delivery.kind(stored["type"]), loads(stored["answers"]))
    selected = stored["selected_answer"]
    return {
        "question": delivery.read(stored, stored["seed"]),
        "selected_answer": None if selected is None else grading.restored(stored["type"], selected),
        "time_spent_seconds": stored["time_spent_seconds"] or 0,
        "flagged": bool(stored["flagged"]),
        "changed": bool(stored["changed"]),
        "is_correct": stored["mark"] == 1 if correctness and selected is not None else None,
        "score": stored["mark"] or 0.0 if correctness else None,
        "correct_answer": grading.key(stored["type"], options) if key else None,
        "explanation": stored["explanation"] if key else None,
        "reference": stored["reference"] if key else None,
    }
