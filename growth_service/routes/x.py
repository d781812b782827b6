"""What X sends, as far as we read it, and the fields that its ids and handles need."""

from collections.abc import Mapping
from typing import Any

import marshmallow
from marshmallow import fields, validate

from shared_schema.problems import Invalid
from shared_schema.web.schema import Instant, QueryWhole, Schema, Text, Whole


class XId(fields.String):
    """An id of X: text, since it does not fit into the numbers of every language."""

    def __init__(self, **options: Any) -> None:
        digits = validate.Regexp(r"[0-9]{1,20}\Z", error="Not an id of X: a string of 1 to 20 digits.")
        super().__init__(validate=digits, **options)


class Handle(fields.String):
    """An account's name on X, without the @."""

    def __init__(self, longest: int = 15, **options: Any) -> None:
        error = f"Not a handle of X: 1 to {longest} letters, digits and underscores."
        super().__init__(validate=validate.Regexp(rf"[A-Za-z0-9_]{{1,{longest}}}\Z", error=error), **options)


class TextPage(Schema):
    """`after` is the `next` of the page before, here a text; `limit` is the size of a page."""

    after = Text(1, 64)
    limit = QueryWhole(1, 100, load_default=20)


class OneOrMany(fields.List[Any]):
    """A list, or one thing without the brackets."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        return super()._deserialize([value] if isinstance(value, Mapping) else value, attr, data, **options)


def by_path(messages: Any, path: str = "") -> dict[str, list[str]]:
    """marshmallow's tree of messages as one flat mapping: {"data.3.id": [...]}."""
    if not isinstance(messages, dict):
        return {path or "body": messages if isinstance(messages, list) else [messages]}
    found: dict[str, list[str]] = {}
    for key, inner in messages.items():
        found |= by_path(inner, path if key == "_schema" else f"{path}.{key}".lstrip("."))
    return found


class XSchema(marshmallow.Schema):
    """X adds fields as it likes: those we do not know are passed over. An error names the whole path."""

    class Meta:
        unknown = marshmallow.EXCLUDE


class XMetrics(XSchema):
    like_count = Whole(allow_none=True)
    retweet_count = Whole(allow_none=True)
    reply_count = Whole(allow_none=True)
    impression_count = Whole(allow_none=True)


class XHashtag(XSchema):
    tag = Text(1, 500, required=True)


class XMention(XSchema):
    username = Text(1, 50, required=True)


class XLink(XSchema):
    url = Text(0, 5000, allow_none=True)
    expanded_url = Text(0, 5000, allow_none=True)


class XEntities(XSchema):
    hashtags = fields.List(fields.Nested(XHashtag), allow_none=True)
    mentions = fields.List(fields.Nested(XMention), allow_none=True)
    urls = fields.List(fields.Nested(XLink), allow_none=True)


class XNote(XSchema):
    text = Text(0, 100_000, allow_none=True)
    entities = fields.Nested(XEntities, allow_none=True)


class XTweet(XSchema):
    id = XId(required=True)
    text = Text(0, 100_000, required=True)
    author_id = XId(allow_none=True)
    created_at = Instant(allow_none=True, metadata={"type": "string", "format": "date-time"})
    public_metrics = fields.Nested(XMetrics, allow_none=True)
    entities = fields.Nested(XEntities, allow_none=True)
    note_tweet = fields.Nested(XNote, allow_none=True)


class XUserMetrics(XSchema):
    followers_count = Whole(allow_none=True)
    following_count = Whole(allow_none=True)
    tweet_count = Whole(allow_none=True)


class XUser(XSchema):
    id = XId(required=True)
    username = Handle(50, required=True)  # some old ones are longer than X allows today
    name = Text(0, 500, allow_none=True)
    description = Text(0, 5000, allow_none=True)
    public_metrics = fields.Nested(XUserMetrics, allow_none=True)


class XIncludes(XSchema):
    users = fields.List(fields.Nested(XUser), allow_none=True)


class XMeta(XSchema):
    result_count = Whole(allow_none=True)


class XResponse(XSchema):
    """A response of the X API v2 with tweets."""

    data = OneOrMany(fields.Nested(XTweet), allow_none=True)
    includes = fields.Nested(XIncludes, allow_none=True)
    meta = fields.Nested(XMeta, allow_none=True)
    errors = fields.List(fields.Raw(), allow_none=True)
    title = fields.Raw()
    detail = fields.Raw()

    def handle_error(self, error: marshmallow.ValidationError, data: Any, **_: Any) -> None:
        found = by_path(error.messages)
        raise Invalid(f"{len(found)} values are not what X sends", errors=found)
