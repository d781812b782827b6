"""Answers in a session: whether it takes one more, and those given, as the learner sees them again."""

from typing import TypedDict

import orjson

from shared_schema.database import Result, Statement
from shared_schema.problems import Conflict, NotFound, invalid

_PLACE = "SELECT status, question_ids FROM study_sessions WHERE id = ? AND user_id = ?"
_ANSWERS = """
    SELECT question_id, selected_answer, is_correct, score, answered_at FROM user_answers
    WHERE study_session_id = ? ORDER BY id
"""


class Place(TypedDict):
    """What decides whether a session takes an answer. `question_ids` is JSON text."""

    status: str
    question_ids: str


class Stored(TypedDict):
    """An answer as the table has it: of a set of options, `selected_answer` is a JSON list."""

    question_id: int
    selected_answer: str
    is_correct: int
    score: float
    answered_at: int


class Shown(TypedDict):
    """The same for the learner; `selected_answer` is one option's id, or a list of them."""

    question_id: int
    selected_answer: str | list[str]
    is_correct: int
    score: float
    answered_at: int


def read_place(session_id: int, user_id: int) -> Statement:
    """The read of a learner's session for an answer in it; its result goes to `check_takes`."""
    return Statement(_PLACE, (session_id, user_id))


def check_takes(result: Result, question_id: int) -> None:
    """Raise unless the session that was read is active and has the question."""
    session = result.first(Place)
    if session is None:
        raise NotFound("no such session")
    if question_id not in orjson.loads(session["question_ids"]):
        raise invalid("question_id", "Not a question of this session.")
    if session["status"] != "active":
        raise Conflict(f"the session is {session['status']}")


def read(session_id: int) -> Statement:
    """The read of a session's answers in the order they were given; its result goes to `shown`."""
    return Statement(_ANSWERS, (session_id,))


def shown(result: Result) -> list[Shown]:
    """The answers that were read."""
    return [{**answer, "selected_answer": _selected(answer["selected_answer"])} for answer in result.all(Stored)]


def _selected(stored: str) -> str | list[str]:
    if not stored.startswith("["):
        return stored
    ids: list[str] = orjson.loads(stored)
    return ids
