"""Opportunities to reply, quote or follow: what is in the queue, and its state machine over one of them."""

from collections.abc import Sequence
from typing import TypedDict, final

from growth_service.queue import moves, opportunity_rows
from growth_service.queue.moves import Move
from growth_service.queue.opportunity_rows import Opportunity, Stored
from shared_schema import rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Damaged, NotFound, invalid
from shared_schema.rows import Page, Unusable
from shared_schema.tables import db


@final
class OnlyId(TypedDict):
    """The id of an opportunity that leads to no tweet with an account."""

    id: str


_GET = f"{opportunity_rows.SELECT} WHERE o.id = ?"
_ORDER = "ORDER BY o.relevance_score DESC, o.created_at DESC, o.id DESC LIMIT :limit"
_BELOW = """
    AND (o.relevance_score, o.created_at, o.id) <
        (SELECT relevance_score, created_at, id FROM engagement_opportunities WHERE id = :after)
"""
# The rows of a state: those that are stored so, and for two states those that time has brought there. What time has
# taken away is left out. The two that come late are found by indexes of their own.
_STORED = {
    "pending": "o.status = 'pending' AND coalesce(o.pending_until > unixepoch(), true)",
    "claimed": "o.status = 'claimed' AND coalesce(o.lease_expires_at > unixepoch(), true)",
}
_LATE = {
    "unknown": """engagement_opportunities o INDEXED BY engagement_opportunities_leases
        WHERE o.status = 'claimed' AND o.lease_expires_at <= unixepoch()""",
    "expired": """engagement_opportunities o INDEXED BY engagement_opportunities_waiting
        WHERE o.status = 'pending' AND o.pending_until <= unixepoch()""",
}
# Counts are kept by triggers, by what is stored; what time has moved since is counted from the two small indexes.
_COUNTS = f"""
    SELECT status, opportunities FROM opportunity_counts
    UNION ALL SELECT 'unknown', count(*) FROM {_LATE["unknown"]}
    UNION ALL SELECT 'claimed', -count(*) FROM {_LATE["unknown"]}
    UNION ALL SELECT 'expired', count(*) FROM {_LATE["expired"]}
    UNION ALL SELECT 'pending', -count(*) FROM {_LATE["expired"]}
"""
# The opportunity after a step; its id alone where it leads to no tweet with an account.
_MOVED = f"""
    coalesce((SELECT {opportunity_rows.AS_JSON} {opportunity_rows.FROM} WHERE o.id = ?), json_object('id', ?))
"""
_EXISTS = "EXISTS (SELECT 1 FROM engagement_opportunities WHERE id = ?)"


def get(opportunity_id: str) -> Opportunity:
    """One opportunity, or NotFound; Damaged where its row cannot be used."""
    (result,) = db.fetch([Statement(_GET, (opportunity_id,))])
    opportunity = result.first(Stored)
    if opportunity is None:
        raise NotFound("no such opportunity")
    return rows.one("engagement_opportunities", opportunity, opportunity_rows.read)


def page(status: str, after: str | None, limit: int) -> Page[Opportunity]:
    """Opportunities in a state, the most relevant first, then the newest; those behind the opportunity `after`.

    What decides the place never changes, so a page stays where it is even when `after` has moved to another state.
    """
    values = {"status": status, "after": after, "limit": limit}
    reads = [Statement(_page(status, _BELOW if after else ""), values)]
    if after:
        reads.append(Statement(f"SELECT {_EXISTS}", (after,)))
    listed, *after_is_known = db.fetch(reads)
    if after_is_known and not after_is_known[0].value(int):
        raise invalid("after", "No such opportunity.")
    return rows.page("engagement_opportunities", listed.all(Stored), opportunity_rows.read, limit)


def _page(status: str, below: str) -> str:
    """The SQL of a page. Of two kinds of rows, the best of each are put together and sorted once more."""
    stored = f"{_STORED.get(status, 'o.status = :status')} {below}"
    if status not in _LATE:
        return f"{opportunity_rows.SELECT} WHERE {stored} {_ORDER}"
    late = f"SELECT o.id FROM {_LATE[status]} {below} {_ORDER}"
    best = f"SELECT o.id FROM engagement_opportunities o WHERE {stored} {_ORDER}"
    both = f"SELECT id FROM ({best}) UNION ALL SELECT id FROM ({late})"
    return f"{opportunity_rows.SELECT} WHERE o.id IN ({both}) {_ORDER}"


def counts() -> dict[str, int]:
    """How many opportunities are in each state now. The cost does not grow with their number."""
    (result,) = db.fetch([Statement(_COUNTS)])
    totals = dict.fromkeys(opportunity_rows.STATUSES, 0)
    for row in result.rows:
        if row["status"] in totals:
            totals[row["status"]] += row["opportunities"]
    return totals


def usable(opportunity_id: str) -> Guard:
    """The step that stops a decision with Damaged where a person could not see what is decided."""
    condition = f"EXISTS (SELECT 1 FROM engagement_opportunities o WHERE o.id = ? AND {opportunity_rows.USABLE})"
    error = Damaged("engagement_opportunities", opportunity_id, opportunity_rows.RELIED_ON, "cannot be used")
    return require(condition, (opportunity_id,), otherwise=lambda: error)


def move(
    opportunity_id: str, to: Move, actor: Actor, once: Once, *guards: Guard, **values: str | int | None
) -> Receipt:
    """Take one step of the state machine, once: compare, set and log in one batch. The receipt goes to `moved`.

    `values` are the parameters of the SQL of the step.
    """
    parameters = {**values, "id": opportunity_id}
    done = require(to.done, parameters if ":" in to.done else (), otherwise=lambda: Conflict(to.refused))
    return write(opportunity_id, [*guards, *moves.steps(to, actor, "id = :id", parameters), done], once)


def write(opportunity_id: str, steps: Sequence[Statement | Guard], once: Once) -> Receipt:
    """Apply steps to one opportunity, once. NotFound without it. The receipt goes to `moved`."""
    exists = require(_EXISTS, (opportunity_id,), otherwise=lambda: NotFound("no such opportunity"))
    return once.write([exists, *steps], _MOVED, (opportunity_id, opportunity_id))


def moved(document: Stored | OnlyId) -> Opportunity:
    """The opportunity of the receipt of a step. Damaged where it cannot be shown: that a reply was sent is recorded."""
    try:
        if "tweet_id" not in document:
            raise Unusable("tweet_id", "leads to no tweet with an account")
        return opportunity_rows.read(document)
    except Unusable as error:
        detail = f"this was recorded, but the opportunity cannot be shown until its {error.column} is mended"
        place = ("engagement_opportunities", document["id"], error.column, error.problem)
        raise Damaged(*place, detail=detail) from None
