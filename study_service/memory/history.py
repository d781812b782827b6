"""What a learner has answered to questions, in the order of time, and what that comes to."""

from collections.abc import Iterable
from itertools import groupby
from typing import TypedDict

from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.tables import db
from study_service.memory import model
from study_service.memory.model import Review

# Answers of the same second are in the order in which they came.
_OF_QUESTIONS = """
    SELECT a.question_id, a.answered_at, a.is_correct, a.confidence_level
    FROM json_each(:questions) j CROSS JOIN user_answers a ON a.user_id = :user AND a.question_id = j.value
    ORDER BY a.question_id, a.answered_at, a.id
"""
_OF_LEARNER = """
    SELECT a.question_id, a.answered_at, a.is_correct, a.confidence_level
    FROM user_answers a WHERE a.user_id = :user ORDER BY a.question_id, a.answered_at, a.id
"""


class Given(TypedDict):
    """An answer that was given."""

    question_id: int
    answered_at: int
    is_correct: int
    confidence_level: int | None


def of_questions(user_id: int, question_ids: Iterable[int]) -> dict[int, list[Review]]:
    """The learner's answers to each of these questions, the earliest first; nothing of those without answers."""
    return _read(Statement(_OF_QUESTIONS, {"user": user_id, "questions": dumps(sorted(question_ids))}))


def of_learner(user_id: int) -> dict[int, list[Review]]:
    """The same for all questions that the learner has answered."""
    return _read(Statement(_OF_LEARNER, {"user": user_id}))


def _read(statement: Statement) -> dict[int, list[Review]]:
    given = db.fetch([statement], fresh=True)[0].all(Given)
    grouped = groupby(given, lambda answer: answer["question_id"])
    return {question_id: [review(answer) for answer in answers] for question_id, answers in grouped}


def review(given: Given) -> Review:
    """An answer as FSRS takes it."""
    return Review(given["answered_at"], model.grade(bool(given["is_correct"]), given["confidence_level"]))
