"""The receipt of an answer: its grade, when the question is due again, and every row that it was counted in."""

import datetime as dt
from typing import NotRequired, TypedDict

from shared_schema.fields import dumps
from study_service import grading, progress, session_rows
from study_service.answered import Answered
from study_service.asked import Asked
from study_service.grading import Grade, Selected
from study_service.memory.counting import Counted
from study_service.progress import Counters

# Of the learner's latest attempt at the question, with the rows that it was counted in.
_ROWS = f"""
        'answer_id', a.id, 'attempt_number', a.attempt_number,
        'question', json_object('total_attempts', q.total_attempts, 'correct_attempts', q.correct_attempts),
        'progress', {progress.json("p")}, 'session', {{session}})
    FROM user_answers a
    JOIN questions q ON q.id = a.question_id
    JOIN user_progress p ON p.user_id = a.user_id AND p.exam_id = q.exam_id {{joined}}
    WHERE a.user_id = ? AND a.question_id = ? ORDER BY a.attempt_number DESC LIMIT 1
"""
_WITH_SESSION = _ROWS.format(
    session=f"CASE WHEN study_sessions.id IS NULL THEN NULL ELSE {session_rows.COUNTED} END",
    joined="LEFT JOIN study_sessions ON study_sessions.id = a.study_session_id",
)
# The receipt of an answer with everything in it; see `values`.
RECEIPT = f"SELECT json_object('graded', json(?), 'next_review_at', ?, {_WITH_SESSION}"
_COUNTED = f"SELECT json_object({_WITH_SESSION}"
_COUNTED_ALONE = f"SELECT json_object({_ROWS.format(session='NULL', joined='')}"


class Attempts(TypedDict):
    """How often a question was answered, and answered right."""

    total_attempts: int
    correct_attempts: int


class Graded(TypedDict):
    """What the learner gets to know of the question once it is answered."""

    is_correct: bool
    score: float
    correct_answer: Selected
    explanation: str | None
    reference: str | None


class Recorded(TypedDict):
    """The receipt of an answer: its grade, and every row that it was counted in as it was then."""

    graded: Graded
    next_review_at: NotRequired[int | None]  # not in receipts of releases before
    answer_id: int
    attempt_number: int
    question: Attempts
    progress: Counters
    session: session_rows.Counted | None


def counted(answer: Answered) -> tuple[str, tuple[int, int]]:
    """The receipt of an answer without what is known before it is stored, and the parameters; see `known`."""
    sql = _COUNTED_ALONE if answer.session_id is None else _COUNTED
    return sql, (answer.user_id, answer.question["id"])


def known(answer: Answered, counted: Counted, zone: dt.tzinfo) -> str:
    """What is known of the receipt before the answer is stored, as JSON."""
    next_review_at = counted.next_review_at(answer.question["id"], zone)
    return dumps({"graded": _graded(answer.question, answer.grade), "next_review_at": next_review_at})


def values(answer: Answered, counted: Counted, zone: dt.tzinfo) -> tuple[str, int | None, int, int]:
    """The parameters of RECEIPT for an answer that the steps before it have stored, in the learner's time zone."""
    question = answer.question["id"]
    next_review_at = counted.next_review_at(question, zone)
    return dumps(_graded(answer.question, answer.grade)), next_review_at, answer.user_id, question


def _graded(question: Asked, grade: Grade) -> Graded:
    return {
        "is_correct": grade.is_correct,
        "score": grade.score,
        "correct_answer": grading.key(question["type"], question["answers"]),
        "explanation": question["explanation"],
        "reference": question["reference"],
    }
