"""Budgets of AI."""

import time

from flask import Response, jsonify
from marshmallow import fields

from growth_service.spending import budgets
from growth_service.spending.budgets import Terms
from shared_schema.problems import Damaged
from shared_schema.tables.budgets import PERIODS
from shared_schema.web import paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import ADMINS, SERVICES_AND_ADMINS, allow
from shared_schema.web.paging import TextQuery
from shared_schema.web.schema import Flag, Instant, Out, Schema, Text, TextPage, Usd, UsdIn, choice

blp = Blueprint("budgets", __name__, url_prefix="/api/ai/budgets", description="What AI may cost")

_FORECAST = "Of the end of the period: posted + the mean of the last 7 full UTC days, times the days left"


class BudgetIn(Schema):
    period = choice(*PERIODS, required=True, metadata={"description": "Of UTC"})
    limit_nanousd = UsdIn(data_key="limitUsd", required=True)
    purpose = Text(1, 100, allow_none=True, metadata={"description": "Only calls of this purpose; null for all"})
    fail_closed = Flag(
        metadata={
            "description": "A call of unknown price counts as what was held for it; where nothing was, it stops holds"
        }
    )


class AlertOut(Out):
    percent = fields.Integer()
    crossed_at = Instant()
    delivered_at = Instant(allow_none=True, metadata={"description": "null until the webhook has taken it"})


class BudgetOut(Out):
    name = fields.String()
    period = choice(*PERIODS)
    limit_nanousd = Usd(data_key="limitUsd")
    purpose = fields.String(allow_none=True)
    fail_closed = Flag()
    posted_nanousd = Usd(data_key="postedUsd", metadata={"description": "Spent in this period"})
    pending_nanousd = Usd(data_key="pendingUsd", metadata={"description": "Held by open holds of this period"})
    available_nanousd = Usd(data_key="availableUsd", metadata={"description": "What a hold can have"})
    forecast_nanousd = Usd(data_key="forecastUsd", metadata={"description": _FORECAST})
    unpriced = fields.Integer(metadata={"description": "Calls of this period without a known price"})
    uncovered = fields.Integer(metadata={"description": "Those of them for which nothing is posted"})
    period_key = fields.String(data_key="currentPeriod")
    period_starts_at = Instant()
    period_ends_at = Instant()
    alerts = fields.List(fields.Nested(AlertOut), metadata={"description": "Of this period"})
    created_at = Instant()
    updated_at = Instant()


class BudgetList(Out):
    budgets = fields.List(fields.Nested(BudgetOut))
    next = fields.String(allow_none=True)


def _now() -> int:
    return int(time.time())


@blp.route("/<budget_name>", methods=["PUT"])
@allow(*ADMINS)
@raises(Damaged)
@blp.arguments(BudgetIn)
@blp.response(200, BudgetOut)
@blp.alt_response(201, schema=BudgetOut, description="Created")
def put_budget(terms: Terms, budget_name: str) -> Response:
    """Create or change a budget; a purpose that is not sent stays as it is, null is all calls"""
    budget, created = budgets.put(budget_name, terms, requests.actor(), _now())
    response = jsonify(BudgetOut.of(budget))
    response.status_code = 201 if created else 200
    return response


@blp.route("/<budget_name>")
@allow(*SERVICES_AND_ADMINS)
@blp.response(200, BudgetOut)
@blp.unless_damaged
def get_budget(budget_name: str) -> budgets.Budget:
    """One budget with what is spent and held in its present period"""
    return budgets.get(budget_name, _now())


@blp.route("")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(TextPage, location="query")
@blp.response(200, BudgetList)
def list_budgets(query: TextQuery) -> dict[str, object]:
    """Budgets by name"""
    return paging.page("budgets", budgets.page(query.get("after", ""), query["limit"], _now()))
