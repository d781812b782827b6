"""Drafts that nobody has decided in time: every read sees them as expired, and these steps write it down."""

from collections.abc import Mapping

from growth_service.queue import moves
from growth_service.queue.moves import Move
from shared_schema.audit import Actor
from shared_schema.database import Statement

_REASON = "nobody decided in time"
_LAPSE = Move(
    "lapse",
    "status = 'pending'",
    "expired",
    "",
    also=f", expired_reason = '{_REASON}'",
    new=f"json_object('status', '{{becomes}}', 'reason', '{_REASON}')",
)
# The longest overdue. They are found by an index of their own; a claim writes so many down, however many there are.
_OVERDUE = """
    id IN (SELECT id FROM engagement_opportunities INDEXED BY engagement_opportunities_waiting
           WHERE status = 'pending' AND pending_until <= unixepoch() ORDER BY pending_until LIMIT 100)
"""
# One that is in the way of a new draft for the same post. The states stand there so that the index of live ones fits.
_IN_THE_WAY = """
    id IN (SELECT e.id FROM tweets t JOIN engagement_opportunities e ON e.chain_id = coalesce(t.chain_id, t.id)
           WHERE t.id = :tweet_id AND e.opportunity_type = :opportunity_type
             AND e.status IN ('pending', 'approved', 'claimed', 'unknown')
             AND e.status = 'pending' AND e.pending_until <= unixepoch())
"""


def overdue(actor: Actor) -> list[Statement]:
    """Steps: a hundred of those that nobody has decided in time expire."""
    return moves.steps(_LAPSE, actor, _OVERDUE, {})


def in_the_way(actor: Actor, values: Mapping[str, object]) -> list[Statement]:
    """Steps: one that lapsed makes room for a new draft of this `opportunity_type` for the same post."""
    return moves.steps(_LAPSE, actor, _IN_THE_WAY, values)
