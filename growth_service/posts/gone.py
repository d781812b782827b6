"""What cannot be seen on X any more, or has an edited version since, and what becomes of the drafts about it."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.tables.engagement import LIVE, OPEN
from shared_schema.tables.twitter import number


class Gone(TypedDict):
    """A tweet or user (`kind`) of which X says that it cannot be seen, and why.

    Where `by_handle`, the `id` is the handle of a user.
    """

    kind: str
    id: str
    reason: str
    by_handle: bool


def _in(words: Sequence[str]) -> str:
    return f"IN ({', '.join(map(repr, words))})"


_TWEETS = """
    UPDATE tweets SET unavailable = n.value->>'reason', fetched_at = :fetched_at
    FROM json_each(:gone) n
    WHERE n.value->>'kind' = 'tweet' AND tweets.id = n.value->>'id' AND coalesce(tweets.fetched_at, 0) <= :fetched_at
"""
# The ids of the users that are gone. A handle that nobody has now may be that of an account which has another one; a
# suspended account keeps its own.
_USERS = """
    SELECT n.value->>'id' AS id, n.value->>'reason' AS reason FROM json_each(:gone) n
    WHERE n.value->>'kind' = 'user' AND NOT n.value->>'by_handle'
    UNION ALL
    SELECT (SELECT id FROM twitter_accounts WHERE lower(username) = lower(n.value->>'id')), n.value->>'reason'
    FROM json_each(:gone) n
    WHERE n.value->>'kind' = 'user' AND n.value->>'by_handle' AND n.value->>'reason' = 'suspended'
"""
_ACCOUNTS = f"""
    UPDATE twitter_accounts SET unavailable = gone.reason, fetched_at = :fetched_at, updated_at = unixepoch()
    FROM ({_USERS}) gone
    WHERE twitter_accounts.id = gone.id AND coalesce(twitter_accounts.fetched_at, 0) <= :fetched_at
"""
# An account is locked while X shows a sentence in place of its posts, and is not any more when X shows a post again.
_LOCKED = """
    UPDATE twitter_accounts SET
        unavailable = CASE WHEN author.is_locked THEN 'locked' END, fetched_at = :fetched_at, updated_at = unixepoch()
    FROM (SELECT t.account_id AS id, max(n.value->>'text_rank' = 0) AS is_locked
          FROM json_each(:tweets) n CROSS JOIN tweets t ON t.id = n.value->>'id' GROUP BY t.account_id) author
    WHERE twitter_accounts.id = author.id AND coalesce(twitter_accounts.fetched_at, 0) <= :fetched_at
      AND (CASE WHEN author.is_locked THEN unavailable IS NULL ELSE unavailable = 'locked' END)
"""
# Drafts about what the response is about. The longer list of states lets the engine use the index of live ones. Without
# the names of the indexes it would look through all that are open.
_TOUCHED = f"""
    o.id IN (
        SELECT id FROM engagement_opportunities INDEXED BY engagement_opportunities_one_live
        WHERE tweet_id IN (SELECT value FROM json_each(:posts)) AND status {_in(LIVE)} AND status {_in(OPEN)}
        UNION
        SELECT id FROM engagement_opportunities INDEXED BY engagement_opportunities_open_of_account
        WHERE account_id IN (
            SELECT id FROM ({_USERS})
            UNION SELECT n.value->>'id' FROM json_each(:accounts) n WHERE n.value->>'is_locked'
            UNION SELECT t.account_id FROM json_each(:tweets) n
            CROSS JOIN tweets t ON t.id = n.value->>'id' WHERE n.value->>'text_rank' = 0)
          AND status {_in(OPEN)})
"""
# A draft goes along to the latest version of an edited post, unless another one of its type, about any version of the
# post, is on its way already or is about a later version.
_MOVABLE = f"""
    FROM engagement_opportunities o
    JOIN tweets t ON t.id = o.tweet_id
    JOIN tweets latest ON latest.id = t.superseded_by
    WHERE {_TOUCHED} AND latest.unavailable IS NULL AND NOT EXISTS (
        SELECT 1 FROM tweets sibling CROSS JOIN engagement_opportunities other ON other.tweet_id = sibling.id
        WHERE sibling.chain_id = t.chain_id AND sibling.id <> t.id
          AND other.opportunity_type = o.opportunity_type AND other.status {_in(LIVE)}
          AND (other.status NOT {_in(OPEN)} OR {number("sibling.id")} > {number("t.id")}))
"""
_LOG_MOVED = f"""
    SELECT o.id, json_object('tweet_id', o.tweet_id, 'status', o.status) AS old,
           json_object('tweet_id', t.superseded_by, 'status', 'pending') AS new
    {_MOVABLE}
"""
# The person has to see the new text, so one that was approved is pending again.
_MOVE = f"""
    UPDATE engagement_opportunities SET
        tweet_id = (SELECT superseded_by FROM tweets WHERE id = engagement_opportunities.tweet_id),
        status = 'pending', approved_pair = NULL, pending_until = unixepoch() + :pending_s, updated_at = unixepoch()
    WHERE id IN (SELECT o.id {_MOVABLE})
"""
_REASON = """
    CASE WHEN t.superseded_by IS NOT NULL THEN 'the post was edited'
         WHEN t.unavailable IS NOT NULL THEN 'the post cannot be seen on X: ' || t.unavailable
         ELSE 'the author cannot be seen on X: ' || a.unavailable END
"""
_EXPIRING = f"""
    FROM engagement_opportunities o
    JOIN tweets t ON t.id = o.tweet_id
    JOIN twitter_accounts a ON a.id = o.account_id
    WHERE {_TOUCHED} AND coalesce(t.superseded_by, t.unavailable, a.unavailable) IS NOT NULL
"""
_LOG_EXPIRED = f"""
    SELECT o.id, json_object('status', o.status) AS old, json_object('status', 'expired', 'reason', {_REASON}) AS new
    {_EXPIRING}
"""
_EXPIRE = f"""
    UPDATE engagement_opportunities SET status = 'expired', expired_reason = expiring.reason, updated_at = unixepoch()
    FROM (SELECT o.id, {_REASON} AS reason {_EXPIRING}) expiring
    WHERE engagement_opportunities.id = expiring.id
"""


def marks(gone: Sequence[Gone], values: dict[str, object]) -> list[Statement]:
    """The steps of a batch that note what X says is gone, the JSON list `gone` too, and whose posts it hides."""
    noted = [Statement(_TWEETS, values), Statement(_ACCOUNTS, values)] if gone else []
    return [*noted, Statement(_LOCKED, values)]


def drafts(posts: Iterable[str], values: dict[str, object], actor: Actor) -> list[Statement]:
    """The steps behind them: open drafts about the `posts` and about authors who are gone move to the latest version
    of their post, or expire.
    """
    values = values | {"posts": dumps(list(posts))}
    return [
        audit.entries(actor, "opportunity.move", "opportunity", _LOG_MOVED, values),
        Statement(_MOVE, values),
        audit.entries(actor, "opportunity.expire", "opportunity", _LOG_EXPIRED, values),
        Statement(_EXPIRE, values),
    ]
