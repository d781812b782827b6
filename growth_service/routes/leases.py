"""Sending what was approved."""

import secrets
import time
from typing import TypedDict

from flask import Response, current_app
from marshmallow import ValidationError, fields, validates_schema

from growth_service.queue.opportunity_rows import Stored
from growth_service.routes.opportunities import OpportunityOut, OpportunityState, moved
from growth_service.sending import leases, reports
from growth_service.sending.attempts import Lease
from growth_service.sending.leases import Claim, Held, LeftOut
from growth_service.sending.reports import Failure
from growth_service.x import bodies
from shared_schema.problems import Conflict
from shared_schema.web import requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import ADMINS, SERVICES, allow
from shared_schema.web.keyed import keyed
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
    held = fields.Dict(
        fields.String(),
        fields.Integer(),
        metadata={
            "description": "How many more could go out, but for a cap: by `postingHours`, `day`, `authorDay`, `thread`"
        },
    )


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


class Renewal(Schema):
    lease_token = Text(1, 200, required=True)
    lease_seconds = Whole(1, 3600, load_default=300)


class RenewalBody(TypedDict):
    """Renewal, loaded."""

    lease_token: str
    lease_seconds: int


class Release(Schema):
    lease_token = Text(1, 200, required=True)


class ReleaseBody(TypedDict):
    """Release, loaded."""

    lease_token: str


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


def _leased(document: list[Stored | LeftOut | Held]) -> tuple[object, int]:
    return Leased.of({"opportunities": leases.leased(document), "held": leases.held(document)}), 200


@blp.route("/claim", methods=["POST"])
@allow(*SERVICES)
@keyed(_leased)
@blp.arguments(ClaimIn)
@blp.response(200, Leased)
def claim_opportunities(body: ClaimBody) -> Response:
    """Lease approved opportunities, best first; nobody else gets them"""
    wanted = Claim(body["limit"], body["lease_seconds"], int(time.time()), secrets.token_hex(16))
    return requests.answer(leases.claim(wanted, requests.actor(), requests.once(), current_app.config["ENGAGEMENT"]))


@blp.route("/<opportunity_id>/renew", methods=["POST"])
@allow(*SERVICES)
@keyed(moved)
@raises(Conflict)
@blp.arguments(Renewal)
@blp.response(200, OpportunityState)
def renew_lease(body: RenewalBody, opportunity_id: str) -> Response:
    """Let a lease last longer, counted from now; not one that has run out, nor what an earlier lease has sent"""
    lease, until = Lease(opportunity_id, body["lease_token"]), int(time.time()) + body["lease_seconds"]
    return requests.answer(leases.renew(lease, until, requests.actor(), requests.once()))


@blp.route("/<opportunity_id>/release", methods=["POST"])
@allow(*SERVICES)
@keyed(moved)
@raises(Conflict)
@blp.arguments(Release)
@blp.response(200, OpportunityState)
def release_lease(body: ReleaseBody, opportunity_id: str) -> Response:
    """Give a lease back, nothing having been sent; the same as reporting not_sent without a reason"""
    lease = Lease(opportunity_id, body["lease_token"])
    return requests.answer(reports.release(lease, requests.actor(), requests.once()))


@blp.route("/<opportunity_id>/executed", methods=["POST"])
@allow(*SERVICES)
@keyed(moved)
@raises(Conflict)
@blp.arguments(Executed)
@blp.response(200, OpportunityState)
def report_executed(body: ExecutedBody, opportunity_id: str) -> Response:
    """Report that it was sent, under this lease or an earlier one; the same report twice is fine"""
    lease = Lease(opportunity_id, body["lease_token"])
    return requests.answer(reports.executed(lease, body["result_tweet_id"], requests.actor(), requests.once()))


@blp.route("/<opportunity_id>/failed", methods=["POST"])
@allow(*SERVICES)
@keyed(moved)
@raises(Conflict)
@blp.arguments(Failed)
@blp.response(200, OpportunityState)
def report_failed(body: FailedBody, opportunity_id: str) -> Response:
    """Report that it was not sent, or that the outcome is not known; the same report twice is fine"""
    lease, failure = Lease(opportunity_id, body["lease_token"]), Failure(body["outcome"], body["reason"])
    return requests.answer(reports.failed(lease, failure, requests.actor(), requests.once()))


@blp.route("/<opportunity_id>/reconcile", methods=["POST"])
@allow(*ADMINS)
@keyed(moved)
@raises(Conflict)
@blp.arguments(Reconciliation)
@blp.response(200, OpportunityState)
def reconcile_opportunity(body: ReconciliationBody, opportunity_id: str) -> Response:
    """Settle an unknown outcome, after looking at X"""
    outcome, result = body["outcome"], body["result_tweet_id"]
    return requests.answer(reports.reconcile(opportunity_id, outcome, result, requests.actor(), requests.once()))
