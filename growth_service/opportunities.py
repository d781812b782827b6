"""Opportunities to reply, quote or follow: drafted by the bot, decided by a person. What follows is in `leases`."""

import secrets
from dataclasses import dataclass
from typing import Any

import peewee

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, errors, require, require_changes
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound, invalid
from shared_schema.tables import db

Row = dict[str, Any]

_OWN = (
    "id", "tweet_id", "account_id", "opportunity_type", "relevance_score", "suggested_response", "ai_model_used",
    "ai_cost_microusd", "status", "created_at", "updated_at", "executed_at", "reject_reason", "lease_token",
    "lease_expires_at", "result_tweet_id", "failure_reason",
)  # fmt: skip
_COLUMNS = {name: f"o.{name}" for name in _OWN} | {
    "tweet_text": "t.text",
    "account_username": "a.username",
    "account_display_name": "a.display_name",
}
_JOIN = """
    FROM engagement_opportunities o
    JOIN tweets t ON t.id = o.tweet_id
    JOIN twitter_accounts a ON a.id = o.account_id
"""
_SELECT = f"SELECT {', '.join(f'{column} AS {name}' for name, column in _COLUMNS.items())} {_JOIN}"

# The parts of a receipt: one opportunity as JSON, and where it is read from.
AS_JSON = f"json_object({', '.join(f'{name!r}, {column}' for name, column in _COLUMNS.items())})"
FROM = _JOIN

BEST_FIRST = "relevance_score DESC, created_at DESC, id DESC"

_GET = f"{_SELECT} WHERE o.id = ?"
_PAGE = f"""
    {_SELECT} WHERE o.status = :status {{below}}
    ORDER BY o.relevance_score DESC, o.created_at DESC, o.id DESC LIMIT :limit
"""
_BELOW = """
    AND (o.relevance_score, o.created_at, o.id) <
        (SELECT relevance_score, created_at, id FROM engagement_opportunities WHERE id = :after)
"""
_EXISTS = "EXISTS (SELECT 1 FROM engagement_opportunities WHERE id = ?)"
_INSERT = """
    INSERT INTO engagement_opportunities (id, tweet_id, account_id, opportunity_type, relevance_score,
                                          suggested_response, ai_model_used, ai_cost_microusd)
    SELECT :id, id, account_id, :opportunity_type, :relevance_score, :suggested_response, :ai_model_used,
           :ai_cost_microusd
    FROM tweets WHERE id = :tweet_id
"""


@dataclass(frozen=True, slots=True)
class Move:
    """A step of the state machine, in SQL: from where it may be taken, and what it leaves behind.

    `done` is true afterwards where the step was taken; it may also be true where it had been taken before.
    """

    action: str
    only_if: str
    becomes: str
    refused: str
    also: str = ""
    old: str = "json_object('status', status)"
    new: str = "json_object('status', '{becomes}')"
    done: str = "changes() = 1"


_APPROVE = Move("approve", "status = 'pending'", "approved", "only a pending opportunity can be approved")
_REJECT = Move(
    "reject",
    "status = 'pending'",
    "rejected",
    "only a pending opportunity can be rejected",
    also=", reject_reason = :reason",
    new="json_object('status', '{becomes}', 'reason', :reason)",
)
_EDIT = Move(
    "edit",
    "status = 'pending'",
    "pending",
    "only a pending opportunity can be edited",
    also=", suggested_response = :text",
    old="json_object('suggested_response', suggested_response)",
    new="json_object('suggested_response', :text)",
)


def add(values: Row, actor: Actor, once: Once) -> Receipt:
    """A new opportunity, pending. NotFound without its tweet, Conflict while another of its type is live for it."""
    row = dict.fromkeys(("suggested_response", "ai_model_used", "ai_cost_microusd")) | values
    row["id"] = secrets.token_hex(16)
    queries: list[Statement | Guard] = [
        Statement(_INSERT, row),
        require_changes(1, otherwise=NotFound("no such tweet: ingest it first")),
        audit.entry(actor, "opportunity.create", "opportunity", row["id"], new=row | {"status": "pending"}),
    ]
    try:
        return once.write(queries, f"SELECT {AS_JSON} {FROM} WHERE o.id = ?", (row["id"],))
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "engagement_opportunities", "tweet_id", "opportunity_type"):
            raise
        raise Conflict(f"this tweet has a live {row['opportunity_type']} opportunity already") from None


def get(opportunity_id: str) -> Row:
    """One opportunity, or NotFound."""
    (found,) = db.fetch([Statement(_GET, (opportunity_id,))])
    row = found.first(dict)
    if row is None:
        raise NotFound("no such opportunity")
    return row


def page(status: str, after: str | None, limit: int) -> list[Row]:
    """Opportunities in a state, the most relevant first, then the newest; those behind the opportunity `after`.

    What decides the place never changes, so a page stays where it is even when `after` has moved to another state.
    """
    values = {"status": status, "after": after, "limit": limit}
    found, *known = db.fetch(
        [Statement(_PAGE.format(below=_BELOW if after else ""), values)]
        + ([Statement("SELECT 1 FROM engagement_opportunities WHERE id = ?", (after,))] if after else [])
    )
    if known and not known[0].rows:
        raise invalid("after", "No such opportunity.")
    return found.rows


def edit(opportunity_id: str, text: str, actor: Actor) -> Row:
    """Reword a draft. Conflict once it is decided."""
    return move(opportunity_id, _EDIT, actor, text=text)


def approve(opportunity_id: str, actor: Actor) -> Row:
    """Let a draft be sent. Conflict once it is decided."""
    return move(opportunity_id, _APPROVE, actor)


def reject(opportunity_id: str, reason: str | None, actor: Actor) -> Row:
    """Say no to a draft. Conflict once it is decided."""
    return move(opportunity_id, _REJECT, actor, reason=reason)


def move(opportunity_id: str, to: Move, actor: Actor, *guards: Guard, **values: Any) -> Row:
    """Take one step of the state machine: compare, set and log in one batch. The opportunity as it is then."""
    values["id"] = opportunity_id
    results = db.batch(
        [
            require(_EXISTS, (opportunity_id,), otherwise=NotFound("no such opportunity")),
            *guards,
            *steps(to, actor, "id = :id", values),
            require(to.done, values if ":" in to.done else (), otherwise=Conflict(to.refused)),
            Statement(_GET, (opportunity_id,)),
        ]
    )
    row: Row = results[-1].one(dict)
    return row


def steps(to: Move, actor: Actor, which: str, values: Row) -> list[Statement]:
    """The log and the change, for the opportunities that `which` selects and that may take the step."""
    where = f"WHERE {which} AND {to.only_if}"
    new = to.new.format(becomes=to.becomes)
    logged = f"SELECT id, {to.old} AS old, {new} AS new FROM engagement_opportunities {where}"
    change = f"UPDATE engagement_opportunities SET status = '{to.becomes}', updated_at = unixepoch(){to.also} {where}"
    return [audit.entries(actor, f"opportunity.{to.action}", "opportunity", logged, values), Statement(change, values)]
