"""The queue of opportunities: the bot drafts, a person looks."""

import secrets

from flask import Response, current_app
from marshmallow import ValidationError, fields

from growth_service.queue import drafts, opportunities
from growth_service.queue.opportunity_rows import STATUSES, TYPES, Opportunity, Stored
from growth_service.x import bodies, length
from shared_schema.problems import Conflict, NotFound
from shared_schema.web import paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import SERVICES, SERVICES_AND_ADMINS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Flag, Instant, Number, Out, QueryWhole, Schema, Text, TextPage, Usd, UsdIn, choice

blp = Blueprint(
    "opportunities", __name__, url_prefix="/api/twitter/opportunities", description="Opportunities to engage"
)


class ReplyText(Text):
    """What is to be sent: not blank, and no longer than X takes it."""

    def __init__(self, **options: object) -> None:
        description = f"Up to {length.MAX} characters by X's weighted count"
        super().__init__(1, 10_000, metadata={"description": description}, **options)
        self.validators.append(_sendable)


def _sendable(text: str) -> None:
    if not text.strip():
        raise ValidationError("There is no text to send.")
    count = length.weighted(text)
    if count > length.MAX:
        raise ValidationError(length.too_long(count))


class OpportunityIn(Schema):
    tweet_id = fields.String(required=True, validate=bodies.ID)
    opportunity_type = choice(*TYPES, required=True)
    relevance_score = Number(
        0, 1, allow_none=True, metadata={"description": "Without it, the service finds it and explains it"}
    )
    suggested_response = ReplyText(allow_none=True)
    ai_model_used = Text(1, 200, allow_none=True)
    ai_cost_nanousd = UsdIn(data_key="aiCostUsd", allow_none=True)


class ParentOut(Out):
    id = fields.String()
    text = fields.String(allow_none=True, metadata={"description": "null where it was never ingested"})
    account_username = fields.String(allow_none=True)


class OpportunityOut(Out):
    id = fields.String()
    tweet_id = fields.String()
    tweet_text = fields.String()
    tweet_created_at = Instant(allow_none=True)
    tweet_age_s = fields.Integer(data_key="tweetAgeSeconds", allow_none=True)
    tweet_url = fields.String()
    parent = fields.Nested(ParentOut, allow_none=True, metadata={"description": "The post that the tweet replies to"})
    account_username = fields.String(allow_none=True)
    account_display_name = fields.String(allow_none=True)
    opportunity_type = choice(*TYPES)
    relevance_score = fields.Float()
    reasons = fields.List(fields.Dict(), data_key="relevanceReasons", allow_none=True)
    suggested_response = fields.String(allow_none=True)
    weighted_length = fields.Integer(allow_none=True, metadata={"description": "Of the reply, as X counts it"})
    text_hash = fields.String(metadata={"description": "Of the reply and the post; an approval may name it"})
    ai_model_used = fields.String(allow_none=True)
    ai_cost_nanousd = Usd(data_key="aiCostUsd", allow_none=True)
    status = choice(*STATUSES)
    answered_before = Flag(metadata={"description": "The post or its thread has an answer of ours"})
    decided_by = fields.String(allow_none=True, metadata={"description": "The subject of a token, or `service`"})
    decided_at = Instant(allow_none=True)
    reject_reason = fields.String(allow_none=True)
    failure_reason = fields.String(allow_none=True)
    expired_reason = fields.String(allow_none=True)
    pending_until = Instant(allow_none=True)
    lease_expires_at = Instant(allow_none=True)
    result_tweet_id = fields.String(allow_none=True)
    flagged = fields.String(allow_none=True, metadata={"description": "What a person should look at"})
    created_at = Instant()


class OpportunityState(OpportunityOut):
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


class OpportunityCounts(Out):
    counts = fields.Dict(fields.String(), fields.Integer(), metadata={"description": "By state"})


def _added(document: Stored) -> tuple[object, int]:
    return OpportunityOut.of(opportunities.moved(document)), 201


def moved(document: Stored | opportunities.OnlyId) -> tuple[object, int]:
    """The answer to a step of the state machine: the opportunity as it is then."""
    return OpportunityState.of(opportunities.moved(document)), 200


@blp.route("", methods=["POST"])
@allow(*SERVICES)
@keyed(_added)
@raises(NotFound, Conflict)
@blp.arguments(OpportunityIn)
@blp.response(201, OpportunityOut)
def add_opportunity(draft: drafts.Draft) -> Response:
    """Put a draft into the queue; one that is not relevant enough is rejected at once"""
    rules = current_app.config["ENGAGEMENT"]
    return requests.answer(drafts.add(secrets.token_hex(16), draft, requests.actor(), requests.once(), rules))


@blp.route("")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(OpportunityFilter, location="query")
@blp.response(200, OpportunityPage)
def list_opportunities(query: OpportunityQuery) -> dict[str, object]:
    """Opportunities in a state, the most relevant first, then the newest"""
    return paging.page("opportunities", opportunities.page(query["status"], query.get("after"), query["limit"]))


@blp.route("/counts")
@allow(*SERVICES_AND_ADMINS)
@blp.response(200, OpportunityCounts)
def count_opportunities() -> dict[str, object]:
    """How many opportunities are in each state"""
    return {"counts": opportunities.counts()}


@blp.route("/<opportunity_id>")
@allow(*SERVICES_AND_ADMINS)
@blp.response(200, OpportunityState)
@blp.unless_damaged
def get_opportunity(opportunity_id: str) -> Opportunity:
    """One opportunity, with what became of it"""
    return opportunities.get(opportunity_id)
