"""Rows of questions: as their moderators see them, as a receipt has them, and whether they may be asked."""

from typing import TypedDict, TypeVar

from shared_schema import idempotency, rows
from shared_schema.fields import NO_JSON, loads
from shared_schema.rows import Shape, Unusable
from shared_schema.tables.bank import REVIEW_STATUSES, Question
from study_service import delivery, grading
from study_service.grading import Option

SHAPE = Shape(
    "questions",
    moments=("created_at", "updated_at", "reviewed_at"),
    reals=("ai_confidence_score", "discrimination_index"),
    words={"type": grading.KINDS, "review_status": REVIEW_STATUSES},
)

# SQL: when a change of a question counts as made. No two changes of one have the same second, so that whoever compares
# it with what was read sees every change in between.
CHANGED_AT = "max(unixepoch(), questions.updated_at + 1)"
# SQL: a question as a JSON document, which goes to `of_document`.
DOCUMENT = f"""
    json_set({idempotency.row_json(Question)}, '$.created_by',
        (SELECT created_by FROM question_versions WHERE question_id = questions.id AND version = 1))
"""
# The same as a receipt, which goes to `of_receipt`; the caller adds the WHERE.
RECEIPT = f"SELECT {DOCUMENT} FROM questions"


class Filed(TypedDict):
    """What a file can say of a question, in the columns of the table. `answers` and `tags` are JSON text."""

    external_id: str | None
    text: str
    type: str
    answers: str
    explanation: str | None
    reference: str | None
    external_link: str | None
    difficulty: int
    tags: str
    image_url: str | None
    ai_model: str | None
    ai_prompt_version: str | None
    ai_confidence_score: float | None


class _Question(TypedDict):
    """What a question has, but for its JSON."""

    id: int
    external_id: str | None
    version: int
    exam_id: int
    objective_id: int
    text: str
    type: str
    explanation: str | None
    reference: str | None
    external_link: str | None
    image_url: str | None
    difficulty: int
    review_status: str
    review_feedback: str | None
    reviewed_by: int | None
    reviewed_at: int | None
    is_active: bool
    ai_generated: bool
    ai_model: str | None
    ai_prompt_version: str | None
    ai_confidence_score: float | None
    created_by: int | None
    open_flags: int
    total_attempts: int
    correct_attempts: int
    avg_time_seconds: int
    created_at: int
    updated_at: int


class QuestionRow(_Question):
    """A question as the table has it, with who has added it."""

    answers: list[Option]
    tags: list[str]


class Document(_Question):
    """The same as a document has it: its options and tags are JSON text."""

    answers: str
    tags: str


class Written(TypedDict, total=False):
    """Columns of a question that people write, beside its options."""

    text: str
    type: str
    explanation: str | None
    reference: str | None
    external_link: str | None
    difficulty: int
    objective_id: int
    tags: list[str]
    image_url: str | None


class Origin(TypedDict):
    """The model that has written something, with which version of its prompt, and how sure it was, 0 to 1."""

    ai_model: str
    ai_prompt_version: str | None
    ai_confidence_score: float | None


class Changes(Written, total=False):
    """Columns of a question that get another value."""

    answers: list[Option]


class Stated(QuestionRow):
    """The same with its state: what its ETag stands for, and what a change compares the question with. `model_by` is
    who has added it with what a model had written; None where nobody has.
    """

    state: str
    model_by: int | None


class Asked(TypedDict):
    """What a question is graded by."""

    type: str
    answers: list[Option]
    image_url: str | None


Whole = TypeVar("Whole", bound=QuestionRow)
Gradable = TypeVar("Gradable", bound=Asked)


def of_receipt(document: Document) -> QuestionRow:
    """The question of a receipt, or Damaged."""
    return rows.one("questions", of_document(document), whole)


def of_text(text: str) -> QuestionRow:
    """A question of a DOCUMENT. Unusable where SQL has written what is no JSON: a number without end is 9e999 there."""
    document = loads(text)
    if document is NO_JSON:
        raise Unusable("ai_confidence_score", "is not a finite number")
    return of_document(document)


def of_document(document: Document) -> QuestionRow:
    """A question with its JSON columns read."""
    return {**document, "answers": loads(document["answers"]), "tags": loads(document["tags"])}


def whole(question: Whole) -> Whole:
    """A question for moderators, who may be about to mend its key."""
    grading.readable(question["answers"])
    delivery.tags(question["tags"])
    return rows.checked(question, SHAPE)


def gradable(question: Gradable) -> Gradable:
    """A question that may be asked."""
    grading.usable(question["type"], question["answers"])
    delivery.picture(question["type"], question["image_url"])
    return question
