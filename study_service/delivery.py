"""Questions on their way to a learner who has not answered them yet: without their key."""

from collections.abc import Callable, Sequence
from typing import NotRequired, TypedDict

from shared_schema.database import Result, Statement
from shared_schema.fields import loads
from shared_schema.rows import Unusable
from study_service import grading, shuffle
from study_service.grading import Option

# A list of questions that is no JSON is the session's fault, and `sessions` finds it.
_OF_SESSION = """
    SELECT v.question_id AS id, v.version, v.text, v.type, v.difficulty, v.objective_id, v.tags, v.answers, v.image_url,
        wanted.key AS place
    FROM study_sessions s
    CROSS JOIN json_each(CASE WHEN json_valid(s.question_ids) THEN s.question_ids ELSE '[]' END) wanted
    CROSS JOIN question_versions v ON v.question_id = wanted.value AND v.version = coalesce(
        CASE WHEN json_valid(s.question_versions)
            THEN json_extract(s.question_versions, '$[' || CAST(wanted.key AS INTEGER) || ']') END,
        (SELECT q.version FROM questions q WHERE q.id = wanted.value))
    WHERE s.id = ?
"""


class Stored(TypedDict):
    """A question on its way to a learner. `tags` and `answers`, with the key, are JSON text."""

    id: int
    version: int
    text: str
    type: str
    difficulty: int
    objective_id: int
    tags: str
    answers: str
    image_url: str | None


class ServedOption(TypedDict):
    """An option as a learner sees it before answering."""

    id: str
    text: str


class Served(TypedDict):
    """A question as a learner sees it before answering: without its key.

    What is chosen from is in `answers`, in questions of pairs with their `targets`; a hotspot has the size of its
    picture, a number perhaps a `unit`.
    """

    id: int
    version: int
    text: str
    type: str
    difficulty: int
    objective_id: int
    tags: list[str]
    image_url: str | None
    answers: list[ServedOption]
    targets: NotRequired[list[ServedOption]]
    unit: NotRequired[str | None]
    image_width: NotRequired[int]
    image_height: NotRequired[int]


class _Placed(Stored):
    place: int


def of_session(session_id: int) -> Statement:
    """The read of the questions of a session in its versions; its result goes to `in_order`."""
    return Statement(_OF_SESSION, (session_id,))


def in_order(result: Result) -> list[Stored]:
    """What was read, in the order of the session. To sort it here costs less than in SQL, which reads it twice."""
    return [*sorted(result.all(_Placed), key=lambda question: question["place"])]


def reader(seed: int) -> Callable[[Stored], Served]:
    """What `read` makes of the questions of a delivery with this seed."""
    return lambda question: read(question, seed)


def read(question: Stored, seed: int) -> Served:
    """A question without its key: of each option only its id and text, in the order of the delivery with this seed.
    Unusable where it could not be graded.
    """
    if question["version"] < 1:
        raise Unusable("version", "is below 1")
    word = kind(question["type"])
    options = grading.usable(word, loads(question["answers"]))
    served: Served = {
        "id": question["id"],
        "version": question["version"],
        "text": question["text"],
        "type": word,
        "difficulty": question["difficulty"],
        "objective_id": question["objective_id"],
        "tags": tags(loads(question["tags"])),
        "image_url": picture(word, question["image_url"]),
        "answers": _shuffled(question, seed, grading.offered(word, options)),
    }
    match word:
        case "drag_drop":
            if targets := grading.targets(options):
                served["targets"] = _shuffled(question, seed, targets)
        case "numeric":
            served["unit"] = grading.unit(options)
        case "hotspot":
            served["image_width"], served["image_height"] = grading.size(options)
    return served


def _shuffled(question: Stored, seed: int, options: Sequence[Option]) -> list[ServedOption]:
    listed = shuffle.options(seed, question["id"], options)
    return [{"id": option["id"], "text": option["text"]} for option in listed]


def kind(word: str) -> str:
    """The type of a question, or Unusable for one that cannot be graded."""
    if word not in grading.KINDS:
        raise Unusable("type", f"is none of {', '.join(grading.KINDS)}")
    return word


def picture(kind: str, url: str | None) -> str | None:
    """The address of a question's picture. Unusable where a learner would have to point at none."""
    if kind == "hotspot" and not url:
        raise Unusable("image_url", "is missing, and learners are to point at a place in it")
    return url


def tags(document: object) -> list[str]:
    """The tags in a document of the column `tags`, or Unusable."""
    if type(document) is not list or not set(map(type, document)) <= {str}:
        raise Unusable("tags", "is not a list of texts")
    return document
