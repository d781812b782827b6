"""What the days have brought and what it cost, by windows of days in the asker's time zone."""

import datetime as dt
from importlib import resources

import marshmallow
from flask import Response
from marshmallow import fields, validate

from growth_service.results import analytics, replies, signups, windows
from growth_service.results.signups import SignUps
from growth_service.routes.metrics import Days, DaysQuery
from shared_schema.web import spreadsheets
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import SERVICES_AND_ADMINS, allow
from shared_schema.web.schema import LIMIT, Day, Out, QueryWhole, Usd

blp = Blueprint("analytics", __name__, url_prefix="/api/growth", description="What growth has brought and cost")

# The names of the IANA database, from the package that comes with us: a host's own list has others.
_ZONES = frozenset(resources.files("tzdata").joinpath("zones").read_text().split())


def _is_zone(name: str) -> None:
    if name not in _ZONES:
        raise marshmallow.ValidationError("Not a time zone, like Europe/Berlin.")


class WindowIn(Days):
    timezone = fields.String(
        validate=[validate.Length(1, 64), _is_zone],
        load_default="UTC",
        metadata={"description": "The zone at whose midnights decisions, replies and sign-ups are cut into days"},
    )


class WindowQuery(DaysQuery):
    """WindowIn, loaded."""

    timezone: str


class SignUpsIn(WindowIn):
    limit = QueryWhole(1, 100, load_default=100, metadata={"description": LIMIT})


class SignUpsQuery(WindowQuery):
    """SignUpsIn, loaded."""

    limit: int


def _whole(description: str) -> fields.Integer:
    return fields.Integer(metadata={"description": description})


def _maybe(description: str) -> fields.Integer:
    return fields.Integer(allow_none=True, metadata={"description": description})


def _rate(description: str) -> fields.Float:
    return fields.Float(allow_none=True, metadata={"description": description})


def _cost(name: str, description: str) -> Usd:
    return Usd(data_key=name, allow_none=True, metadata={"description": description})


class AnalyticsTotals(Out):
    followers_count = _maybe("The last one known in the window")
    net_new_followers = _maybe(
        "The last known followersCount less the first, that of the day before the window among them; without two of "
        "them, newFollowers less lostFollowers"
    )
    new_followers = _maybe("The sum of what was sent; null where nothing was")
    lost_followers = _maybe("The same")
    tweets_sent = _maybe("The same")
    engagements_made = _maybe("The same")
    impressions = _maybe("The same")
    profile_visits = _maybe("The same")
    engagement_rate = _rate("engagementsMade / impressions, over the days that have both; null without an impression")
    ai_cost_nanousd = _cost("aiCostsUsd", "What the days cost by the ledger, of the known prices; null where none is")
    drafted = _whole("Opportunities that were drafted in the window")
    approved = _whole("Those of them that a person let be sent, whatever became of it")
    rejected = _whole("Those of them that a person refused")
    executed = _whole("Those of them that were carried out")
    sent = _whole("Replies and quotes sent in the window, whenever they were drafted")
    approval_rate = _rate("approved / (approved + rejected); null where nothing is decided")
    execution_rate = _rate("executed / approved; null where nothing is approved")
    sign_ups = _whole("People who signed up in the window by a link with a tag")
    cost_per_follower_nanousd = _cost("costPerFollowerUsd", "aiCostsUsd / netNewFollowers; null where there are none")
    cost_per_reply_nanousd = _cost("costPerReplyUsd", "aiCostsUsd / sent; null where none was sent")
    cost_per_sign_up_nanousd = _cost(
        "costPerSignUpUsd", "aiCostsUsd / signUps, null where there are none. Revenue is not known here"
    )


class Got(Out):
    replies = fields.Integer()
    engagements = _whole("Likes, retweets, replies and quotes of our replies")
    engagements_per_reply = fields.Float()
    impressions = _maybe("Of the replies of which X has told them")
    engagement_rate = _rate("engagements / impressions of the same replies")


class HourOut(Got):
    hour = fields.Integer(metadata={"minimum": 0, "maximum": 23})


class TopicOut(Got):
    topic = fields.String()


class Analytics(Out):
    days = fields.Integer()
    timezone = fields.String()
    first = Day(metadata={"description": "The first day of the window"})
    last = Day(metadata={"description": "Today in this time zone"})
    totals = fields.Nested(AnalyticsTotals)
    previous = fields.Nested(AnalyticsTotals, metadata={"description": "Of as many days before the window"})
    missing_days = fields.List(Day(), metadata={"description": "Days of the window that have no row"})
    replies_measured = _whole(
        f"Replies from which the best hours and topics are made: those of the window's latest {replies.MEASURED} whose "
        "own tweets we have"
    )
    best_hours = fields.List(fields.Nested(HourOut), metadata={"description": "Most engagements a reply first"})
    best_topics = fields.List(fields.Nested(TopicOut), metadata={"description": "The same; at most 20"})


class TagOut(Out):
    ref = fields.String(metadata={"description": "What the link had in `ref`; `o-<id>` is that of an opportunity"})
    sign_ups = fields.Integer()
    opportunity_id = fields.String(allow_none=True)
    tweet_id = fields.String(allow_none=True, metadata={"description": "The tweet that the opportunity answers"})
    result_tweet_id = fields.String(allow_none=True, metadata={"description": "The reply that was sent"})


class TagList(Out):
    signups = fields.List(fields.Nested(TagOut))
    sign_ups = _whole("By all tags of the window, those that are not listed among them")
    tags = _whole("How many tags there are")
    next = fields.String(allow_none=True)


@blp.route("/analytics")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(WindowIn, location="query")
@blp.response(200, Analytics)
def get_analytics(query: WindowQuery) -> analytics.Report:
    """Totals of the last days beside those of as many days before, rates, what each follower, reply and sign-up cost"""
    return analytics.report(query["days"], query["timezone"], dt.datetime.now(dt.UTC))


@blp.route("/signups")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(SignUpsIn, location="query")
@blp.response(200, TagList)
def list_sign_ups(query: SignUpsQuery) -> dict[str, object]:
    """How many people signed up by links with a tag, most first"""
    return {**_by_tag(query), "next": None}


@blp.route("/signups.csv")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(SignUpsIn, location="query")
@blp.response(200, spreadsheets.FORM, content_type=spreadsheets.TYPE)
def download_sign_ups(query: SignUpsQuery) -> Response:
    """The same as a file for spreadsheets"""
    return spreadsheets.of("sign-ups", TagOut(), _by_tag(query)["signups"])


def _by_tag(query: SignUpsQuery) -> SignUps:
    window = windows.latest(query["days"], query["timezone"], dt.datetime.now(dt.UTC))
    return signups.by_tag(window, query["limit"])
