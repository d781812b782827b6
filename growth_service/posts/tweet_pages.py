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
# Of each day the best is looked up, then `limit` times the next one of the day that had the best of all: an index has
# the posts of a day in this order. So nothing is read but what comes back, and one post for each day.
_OF_DAY = """
    SELECT id FROM tweets INDEXED BY tweets_top_of_day
    WHERE (created_at / 86400) = {day} AND superseded_by IS NULL AND unavailable IS NULL {behind} LIMIT 1
"""
_FIRST = _OF_DAY.format(day="j.value", behind="ORDER BY engagement DESC, id")
_NEXT_EQUAL = _OF_DAY.format(day="best.day", behind="AND engagement = best.engagement AND id > best.id ORDER BY id")
_NEXT_BELOW = _OF_DAY.format(day="best.day", behind="AND engagement < best.engagement ORDER BY engagement DESC, id")
_TOP = f"""
    WITH RECURSIVE best (day, id, engagement) AS (
        SELECT j.value, x.id, x.engagement FROM json_each(:days) j CROSS JOIN tweets x ON x.id = ({_FIRST})
        UNION ALL
        SELECT best.day, x.id, x.engagement
        FROM best CROSS JOIN tweets x ON x.id = coalesce(({_NEXT_EQUAL}), ({_NEXT_BELOW}))
        ORDER BY 3 DESC LIMIT :limit)
    SELECT {tweet_rows.COLUMNS} FROM best CROSS JOIN tweets t ON t.id = best.id
    CROSS JOIN twitter_accounts a ON a.id = t.account_id
    ORDER BY best.engagement DESC, {_NEWEST}
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
