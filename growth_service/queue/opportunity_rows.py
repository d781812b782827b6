"""Opportunities as the tables have them, with their tweets and authors, and what the code relies on in them."""

import hashlib
from typing import Any, TypedDict

from growth_service.posts import accounts
from growth_service.x import length
from shared_schema import rows
from shared_schema.fields import dumps, loads
from shared_schema.rows import Shape
from shared_schema.tables.engagement import OPPORTUNITY_STATUSES, OPPORTUNITY_TYPES

TYPES, STATUSES = OPPORTUNITY_TYPES, OPPORTUNITY_STATUSES
SHAPE = Shape(
    "engagement_opportunities",
    moments=("created_at", "updated_at", "executed_at", "lease_expires_at", "decided_at", "pending_until"),
    reals=("relevance_score",),
    words={"opportunity_type": TYPES, "status": STATUSES},
)


class Stored(TypedDict):
    """An opportunity as the database gives it, with its tweet, the tweet's author, and the post before the tweet.

    `tweet_age_s` is how old the tweet was when the row was read. `answered_before`: 1 where something else was sent to
    this post, to another version of it, or into its thread.
    """

    id: str
    tweet_id: str
    account_id: str
    opportunity_type: str
    relevance_score: float
    relevance_reasons: str | None
    suggested_response: str | None
    ai_model_used: str | None
    ai_cost_nanousd: int | None
    status: str
    created_at: int
    updated_at: int
    executed_at: int | None
    reject_reason: str | None
    decided_by: str | None
    decided_at: int | None
    pending_until: int | None
    expired_reason: str | None
    lease_token: str | None
    lease_expires_at: int | None
    result_tweet_id: str | None
    failure_reason: str | None
    flagged: str | None
    tweet_text: str
    tweet_created_at: int | None
    tweet_age_s: int | None
    account_username: str | None
    account_display_name: str | None
    parent_id: str | None
    parent_text: str | None
    parent_username: str | None
    answered_before: int


class Parent(TypedDict):
    """The post that a tweet replies to. Its text and author are None where it was never ingested."""

    id: str
    text: str | None
    account_username: str | None


class Opportunity(Stored):
    """An opportunity as it is shown. `text_hash` stands for the reply and the post; `weighted_length` is X's count."""

    parent: Parent | None
    tweet_url: str
    text_hash: str
    weighted_length: int | None
    reasons: list[dict[str, Any]] | None


def state(alias: str = "") -> str:
    """SQL: the state of an opportunity now. A lease that ran out and a draft that nobody decided show as what they are,
    before a step writes it down.
    """
    o = f"{alias}." if alias else ""
    return f"""CASE
        WHEN {o}status = 'claimed' AND {o}lease_expires_at <= unixepoch() THEN 'unknown'
        WHEN {o}status = 'pending' AND {o}pending_until <= unixepoch() THEN 'expired'
        ELSE {o}status END"""


# CROSS keeps the slots of the post outside: there are few, and the engine might begin with all that was ever sent.
_SENT = """
    SELECT 1 FROM send_slots s CROSS JOIN engagement_opportunities e ON e.id = s.opportunity_id
    WHERE e.status = 'executed' AND s.opportunity_id <> o.id AND
"""
_POSTED = f"iif(t.created_at BETWEEN {rows.EARLIEST} AND {rows.LATEST}, t.created_at, NULL)"
_JOINED = {
    "tweet_text": "t.text",
    "tweet_created_at": _POSTED,
    "tweet_age_s": f"max(0, unixepoch() - {_POSTED})",
    "account_username": accounts.shown_handle("a"),
    "account_display_name": "a.display_name",
    "parent_id": "t.replied_to_id",
    "parent_text": "p.text",
    "parent_username": accounts.shown_handle("pa"),
    "answered_before": f"""(EXISTS ({_SENT} s.chain_id = coalesce(t.chain_id, t.id))
        OR EXISTS ({_SENT} s.thread_id = coalesce(t.conversation_id, t.id)))""",
}
_COLUMNS = {name: _JOINED.get(name, f"o.{name}") for name in Stored.__annotations__}
FROM = """
    FROM engagement_opportunities o
    JOIN tweets t ON t.id = o.tweet_id
    JOIN twitter_accounts a ON a.id = o.account_id
    LEFT JOIN tweets p ON p.id = t.replied_to_id
    LEFT JOIN twitter_accounts pa ON pa.id = p.account_id
"""
COLUMNS = ", ".join(f"{column} AS {name}" for name, column in (_COLUMNS | {"status": state("o")}).items())
SELECT = f"SELECT {COLUMNS} {FROM}"

# SQL for receipts: one opportunity as a JSON object, as a step has just left it, and the tables it is read from.
AS_JSON = f"json_object({', '.join(f'{name!r}, {column}' for name, column in _COLUMNS.items())})"

# SQL: whether the opportunity `o` can be shown.
USABLE = f"""
    ({rows.condition(SHAPE, "o")}
     AND EXISTS (SELECT 1 FROM tweets, twitter_accounts a WHERE tweets.id = o.tweet_id AND a.id = o.account_id))
"""
RELIED_ON = " or ".join((*SHAPE.columns, "tweet_id"))

BEST_FIRST = "relevance_score DESC, created_at DESC, id DESC"


def read(row: Stored) -> Opportunity:
    """An opportunity, or Unusable. What a receipt of a release before does not have is None."""
    nothing = {**dict.fromkeys(Stored.__annotations__), "answered_before": 0}
    stored: Stored = {**nothing, **row}  # type: ignore[typeddict-item]  # mypy cannot add up TypedDicts
    rows.checked(stored, SHAPE)
    text = stored["suggested_response"]
    return {
        **stored,
        "parent": _parent(stored),
        "tweet_url": f"https://x.com/{stored['account_username'] or 'i'}/status/{stored['tweet_id']}",
        "text_hash": text_hash(stored),
        "weighted_length": None if text is None else length.weighted(text),
        "reasons": _reasons(stored["relevance_reasons"]),
    }


def _parent(row: Stored) -> Parent | None:
    if row["parent_id"] is None:
        return None
    return {"id": row["parent_id"], "text": row["parent_text"], "account_username": row["parent_username"]}


def text_hash(row: Stored) -> str:
    """What stands for the reply and the post that an approver has read: SHA-256 of both as a JSON array, in hex."""
    return hashlib.sha256(dumps([row["suggested_response"], row["tweet_text"]]).encode()).hexdigest()


def _reasons(text: str | None) -> list[dict[str, Any]] | None:
    """What explains a score; None where that cannot be read, since the score stands without it."""
    document = None if text is None else loads(text)
    is_list = type(document) is list and all(type(reason) is dict for reason in document)
    return document if is_list else None
