"""The catalog: exams and objectives."""

from typing import Any

from flask import Response, request
from marshmallow import ValidationError, fields, validates_schema

from shared_schema.problems import Conflict
from shared_schema.web import paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import ADMINS, LEARNERS, allow
from shared_schema.web.etag import tagged
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Flag, Instant, Number, Out, Page, Schema, Text, Whole, choice
from study_service import exams, grading, objectives
from study_service.attempts import review
from study_service.attempts.blueprint import DIFFICULTIES
from study_service.exams import ExamRow, ExamValues
from study_service.objectives import ObjectiveRow, ObjectiveValues

blp = Blueprint("exams", __name__, url_prefix="/api/exams", description="The catalog")
unless_modified = blp.alt_response(304, description="The client has this body already", success=True)


class ReviewRule(Schema):
    """From when a learner may see each thing of a test that is over. During a test she sees her own choices alone."""

    score = choice(*review.MOMENTS, required=True)
    correctness = choice(*review.MOMENTS, required=True)
    key = choice(*review.MOMENTS, required=True)

    @validates_schema
    def ordered(self, moments: dict[str, str], **_: object) -> None:
        if not review.is_ordered(moments):
            raise ValidationError("What tells more is not seen before what tells less: score, correctness, key.")


class WholeRule(fields.Nested):
    """A rule that is sent whole, also where it changes only a part of an exam."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, partial: Any = None, **options: Any) -> Any:
        return super()._deserialize(value, attr, data, partial=False, **options)


def _has_share(shares: dict[str, float]) -> None:
    if not any(shares.values()):
        raise ValidationError("At least one share is above 0.")


class ExamIn(Schema):
    vendor_id = Text(1, 100, required=True)
    code = Text(1, 50, required=True)
    name = Text(1, 200, required=True)
    description = Text(allow_none=True)
    passing_score = Number(0, 1)
    question_count = Whole(1, 500)
    time_limit_minutes = Whole(1, 1440)
    version = Text(1, 50, allow_none=True)
    difficulty_level = Whole(1, 5)
    prerequisites = Text(allow_none=True)
    price_cents = Whole(0, 100_000_000)
    is_beta = Flag()
    review_rule = WholeRule(ReviewRule)
    difficulty_mix = fields.Dict(
        keys=choice(*map(str, DIFFICULTIES)),
        values=Number(0, 1000),
        allow_none=True,
        validate=_has_share,
        metadata={"description": "Shares of a test's questions by difficulty; null: most of the exam's own level"},
    )
    grading_rule = choice(
        *grading.RULES,
        metadata={"description": "What part of a set, an order or pairs earns where its author gave no weights"},
    )


class ExamOut(Out):
    id = Whole(1)
    vendor_id = fields.String()
    code = fields.String()
    name = fields.String()
    description = fields.String(allow_none=True)
    passing_score = fields.Float()
    question_count = fields.Integer()
    time_limit_minutes = fields.Integer()
    version = fields.String(allow_none=True)
    difficulty_level = fields.Integer()
    prerequisites = fields.String(allow_none=True)
    price_cents = fields.Integer()
    is_beta = Flag()
    review_rule = fields.Nested(ReviewRule)
    difficulty_mix = fields.Dict(fields.String(), fields.Float(), allow_none=True)
    grading_rule = choice(*grading.RULES)
    questions_available = fields.Integer()
    created_at = Instant()
    updated_at = Instant()


class ExamPage(Out):
    exams = fields.List(fields.Nested(ExamOut))
    next = Whole(1, allow_none=True)


class ObjectiveIn(Schema):
    code = Text(1, 50, required=True)
    name = Text(1, 200, required=True)
    description = Text(allow_none=True)
    weight = Number(0, 1)
    sort_order = Whole(0, 10_000)


class ObjectiveOut(Out):
    id = Whole(1)
    exam_id = Whole(1)
    code = fields.String()
    name = fields.String()
    description = fields.String(allow_none=True)
    weight = fields.Float()
    sort_order = fields.Integer()


class ObjectiveList(Out):
    objectives = fields.List(fields.Nested(ObjectiveOut))
    next = Whole(1, allow_none=True)


@blp.route("")
@allow(*LEARNERS)
@blp.arguments(Page, location="query")
@blp.response(200, ExamPage)
@unless_modified
def list_exams(page: dict[str, int]) -> Response:
    """The exams on offer"""
    listed = exams.page(page.get("after", 0), page["limit"])
    return tagged(ExamPage.of(paging.page("exams", listed)), request)


@blp.route("/<id:exam_id>")
@allow(*LEARNERS)
@blp.response(200, ExamOut)
@blp.unless_damaged
@unless_modified
def get_exam(exam_id: int) -> Response:
    """One exam"""
    return tagged(ExamOut.of(exams.get(exam_id)), request)


@blp.route("/<id:exam_id>/objectives")
@allow(*LEARNERS)
@blp.response(200, ObjectiveList)
@unless_modified
def list_objectives(exam_id: int) -> Response:
    """The objectives of an exam, with their share of it"""
    return tagged(ObjectiveList.of(paging.whole("objectives", objectives.of_exam(exam_id))), request)


def _added(document: exams.Recorded) -> tuple[object, int]:
    return ExamOut.of(exams.of_receipt(document)), 201


@blp.route("", methods=["POST"])
@allow(*ADMINS)
@keyed(_added)
@blp.arguments(ExamIn)
@blp.response(201, ExamOut)
def add_exam(values: ExamValues) -> Response:
    """Add an exam"""
    receipt = exams.add(values, requests.actor(), requests.once())
    return requests.answer(receipt)


@blp.route("/<id:exam_id>", methods=["PATCH"])
@allow(*ADMINS)
@raises(Conflict)
@blp.arguments(ExamIn(partial=True))
@blp.response(200, ExamOut)
def change_exam(values: ExamValues, exam_id: int) -> ExamRow:
    """Change an exam"""
    return exams.change(exam_id, values, requests.actor())


@blp.route("/<id:exam_id>", methods=["DELETE"])
@allow(*ADMINS)
@blp.response(204)
def retire_exam(exam_id: int) -> None:
    """Take an exam out of the catalog; nothing is erased"""
    exams.retire(exam_id, requests.actor())


def _objective_added(document: ObjectiveRow) -> tuple[object, int]:
    return ObjectiveOut.of(document), 201


@blp.route("/<id:exam_id>/objectives", methods=["POST"])
@allow(*ADMINS)
@keyed(_objective_added)
@blp.arguments(ObjectiveIn)
@blp.response(201, ObjectiveOut)
def add_objective(values: ObjectiveValues, exam_id: int) -> Response:
    """Add an objective to an exam"""
    receipt = objectives.add(exam_id, values, requests.actor(), requests.once())
    return requests.answer(receipt)


@blp.route("/<id:exam_id>/objectives/<id:objective_id>", methods=["PATCH"])
@allow(*ADMINS)
@raises(Conflict)
@blp.arguments(ObjectiveIn(partial=True))
@blp.response(200, ObjectiveOut)
def change_objective(values: ObjectiveValues, exam_id: int, objective_id: int) -> ObjectiveRow:
    """Change an objective"""
    return objectives.change(exam_id, objective_id, values, requests.actor())


@blp.route("/<id:exam_id>/objectives/<id:objective_id>", methods=["DELETE"])
@allow(*ADMINS)
@blp.response(204)
def retire_objective(exam_id: int, objective_id: int) -> None:
    """Take an objective out of the catalog; nothing is erased"""
    objectives.retire(exam_id, objective_id, requests.actor())
