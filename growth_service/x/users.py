"""Users in bodies of the X API v2: their fields, and the values that these become."""

from typing import Required, TypedDict

from marshmallow import fields, post_load, validate

from growth_service.posts.users import User
from growth_service.x.parts import ID, XSchema, is_locked
from shared_schema.web.schema import Text, Whole

HANDLE = validate.Regexp(r"[A-Za-z0-9_]{1,15}\Z", error="Not a handle of X: 1 to 15 letters, digits and underscores.")
# Some old handles are longer than X allows today.
_OLD_HANDLE = validate.Regexp(
    r"[A-Za-z0-9_]{1,50}\Z", error="Not a handle of X: 1 to 50 letters, digits and underscores."
)


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
        bio = sent.get("description")
        locked = None if bio is None else is_locked(bio)
        return {
            "id": sent["id"],
            "username": sent["username"],
            "display_name": None if locked else sent.get("name"),  # X says that it is empty
            "bio": None if locked else bio,
            "is_locked": locked,
            "followers_count": counts.get("followers_count"),
            "following_count": counts.get("following_count"),
            "tweet_count": counts.get("tweet_count"),
        }
