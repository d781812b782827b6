"""Reading tweets: one with its surroundings, pages of them, and those that people engaged with most."""

import datetime as dt
from dataclasses import dataclass

from growth_service.posts import accounts, tweet_history, tweet_rows
from growth_service.posts.accounts import Account
from growth_service.posts.tweet_history import MetricsDay
from growth_service.posts.tweet_rows import Row, Tweet
from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.problems import NotFound, invalid
from shared_schema.rows import Page
from shared_schema.tables import db
from shared_schema.tables.twitter import number

_MAX_CONVERSATION = 20  # other tweets that are shown beside one

_NEWEST = f"{number('t.id')} DESC"
GET = f"{tweet_rows.SELECT} WHERE t.id = ?"
_AUTHOR = accounts.GET.replace("= ?", "= (SELECT account_id FROM tweets WHERE id = ?)")
_PARENT = f"{tweet_rows.SELECT} WHERE t.id = (SELECT replied_to_id FROM tweets WHERE id = ?)"
_CONVERSATION = f"""
    {tweet_rows.SELECT} WHERE t.conversation_id = (SELECT conversation_id FROM tweets WHERE id = ?) AND t.id <> ?
    ORDER BY {_NEWEST} LIMIT {_MAX_CONVERSATION}
"""
_PAGE = f"{tweet_rows.SELECT} WHERE {{only}} ORDER BY {{newest}} LIMIT :limit"
_ABOVE_ALL = "~" * 20  # sorts behind every number
_BELOW = f"{number('t.id')} < {number(':after')}"
# A window of time is read in the order of time, which for the ids that X gives is the same.
_THEN = "(SELECT created_at FROM tweets WHERE id = :after)"
_BELOW_IN_TIME = f"t.created_at <= {_THEN} AND (t.created_at < {_THEN} OR {_BELOW})"
# Of each day its best, from an index that has them in order; of these the best. A day costs the same whatever it has.
_TOP = f"""
    {tweet_rows.SELECT} WHERE t.id IN (
        SELECT best.id FROM json_each(:days) j CROSS JOIN tweets best ON best.id IN (
            SELECT x.id FROM tweets x INDEXED BY tweets_top_of_day
            WHERE (x.created_at / 86400) = j.value AND x.superseded_by IS NULL AND x.unavailable IS NULL
            ORDER BY x.engagement DESC, x.id LIMIT :limit)
        ORDER BY best.engagement DESC, {number("best.id")} DESC LIMIT :limit)
    ORDER BY t.engagement DESC, {_NEWEST}
"""


@dataclass(frozen=True, slots=True)
class Only:
    """Which tweets a page has: by an author, of a conversation, from `since` on and before `until` (epoch seconds)."""

    account_id: str | None = None
    conversation_id: str | None = None
    since: int | None = None
    until: int | None = None

    @property
    def is_window(self) -> bool:
        return self.since is not None or self.until is not None


class Surrounded(Tweet):
    """A tweet with its author, the tweet that it replies to, the latest others of its conversation, and its counts."""

    author: Account
    parent: Tweet | None
    conversation: list[Tweet]
    metrics_history: list[MetricsDay]


def get(tweet_id: str) -> Surrounded:
    """One tweet, or NotFound; Damaged where its row or its author's cannot be used. The others are left out then."""
    by_id = (tweet_id,)
    tweet, author, parent, conversation, history = db.fetch(
        [
            Statement(GET, by_id),
            Statement(_AUTHOR, by_id),
            Statement(_PARENT, by_id),
            Statement(_CONVERSATION, (tweet_id, tweet_id)),
            Statement(tweet_history.OF_TWEET, by_id),
        ]
    )
    row = tweet.first(Row)
    if row is None:
        raise NotFound("no such tweet")
    return {
        **rows.one("tweets", row, tweet_rows.read),
        "author": rows.one("twitter_accounts", author.one(Account), accounts.read),
        "parent": next(iter(rows.usable("tweets", parent.all(Row), tweet_rows.read)), None),
        "conversation": rows.usable("tweets", conversation.all(Row), tweet_rows.read),
        "metrics_history": rows.usable("tweet_metrics_days", history.all(MetricsDay), tweet_history.read, "day"),
    }


def page(only: Only, after: str | None, limit: int) -> Page[Tweet]:
    """Tweets, newest first: by their ids as numbers, or by time within a window of time. Below the tweet `after`."""
    conditions = {
        "t.account_id = :account": only.account_id,
        "t.conversation_id = :conversation": only.conversation_id,
        "t.created_at >= :since": only.since,
        "t.created_at < :until": only.until,
        (_BELOW_IN_TIME if only.is_window else _BELOW): after if only.is_window else after or _ABOVE_ALL,
    }
    wanted = " AND ".join(condition for condition, value in conditions.items() if value is not None)
    newest = f"t.created_at DESC, {_NEWEST}" if only.is_window else _NEWEST
    values = {
        "account": only.account_id,
        "conversation": only.conversation_id,
        "since": only.since,
        "until": only.until,
        "after": after or _ABOVE_ALL,
        "limit": limit,
    }
    reads = [Statement(_PAGE.format(only=wanted, newest=newest), values)]
    if after and only.is_window:
        reads.append(Statement("SELECT id FROM tweets WHERE id = ?", (after,)))
    listed, *place = db.fetch(reads)
    if place and not place[0].rows:
        raise invalid("after", "No such tweet.")
    return rows.page("tweets", listed.all(Row), tweet_rows.read, limit)


def top(days: int, today: dt.date, limit: int) -> list[Tweet]:
    """The tweets of the last `days` days in UTC, `today` included, with the most likes, retweets, replies and quotes.

    Without those that were edited since or cannot be seen any more.
    """
    last = (today - dt.date(1970, 1, 1)).days
    values = {"days": f"[{','.join(str(day) for day in range(last - days + 1, last + 1))}]", "limit": limit}
    (result,) = db.fetch([Statement(_TOP, values)])
    return rows.usable("tweets", result.all(Row), tweet_rows.read)
