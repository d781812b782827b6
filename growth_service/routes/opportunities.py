"""The queue of opportunities: the bot drafts, a person decides."""

import secrets
from typing import TypedDict

from flask import Response
from marshmallow import fields

from growth_service import opportunities
from growth_service.opportunity_rows import STATUSES, TYPES, Opportunity
from growth_service.x import bodies
from shared_schema.problems import Conflict, NotFound
from shared_schema.web import paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import ADMINS, SERVICES, SERVICES_AND_ADMINS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import (
    Instant,
    NoBody,
    Number,
    Out,
    QueryWhole,
    Schema,
    Text,
    TextPage,
    Usd,
    UsdIn,
    choice,
)

blp = Blueprint(
    "opportunities", __name__, url_prefix="/api/twitter/opportunities", description="Opportunities to engage"
)


class OpportunityIn(Schema):
    tweet_id = fields.String(required=True, validate=bodies.ID)
    opportunity_type = choice(*TYPES, required=True)
    relevance_score = Number(0, 1, required=True)
    suggested_response = Text(1, 10_000, allow_none=True)
    ai_model_used = Text(1, 200, allow_none=True)
    ai_cost_nanousd = UsdIn(data_key="aiCostUsd", allow_none=True)


class OpportunityOut(Out):
    id = fields.String()
    tweet_id = fields.String()
    tweet_text = fields.String()
    account_username = fields.String(allow_none=True)
    account_display_name = fields.String(allow_none=True)
    opportunity_type = choice(*TYPES)
    relevance_score = fields.Float()
    suggested_response = fields.String(allow_none=True)
    ai_model_used = fields.String(allow_none=True)
    ai_cost_nanousd = Usd(data_key="aiCostUsd", allow_none=True)
    status = choice(*STATUSES)
    created_at = Instant()


class OpportunityState(OpportunityOut):
    reject_reason = fields.String(allow_none=True)
    failure_reason = fields.String(allow_none=True)
    lease_expires_at = Instant(allow_none=True)
    result_tweet_id = fields.String(allow_none=True)
    executed_at = Instant(allow_none=True)
    updated_at = Instant()


class OpportunityFilter(TextPage):
    status = choice(*STATUSES, load_default="pending", metadata={"description": "Only in this state"})
    limit = QueryWhole(1, 100, load_default=10, metadata={"description": "At most so many"})


class OpportunityQuery(paging.TextQuery):
    """OpportunityFilter, loaded."""

    status: str


class OpportunityPage(Out):
    opportunities = fields.List(fields.Nested(OpportunityOut))
    next = fields.String(allow_none=True)


class Draft(Schema):
    suggested_response = Text(1, 10_000, required=True)


class DraftBody(TypedDict):
    """Draft, loaded."""

    suggested_response: str


class Rejection(Schema):
    reason = Text(0, 2000, load_default=None, allow_none=True)


class RejectionBody(TypedDict):
    """Rejection, loaded."""

    reason: str | None


def _added(document: Opportunity) -> tuple[object, int]:
    return OpportunityOut().dump(document), 201


def moved(document: Opportunity | opportunities.OnlyId) -> tuple[object, int]:
    """The answer to a step of the state machine: the opportunity as it is then."""
    return OpportunityState().dump(opportunities.moved(document)), 200


@blp.route("", methods=["POST"])
@allow(*SERVICES)
@keyed(_added)
@raises(NotFound)
@blp.arguments(OpportunityIn)
@blp.response(201, OpportunityOut)
def add_opportunity(draft: opportunities.Draft) -> Response:
    """Put a draft into the queue"""
    receipt = opportunities.add(secrets.token_hex(16), draft, requests.actor(), requests.once())
    return requests.answer(receipt)


@blp.route("")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(OpportunityFilter, location="query")
@blp.response(200, OpportunityPage)
def list_opportunities(query: OpportunityQuery) -> dict[str, object]:
    """Opportunities in a state, the most relevant first, then the newest"""
    return paging.page("opportunities", opportunities.page(query["status"], query.get("after"), query["limit"]))


@blp.route("/<opportunity_id>")
@allow(*SERVICES_AND_ADMINS)
@blp.response(200, OpportunityState)
@blp.unless_damaged
def get_opportunity(opportunity_id: str) -> Opportunity:
    """One opportunity, with what became of it"""
    return opportunities.get(opportunity_id)


@blp.route("/<opportunity_id>", methods=["PATCH"])
@allow(*ADMINS)
@raises(Conflict)
@blp.arguments(Draft)
@blp.response(200, OpportunityState)
def edit_opportunity(body: DraftBody, opportunity_id: str) -> Opportunity:
    """Reword a draft"""
    return opportunities.edit(opportunity_id, body["suggested_response"], requests.actor())


@blp.route("/<opportunity_id>/approve", methods=["POST"])
@allow(*ADMINS)
@keyed(moved)
@raises(Conflict)
@blp.arguments(NoBody, required=False)
@blp.response(200, OpportunityState)
def approve_opportunity(_: dict[str, object], opportunity_id: str) -> Response:
    """Let a draft be sent"""
    return requests.answer(opportunities.approve(opportunity_id, requests.actor(), requests.once()))


@blp.route("/<opportunity_id>/reject", methods=["POST"])
@allow(*ADMINS)
@keyed(moved)
@raises(Conflict)
@blp.arguments(Rejection, required=False)
@blp.response(200, OpportunityState)
def reject_opportunity(body: RejectionBody, opportunity_id: str) -> Response:
    """Refuse a draft"""
    receipt = opportunities.reject(opportunity_id, body["reason"], requests.actor(), requests.once())
    return requests.answer(receipt)
