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

_ROWS = f"""
        'answer_id', a.id, 'attempt_number', a.attempt_number,
        'question', json_object('total_attempts', q.total_attempts, 'correct_attempts', q.correct_attempts),
        'progress', {progress.AS_JSON},
        'session', CASE WHEN study_sessions.id IS NULL THEN NULL ELSE {session_rows.COUNTED} END)
    FROM user_answers a
    JOIN questions q ON q.id = a.question_id
    JOIN user_progress ON user_progress.user_id = a.user_id AND user_progress.exam_id = q.exam_id
    LEFT JOIN study_sessions ON study_sessions.id = a.study_session_id
    WHERE a.user_id = ? AND a.question_id = ? ORDER BY a.attempt_number DESC LIMIT 1
"""
# Of the learner's latest attempt at the question, with every row that it was counted in; see `values`.
RECEIPT = f"SELECT json_object('graded', json(?), 'next_review_at', ?, {_ROWS}"
# The same without what is known before, see `known`. Its parameters are the learner and the question.
COUNTED = f"SELECT json_object({_ROWS}"


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
