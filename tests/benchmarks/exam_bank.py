"""The exam of the exam day: its questions with their key, and its learners, made straight in the database."""

import random
from dataclasses import dataclass

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.fields import dumps
from study_service import options
from study_service.grading import Option

EXAM = 1
QUESTIONS = 16  # of one test
_OBJECTIVES = 4
_OF_EACH = 100
_USERS = """
    INSERT INTO users (id, email, name)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
    SELECT n, 'learner' || n || '@example.com', 'Learner ' || n FROM numbers
"""
_EXAM = f"""
    INSERT INTO exams (id, vendor_id, code, name, question_count, time_limit_minutes, questions_available)
    VALUES ({EXAM}, 'acme', 'DAY-1', 'Exam day', {QUESTIONS}, 60, {_OBJECTIVES * _OF_EACH})
"""
_OBJECTIVE = "INSERT INTO objectives (id, exam_id, code, name) VALUES (?, ?, ?, ?)"
_QUESTION = """
    INSERT INTO questions (id, exam_id, objective_id, text, type, answers, difficulty, review_status)
    VALUES (?, ?, ?, ?, ?, ?, ?, 'approved')
"""

Chosen = frozenset[str]


@dataclass(frozen=True, slots=True)
class Key:
    """Of one question: the ids of its right options and of its wrong ones, and whether several are chosen."""

    right: Chosen
    wrong: Chosen
    several: bool


Bank = dict[int, Key]


def seed(database: LibsqlDatabase, learners: int) -> Bank:
    """So many learners, with ids from 1, and an exam; the keys by question."""
    dice = random.Random(1)
    bank = {number: _options(number, dice) for number in range(1, _OBJECTIVES * _OF_EACH + 1)}
    objectives = range(1, _OBJECTIVES + 1)
    database.batch(
        [
            Statement(_USERS, (learners,)),
            Statement(_EXAM),
            *(Statement(_OBJECTIVE, (number, EXAM, str(number), f"Objective {number}")) for number in objectives),
            *(Statement(_QUESTION, _row(number, stored)) for number, stored in bank.items()),
        ]
    )
    return {number: _key(number, stored) for number, stored in bank.items()}


def _several(number: int) -> bool:
    return number % 5 == 0


def _options(number: int, dice: random.Random) -> list[Option]:
    right = dice.sample(range(4), 2 if _several(number) else 1)
    texts = [f"Statement {place} of question {number}" for place in range(4)]
    return options.identified(
        [{"id": "", "text": text, "isCorrect": place in right} for place, text in enumerate(texts)]
    )


def _row(number: int, stored: list[Option]) -> tuple[object, ...]:
    """All objectives have questions of all difficulties."""
    objective, difficulty = 1 + number % _OBJECTIVES, 1 + number // _OBJECTIVES % 5
    kind = "multi_select" if _several(number) else "multiple_choice"
    return number, EXAM, objective, f"Question {number}: which statements hold?", kind, dumps(stored), difficulty


def _key(number: int, stored: list[Option]) -> Key:
    right = frozenset(option["id"] for option in stored if option["isCorrect"])
    return Key(right, frozenset(option["id"] for option in stored) - right, _several(number))
