"""Tweets."""

import datetime as dt
from typing import TypedDict

from flask import Response, current_app
from marshmallow import ValidationError, fields, validates_schema

from growth_service.posts import analyses, tweet_pages
from growth_service.posts.analyses import Analysis
from growth_service.posts.tweet_pages import Only, Surrounded
from growth_service.posts.tweet_rows import Tweet
from growth_service.routes.accounts import AccountOut
from growth_service.sending import ingesting
from growth_service.x import bodies, responses, seen
from growth_service.x.answers import FetchedAt, FetchQuery, ingested, moment
from growth_service.x.answers import Ingested as IngestedOut
from shared_schema import bounded
from shared_schema.problems import Conflict, NotFound
from shared_schema.web import paging, requests
from shared_schema.web.api import Blueprint, raises
from shared_schema.web.auth import SERVICES, SERVICES_AND_ADMINS, allow
from shared_schema.web.bodies import up_to
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Flag, Instant, Number, Out, QueryWhole, Schema, Text, TextPage, camel

blp = Blueprint("tweets", __name__, url_prefix="/api/twitter/tweets", description="Tweets")

MAX_DAYS = 366


class Author(FetchedAt):
    account_id = fields.String(
        load_default=None,
        validate=bodies.ID,
        metadata={"description": "The author of the tweets that do not name theirs"},
    )


class IngestQuery(Author):
    timeline = Flag(
        load_default=False,
        metadata={
            "description": "The body is a page of GET /2/users/{accountId}/tweets, asked with `tweet.fields` of"
            " `referenced_tweets,entities` and without `exclude` and `start_time`. If the account is ours, what the"
            " page does not have was not sent"
        },
    )
    since_id = fields.String(
        load_default=None,
        validate=bodies.ID,
        metadata={"description": "With `timeline`: the `since_id` that X was asked with"},
    )
    until_id = fields.String(
        load_default=None,
        validate=bodies.ID,
        metadata={
            "description": "With `timeline`: the `until_id` that X was asked with, or, of a further page, the"
            " `oldest_id` of the page before"
        },
    )

    @validates_schema
    def check_timeline(self, data: seen.Asked, **_: object) -> None:
        if data["timeline"] and data["account_id"] is None:
            raise ValidationError("A timeline is that of an account.", "accountId")
        for name in ("since_id", "until_id"):
            if data[name] is not None and not data["timeline"]:
                raise ValidationError("Only a timeline has it.", camel(name))


class Asked(FetchQuery, seen.Asked):
    """IngestQuery, loaded."""


class TweetFilter(TextPage):
    account_id = fields.String(load_default=None, validate=bodies.ID, metadata={"description": "Only by this author"})
    conversation_id = fields.String(
        load_default=None, validate=bodies.ID, metadata={"description": "Only of this conversation"}
    )
    since = Instant(load_default=None, metadata={"description": "Only those written then or later"})
    until = Instant(load_default=None, metadata={"description": "Only those written before"})


class TweetQuery(paging.TextQuery):
    """TweetFilter, loaded."""

    account_id: str | None
    conversation_id: str | None
    since: int | None
    until: int | None


class Days(Schema):
    days = QueryWhole(1, MAX_DAYS, load_default=30, metadata={"description": "Written in so many days up to today"})
    limit = QueryWhole(1, 100, load_default=10, metadata={"description": "At most so many"})


class DaysQuery(TypedDict):
    """Days, loaded."""

    days: int
    limit: int


class TweetOut(Out):
    id = fields.String()
    account_id = fields.String()
    account_username = fields.String(allow_none=True, metadata={"description": "null where X has not told it"})
    text = fields.String()
    metrics = fields.Dict(fields.String(), fields.Integer(), allow_none=True)
    entities = fields.Dict(fields.String(), fields.List(fields.String()), allow_none=True)
    ai_analysis = fields.Dict(allow_none=True)
    created_at = Instant(allow_none=True)
    analyzed_at = Instant(allow_none=True)
    conversation_id = fields.String(allow_none=True)
    replied_to_id = fields.String(allow_none=True)
    replied_to_account_id = fields.String(allow_none=True)
    quoted_id = fields.String(allow_none=True)
    language = fields.String(allow_none=True)
    chain_id = fields.String(metadata={"description": "The first version of an edited post, else the id"})
    superseded_by = fields.String(allow_none=True, metadata={"description": "The latest version, if this is not it"})
    unavailable = fields.String(allow_none=True, metadata={"description": "Why the tweet cannot be seen on X"})
    withheld = fields.Dict(allow_none=True, metadata={"description": "Where the tweet is hidden, as X says it"})
    fetched_at = Instant(allow_none=True)


class MetricsDayOut(Out):
    day = fields.String(metadata={"description": "In UTC"})
    likes = fields.Integer(allow_none=True)
    retweets = fields.Integer(allow_none=True)
    replies = fields.Integer(allow_none=True)
    quotes = fields.Integer(allow_none=True)
    bookmarks = fields.Integer(allow_none=True)
    impressions = fields.Integer(allow_none=True)
    fetched_at = Instant()


class SurroundedTweet(TweetOut):
    author = fields.Nested(AccountOut)
    parent = fields.Nested(TweetOut, allow_none=True, metadata={"description": "What it replies to, if it is stored"})
    conversation = fields.List(fields.Nested(TweetOut), metadata={"description": "The latest others, up to 20"})
    metrics_history = fields.List(
        fields.Nested(MetricsDayOut), metadata={"description": "As of the last fetch of each day, newest first"}
    )


class TweetPage(Out):
    tweets = fields.List(fields.Nested(TweetOut))
    next = fields.String(allow_none=True)


class AnalysisIn(Schema):
    sentiment = Text(1, 100, required=True)
    topics = bounded.List(Text(1, 200), 0, 50, required=True)
    engagement_quality = Number(0, 100, required=True)
    relevance_score = Number(0, 1)


@blp.route("", methods=["POST"])
@allow(*SERVICES)
@keyed(ingested)
@up_to(bodies.MAX_BYTES)
@blp.arguments(IngestQuery, location="query")
@blp.arguments(bodies.XResponse)
@blp.response(200, IngestedOut)
def ingest_tweets(query: Asked, response: bodies.Response) -> Response:
    """Store a response of the X API v2 as it came; all of it or, with an error, nothing

    Posts of our own accounts settle what became of replies and quotes whose outcome is unknown.
    """
    fetched_at = moment(query)
    fetched = responses.tweets(response, query["account_id"], fetched_at)
    own = responses.own_posts(response, query, fetched_at)
    pending_s = current_app.config["ENGAGEMENT"].pending_s
    return requests.answer(ingesting.ingest(fetched, own, requests.actor(), requests.once(), pending_s))


@blp.route("")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(TweetFilter, location="query")
@blp.response(200, TweetPage)
def list_tweets(query: TweetQuery) -> dict[str, object]:
    """Tweets, newest first"""
    only = Only(query["account_id"], query["conversation_id"], query["since"], query["until"])
    return paging.page("tweets", tweet_pages.page(only, query.get("after"), query["limit"]))


@blp.route("/top")
@allow(*SERVICES_AND_ADMINS)
@blp.arguments(Days, location="query")
@blp.response(200, TweetPage)
def list_top_tweets(query: DaysQuery) -> dict[str, object]:
    """The tweets with the most likes, retweets, replies and quotes together"""
    return paging.whole("tweets", tweet_pages.top(query["days"], dt.datetime.now(dt.UTC).date(), query["limit"]))


@blp.route("/<tweet_id>")
@allow(*SERVICES_AND_ADMINS)
@blp.response(200, SurroundedTweet)
@blp.unless_damaged
def get_tweet(tweet_id: str) -> Surrounded:
    """One tweet with its author, what it replies to, its conversation and its counts by day"""
    return tweet_pages.get(tweet_id)


@blp.route("/<tweet_id>/analysis", methods=["PUT"], parameters=[bodies.path("tweet_id", "The id of the tweet on X")])
@allow(*SERVICES)
@raises(Conflict, NotFound)
@blp.arguments(AnalysisIn)
@blp.response(200, TweetOut)
def put_analysis(analysis: Analysis, tweet_id: str) -> Tweet:
    """Set what an analysis says of a tweet, in place of an earlier one"""
    return analyses.put(tweet_id, analysis, requests.actor())
