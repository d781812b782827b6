"""What is reserved of a budget before a call."""

import secrets
import time
from typing import NotRequired, TypedDict

from flask import Response
from marshmallow import fields

from growth_service.spending import hold_rows, holds
from growth_service.spending.hold_rows import Hold
from growth_service.spending.holds import Listing, Wanted
from shared_schema.problems import BudgetExceeded, Conflict
from shared_schema.tables.budgets import RESOLVERS
from shared_schema.web import paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import SERVICES, SERVICES_AND_ADMINS, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Instant, Out, Schema, Text, TextPage, Usd, UsdIn, Whole, choice

blp = Blueprint("holds", __name__, url_prefix="/api/ai", description="What is reserved of a budget before a call")

MAX_S = 7 * 86_400


class HoldIn(Schema):
    amount_nanousd = UsdIn(data_key="amountUsd", required=True)
    expires_in_seconds = Whole(1, MAX_S, required=True)
    request_id = Text(
        1, 255, required=True, metadata={"description": "The call's own id, with which the ledger will know it"}
    )


class HoldBody(TypedDict):
    """HoldIn, loaded."""

    amount_nanousd: int
    expires_in_seconds: int
    request_id: str


class Settlement(Schema):
    actual_nanousd = UsdIn(data_key="actualUsd", required=True)


class SettlementBody(TypedDict):
    """Settlement, loaded."""

    actual_nanousd: int


class HoldOut(Out):
    id = fields.String()
    budget = fields.String()
    request_id = fields.String()
    amount_nanousd = Usd(data_key="amountUsd")
    created_at = Instant()
    expires_at = Instant()
    state = choice(*hold_rows.STATES)
    actual_nanousd = Usd(data_key="actualUsd", allow_none=True, metadata={"description": "What the call cost"})
    posted_nanousd = Usd(data_key="postedUsd", allow_none=True, metadata={"description": "What the budget was charged"})
    overrun_nanousd = Usd(data_key="overrunUsd", allow_none=True, metadata={"description": "More than was held"})
    resolved_at = Instant(allow_none=True)
    resolved_by = choice(*RESOLVERS, allow_none=True, metadata={"description": "generation: the ledger had the call"})


class HoldQuery(TextPage):
    state = choice("open", metadata={"description": "Only open ones"})


class ReadQuery(TypedDict):
    """HoldQuery, loaded."""

    state: NotRequired[str]
    after: NotRequired[str]
    limit: int


class HoldList(Out):
    holds = fields.List(fields.Nested(HoldOut))
    next = fields.String(allow_none=True)


def _now() -> float:
    return time.time()


def _held(document: Hold) -> tuple[object, int]:
    return HoldOut.of(hold_rows.shown(document)), 201


def _settled(document: Hold) -> tuple[object, int]:
    return HoldOut.of(hold_rows.shown(document)), 200


@blp.route("/budgets/<budget_name>/holds", methods=["POST"])
@allow(*SERVICES)
@keyed(_held)
@raises(BudgetExceeded, Conflict)
@blp.arguments(HoldIn)
@blp.response(201, HoldOut)
def add_hold(body: HoldBody, budget_name: str) -> Response:
    """Reserve an amount before a call; the same requestId again is the same hold"""
    now = _now()
    wanted = Wanted(budget_name, body["request_id"], body["amount_nanousd"], body["expires_in_seconds"], int(now))
    hold_id = f"{int(now * 1000):012x}{secrets.token_hex(10)}"  # in the order of time
    return requests.answer(holds.hold(hold_id, wanted, requests.once()))


@blp.route("/budgets/<budget_name>/holds")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(HoldQuery, location="query")
@blp.response(200, HoldList)
def list_holds(query: ReadQuery, budget_name: str) -> dict[str, object]:
    """Holds of a budget, latest first"""
    wanted: Listing = {key: query[key] for key in ("after", "state") if key in query}  # type: ignore[assignment]  # its keys
    return paging.page("holds", holds.page(budget_name, wanted, query["limit"], int(_now())))


@blp.route("/holds/<hold_id>")
@allow(*SERVICES_AND_ADMINS)
@blp.response(200, HoldOut)
@blp.unless_damaged
def get_hold(hold_id: str) -> Hold:
    """One hold, and what became of it"""
    return holds.get(hold_id, int(_now()))


@blp.route("/holds/<hold_id>/settle", methods=["POST"])
@allow(*SERVICES)
@keyed(_settled)
@raises(Conflict)
@blp.arguments(Settlement)
@blp.response(200, HoldOut)
def settle_hold(body: SettlementBody, hold_id: str) -> Response:
    """Post what the call has cost, all of it; the same again is fine"""
    return requests.answer(holds.settle(hold_id, body["actual_nanousd"], int(_now()), requests.once()))


@blp.route("/holds/<hold_id>", methods=["DELETE"])
@allow(*SERVICES)
@raises(Conflict)
@blp.response(200, HoldOut)
def release_hold(hold_id: str) -> Hold:
    """Give back what was held, since nothing was spent; the same again is fine"""
    return hold_rows.shown(holds.release(hold_id, int(_now())))
