"""A choice is saved: graded, kept to itself until the test ends, and replaced by the learner's next one.

The client numbers the saves of a question with `sequence`. Of two that overtake each other the greater number counts,
whichever arrives last; without a number it is the one that arrives last. The time spent never shrinks.
"""

import datetime as dt
from dataclasses import dataclass
from typing import TypedDict

from shared_schema import rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require_changes
from shared_schema.problems import Conflict, NotFound, TimeOver
from shared_schema.tables import db
from study_service import asked, grading
from study_service.attempts import attempt_rows, clock, finish, sitting
from study_service.attempts.sitting import Choice, Stored
from study_service.grading import Rule, Selected

_PLACE = f"""
    SELECT a.id, a.exam_id, a.status, a.started_at, a.expires_at, a.completed_at, a.grading_rule, v.question_id,
        v.version, v.objective_id, v.difficulty, v.type, v.answers
    FROM test_attempts a LEFT JOIN {attempt_rows.ASKED} ON w.value = :question LEFT JOIN {attempt_rows.VERSION}
    WHERE a.id = :attempt AND a.user_id = :user
"""
_TAKE = f"""
    UPDATE test_attempts SET saves = saves + 1, last_saved_at = max(coalesce(last_saved_at, 0), :now)
    WHERE id = :attempt AND user_id = :user AND status = 'in_progress' AND expires_at + {clock.GRACE_S} >= :moment
"""
_LATER = "(excluded.sequence IS NULL OR sequence IS NULL OR excluded.sequence > sequence)"
_SAVE = f"""
    INSERT INTO test_answers (attempt_id, question_id, version, selected_answer, is_correct, score, sequence,
        time_spent_seconds, flagged, saved_at)
    VALUES (:attempt, :question, :version, :selected, :correct, :score, :sequence, :seconds, coalesce(:flagged, 0),
        :now)
    ON CONFLICT (attempt_id, question_id) DO UPDATE SET
        selected_answer = CASE WHEN {_LATER} THEN excluded.selected_answer ELSE selected_answer END,
        is_correct = CASE WHEN {_LATER} THEN excluded.is_correct ELSE is_correct END,
        score = CASE WHEN {_LATER} THEN excluded.score ELSE score END,
        flagged = CASE WHEN {_LATER} THEN coalesce(:flagged, flagged) ELSE flagged END,
        saved_at = CASE WHEN {_LATER} THEN excluded.saved_at ELSE saved_at END,
        sequence = max(coalesce(sequence, excluded.sequence), coalesce(excluded.sequence, sequence)),
        changed = changed OR coalesce(selected_answer <> excluded.selected_answer, 0),
        time_spent_seconds = max(time_spent_seconds, excluded.time_spent_seconds),
        saves = saves + 1
    RETURNING {sitting.CHOICES}
"""


@dataclass(frozen=True, slots=True)
class Save:
    """What the learner sends. Without a choice she only flags or clears; without `flagged` the flag stays."""

    selected_answer: Selected | None
    time_spent_seconds: int
    flagged: bool | None = None
    sequence: int | None = None


class Place(TypedDict):
    """The test and the question in it; without `question_id` the test does not have it."""

    id: int
    exam_id: int
    status: str
    started_at: int
    expires_at: int | None
    completed_at: int | None
    grading_rule: Rule
    question_id: int | None
    version: int
    objective_id: int
    difficulty: int
    type: str
    answers: str


class Late(Exception):
    """The test has ended, or its time has."""


def save(user_id: int, attempt_id: int, question_id: int, wish: Save, now: dt.datetime, actor: Actor) -> Choice:
    """Keep a choice: one read, one batch. The choice as it stands now, which is a later one where this was overtaken.

    TimeOver behind the grace, Conflict for a test that has ended before, Invalid for an option that is not in the
    question, NotFound for a test that is not the learner's or a question that is not in it.
    """
    place = _place(user_id, attempt_id, question_id, fresh=False)
    if place["status"] != "in_progress" or clock.is_over(place["expires_at"] or 0, now.timestamp()):
        raise _refused(user_id, _place(user_id, attempt_id, question_id, fresh=True), now, actor)
    values = _values(user_id, attempt_id, place, wish, now)
    taken: dict[str, object] = {"attempt": attempt_id, "user": user_id, "now": values["now"]}
    steps: list[Statement | Guard] = [
        Statement(_TAKE, taken | {"moment": now.timestamp()}),
        require_changes(1, otherwise=Late),
        Statement(_SAVE, values),
    ]
    try:
        stored = db.batch(steps, idempotent=wish.sequence is not None)[-1].one(Stored)
    except Late:
        raise _refused(user_id, _place(user_id, attempt_id, question_id, fresh=True), now, actor) from None
    return rows.one("test_answers", stored, sitting.choice, key="question_id")


def _place(user_id: int, attempt_id: int, question_id: int, *, fresh: bool) -> Place:
    values = {"attempt": attempt_id, "user": user_id, "question": question_id}
    place = db.fetch([Statement(_PLACE, values)], fresh=fresh)[0].first(Place)
    if place is None:
        raise NotFound("no such test")
    if place["question_id"] is None:
        raise NotFound("no such question in this test")
    return place


def _refused(user_id: int, place: Place, now: dt.datetime, actor: Actor) -> Conflict:
    """Why the test takes no choice. One whose time is over is ended."""
    expires_at = place["expires_at"] or 0
    if place["status"] == "in_progress":
        finish.end(user_id, place["id"], now, actor)
    elif place["status"] != "completed" or (place["completed_at"] or 0) < expires_at:
        return Conflict(f"the test is {place['status']}")
    return TimeOver(f"the time of this test is over, and {clock.GRACE_S} seconds more; what was saved before counts")


def _values(user_id: int, attempt_id: int, place: Place, wish: Save, now: dt.datetime) -> dict[str, object]:
    moment = int(now.timestamp())
    values: dict[str, object] = {
        "attempt": attempt_id,
        "question": place["question_id"],
        "version": place["version"],
        "selected": None,
        "correct": None,
        "score": None,
        "sequence": wish.sequence,
        # No question takes longer than its test.
        "seconds": min(wish.time_spent_seconds, (place["expires_at"] or 0) - place["started_at"] + clock.GRACE_S),
        "flagged": None if wish.flagged is None else int(wish.flagged),
        "now": moment,
    }
    if wish.selected_answer is None:
        return values
    question = rows.one("questions", _row(place), asked.gradable)
    grade = grading.grade(question["type"], question["answers"], wish.selected_answer, question["rule"])
    selected = grading.stored(question["type"], grade.selected)
    return values | {"selected": selected, "correct": int(grade.is_correct), "score": grade.score}


def _row(place: Place) -> asked.Row:
    return {
        "id": place["question_id"] or 0,
        "version": place["version"],
        "exam_id": place["exam_id"],
        "objective_id": place["objective_id"],
        "difficulty": place["difficulty"],
        "type": place["type"],
        "answers": place["answers"],
        "explanation": None,
        "reference": None,
        "rule": place["grading_rule"],
    }
