"""A question that is being answered: the version that the learner was given, with its key."""

from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import loads
from shared_schema.problems import NotFound
from study_service import delivery, grading
from study_service.grading import Option, Rule

_ASKED = """
    SELECT q.id, v.version, q.exam_id, v.objective_id, v.difficulty, v.type, v.answers, v.explanation, v.reference,
        (SELECT e.grading_rule FROM exams e WHERE e.id = q.exam_id) AS rule
    FROM questions q JOIN question_versions v ON v.question_id = q.id AND v.version = {version}
    WHERE q.id = :question
"""
# Outside sessions: the version that is served now, or an earlier one that was, of a question that is still asked.
_ANYWHERE = (
    _ASKED.format(version="coalesce(:version, q.version)")
    + """
      AND q.review_status = 'approved' AND q.is_active = 1 AND v.review_status = 'approved'
      AND EXISTS (SELECT 1 FROM exams e WHERE e.id = q.exam_id AND e.is_active = 1)
"""
)
# In a session: the version that it was given, whatever has become of the question. Older sessions have no versions.
_IN_SESSION = _ASKED.format(
    version="""(
        SELECT coalesce(CASE WHEN json_valid(s.question_versions)
            THEN json_extract(s.question_versions, '$[' || CAST(w.key AS INTEGER) || ']') END, q.version)
        FROM study_sessions s, json_each(CASE WHEN json_valid(s.question_ids) THEN s.question_ids ELSE '[]' END) w
        WHERE s.id = :session AND s.user_id = :user AND w.value = q.id)"""
)


class Asked(TypedDict):
    """What an answer to a question is graded with, and what it is counted in."""

    id: int
    version: int
    exam_id: int
    objective_id: int
    difficulty: int
    type: str
    answers: list[Option]
    explanation: str | None
    reference: str | None
    rule: Rule


class Row(TypedDict):
    """The same as the database gives it: `answers` is JSON text."""

    id: int
    version: int
    exam_id: int
    objective_id: int
    difficulty: int
    type: str
    answers: str
    explanation: str | None
    reference: str | None
    rule: Rule


def read(question_id: int, version: int | None) -> Statement:
    """The read of a question that may be answered, in this version or in the present one; its result goes to `one`."""
    return Statement(_ANYWHERE, {"question": question_id, "version": version})


def read_in_session(question_id: int, session_id: int, user_id: int) -> Statement:
    """The read of a question as this session of the learner's was given it; its result goes to `one`."""
    return Statement(_IN_SESSION, {"question": question_id, "session": session_id, "user": user_id})


def one(result: Result) -> Asked:
    """The question that was read, or NotFound; Damaged where it cannot be graded."""
    question = result.first(Row)
    if question is None:
        raise NotFound("no such question")
    return rows.one("questions", question, gradable)


def gradable(question: Row) -> Asked:
    """A question to grade, or Unusable."""
    return {**question, "answers": grading.usable(delivery.kind(question["type"]), loads(question["answers"]))}
