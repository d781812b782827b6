"""Adding questions, for moderators."""

from flask import Response
from marshmallow import fields

from shared_schema import bounded
from shared_schema.problems import Conflict, NotFound
from shared_schema.web import requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import MODERATORS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Number, Schema, Text, Whole, choice
from study_service import grading, question_rows
from study_service.editing import creation
from study_service.editing.creation import Added, Draft
from study_service.questions import STATUSES
from study_service.routes.edits import Link, OptionIn
from study_service.routes.questions import WrittenQuestion
from study_service.routes.reviews import by_another

blp = Blueprint("creation", __name__, url_prefix="/api/questions", description="Adding questions")


class NewOption(OptionIn):
    class Meta:
        exclude = ("id",)


class QuestionIn(Schema):
    exam_id = Whole(1, required=True)
    objective_id = Whole(1, required=True)
    text = Text(1, 10_000, required=True)
    type = choice(*grading.KINDS, required=True)
    answers = bounded.List(fields.Nested(NewOption), 1, 26, required=True)
    explanation = Text(0, 10_000, allow_none=True)
    reference = Text(0, 2000, allow_none=True)
    external_link = Link()
    difficulty = Whole(1, 5)
    tags = bounded.List(Text(1, 100), 0, 50)
    image_url = Link()
    review_status = choice(*STATUSES, load_default="pending")
    ai_model = Text(1, 100, allow_none=True, metadata={"description": "The model that wrote it"})
    ai_prompt_version = Text(1, 100, allow_none=True)
    ai_confidence_score = Number(0, 1, allow_none=True)


def _added(document: Added) -> tuple[object, int]:
    question = question_rows.of_receipt(document["question"])
    return WrittenQuestion.of({**question, "warnings": document["warnings"]}), 201


@blp.route("", methods=["POST"])
@allow(*MODERATORS)
@keyed(_added)
@raises(Conflict, NotFound)
@blp.arguments(QuestionIn)
@blp.response(201, WrittenQuestion)
def add_question(draft: Draft) -> Response:
    """Add a question; only an approved one is asked"""
    receipt = creation.add(draft, requests.actor(), requests.once(), by_another=by_another())
    return requests.answer(receipt)
