"""Parts of a tweet as X sends them: counts, entities, a long text as a whole, what it refers to, where it is hidden."""

import re
from typing import TypedDict

import marshmallow
from marshmallow import fields, post_load, validate

from shared_schema import bounded
from shared_schema.web.schema import Text, Whole

MAX_LISTED = 2000  # in each list of a response

# An id of X is text: it does not fit into the numbers of every language.
ID = validate.Regexp(r"[0-9]{1,20}\Z", error="Not an id of X: a string of 1 to 20 digits.")

# While an account is locked, X shows this sentence in place of the text of each of its posts, and of its description. A
# person who writes about a locked account does not begin like this and name the rule that was broken.
_LOCKED = re.compile(
    r"(this|@\w{1,50}['’]s) account is temporarily unavailable because it violates .{0,200}", re.IGNORECASE | re.DOTALL
)

Entities = dict[str, list[str]]


class Note(TypedDict, total=False):
    """The whole of a long tweet, whose own text is cut off."""

    text: str | None
    entities: Entities | None


class Reference(TypedDict, total=False):
    """Another tweet that a tweet is about: `type` is replied_to, quoted or retweeted."""

    type: str | None
    id: str | None


def is_locked(text: str) -> bool:
    """Whether a text is what X shows in place of one while the account is locked."""
    return bool(_LOCKED.fullmatch(text.strip()))


class XSchema(marshmallow.Schema):
    """X adds fields as it likes: those we do not know are passed over."""

    class Meta:
        unknown = marshmallow.EXCLUDE


class XMetrics(XSchema):
    like_count = Whole(allow_none=True, attribute="likes")
    retweet_count = Whole(allow_none=True, attribute="retweets")
    reply_count = Whole(allow_none=True, attribute="replies")
    quote_count = Whole(allow_none=True, attribute="quotes")
    bookmark_count = Whole(allow_none=True, attribute="bookmarks")
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


class XReference(XSchema):
    type = Text(0, 50, allow_none=True)
    id = fields.String(allow_none=True, validate=ID)


class XWithheld(XSchema):
    """Where a tweet is hidden by law: country codes, or XX and XY for everywhere."""

    copyright = fields.Boolean(allow_none=True)
    country_codes = bounded.List(Text(1, 10), high=MAX_LISTED, allow_none=True)
    scope = Text(0, 50, allow_none=True)
