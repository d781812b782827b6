"""Opportunities to reply, quote or follow: drafted by the bot, decided by a person. What follows is in `leases`."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict, final

import peewee

from growth_service import moves, opportunity_rows
from growth_service.moves import Move
from growth_service.opportunity_rows import Opportunity
from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, errors, require, require_changes
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Damaged, NotFound, invalid
from shared_schema.rows import Page, Unusable
from shared_schema.tables import db


class Draft(TypedDict):
    """A new opportunity, as the bot describes it."""

    tweet_id: str
    opportunity_type: str
    relevance_score: float
    suggested_response: NotRequired[str | None]
    ai_model_used: NotRequired[str | None]
    ai_cost_nanousd: NotRequired[int | None]


@final
class OnlyId(TypedDict):
    """The id of an opportunity that leads to no tweet with an account."""

    id: str


_GET = f"{opportunity_rows.SELECT} WHERE o.id = ?"
_PAGE = f"""
    {opportunity_rows.SELECT} WHERE o.status = :status {{below}}
    ORDER BY o.relevance_score DESC, o.created_at DESC, o.id DESC LIMIT :limit
"""
_BELOW = """
    AND (o.relevance_score, o.created_at, o.id) <
        (SELECT relevance_score, created_at, id FROM engagement_opportunities WHERE id = :after)
"""
# The opportunity after a step; its id alone where it leads to no tweet with an account.
_MOVED = f"""
    coalesce((SELECT {opportunity_rows.AS_JSON} {opportunity_rows.FROM} WHERE o.id = ?), json_object('id', ?))
"""
_EXISTS = "EXISTS (SELECT 1 FROM engagement_opportunities WHERE id = ?)"
_INSERT = """
    INSERT INTO engagement_opportunities (id, tweet_id, account_id, opportunity_type, relevance_score,
                                          suggested_response, ai_model_used, ai_cost_nanousd)
    SELECT :id, id, account_id, :opportunity_type, :relevance_score, :suggested_response, :ai_model_used,
           :ai_cost_nanousd
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
    optional = dict.fromkeys(("suggested_response", "ai_model_used", "ai_cost_nanousd"))
    row = optional | {**draft, "id": opportunity_id}
    queries: list[Statement | Guard] = [
        Statement(_INSERT, row),
        require_changes(1, otherwise=NotFound("no such tweet: ingest it first")),
        audit.entry(actor, "opportunity.create", "opportunity", opportunity_id, new=row | {"status": "pending"}),
    ]
    try:
        return once.write(
            queries, f"SELECT {opportunity_rows.AS_JSON} {opportunity_rows.FROM} WHERE o.id = ?", (opportunity_id,)
        )
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
    return rows.one("engagement_opportunities", opportunity, opportunity_rows.read)


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
    return rows.page("engagement_opportunities", listed.all(Opportunity), opportunity_rows.read, limit)


def edit(opportunity_id: str, text: str, actor: Actor) -> Opportunity:
    """Reword a draft. Conflict once it is decided."""
    return moved(move(opportunity_id, _EDIT, actor, Once(""), _usable(opportunity_id), text=text).document)


def approve(opportunity_id: str, actor: Actor, once: Once) -> Receipt:
    """Let a draft be sent. Conflict once it is decided."""
    return move(opportunity_id, _APPROVE, actor, once, _usable(opportunity_id))


def reject(opportunity_id: str, reason: str | None, actor: Actor, once: Once) -> Receipt:
    """Refuse a draft. Conflict once it is decided."""
    return move(opportunity_id, _REJECT, actor, once, _usable(opportunity_id), reason=reason)


def _usable(opportunity_id: str) -> Guard:
    """The step that stops a decision with Damaged where a person could not see what is decided."""
    condition = f"EXISTS (SELECT 1 FROM engagement_opportunities o WHERE o.id = ? AND {opportunity_rows.USABLE})"
    error = Damaged("engagement_opportunities", opportunity_id, opportunity_rows.RELIED_ON, "cannot be used")
    return require(condition, (opportunity_id,), otherwise=error)


def move(opportunity_id: str, to: Move, actor: Actor, once: Once, *guards: Guard, **values: str | None) -> Receipt:
    """Take one step of the state machine, once: compare, set and log in one batch. The receipt goes to `moved`.

    `values` are the parameters of the SQL of the step.
    """
    parameters = {**values, "id": opportunity_id}
    done = require(to.done, parameters if ":" in to.done else (), otherwise=Conflict(to.refused))
    return write(opportunity_id, [*guards, *moves.steps(to, actor, "id = :id", parameters), done], once)


def write(opportunity_id: str, steps: Sequence[Statement | Guard], once: Once) -> Receipt:
    """Apply steps to one opportunity, once. NotFound without it. The receipt goes to `moved`."""
    exists = require(_EXISTS, (opportunity_id,), otherwise=NotFound("no such opportunity"))
    return once.write([exists, *steps], _MOVED, (opportunity_id, opportunity_id))


def moved(document: Opportunity | OnlyId) -> Opportunity:
    """The opportunity of the receipt of a step. Damaged where it cannot be shown: that a reply was sent is recorded."""
    try:
        if "tweet_id" not in document:
            raise Unusable("tweet_id", "leads to no tweet with an account")
        return opportunity_rows.read(document)
    except Unusable as error:
        detail = f"this was recorded, but the opportunity cannot be shown until its {error.column} is mended"
        place = ("engagement_opportunities", document["id"], error.column, error.problem)
        raise Damaged(*place, detail=detail) from None
