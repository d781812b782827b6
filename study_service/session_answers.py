"""Answers in a session: whether it takes one more, and those given, as the learner sees them again."""

from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import loads
from shared_schema.problems import Conflict, NotFound, invalid
from shared_schema.rows import Shape, Unusable
from study_service import grading, wishes
from study_service.grading import Selected
from study_service.wishes import Documents, Wish

_SHAPE = Shape("user_answers", moments=("answered_at",), reals=("score",))
# `told` is 1 where the learner has answered the question elsewhere since the session began, and was told its key.
_PLACE = """
    SELECT id, status, last_activity, time_box_ends_at, question_ids,
        exam_id, mode, objectives, difficulty_filter, filters, EXISTS (
        SELECT 1 FROM user_answers a WHERE a.user_id = s.user_id AND a.question_id = :question
            AND a.id > s.answers_before AND a.study_session_id IS NOT s.id) AS told
    FROM study_sessions s WHERE id = :session AND user_id = :user
"""
_ANSWERS = """
    SELECT a.id, a.question_id, coalesce(v.type, '') AS type, a.selected_answer, a.is_correct, a.score, a.answered_at,
        coalesce(v.answers, '') AS answers, v.explanation, v.reference
    FROM user_answers a
    LEFT JOIN question_versions v ON v.question_id = a.question_id AND v.version = a.question_version
    WHERE a.study_session_id = ? ORDER BY a.id
"""


class Place(TypedDict):
    """What decides whether a session takes an answer, and what it goes on with. Lists and filters are JSON text."""

    id: int
    status: str
    last_activity: int
    time_box_ends_at: int | None
    question_ids: str
    exam_id: int
    mode: str
    objectives: str | None
    difficulty_filter: str | None
    filters: str | None
    told: int


class Stored(TypedDict):
    """An answer as the table has it, see `grading.stored`; `answers` has the key of the version that was asked."""

    id: int
    question_id: int
    type: str
    selected_answer: str
    is_correct: int
    score: float
    answered_at: int
    answers: str
    explanation: str | None
    reference: str | None


class Shown(TypedDict):
    """The same for the learner, with the key."""

    id: int
    question_id: int
    selected_answer: Selected
    is_correct: int
    score: float
    answered_at: int
    correct_answer: Selected | None
    explanation: str | None
    reference: str | None


def read_place(session_id: int, user_id: int, question_id: int) -> Statement:
    """The read of a learner's session for an answer to this question in it; its result goes to `place`."""
    return Statement(_PLACE, {"session": session_id, "user": user_id, "question": question_id})


def place(result: Result, question_id: int) -> Place:
    """The session that was read, if it is there and has the question; Damaged where its list is no list.

    Conflict for a question whose key the learner was told elsewhere.
    """
    session = result.first(Place)
    if session is None:
        raise NotFound("no such session")
    if question_id not in rows.one("study_sessions", session, _listed):
        raise invalid("question_id", "Not a question of this session.")
    if session["status"] == "active" and session["told"]:
        raise Conflict("this question was answered elsewhere since the session began")
    return session


def adaptive(place: Place) -> Wish | None:
    """What an adaptive session goes on with; None for other sessions. Damaged where its filters cannot be used."""
    return rows.one("study_sessions", place, _wish) if place["mode"] == "adaptive" else None


def _wish(place: Place) -> Wish:
    documents: Documents = {
        "objectives": loads(place["objectives"] or "null"),
        "difficulty_filter": loads(place["difficulty_filter"] or "null"),
        "filters": loads(place["filters"] or "null"),
    }
    return wishes.kept(place["exam_id"], place["mode"], documents)


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
    return {
        "id": answer["id"],
        "question_id": answer["question_id"],
        "selected_answer": grading.restored(answer["type"], answer["selected_answer"]),
        "is_correct": answer["is_correct"],
        "score": answer["score"],
        "answered_at": answer["answered_at"],
        "correct_answer": _key(answer),
        "explanation": answer["explanation"],
        "reference": answer["reference"],
    }


def _key(answer: Stored) -> Selected | None:
    """The key of what was answered; None where it is lost, which takes nothing from the answer."""
    try:
        return grading.key(answer["type"], grading.usable(answer["type"], loads(answer["answers"])))
    except Unusable:
        return None
