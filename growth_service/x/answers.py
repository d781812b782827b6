"""What the routes that take bodies of X have in common: when X said it, and what was stored."""

import time
from typing import TypedDict

from marshmallow import fields

from growth_service.posts import tweets
from shared_schema.problems import invalid
from shared_schema.web.schema import Flag, Instant, Out, Schema

_MAX_AHEAD_S = 60  # that the clock of a bot may go fast


class FetchedAt(Schema):
    fetched_at = Instant(
        load_default=None,
        metadata={"description": "When X said this, now unless given; what X has said later is not replaced"},
    )


class FetchQuery(TypedDict):
    """FetchedAt, loaded."""

    fetched_at: int | None


class Counts(Out):
    created = fields.Integer()
    updated = fields.Integer(metadata={"description": "Were there, whether X says anything new of them or not"})


class GoneOut(Out):
    kind = fields.String(data_key="resourceType", metadata={"description": "tweet or user"})
    id = fields.String(metadata={"description": "The id on X, or a handle where X names a user so"})
    by_handle = Flag(metadata={"description": "Whether the id is a handle"})
    reason = fields.String(metadata={"description": "not_found, not_authorized, suspended, forbidden or unavailable"})


class Ingested(Out):
    accounts = fields.Nested(Counts)
    tweets = fields.Nested(Counts, metadata={"description": "Of the data"})
    included_tweets = fields.Nested(Counts, metadata={"description": "Of the others, to which the data refer"})
    gone = fields.List(fields.Nested(GoneOut), metadata={"description": "What X says cannot be seen"})


def ingested(document: tweets.Ingested) -> tuple[object, int]:
    """The answer to an ingest. The receipt of a release before has no more than two counts."""
    return Ingested.of({**tweets.NOTHING, **document}), 200


def moment(query: FetchQuery) -> int:
    """When X said what a request brings, in epoch seconds."""
    now, at = int(time.time()), query["fetched_at"]
    if at is not None and at > now + _MAX_AHEAD_S:
        raise invalid("fetched_at", "In the future.")
    return now if at is None else min(at, now)
