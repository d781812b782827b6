"""What AI calls cost."""

import datetime as dt
import zoneinfo
from typing import TypedDict

from marshmallow import fields

from growth_service.ledger import costs, question_costs
from growth_service.ledger.cost_rows import Report
from growth_service.ledger.question_costs import QuestionCosts
from growth_service.routes.metrics import Days
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import SERVICES_AND_ADMINS, allow
from shared_schema.web.schema import Day, Flag, Instant, Out, QueryIds, QueryWhole, Schema, Usd, Whole, Zone

blp = Blueprint("costs", __name__, url_prefix="/api/ai/costs", description="What AI calls cost")


class CostsQuery(Days):
    timezone = Zone(load_default="UTC", metadata={"description": "Whose days they are"})
    users = QueryWhole(
        0, costs.MOST, load_default=costs.MOST, metadata={"description": "`byUser` has at most so many, the dearest"}
    )


class CostsAsked(TypedDict):
    """CostsQuery, loaded."""

    days: int
    timezone: str
    users: int


class Totals(Out):
    total_nanousd = Usd(data_key="totalUsd", allow_none=True, metadata={"description": "Of the known prices"})
    generations = fields.Integer()
    unpriced = fields.Integer(metadata={"description": "How many have no known price"})


class CostGroup(Totals):
    purpose = fields.String()
    model = fields.String()
    avg_nanousd = Usd(data_key="avgUsd", allow_none=True, metadata={"description": "Of those with a price"})
    success_rate = fields.Float()


class CostOfModel(Totals):
    model = fields.String()


class CostDay(Totals):
    date = Day()
    start = Instant(data_key="from", metadata={"description": "Its first second"})
    end = Instant(data_key="to", metadata={"description": "The first second of the next day"})


class CostOfExam(Totals):
    exam_id = Whole(1, allow_none=True, metadata={"description": "null: for no exam"})


class CostOfUser(Totals):
    user_id = Whole(1, allow_none=True, metadata={"description": "null: for no user"})


class CostDrift(Out):
    model = fields.String()
    calls = fields.Integer(metadata={"description": "How many have both a bill and a price that we computed"})
    billed_nanousd = Usd(data_key="billedUsd")
    computed_nanousd = Usd(data_key="computedUsd")
    ratio = fields.Float(allow_none=True, metadata={"description": "What was billed by what we computed"})


class CostReport(Totals):
    days = fields.Integer()
    timezone = fields.String()
    start = Instant(data_key="from", metadata={"description": "The first second of the first day"})
    end = Instant(data_key="to", metadata={"description": "The first second behind the last day"})
    left_out = fields.Integer(metadata={"description": "Calls in no sum, since their price or time is none"})
    groups = fields.List(fields.Nested(CostGroup))
    by_model = fields.List(fields.Nested(CostOfModel))
    by_day = fields.List(fields.Nested(CostDay))
    by_exam = fields.List(fields.Nested(CostOfExam), metadata={"description": f"At most {costs.MOST}"})
    by_user = fields.List(fields.Nested(CostOfUser))
    drift = fields.List(fields.Nested(CostDrift), metadata={"description": "The greatest difference first"})


class QuestionsQuery(Schema):
    ids = QueryIds(required=True, metadata={"description": "Questions, with commas between their ids"})


class QuestionsAsked(TypedDict):
    """QuestionsQuery, loaded."""

    ids: list[int]


_SURVIVES = (
    "Approved and active, its key not suspected to be wrong, and its discrimination not negative, as far as learners'"
    " answers tell"
)


class CostOfQuestion(Out):
    question_id = Whole()
    review_status = fields.String(allow_none=True, metadata={"description": "null: there is no such question"})
    survives = Flag(metadata={"description": _SURVIVES})
    generations = fields.Integer(metadata={"description": "Calls that named it"})
    total_nanousd = Usd(
        data_key="costUsd",
        allow_none=True,
        metadata={
            "description": "Of each call its share: the cost is split evenly over the call's questions, and what is"
            " left over goes to the first by id, a nano-dollar each, so that the shares sum up to the call"
        },
    )
    unpriced = fields.Integer(metadata={"description": "Calls without a known price"})


class CostOfQuestions(Out):
    questions = fields.Integer(metadata={"description": "How many of the ids are questions"})
    approved = fields.Integer()
    surviving = fields.Integer(metadata={"description": _SURVIVES})
    total_nanousd = Usd(data_key="costUsd", allow_none=True, metadata={"description": "Of all ids"})
    unpriced = fields.Integer()
    per_approved_nanousd = Usd(
        data_key="costPerApprovedUsd", allow_none=True, metadata={"description": "The cost of all by the approved ones"}
    )
    per_surviving_nanousd = Usd(
        data_key="costPerSurvivingUsd", allow_none=True, metadata={"description": "By those that survive"}
    )


class QuestionReport(Out):
    questions = fields.List(fields.Nested(CostOfQuestion))
    totals = fields.Nested(CostOfQuestions)


@blp.route("")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(CostsQuery, location="query")
@blp.response(200, CostReport)
def get_costs(query: CostsAsked) -> Report:
    """Costs of the last days: by purpose and model, model, exam and user (dearest first), by day (newest first)

    Each figure is the sum over the calls that `GET /api/ai/generations` lists for the same time.
    """
    zone = zoneinfo.ZoneInfo(query["timezone"])
    return costs.report(query["days"], zone, dt.datetime.now(dt.UTC), query["users"])


@blp.route("/questions")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(QuestionsQuery, location="query")
@blp.response(200, QuestionReport)
def get_question_costs(query: QuestionsAsked) -> QuestionCosts:
    """What questions cost, each by itself and by how many were approved and survive"""
    return question_costs.of(query["ids"])
