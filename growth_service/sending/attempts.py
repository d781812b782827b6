"""What became of each lease. Proof of sending counts, whenever and from wherever it comes.

While no later lease runs, proof makes the opportunity executed, in whatever state it is. Under a later lease it is
recorded and the opportunity is flagged: that lease cannot be renewed any more, and when it ends without a post of its
own, the opportunity is executed by the earlier proof instead of going back to the queue. Proof of two posts is flagged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from growth_service.queue import moves, opportunities
from growth_service.queue.moves import Move
from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict
from shared_schema.tables import db


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as its caller names it: the opportunity and the token."""

    opportunity_id: str
    token: str


class Proof(TypedDict):
    """The opportunity was sent under the lease of this token, as this tweet; None for a follow, which leaves none."""

    opportunity_id: str
    token: str
    tweet_id: str | None


# SQL: what is true of a lease that nobody holds any more, though nothing has been said of how it ended.
LAPSED = "(status = 'claimed' AND engagement_opportunities.lease_expires_at <= unixepoch())"
# SQL: that an attempt at the opportunity, under an earlier lease, was sent.
SENT = """
    EXISTS (SELECT 1 FROM send_attempts a WHERE a.opportunity_id = engagement_opportunities.id AND a.outcome = 'sent')
"""
_OF_THESE = "id IN (SELECT value->>'opportunity_id' FROM json_each(:proofs))"
_FIRST = "(SELECT value->>'{0}' FROM json_each(:proofs) WHERE value->>'opportunity_id' = engagement_opportunities.id)"
# A proof is recorded once: what the caller reports stands above what a timeline or a person told.
_RECORD = """
    UPDATE send_attempts SET outcome = 'sent', result_tweet_id = n.value->>'tweet_id', settled_by = :by,
        settled_at = unixepoch()
    FROM json_each(:proofs) n
    WHERE lease_token = n.value->>'token' AND opportunity_id = n.value->>'opportunity_id'
      AND (outcome IS NOT 'sent'
           OR (settled_by <> 'report' AND result_tweet_id IS NOT n.value->>'tweet_id'))
"""
_KNOWN = f"""
    EXISTS (SELECT 1 FROM send_attempts WHERE lease_token = {_FIRST.format("token")}
            AND opportunity_id = engagement_opportunities.id AND outcome = 'sent')
"""
_EXECUTE = Move(
    "execute",
    f"""status <> 'executed' AND {_KNOWN}
        AND (status <> 'claimed' OR lease_expires_at <= unixepoch() OR lease_token = {_FIRST.format("token")})""",
    "executed",
    "",
    also=f""", result_tweet_id = {_FIRST.format("tweet_id")}, lease_token = {_FIRST.format("token")},
             executed_at = unixepoch(), failure_reason = NULL""",
    new=f"json_object('status', '{{becomes}}', 'result_tweet_id', {_FIRST.format('tweet_id')})",
)
# What a person should know: it was sent twice, or it may be, since a later lease runs. NULL where there is nothing.
_FLAG = """
    (SELECT CASE WHEN count(tweet_id) > 1 THEN 'sent more than once: as ' || group_concat(tweet_id, ' and as ')
                 WHEN engagement_opportunities.status = 'claimed'
                 THEN 'sent under an earlier lease' || coalesce(' as ' || max(tweet_id), '') END
     FROM (SELECT result_tweet_id AS tweet_id FROM send_attempts
           WHERE opportunity_id = engagement_opportunities.id AND outcome = 'sent'
           UNION SELECT result_tweet_id FROM engagement_opportunities o
           WHERE o.id = engagement_opportunities.id AND o.status = 'executed'))
"""
_TO_FLAG = f"{_OF_THESE} AND {_KNOWN} AND {_FLAG} IS NOT flagged AND {_FLAG} IS NOT NULL"
_FLAGGED = f"""
    SELECT id, json_object('flagged', flagged) AS old, json_object('flagged', {_FLAG}) AS new
    FROM engagement_opportunities WHERE {_TO_FLAG}
"""
_SET_FLAG = f"UPDATE engagement_opportunities SET flagged = {_FLAG}, updated_at = unixepoch() WHERE {_TO_FLAG}"

# A lease that ends without a post of its own, where an earlier one was sent after all. `attempt` is that one.
_EARLIER = """
    (SELECT a.{0} FROM send_attempts a WHERE a.opportunity_id = engagement_opportunities.id AND a.outcome = 'sent'
     ORDER BY a.id LIMIT 1)
"""
_SENT_EARLIER = Move(
    "execute",
    f"status IN ('claimed', 'unknown') AND {SENT}",
    "executed",
    "",
    also=f""", result_tweet_id = {_EARLIER.format("result_tweet_id")}, lease_token = {_EARLIER.format("lease_token")},
             executed_at = unixepoch(), failure_reason = NULL""",
    new=f"json_object('status', '{{becomes}}', 'result_tweet_id', {_EARLIER.format('result_tweet_id')})",
)


def proven(proofs: Sequence[Proof], by: str, actor: Actor) -> list[Statement]:
    """The steps that record proofs of sending, at most one a lease. `by` is "report" or "timeline".

    A proof with a token that no lease of the opportunity had changes nothing.
    """
    values = {"proofs": dumps(proofs), "by": by}
    return [
        Statement(_RECORD, values),
        *moves.steps(_EXECUTE, actor, _OF_THESE, values),
        audit.entries(actor, "opportunity.flag", "opportunity", _FLAGGED, values),
        Statement(_SET_FLAG, values),
    ]


def given_back(to: Move, actor: Actor, which: str, values: Mapping[str, object]) -> list[Statement]:
    """The steps for leases that ended without a post, after this was recorded: the move, for opportunities that match
    the SQL `which`, or executed where an earlier lease has sent the reply after all.
    """
    earlier = moves.steps(_SENT_EARLIER, actor, f"{which} AND +({to.only_if})", values)
    return [*earlier, *moves.steps(to, actor, which, values)]


class _Refused(Conflict):
    """The lease is not in the state that the request needs. `write` says why."""


class _Known(TypedDict):
    """What is known of a lease. `is_held`: nothing has come after it. `sent_as`: what any lease has sent."""

    outcome: str | None
    reason: str | None
    result_tweet_id: str | None
    is_held: int
    is_lapsed: int
    was_sent: int
    sent_as: str | None


_KNOWN_OF = f"""
    SELECT t.outcome, t.reason, t.result_tweet_id,
           engagement_opportunities.lease_token IS t.lease_token AND status IN ('claimed', 'unknown') AS is_held,
           {LAPSED} OR status = 'unknown' AS is_lapsed,
           {SENT} AS was_sent, {_EARLIER.format("result_tweet_id")} AS sent_as
    FROM send_attempts t JOIN engagement_opportunities ON engagement_opportunities.id = t.opportunity_id
    WHERE t.lease_token = ? AND t.opportunity_id = ?
"""


def write(
    lease: Lease, steps: Sequence[Statement | Guard], done: str, values: Mapping[str, object], once: Once
) -> Receipt:
    """Apply steps to the opportunity of a lease, once. The receipt goes to `opportunities.moved`.

    Where the SQL `done` is not true after them, nothing is applied, and a Conflict says what is known of the lease.
    """
    try:
        return opportunities.write(
            lease.opportunity_id, [*steps, require(done, values, otherwise=lambda: _Refused(""))], once
        )
    except _Refused:
        raise Conflict(_why(lease)) from None


def _why(lease: Lease) -> str:
    (known,) = db.fetch([Statement(_KNOWN_OF, (lease.token, lease.opportunity_id))], fresh=True)
    row = known.first(_Known)
    if row is None:
        return "it is not under this lease"
    if row["outcome"] == "sent":
        return f"it was reported already as {row['result_tweet_id'] or 'sent'}"
    if row["was_sent"]:
        return f"it was sent already as {row['sent_as']}, under an earlier lease: do not send it, release this lease"
    if row["outcome"] is not None:
        told = "not sent" if row["outcome"] == "not_sent" else "unknown"
        return f"it was reported already as {told}" + (f": {row['reason']}" if row["reason"] else "")
    if row["is_held"] and row["is_lapsed"]:
        return "the lease has run out: report how it ended, and send nothing any more"
    return "it is not under this lease"
