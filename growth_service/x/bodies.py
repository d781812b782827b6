"""Bodies of the X API v2, as far as we read them: their fields, and the values that these become."""

from collections.abc import Mapping
from typing import Any, Required, TypedDict

import marshmallow
from marshmallow import fields, post_load, validate

from growth_service.accounts import User
from growth_service.x import seen
from growth_service.x.seen import Answer
from shared_schema import bounded
from shared_schema.problems import Invalid
from shared_schema.web.messages import by_path
from shared_schema.web.schema import Instant, Text, Whole

MAX_LISTED = 2000  # in each list of a response; X sends up to 500 tweets

# An id of X is text: it does not fit into the numbers of every language.
ID = validate.Regexp(r"[0-9]{1,20}\Z", error="Not an id of X: a string of 1 to 20 digits.")
HANDLE = validate.Regexp(r"[A-Za-z0-9_]{1,15}\Z", error="Not a handle of X: 1 to 15 letters, digits and underscores.")
# Some old handles are longer than X allows today.
_OLD_HANDLE = validate.Regexp(
    r"[A-Za-z0-9_]{1,50}\Z", error="Not a handle of X: 1 to 50 letters, digits and underscores."
)

Entities = dict[str, list[str]]


class Note(TypedDict, total=False):
    """The whole of a long tweet, whose own text is cut off."""

    text: str | None
    entities: Entities | None


class SentTweet(TypedDict, total=False):
    """A tweet of a response, loaded. X leaves out what was not asked for."""

    id: str
    text: str
    author_id: str | None
    created_at: int | None
    metrics: dict[str, int] | None
    entities: Entities | None
    note: Note | None
    answer: Answer


class Meta(TypedDict, total=False):
    """What a response says about itself, loaded."""

    result_count: int | None
    next_token: str | None


class SentUserCounts(TypedDict, total=False):
    """The public metrics of a user of a response, loaded."""

    followers_count: int | None
    following_count: int | None
    tweet_count: int | None


class SentUser(TypedDict, total=False):
    """A user of a response, as the fields of XUser load it."""

    id: Required[str]
    username: Required[str]
    name: str | None
    description: str | None
    public_metrics: SentUserCounts | None


class Includes(TypedDict, total=False):
    """What the tweets of a response refer to, loaded."""

    users: list[User] | None


class Response(TypedDict, total=False):
    """A response of X, loaded by XResponse."""

    data: list[SentTweet] | None
    includes: Includes | None
    meta: Meta | None
    errors: list[object] | None
    title: object
    detail: object


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


class XSchema(marshmallow.Schema):
    """X adds fields as it likes: those we do not know are passed over."""

    class Meta:
        unknown = marshmallow.EXCLUDE


class XMetrics(XSchema):
    like_count = Whole(allow_none=True, attribute="likes")
    retweet_count = Whole(allow_none=True, attribute="retweets")
    reply_count = Whole(allow_none=True, attribute="replies")
    impression_count = Whole(allow_none=True, attribute="impressions")

    @post_load
    def keep_known(self, counts: dict[str, int | None], **_: object) -> dict[str, int] | None:
        return {name: count for name, count in counts.items() if count is not None} or None


class XHashtag(XSchema):
    tag = Text(1, 500, required=True)

    @post_load
    def keep_text(self, hashtag: dict[str, str], **_: object) -> str:
        return hashtag["tag"]


class XMention(XSchema):
    username = Text(1, 50, required=True)

    @post_load
    def keep_handle(self, mention: dict[str, str], **_: object) -> str:
        return mention["username"]


class XLink(XSchema):
    url = Text(0, 5000, allow_none=True)
    expanded_url = Text(0, 5000, allow_none=True)

    @post_load
    def keep_address(self, link: dict[str, str | None], **_: object) -> str | None:
        return link.get("expanded_url") or link.get("url")


class XEntities(XSchema):
    hashtags = bounded.List(fields.Nested(XHashtag), high=MAX_LISTED, allow_none=True)
    mentions = bounded.List(fields.Nested(XMention), high=MAX_LISTED, allow_none=True)
    urls = bounded.List(fields.Nested(XLink), high=MAX_LISTED, allow_none=True)

    @post_load
    def keep_lists(self, sent: dict[str, list[str | None] | None], **_: object) -> Entities | None:
        if not sent:
            return None
        return {name: [text for text in sent.get(name) or [] if text] for name in ("hashtags", "mentions", "urls")}


class XNote(XSchema):
    text = Text(0, 100_000, allow_none=True)
    entities = fields.Nested(XEntities, allow_none=True)


class XTweet(XSchema):
    id = fields.String(required=True, validate=ID)
    text = Text(0, 100_000, required=True)
    author_id = fields.String(allow_none=True, validate=ID)
    created_at = Instant(allow_none=True)
    public_metrics = fields.Nested(XMetrics, allow_none=True, attribute="metrics")
    entities = fields.Nested(XEntities, allow_none=True)
    note_tweet = fields.Nested(XNote, allow_none=True, attribute="note")

    @post_load(pass_original=True)
    def keep_answer(self, tweet: SentTweet, original: Mapping[str, Any], **_: object) -> SentTweet:
        return {**tweet, "answer": seen.answer(original)}


class XUserMetrics(XSchema):
    followers_count = Whole(allow_none=True)
    following_count = Whole(allow_none=True)
    tweet_count = Whole(allow_none=True)


class XUser(XSchema):
    id = fields.String(required=True, validate=ID)
    username = fields.String(required=True, validate=_OLD_HANDLE)
    name = Text(0, 500, allow_none=True)
    description = Text(0, 5000, allow_none=True)
    public_metrics = fields.Nested(XUserMetrics, allow_none=True)

    @post_load
    def as_user(self, sent: SentUser, **_: object) -> User:
        counts: SentUserCounts = sent.get("public_metrics") or {}
        return {
            "id": sent["id"],
            "username": sent["username"],
            "display_name": sent.get("name"),
            "bio": sent.get("description"),
            "followers_count": counts.get("followers_count"),
            "following_count": counts.get("following_count"),
            "tweet_count": counts.get("tweet_count"),
        }


class XIncludes(XSchema):
    users = bounded.List(fields.Nested(XUser), high=MAX_LISTED, allow_none=True)


class XMeta(XSchema):
    result_count = Whole(allow_none=True)
    next_token = Text(0, 2000, allow_none=True)


class XResponse(XSchema):
    """A response of the X API v2 with tweets."""

    data = OneOrMany(fields.Nested(XTweet), high=MAX_LISTED, allow_none=True)
    includes = fields.Nested(XIncludes, allow_none=True)
    meta = fields.Nested(XMeta, allow_none=True)
    errors = bounded.List(fields.Raw(), high=MAX_LISTED, allow_none=True)
    title = fields.Raw()
    detail = fields.Raw()

    def handle_error(self, error: marshmallow.ValidationError, data: object, **_: object) -> None:
        """Name each wrong value by its whole path."""
        wrong = by_path(error.messages)
        raise Invalid(f"{len(wrong)} values are not what X sends", errors=wrong)
