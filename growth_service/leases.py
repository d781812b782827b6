"""Sending what was approved, at most once: a lease for one caller, and a report of how it ended.

A lease that runs out without a report has an unknown outcome: the reply may have been sent. It is not leased again
before a person has looked.
"""

from dataclasses import dataclass
from typing import TypedDict, TypeGuard

from growth_service import answerable, caps, lapses, moves, opportunities, opportunity_rows
from growth_service.moves import Move
from growth_service.opportunity_rows import Opportunity, Stored
from shared_schema import rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, require
from shared_schema.environment import USUAL, Engagement
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import invalid


@dataclass(frozen=True, slots=True)
class Claim:
    """What a caller asks for: at most `limit` opportunities, from `now` (epoch seconds) for `lease_s` seconds.

    `secret` is a random text of this claim. A lease token is the secret and the id of the opportunity.
    """

    limit: int
    lease_s: int
    now: int
    secret: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a caller reports under its lease: the tweet that was sent, or why nothing was."""

    opportunity_id: str
    token: str
    result: str | None = None
    reason: str | None = None


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


_NO_LEASE = ", lease_token = NULL, lease_expires_at = NULL"

# Leases that ran out are found by an index of their own. The + in the steps below keeps the engine from reading every
# row in that state instead.
_EXPIRED = """
    id IN (SELECT id FROM engagement_opportunities INDEXED BY engagement_opportunities_leases
           WHERE status = 'claimed' AND lease_expires_at <= :now)
"""
_EXPIRE = Move(
    "expire",
    "+status = 'claimed'",
    "unknown",
    "",
    also=", failure_reason = 'the lease ran out without a word'",
)
_CLAIM = Move(
    "claim",
    "+status = 'approved'",
    "claimed",
    "",
    also=f", lease_token = {_token(':secret', 'id')}, lease_expires_at = :until, failure_reason = NULL",
)
# The opportunities that this claim has leased, best first. The time lets the engine use the index of leases; the
# sorted subquery is there since a server's parser knows no ORDER BY inside an aggregate. Behind them, for the log, the
# ids of those that could not be leased, among the best `limit` that are left, and what the caps hold.
_CLAIMED = f"""
    SELECT json_group_array(json(item)) FROM (
        SELECT * FROM (
            SELECT {opportunity_rows.AS_JSON} AS item {opportunity_rows.FROM}
            WHERE o.status = 'claimed' AND o.lease_expires_at = ? AND o.lease_token = {_token("?", "o.id")}
            ORDER BY o.relevance_score DESC, o.created_at DESC, o.id DESC)
        UNION ALL
        SELECT json_object('left_out', o.id) FROM engagement_opportunities o
        WHERE o.id IN (SELECT id FROM engagement_opportunities
                       WHERE status = 'approved' ORDER BY {opportunity_rows.BEST_FIRST} LIMIT ?)
          AND NOT {opportunity_rows.USABLE}
        UNION ALL
        SELECT * FROM ({caps.HELD}))
"""
# A report after the lease has expired is accepted, and repeating it changes nothing.
_EXECUTE = Move(
    "execute",
    "status IN ('claimed', 'unknown') AND lease_token = :token",
    "executed",
    "it is not under this lease",
    also=", result_tweet_id = :result, executed_at = unixepoch(), failure_reason = NULL",
    new="json_object('status', '{becomes}', 'result_tweet_id', :result)",
    done="""EXISTS (SELECT 1 FROM engagement_opportunities WHERE id = :id AND status = 'executed'
                    AND lease_token = :token AND result_tweet_id IS :result)""",
)
_RELEASE = Move(
    "release",
    "status = 'claimed' AND lease_token = :token",
    "approved",
    "it is not under this lease",
    also=f"{_NO_LEASE}, failure_reason = :reason",
    new="json_object('status', '{becomes}', 'reason', :reason)",
)
_LOSE = Move(
    "lose",
    "status = 'claimed' AND lease_token = :token",
    "unknown",
    "it is not under this lease",
    also=", failure_reason = :reason",
    new="json_object('status', '{becomes}', 'reason', :reason)",
    done="""EXISTS (SELECT 1 FROM engagement_opportunities WHERE id = :id AND status = 'unknown'
                    AND lease_token = :token AND failure_reason IS :reason)""",
)
_FOUND_SENT = Move(
    "reconcile",
    "status = 'unknown'",
    "executed",
    "only an opportunity with an unknown outcome can be reconciled",
    also=", result_tweet_id = :result, executed_at = unixepoch()",
    new="json_object('status', '{becomes}', 'result_tweet_id', :result)",
)
_FOUND_NOT_SENT = Move(
    "reconcile",
    "status = 'unknown'",
    "approved",
    "only an opportunity with an unknown outcome can be reconciled",
    also=_NO_LEASE,
)
_FAILED = {"not_sent": _RELEASE, "unknown": _LOSE}


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
    receipt = once.write(queries, _CLAIMED, (until, wanted.secret, wanted.limit, *allowed.values()))
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


def executed(report: Report, actor: Actor, once: Once) -> Receipt:
    """It was sent. The same report twice is fine. Conflict without this lease."""
    sent = _names_its_tweet(report.opportunity_id, report.result)
    values = {"token": report.token, "result": report.result}
    return opportunities.move(report.opportunity_id, _EXECUTE, actor, once, sent, **values)


def failed(report: Report, outcome: str, actor: Actor, once: Once) -> Receipt:
    """It was `not_sent` and may be tried again, or it is `unknown` whether it was. Conflict without this lease."""
    values = {"token": report.token, "reason": report.reason}
    return opportunities.move(report.opportunity_id, _FAILED[outcome], actor, once, **values)


def reconcile(opportunity_id: str, outcome: str, result: str | None, actor: Actor, once: Once) -> Receipt:
    """A person has looked: it was `sent` as the tweet `result`, or `not_sent` and may be tried again."""
    if outcome == "not_sent":
        return opportunities.move(opportunity_id, _FOUND_NOT_SENT, actor, once)
    sent = _names_its_tweet(opportunity_id, result)
    return opportunities.move(opportunity_id, _FOUND_SENT, actor, once, sent, result=result)


def _names_its_tweet(opportunity_id: str, result: str | None) -> Guard:
    """Only a follow leaves no tweet behind."""
    condition = "? IS NOT NULL OR (SELECT opportunity_type FROM engagement_opportunities WHERE id = ?) = 'follow'"
    error = invalid("result_tweet_id", "Only a follow has no tweet.")
    return require(condition, (result, opportunity_id), otherwise=error)
