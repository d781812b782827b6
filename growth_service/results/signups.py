"""Who signed up by a tagged link: counts by tag, and nothing of any person."""

from typing import TypedDict

from growth_service.results.windows import Window
from shared_schema.database import Statement
from shared_schema.tables import db

_IN_WINDOW = "FROM users WHERE sign_up_ref IS NOT NULL AND created_at >= :begins AND created_at < :ends"
_COUNT = f"SELECT count(*) AS sign_ups, count(DISTINCT sign_up_ref) AS tags {_IN_WINDOW}"
# The tag o-<id> is that of the reply of an opportunity.
_BY_TAG = f"""
    SELECT tags.ref, tags.sign_ups, o.id AS opportunity_id, o.tweet_id, o.result_tweet_id
    FROM (SELECT sign_up_ref AS ref, count(*) AS sign_ups {_IN_WINDOW}
          GROUP BY sign_up_ref ORDER BY count(*) DESC, sign_up_ref LIMIT :limit) tags
    LEFT JOIN engagement_opportunities o ON o.id = iif(substr(tags.ref, 1, 2) = 'o-', substr(tags.ref, 3), NULL)
    ORDER BY tags.sign_ups DESC, tags.ref
"""


class Count(TypedDict):
    """How many people signed up by tagged links, and by how many different ones."""

    sign_ups: int
    tags: int


class Tag(TypedDict):
    """How many signed up by links with this tag; of a reply, its opportunity, the tweet it answers, and itself."""

    ref: str
    sign_ups: int
    opportunity_id: str | None
    tweet_id: str | None
    result_tweet_id: str | None


class SignUps(Count):
    """The tags with the most sign-ups, of all that there are."""

    signups: list[Tag]


def count(window: Window) -> Statement:
    """The read of how many there were; its row is a Count. It reads an index of tagged users by time."""
    return Statement(_COUNT, _values(window))


def by_tag(window: Window, limit: int) -> SignUps:
    """The `limit` tags that brought most people in a window, most first, then by name."""
    reads = [count(window), Statement(_BY_TAG, {**_values(window), "limit": limit})]
    counted, tags = db.fetch(reads)
    return {**counted.one(Count), "signups": tags.all(Tag)}


def _values(window: Window) -> dict[str, object]:
    return {"begins": window.begins, "ends": window.ends}
