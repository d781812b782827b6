"""Sending what was approved, at most once: an opportunity is leased to one caller, who may renew the lease.

How it ended is for `reports`. A lease that runs out without a report has an unknown outcome: the reply may have been
sent. It is not leased again before a timeline of ours or a person has told.
"""

from dataclasses import dataclass
from typing import TypedDict, TypeGuard

from growth_service.queue import answerable, lapses, moves, opportunity_rows
from growth_service.queue.moves import Move
from growth_service.queue.opportunity_rows import Opportunity, Stored
from growth_service.sending import attempts, caps
from growth_service.sending.attempts import Lease
from shared_schema import rows
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.environment import USUAL, Engagement
from shared_schema.idempotency import Once, Receipt


@dataclass(frozen=True, slots=True)
class Claim:
    """What a caller asks for: at most `limit` opportunities, from `now` (epoch seconds) for `lease_s` seconds.

    `secret` is a random text of this claim. A lease token is the secret and the id of the opportunity.
    """

    limit: int
    lease_s: int
    now: int
    secret: str


class LeftOut(TypedDict):
    """The id of an opportunity that a claim could not lease: its row cannot be used."""

    left_out: str


class Held(TypedDict):
    """Why some that are approved are not leased by a claim, and how many."""

    held: str
    count: int


def _token(claim: str, opportunity: str) -> str:
    """SQL: the token of a lease, from SQL for the secret of the claim and for the id of the opportunity."""
    return f"{claim} || '.' || {opportunity}"


# Leases that ran out are found by an index of their own.
_EXPIRED = """
    id IN (SELECT id FROM engagement_opportunities INDEXED BY engagement_opportunities_leases
           WHERE status = 'claimed' AND lease_expires_at <= :now)
"""
_EXPIRE = Move(
    "expire",
    "status = 'claimed'",
    "unknown",
    "",
    also=", failure_reason = 'the lease ran out without a word'",
)
_CLAIM = Move(
    "claim",
    "status = 'approved'",
    "claimed",
    "",
    also=f", lease_token = {_token(':secret', 'id')}, lease_expires_at = :until, failure_reason = NULL",
)
# The opportunities that this claim has leased, best first: by the index of leases, not among all that are claimed.
# The sorted subquery is there since a server's parser knows no ORDER BY inside an aggregate. Behind them, for the log,
# the ids of those that could not be leased, among the best `limit` that are left. What the caps hold comes last.
_LEASED = f"""
    SELECT * FROM (
        SELECT {opportunity_rows.AS_JSON} AS item {opportunity_rows.FROM}
        WHERE o.id IN (SELECT id FROM engagement_opportunities INDEXED BY engagement_opportunities_leases
                       WHERE status = 'claimed' AND lease_expires_at = ? AND lease_token = {_token("?", "id")})
        ORDER BY o.relevance_score DESC, o.created_at DESC, o.id DESC)
    UNION ALL
    SELECT json_object('left_out', o.id) FROM engagement_opportunities o
    WHERE o.id IN (SELECT id FROM engagement_opportunities
                   WHERE status = 'approved' ORDER BY {opportunity_rows.BEST_FIRST} LIMIT ?)
      AND NOT {opportunity_rows.USABLE}
"""
_CLAIMED = f"SELECT json_group_array(json(item)) FROM ({_LEASED})"
_CLAIMED_UNDER_CAPS = f"SELECT json_group_array(json(item)) FROM ({_LEASED} UNION ALL SELECT * FROM ({caps.HELD}))"
# A lease never gets shorter. One that has run out stays so: its outcome is unknown from then on.
_UNTIL = "max(lease_expires_at, :until)"
_RENEW = Move(
    "renew",
    f"status = 'claimed' AND lease_token = :token AND lease_expires_at > unixepoch() AND NOT {attempts.SENT}",
    "claimed",
    "",
    also=f", lease_expires_at = {_UNTIL}",
    old="json_object('lease_expires_at', lease_expires_at)",
    new=f"json_object('lease_expires_at', {_UNTIL})",
    done=f"""EXISTS (SELECT 1 FROM engagement_opportunities WHERE id = :id AND status = 'claimed'
                     AND lease_token = :token AND lease_expires_at > unixepoch() AND NOT {attempts.SENT})""",
)
# The attempt knows the end of the lease, too: what was sent is looked for up to then.
_RENEWED = """
    UPDATE send_attempts SET lease_expires_at = (SELECT lease_expires_at FROM engagement_opportunities WHERE id = :id)
    WHERE lease_token = :token AND opportunity_id = :id
"""


def claim(wanted: Claim, actor: Actor, once: Once, rules: Engagement = USUAL) -> Receipt:
    """Lease the best approved opportunities to one caller, as far as the caps of the rules let them pass.

    Leases that have run out become unknown first, drafts that nobody decided expire, and approvals of a post that has
    changed end. The receipt, of which `leased` gives the opportunities, best first, and `held` the numbers of those
    that the caps hold, may have none. One whose row cannot be used stays approved.
    """
    until = wanted.now + wanted.lease_s
    allowed = caps.values(rules, wanted.now)
    values = {"limit": wanted.limit, "now": wanted.now, "until": until, "secret": wanted.secret} | allowed
    queries = [
        *moves.steps(_EXPIRE, actor, _EXPIRED, values),
        *lapses.overdue(actor),
        *answerable.void_best(actor, {"limit": wanted.limit, "pending_s": rules.pending_s}),
        *moves.steps(_CLAIM, actor, caps.best(rules), values),
    ]
    told = (until, wanted.secret, wanted.limit)
    if caps.limit(rules):
        receipt = once.write(queries, _CLAIMED_UNDER_CAPS, (*told, *allowed.values()))
    else:
        receipt = once.write(queries, _CLAIMED, told)
    for item in receipt.document:
        if "left_out" in item:
            rows.left_out("engagement_opportunities", item["left_out"], opportunity_rows.RELIED_ON, "cannot be used")
    return receipt


def leased(document: list[Stored | LeftOut | Held]) -> list[Opportunity]:
    """The opportunities of the receipt of a claim."""
    return [opportunity_rows.read(item) for item in document if "left_out" not in item and "held" not in item]


def is_held(item: Stored | LeftOut | Held) -> TypeGuard[Held]:
    """Whether this part of a receipt tells of a cap."""
    return "held" in item


def held(document: list[Stored | LeftOut | Held]) -> dict[str, int]:
    """How many a claim did not lease because of a cap, by the cap."""
    return {item["held"]: item["count"] for item in document if is_held(item)}


def renew(lease: Lease, until: int, actor: Actor, once: Once) -> Receipt:
    """Let the lease last up to `until` (epoch seconds). Conflict where it has run out, or where it must not be used."""
    values = {"id": lease.opportunity_id, "token": lease.token, "until": until}
    steps = [*moves.steps(_RENEW, actor, "id = :id", values), Statement(_RENEWED, values)]
    return attempts.write(lease, steps, _RENEW.done, values, once)
