"""How drafts sound."""

from typing import TypedDict

from flask import Response
from marshmallow import fields

from growth_service.routes.voices import Words
from growth_service.wording import assessments
from shared_schema.web import requests
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import SERVICES_AND_ADMINS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Out, Schema, Whole

blp = Blueprint("assessments", __name__, url_prefix="/api/twitter/voice-profiles", description="How drafts sound")


class DraftText(Schema):
    text = Words(10_000, required=True)


class DraftTextBody(TypedDict):
    """DraftText, loaded."""

    text: str


class ReasonOut(Out):
    name = fields.String()
    value = fields.Float(allow_none=True, metadata={"description": "From 0 to 1; null where it cannot be known"})
    weight = fields.Float(metadata={"description": "How much of the score it is; 0 where its value is null"})
    why = fields.String()


class AssessedOut(Out):
    profile_id = Whole(1)
    version = fields.Integer(metadata={"description": "Of the profile"})
    score = fields.Float(metadata={"description": "From 0 to 1: the sum of weight times value"})
    reasons = fields.List(fields.Nested(ReasonOut))


def _assessed(document: assessments.Assessed) -> tuple[object, int]:
    return AssessedOut.of(document), 200


@blp.route("/<id:profile_id>/score", methods=["POST"])
@allow(*SERVICES_AND_ADMINS)
@keyed(_assessed)
@blp.arguments(DraftText)
@blp.response(200, AssessedOut)
def score_draft(body: DraftTextBody, profile_id: int) -> Response:
    """How well a draft keeps to a voice, with the reasons; nothing is stored of it but the answer to a key"""
    return requests.answer(assessments.assess(profile_id, body["text"], requests.once()))
