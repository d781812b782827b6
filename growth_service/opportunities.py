"""Opportunities to reply, quote or follow: drafted by the bot, decided by a person. What follows is in `leases`."""

from typing import NotRequired, TypedDict

import peewee

from growth_service import moves
from growth_service.moves import Move
from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Result, Statement, errors, require, require_changes
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Damaged, NotFound, invalid
from shared_schema.rows import Page, Shape, Unusable
from shared_schema.tables import db

TYPES = ("reply", "quote", "follow")
STATUSES = ("pending", "approved", "rejected", "claimed", "unknown", "executed")
_SHAPE = Shape(
    "engagement_opportunities",
    moments=("created_at", "updated_at", "executed_at", "lease_expires_at"),
    reals=("relevance_score",),
    words={"opportunity_type": TYPES, "status": STATUSES},
)


class Draft(TypedDict):
    """A new opportunity, as the bot describes it."""

    tweet_id: str
    opportunity_type: str
    relevance_score: float
    suggested_response: NotRequired[str | None]
    ai_model_used: NotRequired[str | None]
    ai_cost_microusd: NotRequired[int | None]


class Opportunity(TypedDict):
    """An opportunity as it is stored, with its tweet and the tweet's author."""

    id: str
    tweet_id: str
    account_id: str
    opportunity_type: str
    relevance_score: float
    suggested_response: str | None
    ai_model_used: str | None
    ai_cost_microusd: int | None
    status: str
    created_at: int
    updated_at: int
    executed_at: int | None
    reject_reason: str | None
    lease_token: str | None
    lease_expires_at: int | None
    result_tweet_id: str | None
    failure_reason: str | None
    tweet_text: str
    account_username: str
    account_display_name: str | None


_JOINED = {
    "tweet_text": "t.text",
    "account_username": "a.username",
    "account_display_name": "a.display_name",
}
_COLUMNS = {name: _JOINED.get(name, f"o.{name}") for name in Opportunity.__annotations__}
FROM = """
    FROM engagement_opportunities o
    JOIN tweets t ON t.id = o.tweet_id
    JOIN twitter_accounts a ON a.id = o.account_id
"""
_SELECT = f"SELECT {', '.join(f'{column} AS {name}' for name, column in _COLUMNS.items())} {FROM}"

# SQL for receipts: one opportunity as a JSON object, and the tables that it is read from.
AS_JSON = f"json_object({', '.join(f'{name!r}, {column}' for name, column in _COLUMNS.items())})"

# SQL: whether the opportunity `o` can be shown.
USABLE = f"""
    ({rows.condition(_SHAPE, "o")}
     AND EXISTS (SELECT 1 FROM tweets, twitter_accounts a WHERE tweets.id = o.tweet_id AND a.id = o.account_id))
"""
RELIED_ON = " or ".join((*_SHAPE.columns, "tweet_id"))

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


def add(opportunity_id: str, draft: Draft, actor: Actor, once: Once) -> Receipt:
    """A new opportunity under this id, pending. The receipt is an Opportunity.

    NotFound without its tweet, Conflict while the tweet has another live opportunity of this type.
    """
    optional = dict.fromkeys(("suggested_response", "ai_model_used", "ai_cost_microusd"))
    row = optional | {**draft, "id": opportunity_id}
    queries: list[Statement | Guard] = [
        Statement(_INSERT, row),
        require_changes(1, otherwise=NotFound("no such tweet: ingest it first")),
        audit.entry(actor, "opportunity.create", "opportunity", opportunity_id, new=row | {"status": "pending"}),
    ]
    try:
        return once.write(queries, f"SELECT {AS_JSON} {FROM} WHERE o.id = ?", (opportunity_id,))
    except peewee.IntegrityError as error:
        if not errors.is_unique(error, "engagement_opportunities", "tweet_id", "opportunity_type"):
            raise
        raise Conflict(f"this tweet has a live {draft['opportunity_type']} opportunity already") from None


def get(opportunity_id: str) -> Opportunity:
    """One opportunity, or NotFound; Damaged where its row cannot be used."""
    (result,) = db.fetch([Statement(_GET, (opportunity_id,))])
    opportunity = result.first(Opportunity)
    if opportunity is None:
        raise NotFound("no such opportunity")
    return rows.one("engagement_opportunities", opportunity, _read)


def _read(row: Opportunity) -> Opportunity:
    return rows.checked(row, _SHAPE)


def page(status: str, after: str | None, limit: int) -> Page[Opportunity]:
    """Opportunities in a state, the most relevant first, then the newest; those behind the opportunity `after`.

    What decides the place never changes, so a page stays where it is even when `after` has moved to another state.
    """
    values = {"status": status, "after": after, "limit": limit}
    reads = [Statement(_PAGE.format(below=_BELOW if after else ""), values)]
    if after:
        reads.append(Statement(f"SELECT {_EXISTS}", (after,)))
    listed, *after_is_known = db.fetch(reads)
    if after_is_known and not after_is_known[0].value(int):
        raise invalid("after", "No such opportunity.")
    return rows.page("engagement_opportunities", listed.all(Opportunity), _read, limit)


def edit(opportunity_id: str, text: str, actor: Actor) -> Opportunity:
    """Reword a draft. Conflict once it is decided."""
    return move(opportunity_id, _EDIT, actor, _usable(opportunity_id), text=text)


def approve(opportunity_id: str, actor: Actor) -> Opportunity:
    """Let a draft be sent. Conflict once it is decided."""
    return move(opportunity_id, _APPROVE, actor, _usable(opportunity_id))


def reject(opportunity_id: str, reason: str | None, actor: Actor) -> Opportunity:
    """Refuse a draft. Conflict once it is decided."""
    return move(opportunity_id, _REJECT, actor, _usable(opportunity_id), reason=reason)


def _usable(opportunity_id: str) -> Guard:
    """The step that stops a decision with Damaged where a person could not see what is decided."""
    condition = f"EXISTS (SELECT 1 FROM engagement_opportunities o WHERE o.id = ? AND {USABLE})"
    error = Damaged("engagement_opportunities", opportunity_id, RELIED_ON, "cannot be used")
    return require(condition, (opportunity_id,), otherwise=error)


def move(opportunity_id: str, to: Move, actor: Actor, *guards: Guard, **values: str | None) -> Opportunity:
    """Take one step of the state machine: compare, set and log in one batch. The opportunity as it is then.

    `values` are the parameters of the SQL of the step. Damaged where the step was taken and its row cannot be shown.
    """
    parameters = {**values, "id": opportunity_id}
    results = db.batch(
        [
            require(_EXISTS, (opportunity_id,), otherwise=NotFound("no such opportunity")),
            *guards,
            *moves.steps(to, actor, "id = :id", parameters),
            require(to.done, parameters if ":" in to.done else (), otherwise=Conflict(to.refused)),
            Statement(_GET, (opportunity_id,)),
        ]
    )
    return _moved(opportunity_id, results[-1])


def _moved(opportunity_id: str, result: Result) -> Opportunity:
    """The opportunity after a step. That a reply was sent is recorded even where the row cannot be shown."""
    try:
        opportunity = result.first(Opportunity)
        if opportunity is None:
            raise Unusable("tweet_id", "leads to no tweet with an account")
        return _read(opportunity)
    except Unusable as error:
        detail = f"this was recorded, but the opportunity cannot be shown until its {error.column} is mended"
        place = ("engagement_opportunities", opportunity_id, error.column, error.problem)
        raise Damaged(*place, detail=detail) from None
