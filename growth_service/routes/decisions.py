"""What a person decides about drafts."""

from typing import TypedDict

from flask import Response, current_app
from marshmallow import ValidationError, fields, validates_schema

from growth_service.queue import bulk, decisions
from growth_service.queue.opportunity_rows import Opportunity
from growth_service.routes.opportunities import OpportunityState, ReplyText, moved
from shared_schema import bounded
from shared_schema.problems import Conflict
from shared_schema.web import requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import ADMINS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import NoBody, Out, Schema, Text, choice

blp = Blueprint("decisions", __name__, url_prefix="/api/twitter/opportunities", description="Deciding what is sent")


class Draft(Schema):
    suggested_response = ReplyText(required=True)


class DraftBody(TypedDict):
    """Draft, loaded."""

    suggested_response: str


class Approval(Schema):
    text_hash = Text(
        1, 64, load_default=None, allow_none=True, metadata={"description": "What was read: 409 if it has changed"}
    )


class ApprovalBody(TypedDict):
    """Approval, loaded."""

    text_hash: str | None


class Rejection(Schema):
    reason = Text(0, 2000, load_default=None, allow_none=True)


class RejectionBody(TypedDict):
    """Rejection, loaded."""

    reason: str | None


class DecisionBody(TypedDict):
    """Decision, loaded."""

    ids: list[str]
    decision: str
    reason: str | None


class Decision(Schema):
    ids = bounded.List(Text(1, 64), 1, 100, required=True)
    decision = choice("approve", "reject", required=True)
    reason = Text(0, 2000, load_default=None, allow_none=True, metadata={"description": "Of a rejection"})

    @validates_schema
    def check_reason(self, data: DecisionBody, **_: object) -> None:
        if data["decision"] == "approve" and data["reason"] is not None:
            raise ValidationError("An approval has no reason.", "reason")


class RefusedOut(Out):
    id = fields.String()
    reason = fields.String()


class Decided(Out):
    decided = fields.List(fields.String(), metadata={"description": "The ids of those that are decided now"})
    refused = fields.List(fields.Nested(RefusedOut))


def _decided(document: bulk.Decided) -> tuple[object, int]:
    return Decided.of(document), 200


def _pending_s() -> int:
    seconds: int = current_app.config["ENGAGEMENT"].pending_s
    return seconds


@blp.route("/decide", methods=["POST"])
@allow(*ADMINS)
@keyed(_decided)
@blp.arguments(Decision)
@blp.response(200, Decided)
def decide_opportunities(body: DecisionBody) -> Response:
    """Approve or reject up to 100 drafts, each by itself"""
    receipt = bulk.decide(body["ids"], body["decision"], body["reason"], requests.actor(), requests.once())
    return requests.answer(receipt)


@blp.route("/<opportunity_id>", methods=["PATCH"])
@allow(*ADMINS)
@raises(Conflict)
@blp.arguments(Draft)
@blp.response(200, OpportunityState)
def edit_opportunity(body: DraftBody, opportunity_id: str) -> Opportunity:
    """Reword a draft; one that was approved is pending again"""
    return decisions.edit(opportunity_id, body["suggested_response"], requests.actor(), _pending_s())


@blp.route("/<opportunity_id>/approve", methods=["POST"])
@allow(*ADMINS)
@keyed(moved)
@raises(Conflict)
@blp.arguments(Approval, required=False)
@blp.response(200, OpportunityState)
def approve_opportunity(body: ApprovalBody, opportunity_id: str) -> Response:
    """Let a draft be sent as it reads now"""
    receipt = decisions.approve(opportunity_id, body["text_hash"], requests.actor(), requests.once())
    return requests.answer(receipt)


@blp.route("/<opportunity_id>/reject", methods=["POST"])
@allow(*ADMINS)
@keyed(moved)
@raises(Conflict)
@blp.arguments(Rejection, required=False)
@blp.response(200, OpportunityState)
def reject_opportunity(body: RejectionBody, opportunity_id: str) -> Response:
    """Refuse a draft"""
    receipt = decisions.reject(opportunity_id, body["reason"], requests.actor(), requests.once())
    return requests.answer(receipt)


@blp.route("/<opportunity_id>/undo", methods=["POST"])
@allow(*ADMINS)
@keyed(moved)
@raises(Conflict)
@blp.arguments(NoBody, required=False)
@blp.response(200, OpportunityState)
def undo_decision(_: dict[str, object], opportunity_id: str) -> Response:
    """Take back an approval that nobody has claimed, or a rejection"""
    return requests.answer(decisions.undo(opportunity_id, requests.actor(), requests.once(), _pending_s()))
