"""Deleting questions and bringing them back, for moderators."""

from flask import Response

from shared_schema.problems import Conflict
from shared_schema.web import etag, requests
from shared_schema.web.api import Blueprint, raises, versioned
from shared_schema.web.auth import MODERATORS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import NoBody
from study_service import question_rows
from study_service.editing import deletion
from study_service.question_rows import Document
from study_service.routes.questions import QuestionOut

blp = Blueprint("deletion", __name__, url_prefix="/api/questions", description="Deleting questions")


def _restored(document: Document) -> tuple[object, int]:
    return QuestionOut.of(question_rows.of_receipt(document)), 200


@blp.route("/<id:question_id>", methods=["DELETE"])
@allow(*MODERATORS)
@versioned
@blp.response(204)
@blp.unless_damaged
def delete_question(question_id: int) -> None:
    """Delete a question: it is not asked any more, but where it was given already; nothing is erased"""
    deletion.delete(question_id, etag.expected(), requests.actor())


@blp.route("/<id:question_id>/restore", methods=["POST"])
@allow(*MODERATORS)
@keyed(_restored)
@raises(Conflict)
@blp.arguments(NoBody, required=False)
@blp.response(200, QuestionOut)
@blp.unless_damaged
def restore_question(_: object, question_id: int) -> Response:
    """Bring a deleted question back with the review status that it had"""
    return requests.answer(deletion.restore(question_id, requests.actor(), requests.once()))
