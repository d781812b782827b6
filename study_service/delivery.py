"""Questions on their way to a learner who has not answered them yet: without their key."""

from typing import TypedDict

from shared_schema.database import Statement
from shared_schema.fields import loads
from shared_schema.rows import Unusable
from study_service import grading

# A list of questions that is no JSON is the session's fault, and `sessions` finds it.
_OF_SESSION = """
    SELECT q.id, q.text, q.type, q.difficulty, q.objective_id, q.tags, q.answers
    FROM study_sessions s, json_each(CASE WHEN json_valid(s.question_ids) THEN s.question_ids ELSE '[]' END) wanted
    JOIN questions q ON q.id = wanted.value
    WHERE s.id = ? ORDER BY wanted.key
"""


class Stored(TypedDict):
    """A question on its way to a learner. `tags` and `answers`, with the key, are JSON text."""

    id: int
    text: str
    type: str
    difficulty: int
    objective_id: int
    tags: str
    answers: str


class ServedOption(TypedDict):
    """An option as a learner sees it before answering."""

    id: str
    text: str


class Served(TypedDict):
    """A question as a learner sees it before answering: without its key."""

    id: int
    text: str
    type: str
    difficulty: int
    objective_id: int
    tags: list[str]
    answers: list[ServedOption]


def of_session(session_id: int) -> Statement:
    """The read of the questions of a session, in its order; its rows are `Stored`."""
    return Statement(_OF_SESSION, (session_id,))


def read(question: Stored) -> Served:
    """A question without its key: of each option only its id and text. Unusable where it could not be graded."""
    return {
        "id": question["id"],
        "text": question["text"],
        "type": kind(question["type"]),
        "difficulty": question["difficulty"],
        "objective_id": question["objective_id"],
        "tags": tags(loads(question["tags"])),
        "answers": [
            {"id": option["id"], "text": option["text"]} for option in grading.options(loads(question["answers"]))
        ],
    }


def kind(word: str) -> str:
    """The type of a question, or Unusable for one that cannot be graded."""
    if word not in grading.KINDS:
        raise Unusable("type", f"is none of {', '.join(grading.KINDS)}")
    return word


def tags(document: object) -> list[str]:
    """The tags in a document of the column `tags`, or Unusable."""
    if type(document) is not list or not set(map(type, document)) <= {str}:
        raise Unusable("tags", "is not a list of texts")
    return document
