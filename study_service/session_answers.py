"""Answers in a session: whether it takes one more, and those given, as the learner sees them again."""

from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import loads
from shared_schema.problems import Conflict, NotFound, invalid
from shared_schema.rows import Shape, Unusable

_SHAPE = Shape("user_answers", moments=("answered_at",), reals=("score",))
_PLACE = "SELECT id, status, question_ids FROM study_sessions WHERE id = ? AND user_id = ?"
_ANSWERS = """
    SELECT id, question_id, selected_answer, is_correct, score, answered_at FROM user_answers
    WHERE study_session_id = ? ORDER BY id
"""


class Place(TypedDict):
    """What decides whether a session takes an answer. `question_ids` is JSON text."""

    id: int
    status: str
    question_ids: str


class Stored(TypedDict):
    """An answer as the table has it: of a set of options, `selected_answer` is a JSON list."""

    id: int
    question_id: int
    selected_answer: str
    is_correct: int
    score: float
    answered_at: int


class Shown(TypedDict):
    """The same for the learner; `selected_answer` is one option's id, or a list of them."""

    id: int
    question_id: int
    selected_answer: str | list[str]
    is_correct: int
    score: float
    answered_at: int


def read_place(session_id: int, user_id: int) -> Statement:
    """The read of a learner's session for an answer in it; its result goes to `check_takes`."""
    return Statement(_PLACE, (session_id, user_id))


def check_takes(result: Result, question_id: int) -> None:
    """Raise unless the session that was read is active and has the question; Damaged where its list is no list."""
    session = result.first(Place)
    if session is None:
        raise NotFound("no such session")
    if question_id not in rows.one("study_sessions", session, _listed):
        raise invalid("question_id", "Not a question of this session.")
    if session["status"] != "active":
        raise Conflict(f"the session is {session['status']}")


def read(session_id: int) -> Statement:
    """The read of a session's answers in the order they were given; its result goes to `shown`."""
    return Statement(_ANSWERS, (session_id,))


def shown(result: Result) -> list[Shown]:
    """The answers that were read, without those whose rows cannot be used."""
    return rows.usable("user_answers", result.all(Stored), _shown)


def question_ids(document: object) -> list[int]:
    """The ids in a document of the column `question_ids` of a session, or Unusable."""
    if type(document) is not list or not all(type(number) is int for number in document):
        raise Unusable("question_ids", "is not a list of whole numbers")
    return document


def _listed(session: Place) -> list[int]:
    return question_ids(loads(session["question_ids"]))


def _shown(answer: Stored) -> Shown:
    rows.checked(answer, _SHAPE)
    return {**answer, "selected_answer": _selected(answer["selected_answer"])}


def _selected(stored: str) -> str | list[str]:
    if not stored.startswith("["):
        return stored
    ids = loads(stored)
    if type(ids) is not list or not all(type(option) is str for option in ids):
        raise Unusable("selected_answer", "is neither an option's id nor a list of them")
    return ids
