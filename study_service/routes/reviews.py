"""Reviews of questions, for moderators."""

from typing import NotRequired, TypedDict

from flask import Response, current_app
from marshmallow import fields

from shared_schema import bounded
from shared_schema.problems import Conflict
from shared_schema.web import errors, paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import MODERATORS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Instant, Out, Page, Schema, Text, Whole, choice
from study_service.editing import bulk_reviews, review_log, reviews
from study_service.editing.bulk_reviews import Outcome
from study_service.question_rows import QuestionRow
from study_service.questions import STATUSES
from study_service.routes.questions import QuestionOut

blp = Blueprint("reviews", __name__, url_prefix="/api/questions", description="Reviews of questions")

_PROBLEM = {
    "type": ["object", "null"],
    "description": "Why it was refused, as the problem document of a single review says it",
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
    "required": ["title", "status", "code", "detail"],
}


class ReviewIn(Schema):
    status = choice(*STATUSES[1:], required=True)
    feedback = Text(0, 2000, load_default=None, allow_none=True)


class Review(TypedDict):
    """A `ReviewIn` as it was read."""

    status: str
    feedback: str | None


class ReviewsIn(ReviewIn):
    ids = bounded.List(Whole(1), 1, 100, required=True)


class Reviews(Review):
    """A `ReviewsIn` as it was read."""

    ids: list[int]


class ReviewOutcome(Out):
    id = Whole(1)
    outcome = choice("reviewed", "unchanged", "refused")
    problem = fields.Raw(allow_none=True, dump_default=None, metadata=_PROBLEM)


class ReviewOutcomes(Out):
    reviews = fields.List(fields.Nested(ReviewOutcome))


class ReviewOut(Out):
    id = Whole(1)
    status = choice(*STATUSES)
    feedback = fields.String(allow_none=True)
    version = Whole(1, allow_none=True, metadata={"description": "Of an edit by a model; null: of the question itself"})
    reviewed_by = Whole(1, allow_none=True)
    reviewed_at = Instant()


class ReviewPage(Out):
    reviews = fields.List(fields.Nested(ReviewOut))
    next = Whole(1, allow_none=True)


class PageQuery(TypedDict):
    """A `Page` as it was read."""

    after: NotRequired[int]
    limit: int


def _reviewed(document: list[Outcome]) -> tuple[object, int]:
    return ReviewOutcomes.of({"reviews": document}), 200


def by_another() -> bool:
    """Whether it takes another moderator to approve what a model has written."""
    switch: bool = current_app.config["REVIEW_BY_ANOTHER"]
    return switch


@blp.route("/<id:question_id>/review", methods=["PUT"])
@allow(*MODERATORS)
@raises(Conflict)
@blp.arguments(ReviewIn)
@blp.response(200, QuestionOut)
def review_question(review: Review, question_id: int) -> QuestionRow:
    """Approve a question, reject it, or send it back; only approved ones are asked"""
    actor = requests.actor()
    return reviews.review(question_id, review["status"], review["feedback"], actor, by_another=by_another())


@blp.route("/review", methods=["POST"])
@allow(*MODERATORS)
@keyed(_reviewed)
@blp.arguments(ReviewsIn)
@blp.response(200, ReviewOutcomes)
def review_questions(body: Reviews) -> Response:
    """The same for up to 100 questions at once; each has its own outcome"""
    ids, status, feedback = body["ids"], body["status"], body["feedback"]
    who, once, describe = requests.actor(), requests.once(), errors.part
    receipt = bulk_reviews.review(ids, status, feedback, who, once, describe, by_another=by_another())
    return requests.answer(receipt)


@blp.route("/<id:question_id>/reviews")
@allow(*MODERATORS)
@blp.arguments(Page, location="query")
@blp.response(200, ReviewPage)
def list_reviews(query: PageQuery, question_id: int) -> dict[str, object]:
    """The reviews of a question and of edits of it, the latest first"""
    return paging.page("reviews", review_log.page(question_id, query.get("after", 0), query["limit"]))
