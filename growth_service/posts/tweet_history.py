"""What X counted of a tweet, day by day in UTC: of two fetches of one day the later counts."""

from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.rows import Shape

COUNTS = ("likes", "retweets", "replies", "quotes", "bookmarks", "impressions")
_MAX_DAYS = 90  # that are shown of one tweet


class MetricsDay(TypedDict):
    """The counts of a tweet on a day, as of the last fetch of that day; None for what X did not say."""

    day: str
    likes: int | None
    retweets: int | None
    replies: int | None
    quotes: int | None
    bookmarks: int | None
    impressions: int | None
    fetched_at: int


_SHAPE = Shape("tweet_metrics_days", moments=("fetched_at",), days=("day",))
_NOTE = f"""
    INSERT INTO tweet_metrics_days (tweet_id, day, {", ".join(COUNTS)}, fetched_at)
    SELECT n.value->>'id', date(:fetched_at, 'unixepoch'),
           {", ".join(f"n.value->'metrics'->>'{name}'" for name in COUNTS)}, :fetched_at
    FROM json_each(:tweets) n
    WHERE n.value->>'metrics' IS NOT NULL AND EXISTS (SELECT 1 FROM tweets WHERE id = n.value->>'id')
    ON CONFLICT (tweet_id, day) DO UPDATE SET
        {
    ", ".join(
        f"{name} = CASE WHEN excluded.fetched_at >= fetched_at THEN coalesce(excluded.{name}, {name})"
        f" ELSE coalesce({name}, excluded.{name}) END"
        for name in COUNTS
    )
},
        fetched_at = max(fetched_at, excluded.fetched_at)
"""
# SQL: the latest days of a tweet.
OF_TWEET = f"""
    SELECT day, {", ".join(COUNTS)}, fetched_at FROM tweet_metrics_days
    WHERE tweet_id = ? ORDER BY day DESC LIMIT {_MAX_DAYS}
"""


def step(values: dict[str, object]) -> Statement:
    """The step of a batch that notes the counts of the tweets in the JSON list `tweets`, which are stored by now."""
    return Statement(_NOTE, values)


def read(row: MetricsDay) -> MetricsDay:
    """A day, or Unusable."""
    return rows.checked(row, _SHAPE)
