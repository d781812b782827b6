"""Edits of questions, and their versions, for moderators."""

from typing import NotRequired, TypedDict

from flask import Response, jsonify, make_response
from marshmallow import fields, validate

from shared_schema import bounded
from shared_schema.problems import Conflict
from shared_schema.web import etag, paging, requests
from shared_schema.web.api import Blueprint, raises, versioned
from shared_schema.web.auth import MODERATORS, allow
from shared_schema.web.schema import Flag, Instant, Number, Out, Page, Schema, Text, Whole, choice
from study_service import grading
from study_service.editing import edits, versions, waiting
from study_service.editing.edits import Wish
from study_service.editing.versions import VersionRow
from study_service.questions import STATUSES
from study_service.routes.questions import OptionOut, Warnings, WrittenQuestion
from study_service.routes.reviews import Review, ReviewIn, by_another

blp = Blueprint("edits", __name__, url_prefix="/api/questions", description="Edits and versions of questions")


class Link(fields.Url):
    """An address on the web, which a learner can follow."""

    def __init__(self) -> None:
        super().__init__(schemes={"http", "https"}, validate=validate.Length(max=2000), allow_none=True)


class OptionIn(Schema):
    id = Text(1, 64, metadata={"description": "Of an option that the question has, or had: it is that one, mended"})
    text = Text(0, 2000, required=True)
    is_correct = Flag(attribute="isCorrect", required=True)
    explanation = Text(0, 10_000, allow_none=True)
    weight = Number(-1, 1, allow_none=True, metadata={"description": "The credit that it earns"})
    fixed = Flag(allow_none=True, metadata={"description": "It stays behind the options that are shuffled"})
    place = Whole(0, 100, allow_none=True, metadata={"description": "Its place in the right order"})
    target = Text(1, 2000, allow_none=True, metadata={"description": "The id or the text of its target"})
    is_target = Flag(attribute="isTarget", allow_none=True)
    case_sensitive = Flag(attribute="caseSensitive", allow_none=True)
    value = Text(1, 100, allow_none=True)
    tolerance = Text(1, 100, allow_none=True)
    low = Text(1, 100, allow_none=True)
    high = Text(1, 100, allow_none=True)
    unit = Text(1, 100, allow_none=True)
    units = fields.Dict(Text(1, 100), Text(1, 100), allow_none=True, validate=validate.Length(max=50))
    region = choice("rect", "circle", "poly", allow_none=True)
    coords = bounded.List(Number(-100_000, 100_000), 0, 200, allow_none=True)
    image_width = Whole(1, 100_000, attribute="imageWidth", allow_none=True)
    image_height = Whole(1, 100_000, attribute="imageHeight", allow_none=True)


class QuestionPatch(Schema):
    text = Text(1, 10_000)
    type = choice(*grading.KINDS)
    answers = bounded.List(fields.Nested(OptionIn), 1, 26)
    explanation = Text(0, 10_000, allow_none=True)
    reference = Text(0, 2000, allow_none=True)
    external_link = Link()
    difficulty = Whole(1, 5)
    objective_id = Whole(1)
    tags = bounded.List(Text(1, 100), 0, 50)
    image_url = Link()
    ai_model = Text(1, 100, metadata={"description": "The model that wrote this: the edit then waits for a review"})
    ai_prompt_version = Text(1, 100, allow_none=True, metadata={"description": "The version of the model's prompt"})
    ai_confidence_score = Number(0, 1, allow_none=True, metadata={"description": "How sure the model was"})


class VersionOut(Out):
    question_id = Whole(1)
    version = fields.Integer()
    current = Flag(metadata={"description": "New deliveries get this one"})
    objective_id = Whole(1)
    text = fields.String()
    type = choice(*grading.KINDS)
    answers = fields.List(fields.Nested(OptionOut))
    explanation = fields.String(allow_none=True)
    reference = fields.String(allow_none=True)
    external_link = fields.String(allow_none=True)
    difficulty = fields.Integer()
    tags = fields.List(fields.String())
    image_url = fields.String(allow_none=True)
    review_status = choice(*STATUSES)
    ai_generated = Flag()
    ai_model = fields.String(allow_none=True)
    ai_prompt_version = fields.String(allow_none=True)
    ai_confidence_score = fields.Float(allow_none=True)
    created_by = Whole(1, allow_none=True)
    created_at = Instant()


class WrittenVersion(VersionOut):
    warnings = Warnings()


class VersionPage(Out):
    versions = fields.List(fields.Nested(VersionOut))
    next = Whole(1, allow_none=True)


class PageQuery(TypedDict):
    """A `Page` as it was read."""

    after: NotRequired[int]
    limit: int


@blp.route("/<id:question_id>", methods=["PATCH"])
@allow(*MODERATORS)
@versioned
@raises(Conflict)
@blp.arguments(QuestionPatch)
@blp.response(200, WrittenQuestion)
@blp.alt_response(202, schema=WrittenVersion, success=True, description="An edit by a model, which waits for a review")
def edit_question(wish: Wish, question_id: int) -> Response:
    """Edit a question; what it asks then is a new version"""
    edited = edits.edit(question_id, wish, etag.expected(), requests.actor())
    warnings = {"warnings": edited.warnings}
    if edited.waits is None:
        return etag.stated(WrittenQuestion.of({**edited.question, **warnings}), edited.question["state"])
    return make_response(jsonify(WrittenVersion.of({**edited.waits, **warnings})), 202)


@blp.route("/<id:question_id>/versions")
@allow(*MODERATORS)
@blp.arguments(Page, location="query")
@blp.response(200, VersionPage)
def list_versions(query: PageQuery, question_id: int) -> dict[str, object]:
    """The versions of a question, the latest first, with those that wait for a review"""
    return paging.page("versions", versions.page(question_id, query.get("after", 0), query["limit"]))


@blp.route("/<id:question_id>/versions/<id:version>/review", methods=["PUT"])
@allow(*MODERATORS)
@raises(Conflict)
@blp.arguments(ReviewIn)
@blp.response(200, VersionOut)
def review_version(review: Review, question_id: int, version: int) -> VersionRow:
    """Approve an edit by a model, which new deliveries then get, or decline it"""
    status, feedback, actor = review["status"], review["feedback"], requests.actor()
    return waiting.review(question_id, version, status, feedback, actor, by_another=by_another())
