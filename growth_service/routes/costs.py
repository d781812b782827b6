"""What AI calls cost."""

import datetime as dt

from marshmallow import fields

from growth_service import costs
from growth_service.routes.metrics import Days, DaysQuery
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import SERVICES_AND_ADMINS, allow
from shared_schema.web.schema import Day, Out, Usd

blp = Blueprint("costs", __name__, url_prefix="/api/ai/costs", description="What AI calls cost")


class Totals(Out):
    total_nanousd = Usd(data_key="totalUsd", allow_none=True, metadata={"description": "Of the known prices"})
    generations = fields.Integer()
    unpriced = fields.Integer(metadata={"description": "How many have no known price"})


class CostGroup(Totals):
    purpose = fields.String()
    model = fields.String()
    avg_nanousd = Usd(data_key="avgUsd", allow_none=True, metadata={"description": "Of those with a price"})
    success_rate = fields.Float()


class CostDay(Totals):
    date = Day()


class CostReport(Totals):
    days = fields.Integer()
    groups = fields.List(fields.Nested(CostGroup))
    by_day = fields.List(fields.Nested(CostDay))


@blp.route("")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(Days, location="query")
@blp.response(200, CostReport)
def get_costs(query: DaysQuery) -> costs.Report:
    """Costs of the last days, by purpose and model (dearest first) and by day (newest first)"""
    return costs.report(query["days"], dt.datetime.now(dt.UTC).date())
