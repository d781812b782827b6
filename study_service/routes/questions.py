"""Questions with their key, for moderators."""

from typing import Any, Required

from flask import Response
from marshmallow import fields

from shared_schema.web import etag, paging
from shared_schema.web.api import Blueprint, versioned
from shared_schema.web.auth import MODERATORS, allow
from shared_schema.web.schema import Flag, Instant, Out, Page, QueryWhole, Text, Whole, choice
from study_service import grading, questions
from study_service.editing import listing
from study_service.editing.listing import Filter
from study_service.questions import STATUSES

blp = Blueprint("questions", __name__, url_prefix="/api/questions", description="Questions with their key")


class QuestionFilter(Page):
    q = Text(1, 200, metadata={"description": "Words that all are in it; the last one may be a beginning"})
    exam_id = QueryWhole(1, metadata={"description": "Only of this exam"})
    objective_id = QueryWhole(1, metadata={"description": "Only of this objective"})
    review_status = choice(*STATUSES, metadata={"description": "Only in this state"})
    ai_generated = Flag(metadata={"description": "Only those that a model has written, or only the others"})
    flagged = Flag(metadata={"description": "Only those with open flags of learners, or only the others"})
    deleted = Flag(metadata={"description": "Those that are deleted, instead of those that are not"})


class QuestionQuery(Filter, total=False):
    """A `QuestionFilter` as it was read."""

    after: int
    limit: Required[int]


class OptionOut(Out):
    """An option, region, accepted text or number; fields of single types are there only where they are needed."""

    id = fields.String()
    text = fields.String()
    is_correct = Flag(attribute="isCorrect")
    explanation = fields.String(allow_none=True, dump_default=None)
    weight = fields.Float(allow_none=True, dump_default=None)
    fixed = Flag()
    place = fields.Integer()
    target = fields.String()
    is_target = Flag(attribute="isTarget")
    case_sensitive = Flag(attribute="caseSensitive")
    value = fields.String()
    tolerance = fields.String()
    low = fields.String()
    high = fields.String()
    unit = fields.String()
    units = fields.Dict(fields.String(), fields.String())
    region = fields.String()
    coords = fields.List(fields.Float())
    image_width = fields.Integer(attribute="imageWidth")
    image_height = fields.Integer(attribute="imageHeight")
    external_id = fields.String(attribute="externalId", metadata={"description": "Its id in files of others"})

    def on_bind_field(self, field_name: str, field_obj: Any) -> None:
        super().on_bind_field(field_name, field_obj)
        field_obj.required = field_name in ("id", "text", "is_correct", "explanation", "weight")


class QuestionOut(Out):
    id = Whole(1)
    external_id = fields.String(
        allow_none=True, metadata={"description": "Its id in files, which stays while it is edited"}
    )
    version = fields.Integer()
    exam_id = Whole(1)
    objective_id = Whole(1)
    text = fields.String()
    type = choice(*grading.KINDS)
    answers = fields.List(fields.Nested(OptionOut))
    explanation = fields.String(allow_none=True)
    reference = fields.String(allow_none=True)
    external_link = fields.String(allow_none=True)
    image_url = fields.String(allow_none=True)
    difficulty = fields.Integer()
    tags = fields.List(fields.String())
    review_status = choice(*STATUSES)
    review_feedback = fields.String(allow_none=True)
    reviewed_by = Whole(1, allow_none=True, metadata={"description": "The user who reviewed it last"})
    reviewed_at = Instant(allow_none=True)
    is_active = Flag(metadata={"description": "False: it is deleted"})
    ai_generated = Flag(metadata={"description": "Whether a model has written it, also in part"})
    ai_model = fields.String(allow_none=True)
    ai_prompt_version = fields.String(allow_none=True)
    ai_confidence_score = fields.Float(allow_none=True)
    open_flags = fields.Integer(metadata={"description": "How many learners find something wrong with it"})
    created_by = Whole(1, allow_none=True, metadata={"description": "The user who added it; null for an import"})
    total_attempts = fields.Integer()
    correct_attempts = fields.Integer()
    avg_time_seconds = fields.Integer()
    created_at = Instant()
    updated_at = Instant()


class Resemblance(Out):
    code = fields.Constant("RESEMBLES", metadata={"enum": ["RESEMBLES"]})
    question_id = Whole(1)
    similarity = fields.Float(metadata={"description": "Which share of their runs of five characters both texts have"})
    text = fields.String()


class Warnings(fields.List[Any]):
    """What is worth a look, and was done all the same."""

    def __init__(self) -> None:
        described = {"description": "Questions of the exam whose texts resemble what was sent, the nearest first"}
        super().__init__(fields.Nested(Resemblance), metadata=described)


class WrittenQuestion(QuestionOut):
    warnings = Warnings()


class ListedQuestion(QuestionOut):
    highlights = fields.Dict(
        fields.String(),
        fields.String(),
        metadata={
            "description": "By field, HTML in which the words that were looked for are marked; empty without `q`"
        },
    )


class QuestionPage(Out):
    questions = fields.List(fields.Nested(ListedQuestion))
    next = Whole(1, allow_none=True)


@blp.route("")
@allow(*MODERATORS)
@blp.arguments(QuestionFilter, location="query")
@blp.response(200, QuestionPage)
def list_questions(query: QuestionQuery) -> dict[str, object]:
    """Questions by their words, by exam, objective and review status"""
    return paging.page("questions", listing.page(query.get("after", 0), query["limit"], query))


@blp.route("/<id:question_id>")
@allow(*MODERATORS)
@versioned
@blp.response(200, QuestionOut)
@blp.unless_damaged
def get_question(question_id: int) -> Response:
    """One question"""
    question = questions.get(question_id)
    return etag.stated(QuestionOut.of(question), question["state"])
