"""What a person decides about a draft. An approval is of two texts, the reply and the post."""

import peewee

from growth_service.queue import answerable, drafts, opportunities, opportunity_rows
from growth_service.queue.moves import Move
from growth_service.queue.opportunity_rows import Stored
from growth_service.x import length
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, Invalid, Problem, invalid
from shared_schema.tables import db

IS_PENDING = f"{opportunity_rows.state()} = 'pending'"
ONLY_PENDING = {decision: f"only a pending opportunity can be {decision}" for decision in ("approved", "rejected")}
CHANGED = "the reply or the post has changed since it was read: read it again"
_BY = ", decided_by = :decided_by, decided_at = unixepoch()"
_UNDECIDED = ", decided_by = NULL, decided_at = NULL, approved_pair = NULL, reject_reason = NULL"
APPROVED = f"{_BY}, approved_pair = :pair"
REJECTED = f"{_BY}, reject_reason = :reason"

_APPROVE = Move("approve", IS_PENDING, "approved", ONLY_PENDING["approved"], also=APPROVED)
_REJECT = Move(
    "reject",
    IS_PENDING,
    "rejected",
    ONLY_PENDING["rejected"],
    also=REJECTED,
    new="json_object('status', '{becomes}', 'reason', :reason)",
)
# The time to decide begins anew where there was a decision.
_EDIT = Move(
    "edit",
    f"{opportunity_rows.state()} IN ('pending', 'approved')",
    "pending",
    "only a pending or an approved opportunity can be edited",
    also=f"""{_UNDECIDED}, suggested_response = :text,
        pending_until = iif(status = 'pending', pending_until, unixepoch() + :pending_s)""",
    old="json_object('status', status, 'suggested_response', suggested_response)",
    new="json_object('status', '{becomes}', 'suggested_response', :text)",
)
_UNDO = Move(
    "undo",
    "status IN ('approved', 'rejected')",
    "pending",
    "only a decision can be undone, and an approval only while nobody has claimed it",
    also=f"{_UNDECIDED}, pending_until = unixepoch() + :pending_s",
    old="json_object('status', status, 'decided_by', decided_by, 'reason', reject_reason)",
)
_IS_PAIR = f"""
    EXISTS (SELECT 1 FROM engagement_opportunities o JOIN tweets t ON t.id = o.tweet_id
            JOIN twitter_accounts a ON a.id = o.account_id
            WHERE o.id = ? AND {answerable.PAIR} IS ? AND ({answerable.WHY_NOT}) IS NULL)
"""


class Candidate(Stored):
    """An opportunity, the texts that an approval is about, and why its post cannot be answered, None where it can."""

    pair: str
    why_not: str | None


CANDIDATE = f"""
    SELECT {opportunity_rows.COLUMNS}, {answerable.PAIR} AS pair, {answerable.WHY_NOT} AS why_not
    {opportunity_rows.FROM}
"""


def edit(opportunity_id: str, text: str, actor: Actor, pending_s: int) -> opportunity_rows.Opportunity:
    """Reword a draft, which is pending then. Conflict once it is claimed, rejected or expired."""
    guard = opportunities.usable(opportunity_id)
    values: dict[str, str | int | None] = {"text": text, "pending_s": pending_s}
    return opportunities.moved(opportunities.move(opportunity_id, _EDIT, actor, Once(""), guard, **values).document)


def approve(opportunity_id: str, text_hash: str | None, actor: Actor, once: Once) -> Receipt:
    """Let a draft be sent, as it reads now. Conflict once it is decided, where its post cannot be answered, and where
    `text_hash`, which tells what the approver has read, is not that of its texts. Invalid for what X would not take.
    """
    earlier, read = db.fetch([once.lookup(), Statement(f"{CANDIDATE} WHERE o.id = ?", (opportunity_id,))])
    if replay := once.replay(earlier):
        return replay
    candidate = read.first(Candidate)
    if candidate is not None and candidate["status"] == "pending":
        if text_hash not in (None, opportunity_rows.text_hash(candidate)):
            raise Conflict(CHANGED)
        if problem := refusal(candidate):
            raise problem
    return _approve(opportunity_id, candidate, actor, once)


def _approve(opportunity_id: str, candidate: Candidate | None, actor: Actor, once: Once) -> Receipt:
    guards: list[Guard] = [opportunities.usable(opportunity_id)]
    if candidate is not None and candidate["status"] == "pending":
        guards.append(require(_IS_PAIR, (opportunity_id, candidate["pair"]), otherwise=lambda: Conflict(CHANGED)))
    values = {"pair": candidate and candidate["pair"], "decided_by": actor.subject}
    return opportunities.move(opportunity_id, _APPROVE, actor, once, *guards, **values)


def refusal(candidate: Candidate) -> Problem | None:
    """Why a pending draft cannot be approved; None where it can."""
    if candidate["why_not"] is not None:
        return Conflict(f"this post cannot be answered: {candidate['why_not']}")
    if candidate["opportunity_type"] == "follow":
        return None
    text = candidate["suggested_response"]
    if text is None or not text.strip():
        return invalid("suggested_response", "There is no text to send.")
    return too_long(text)


def too_long(text: str) -> Invalid | None:
    """What is wrong with a text that X would not take; None for one that it would."""
    count = length.weighted(text)
    return None if count <= length.MAX else invalid("suggested_response", length.too_long(count))


def reject(opportunity_id: str, reason: str | None, actor: Actor, once: Once) -> Receipt:
    """Refuse a draft. Conflict once it is decided."""
    guard = opportunities.usable(opportunity_id)
    return opportunities.move(opportunity_id, _REJECT, actor, once, guard, reason=reason, decided_by=actor.subject)


def undo(opportunity_id: str, actor: Actor, once: Once, pending_s: int) -> Receipt:
    """Take a decision back: the draft is pending. Conflict once it is claimed, or where it is not decided."""
    try:
        return opportunities.move(opportunity_id, _UNDO, actor, once, pending_s=pending_s)
    except peewee.IntegrityError as error:
        if not drafts.is_not_alone(error):
            raise
        raise Conflict("this tweet has another live opportunity of this type by now") from None
