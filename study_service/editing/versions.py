"""The versions of a question: what it says now, what it said, and what a model proposes that it say."""

from collections.abc import Mapping
from typing import TypedDict

import peewee

from shared_schema import rows
from shared_schema.audit import Actor
from shared_schema.database import Result, Statement
from shared_schema.problems import NotFound
from shared_schema.rows import Page, Shape
from shared_schema.tables import db
from shared_schema.tables.bank import REVIEW_STATUSES, Question, QuestionVersion
from study_service import delivery, grading
from study_service.grading import Option

_SHAPE = Shape(
    "question_versions",
    moments=("created_at",),
    reals=("ai_confidence_score",),
    words={"type": grading.KINDS, "review_status": REVIEW_STATUSES},
)

_SIGN = """
    UPDATE question_versions SET created_by = (SELECT id FROM users WHERE id = :user)
    WHERE question_id = {question} AND version = :version
"""


class VersionRow(TypedDict):
    """A version as the table has it. `current` is true of the one that new deliveries get."""

    question_id: int
    version: int
    current: bool
    objective_id: int
    text: str
    type: str
    answers: list[Option]
    explanation: str | None
    reference: str | None
    external_link: str | None
    difficulty: int
    tags: list[str]
    image_url: str | None
    review_status: str
    ai_generated: bool
    ai_model: str | None
    ai_prompt_version: str | None
    ai_confidence_score: float | None
    created_by: int | None
    created_at: int


def page(question_id: int, after: int, limit: int) -> Page[VersionRow]:
    """The versions of a question, also of a deleted one, the latest first, at most `limit` below the version `after`
    (0: from the latest). NotFound without the question.
    """
    query = read(question_id).limit(limit)
    if after:
        query = query.where(QuestionVersion.version < after)
    question, versions = db.fetch([Question.select(Question.id).where(Question.id == question_id).dicts(), query])
    if not question.rows:
        raise NotFound("no such question")
    stored = versions.all(VersionRow)
    listed = rows.usable("question_versions", stored, whole, "version")
    return Page(listed, stored[-1]["version"] if len(stored) == limit else None)


def read(question_id: int) -> "peewee.ModelSelect[QuestionVersion]":
    """The read of all versions of a question, the latest first; its rows are `VersionRow`."""
    return (
        QuestionVersion.select(QuestionVersion, (QuestionVersion.version == Question.version).alias("current"))
        .join(Question, on=(Question.id == QuestionVersion.question_id))
        .where(QuestionVersion.question_id == question_id)
        .order_by(QuestionVersion.version.desc())
        .dicts()
    )


def read_one(question_id: int, version: int) -> "peewee.ModelSelect[QuestionVersion]":
    """The read of one version; its result goes to `one`."""
    return read(question_id).where(QuestionVersion.version == version)


def one(result: Result) -> VersionRow:
    """The version that was read, or NotFound; Damaged where its row cannot be used."""
    version = result.first(VersionRow)
    if version is None:
        raise NotFound("no such version")
    return rows.one("question_versions", version, whole, "question_id")


def sign(question: str, version: int, actor: Actor, values: Mapping[str, object] | None = None) -> Statement:
    """The step that notes who has written a version. `question` is SQL for the question's id, with these `values`."""
    return Statement(_SIGN.format(question=question), {**(values or {}), "version": version, "user": actor.user_id})


def whole(version: VersionRow) -> VersionRow:
    """A version for moderators, or Unusable."""
    grading.readable(version["answers"])
    delivery.tags(version["tags"])
    return rows.checked(version, _SHAPE)
