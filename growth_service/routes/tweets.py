"""Tweets."""

import time

from flask import Response
from marshmallow import ValidationError, fields, validates_schema

from growth_service import settling, tweets, x
from growth_service.tweet_rows import Tweet
from growth_service.x import bodies, seen
from shared_schema.web import paging, requests
from shared_schema.web.api import Blueprint
from shared_schema.web.auth import SERVICES, allow
from shared_schema.web.keyed import keyed
from shared_schema.web.schema import Flag, Instant, Out, Schema, TextPage, camel

blp = Blueprint("tweets", __name__, url_prefix="/api/twitter/tweets", description="Tweets")


class Author(Schema):
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


class TweetFilter(TextPage):
    account_id = fields.String(load_default=None, validate=bodies.ID, metadata={"description": "Only by this author"})


class TweetQuery(paging.TextQuery):
    """TweetFilter, loaded."""

    account_id: str | None


class Counts(Out):
    created = fields.Integer()
    updated = fields.Integer(metadata={"description": "Were there and are written again, changed or not"})


class Ingested(Out):
    accounts = fields.Nested(Counts)
    tweets = fields.Nested(Counts)


class TweetOut(Out):
    id = fields.String()
    account_id = fields.String()
    account_username = fields.String()
    text = fields.String()
    metrics = fields.Dict(fields.String(), fields.Integer(), allow_none=True)
    entities = fields.Dict(fields.String(), fields.List(fields.String()), allow_none=True)
    ai_analysis = fields.Dict(allow_none=True)
    created_at = Instant(allow_none=True)
    analyzed_at = Instant(allow_none=True)


class TweetPage(Out):
    tweets = fields.List(fields.Nested(TweetOut))
    next = fields.String(allow_none=True)


def _ingested(document: tweets.Ingested) -> tuple[object, int]:
    return Ingested().dump(document), 200


@blp.route("", methods=["POST"])
@allow(*SERVICES)
@keyed(_ingested)
@blp.arguments(IngestQuery, location="query")
@blp.arguments(bodies.XResponse)
@blp.response(200, Ingested)
def ingest_tweets(query: seen.Asked, response: bodies.Response) -> Response:
    """Store a response of the X API v2 as it came; all of it or, with an error, nothing

    Posts of our own accounts settle what became of replies and quotes whose outcome is unknown.
    """
    sent, users, now = x.tweets(response, query["account_id"]), x.users(response), time.time()
    settled = settling.steps(x.own_posts(response, query, now), requests.actor(), now)
    return requests.answer(tweets.ingest(sent, users, requests.actor(), requests.once(), settled))


@blp.route("")
@allow(*SERVICES)
@blp.arguments(TweetFilter, location="query")
@blp.response(200, TweetPage)
def list_tweets(query: TweetQuery) -> dict[str, object]:
    """Tweets, latest first"""
    return paging.page("tweets", tweets.page(query["account_id"], query.get("after"), query["limit"]))


@blp.route("/<tweet_id>")
@allow(*SERVICES)
@blp.response(200, TweetOut)
@blp.unless_damaged
def get_tweet(tweet_id: str) -> Tweet:
    """One tweet"""
    return tweets.get(tweet_id)
