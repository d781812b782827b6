"""How the sending of an opportunity ended: what the caller reports under its lease, or what a person found out.

A report counts however late it comes, and the same report twice is one.
"""

from dataclasses import dataclass

from growth_service.queue import moves, opportunities
from growth_service.queue.moves import Move
from growth_service.sending import attempts
from growth_service.sending.attempts import LAPSED, Lease
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, invalid


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing was sent, or why it is not known whether it was."""

    outcome: str  # "not_sent" or "unknown"
    reason: str | None


_NO_LEASE = ", lease_token = NULL, lease_expires_at = NULL"
_HELD = "status IN ('claimed', 'unknown') AND lease_token = :token"
_REPORTED = "EXISTS (SELECT 1 FROM send_attempts WHERE lease_token = :token AND opportunity_id = :id AND {})"
_WAS_SENT = _REPORTED.format("outcome = 'sent' AND result_tweet_id IS :result")

_RELEASE = Move(
    "release",
    _HELD,
    "approved",
    "",
    also=f"{_NO_LEASE}, failure_reason = :reason",
    new="json_object('status', '{becomes}', 'reason', :reason)",
)
# Who held the lease knows more than a lease that ran out: the reason is then the report's.
_LOSE = Move(
    "lose",
    f"{_HELD} AND (status = 'claimed' OR failure_reason IS NOT :reason) AND {_REPORTED.format('reason IS :reason')}",
    "unknown",
    "",
    also=", failure_reason = :reason",
    new="json_object('status', '{becomes}', 'reason', :reason)",
)
# Nothing is taken back: what was sent stays so, and what was not sent does not become unknown.
_FAIL = """
    UPDATE send_attempts SET outcome = :outcome, reason = :reason,
        settled_by = iif(:outcome = 'not_sent', 'report', NULL),
        settled_at = iif(:outcome = 'not_sent', unixepoch(), NULL)
    WHERE lease_token = :token AND opportunity_id = :id
      AND (outcome IS NULL OR (outcome = 'unknown' AND :outcome = 'not_sent'))
"""
_WAS_FAILED = _REPORTED.format("outcome = :outcome AND (reason IS :reason OR settled_by <> 'report')")

_UNKNOWN = f"(status = 'unknown' OR {LAPSED})"
_NOT_UNKNOWN = "only an opportunity with an unknown outcome can be reconciled"
_FOUND = f"""
    UPDATE send_attempts SET outcome = :outcome, result_tweet_id = :result, settled_by = 'person',
        settled_at = unixepoch()
    WHERE lease_token = (SELECT lease_token FROM engagement_opportunities WHERE id = :id AND {_UNKNOWN})
"""
_FOUND_SENT = Move(
    "reconcile",
    _UNKNOWN,
    "executed",
    "",
    also=", result_tweet_id = :result, executed_at = unixepoch()",
    new="json_object('status', '{becomes}', 'result_tweet_id', :result)",
)
_FOUND_NOT_SENT = Move("reconcile", _UNKNOWN, "approved", "", also=_NO_LEASE)


def executed(lease: Lease, result: str | None, actor: Actor, once: Once) -> Receipt:
    """It was sent, as the tweet `result`; `attempts` says what this proof changes. The same report twice is fine.

    Conflict if another tweet was reported under this lease, or if it is no lease of the opportunity.
    """
    proof: attempts.Proof = {"opportunity_id": lease.opportunity_id, "token": lease.token, "tweet_id": result}
    recorded = attempts.proven([proof], "report", actor)
    values = {"id": lease.opportunity_id, "token": lease.token, "result": result}
    return attempts.write(lease, [_names_its_tweet(lease.opportunity_id, result), *recorded], _WAS_SENT, values, once)


def failed(lease: Lease, failure: Failure, actor: Actor, once: Once) -> Receipt:
    """It was `not_sent` and may be tried again, or it is `unknown` whether it was. The same report twice is fine.

    Conflict if something else was reported under this lease, or if it is no lease of the opportunity.
    """
    values = {
        "id": lease.opportunity_id,
        "token": lease.token,
        "outcome": failure.outcome,
        "reason": failure.reason,
    }
    if failure.outcome == "not_sent":
        steps = attempts.given_back(_RELEASE, actor, "id = :id", values)
    else:
        steps = moves.steps(_LOSE, actor, "id = :id", values)
    return attempts.write(lease, [Statement(_FAIL, values), *steps], _WAS_FAILED, values, once)


def release(lease: Lease, actor: Actor, once: Once) -> Receipt:
    """The caller gives the lease back and has sent nothing."""
    return failed(lease, Failure("not_sent", None), actor, once)


def reconcile(opportunity_id: str, outcome: str, result: str | None, actor: Actor, once: Once) -> Receipt:
    """A person has looked: it was `sent` as the tweet `result`, or `not_sent` and may be tried again.

    Conflict unless its outcome is unknown, or its lease has run out.
    """
    values = {"id": opportunity_id, "outcome": outcome, "result": result}
    unknown = f"EXISTS (SELECT 1 FROM engagement_opportunities WHERE id = :id AND {_UNKNOWN})"
    may = require(unknown, values, otherwise=lambda: Conflict(_NOT_UNKNOWN))
    if outcome == "sent":
        moved = moves.steps(_FOUND_SENT, actor, "id = :id", values)
        named: list[Guard] = [_names_its_tweet(opportunity_id, result)]
    else:
        moved, named = attempts.given_back(_FOUND_NOT_SENT, actor, "id = :id", values), []
    return opportunities.write(opportunity_id, [*named, may, Statement(_FOUND, values), *moved], once)


def _names_its_tweet(opportunity_id: str, result: str | None) -> Guard:
    """Only a follow leaves no tweet behind."""
    condition = "? IS NOT NULL OR (SELECT opportunity_type FROM engagement_opportunities WHERE id = ?) = 'follow'"
    error = invalid("result_tweet_id", "Only a follow has no tweet.")
    return require(condition, (result, opportunity_id), otherwise=lambda: error)
