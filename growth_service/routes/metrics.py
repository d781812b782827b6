"""The account's growth by day."""

import datetime as dt
from typing import TypedDict

from flask import Response, jsonify
from marshmallow import fields

from growth_service.results import metrics
from growth_service.results.metrics import Figures
from shared_schema.problems import Damaged
from shared_schema.web import paging, requests, spreadsheets
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import ADMINS, SERVICES, SERVICES_AND_ADMINS, allow
from shared_schema.web.schema import Day, Instant, Number, Out, QueryWhole, Schema, Usd, Whole

blp = Blueprint("metrics", __name__, url_prefix="/api/growth", description="Growth by day")

MAX_DAYS = 366


class MetricIn(Schema):
    followers_count = Whole(allow_none=True)
    following_count = Whole(allow_none=True)
    new_followers = Whole(allow_none=True)
    lost_followers = Whole(allow_none=True)
    tweets_sent = Whole(allow_none=True)
    engagements_made = Whole(allow_none=True)
    impressions = Whole(allow_none=True)
    profile_visits = Whole(allow_none=True)
    engagement_rate = Number(0, 1, allow_none=True)


class MetricOut(Out):
    date = Day()
    followers_count = fields.Integer(allow_none=True)
    following_count = fields.Integer(allow_none=True)
    new_followers = fields.Integer(allow_none=True)
    lost_followers = fields.Integer(allow_none=True)
    tweets_sent = fields.Integer(allow_none=True)
    engagements_made = fields.Integer(allow_none=True)
    impressions = fields.Integer(allow_none=True)
    profile_visits = fields.Integer(allow_none=True)
    engagement_rate = fields.Float(allow_none=True)
    ai_cost_nanousd = Usd(
        data_key="aiCostsUsd",
        allow_none=True,
        metadata={"description": "From the ledger; where it knows nothing, what was adopted with the day"},
    )
    followers_change = fields.Integer(
        allow_none=True,
        metadata={
            "description": "newFollowers less lostFollowers where both were sent, else followersCount less that of "
            "the day before"
        },
    )
    days_since_previous = fields.Integer(
        allow_none=True, metadata={"description": "1 where the day before has a row, more behind a gap"}
    )
    created_at = Instant()
    updated_at = Instant()


class Days(Schema):
    days = QueryWhole(1, MAX_DAYS, load_default=30, metadata={"description": "So many days up to today"})


class DaysQuery(TypedDict):
    """Days, loaded."""

    days: int


class MetricList(Out):
    metrics = fields.List(fields.Nested(MetricOut))
    next = Day(allow_none=True)


_DAY = {"in": "path", "name": "date", "schema": {"type": "string", "format": "date"}, "description": "The day, in UTC"}
_METRIC = MetricOut()


@blp.route("/metrics/<date>", methods=["PUT"], parameters=[_DAY])
@allow(*SERVICES)
@raises(Damaged)
@blp.arguments(MetricIn)
@blp.response(200, MetricOut)
@blp.alt_response(201, schema=MetricOut, description="Created")
def put_metric(figures: Figures, date: str) -> Response:
    """Create or change a day, not more than a day ahead; what is not sent stays as it is, null clears"""
    day, created = metrics.put(date, figures, requests.actor(), _today())
    response = jsonify(_METRIC.dump(day))
    response.status_code = 201 if created else 200
    return response


@blp.route("/metrics/<date>", parameters=[_DAY])
@allow(*SERVICES_AND_ADMINS)
@blp.response(200, MetricOut)
@blp.unless_damaged
def get_metric(date: str) -> metrics.Day:
    """One day"""
    return metrics.get(date)


@blp.route("/metrics/<date>", methods=["DELETE"], parameters=[_DAY])
@allow(*ADMINS)
@blp.response(204)
def remove_metric(date: str) -> None:
    """Take a day away; what it had stays in the audit log"""
    metrics.remove(date, requests.actor())


@blp.route("/metrics")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(Days, location="query")
@blp.response(200, MetricList)
def list_metrics(query: DaysQuery) -> dict[str, object]:
    """The last days, newest first; days without a row are missing"""
    return paging.whole("metrics", metrics.latest(query["days"], _today()))


@blp.route("/metrics.csv")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(Days, location="query")
@blp.response(200, spreadsheets.FORM, content_type=spreadsheets.TYPE)
def download_metrics(query: DaysQuery) -> Response:
    """The same as a file for spreadsheets"""
    return spreadsheets.of("growth-metrics", _METRIC, metrics.latest(query["days"], _today()))


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
