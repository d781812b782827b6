"""Bodies of the X API v2, as far as we read them: their fields, and the values that these become."""

from collections.abc import Mapping
from typing import Any, Required, TypedDict

import marshmallow
from marshmallow import fields, post_load, pre_load

from growth_service.posts.users import User
from growth_service.x import seen
from growth_service.x.parts import (
    ID,
    MAX_LISTED,
    Entities,
    Note,
    Reference,
    XEntities,
    XMetrics,
    XNote,
    XReference,
    XSchema,
    XWithheld,
)
from growth_service.x.seen import Answer
from growth_service.x.users import XUser
from shared_schema import bounded
from shared_schema.problems import Invalid
from shared_schema.web.messages import by_path
from shared_schema.web.schema import Instant, Text, Whole

__all__ = ["ID", "MAX_TWEETS", "Response", "SentTweet", "UserResponse", "XResponse", "XUserResponse", "path"]

MAX_TWEETS = 1000  # in the data of a response
MAX_BYTES = 8 * 1024 * 1024  # of a response: so many tweets with every field, and what they refer to
_MAX_VERSIONS = 50


class SentTweet(TypedDict, total=False):
    """A tweet of a response, loaded. X leaves out what was not asked for."""

    id: Required[str]
    text: Required[str]
    author_id: str | None
    created_at: int | None
    metrics: dict[str, int] | None
    entities: Entities | None
    note: Note | None
    conversation_id: str | None
    in_reply_to_user_id: str | None
    referenced_tweets: list[Reference] | None
    lang: str | None
    edit_history_tweet_ids: list[str] | None
    withheld: dict[str, object] | None
    answer: Answer


class Meta(TypedDict, total=False):
    """What a response says about itself, loaded."""

    result_count: int | None
    next_token: str | None


class Includes(TypedDict, total=False):
    """What the data of a response refer to, loaded."""

    users: list[User] | None
    tweets: list[SentTweet] | None


class About(TypedDict, total=False):
    """What a response says beside its data, loaded."""

    includes: Includes | None
    meta: Meta | None
    errors: list[object] | None
    title: object
    detail: object


class Response(About, total=False):
    """A response of X with tweets, loaded by XResponse."""

    data: list[SentTweet] | None


class UserResponse(About, total=False):
    """A response of X with users, loaded by XUserResponse."""

    data: list[User] | None


def path(name: str, description: str) -> dict[str, object]:
    """An id of X in a path, for the OpenAPI document."""
    return {
        "in": "path",
        "name": name,
        "schema": {"type": "string", "pattern": "^[0-9]{1,20}$"},
        "description": description,
    }


class OneOrMany(bounded.List):
    """A list, or one thing without the brackets."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        return super()._deserialize([value] if isinstance(value, Mapping) else value, attr, data, **options)


class XTweet(XSchema):
    id = fields.String(required=True, validate=ID)
    text = Text(0, 100_000, required=True)
    author_id = fields.String(allow_none=True, validate=ID)
    created_at = Instant(allow_none=True)
    public_metrics = fields.Nested(XMetrics, allow_none=True, attribute="metrics")
    entities = fields.Nested(XEntities, allow_none=True)
    note_tweet = fields.Nested(XNote, allow_none=True, attribute="note")
    conversation_id = fields.String(allow_none=True, validate=ID)
    in_reply_to_user_id = fields.String(allow_none=True, validate=ID)
    referenced_tweets = bounded.List(fields.Nested(XReference), high=MAX_LISTED, allow_none=True)
    lang = Text(0, 50, allow_none=True)
    edit_history_tweet_ids = bounded.List(fields.String(validate=ID), high=_MAX_VERSIONS, allow_none=True)
    withheld = fields.Nested(XWithheld, allow_none=True)

    @pre_load
    def refuse_messages(self, sent: object, **_: object) -> object:
        """A direct message has an id and a text, too, and is nobody else's business."""
        if isinstance(sent, Mapping) and ("dm_conversation_id" in sent or "event_type" in sent):
            raise marshmallow.ValidationError("A direct message is no tweet, and is not stored.")
        return sent

    @post_load(pass_original=True)
    def keep_answer(self, tweet: SentTweet, original: Mapping[str, Any], **_: object) -> SentTweet:
        return {**tweet, "answer": seen.answer(original)}


class XIncludes(XSchema):
    users = bounded.List(fields.Nested(XUser), high=MAX_LISTED, allow_none=True)
    tweets = bounded.List(fields.Nested(XTweet), high=MAX_LISTED, allow_none=True)


class XMeta(XSchema):
    result_count = Whole(allow_none=True)
    next_token = Text(0, 2000, allow_none=True)


class XAbout(XSchema):
    """What every response of the X API v2 has beside its data."""

    includes = fields.Nested(XIncludes, allow_none=True)
    meta = fields.Nested(XMeta, allow_none=True)
    errors = bounded.List(fields.Raw(), high=MAX_LISTED, allow_none=True)
    title = fields.Raw()
    detail = fields.Raw()

    def handle_error(self, error: marshmallow.ValidationError, data: object, **_: object) -> None:
        """Name each wrong value by its whole path."""
        wrong = by_path(error.messages)
        what = "a value is" if len(wrong) == 1 else f"{len(wrong)} values are"
        raise Invalid(f"{what} not what X sends", errors=wrong)


class XResponse(XAbout):
    """A response of the X API v2 with tweets."""

    data = OneOrMany(fields.Nested(XTweet), high=MAX_TWEETS, allow_none=True)


class XUserResponse(XAbout):
    """A response of the X API v2 with users."""

    data = OneOrMany(fields.Nested(XUser), high=MAX_LISTED, allow_none=True)
