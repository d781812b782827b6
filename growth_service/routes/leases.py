"""Sending what was approved."""

import secrets
import time
from typing import TypedDict

from flask import Response
from marshmallow import ValidationError, fields, validates_schema

from growth_service import leases
from growth_service.leases import Claim
from growth_service.opportunity_rows import Opportunity
from growth_service.routes.opportunities import OpportunityOut, OpportunityState
from growth_service.x import bodies
from shared_schema.problems import Conflict
from shared_schema.web import requests
from shared_schema.web.api import Blueprint, creates, raises
from shared_schema.web.auth import ADMINS, SERVICES, allow
from shared_schema.web.schema import Instant, Out, Schema, Text, Whole, choice

blp = Blueprint("leases", __name__, url_prefix="/api/twitter/opportunities", description="Sending what was approved")


class ClaimIn(Schema):
    limit = Whole(1, 50, load_default=10)
    lease_seconds = Whole(1, 3600, load_default=300)


class ClaimBody(TypedDict):
    """ClaimIn, loaded."""

    limit: int
    lease_seconds: int


class LeasedOpportunity(OpportunityOut):
    lease_token = fields.String()
    lease_expires_at = Instant()


class Leased(Out):
    opportunities = fields.List(fields.Nested(LeasedOpportunity))


class Executed(Schema):
    lease_token = Text(1, 200, required=True)
    result_tweet_id = fields.String(
        required=True, allow_none=True, validate=bodies.ID, metadata={"description": "null for a follow"}
    )


class ExecutedBody(TypedDict):
    """Executed, loaded."""

    lease_token: str
    result_tweet_id: str | None


class Failed(Schema):
    lease_token = Text(1, 200, required=True)
    outcome = choice("not_sent", "unknown", required=True)
    reason = Text(0, 2000, load_default=None, allow_none=True)


class FailedBody(TypedDict):
    """Failed, loaded."""

    lease_token: str
    outcome: str
    reason: str | None


class ReconciliationBody(TypedDict):
    """Reconciliation, loaded."""

    outcome: str
    result_tweet_id: str | None


class Reconciliation(Schema):
    outcome = choice("sent", "not_sent", required=True)
    result_tweet_id = fields.String(load_default=None, allow_none=True, validate=bodies.ID)

    @validates_schema
    def check_result(self, data: ReconciliationBody, **_: object) -> None:
        if data["outcome"] == "not_sent" and data["result_tweet_id"] is not None:
            raise ValidationError("What was not sent has no tweet.", "resultTweetId")


@blp.route("/claim", methods=["POST"])
@allow(*SERVICES)
@creates
@blp.arguments(ClaimIn)
@blp.response(200, Leased)
def claim_opportunities(body: ClaimBody) -> Response:
    """Lease approved opportunities, best first; nobody else gets them"""
    wanted = Claim(body["limit"], body["lease_seconds"], int(time.time()), secrets.token_hex(16))
    receipt = leases.claim(wanted, requests.actor(), requests.once())
    return requests.answer(receipt, Leased().dump({"opportunities": receipt.document}), 200)


@blp.route("/<opportunity_id>/executed", methods=["POST"])
@allow(*SERVICES)
@raises(Conflict)
@blp.arguments(Executed)
@blp.response(200, OpportunityState)
def report_executed(body: ExecutedBody, opportunity_id: str) -> Opportunity:
    """Report that it was sent; the same report twice is fine"""
    return leases.executed(opportunity_id, body["lease_token"], body["result_tweet_id"], requests.actor())


@blp.route("/<opportunity_id>/failed", methods=["POST"])
@allow(*SERVICES)
@raises(Conflict)
@blp.arguments(Failed)
@blp.response(200, OpportunityState)
def report_failed(body: FailedBody, opportunity_id: str) -> Opportunity:
    """Report that it was not sent, or that the outcome is not known"""
    return leases.failed(opportunity_id, body["lease_token"], body["outcome"], body["reason"], requests.actor())


@blp.route("/<opportunity_id>/reconcile", methods=["POST"])
@allow(*ADMINS)
@raises(Conflict)
@blp.arguments(Reconciliation)
@blp.response(200, OpportunityState)
def reconcile_opportunity(body: ReconciliationBody, opportunity_id: str) -> Opportunity:
    """Settle an unknown outcome, after looking at X"""
    return leases.reconcile(opportunity_id, body["outcome"], body["result_tweet_id"], requests.actor())
