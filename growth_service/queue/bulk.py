"""Many decisions in one request: each draft is decided or refused by itself, and all of it is one batch."""

from collections.abc import Sequence
from typing import TypedDict

from growth_service.queue import answerable, decisions, moves, opportunity_rows
from growth_service.queue.decisions import Candidate
from growth_service.queue.moves import Move
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.tables import db


class Refused(TypedDict):
    """A draft that was not decided, and why."""

    id: str
    reason: str


class Decided(TypedDict):
    """The receipt: the ids of those decided, and the others."""

    decided: list[str]
    refused: list[Refused]


class _Wish(TypedDict):
    """What is known of a draft before the batch: its texts, and why it is refused anyway."""

    id: str
    pair: str | None
    refused: str | None


_READ = f"{decisions.CANDIDATE} WHERE o.id IN (SELECT value FROM json_each(?))"
_PAIR_OF = f"(SELECT {answerable.PAIR} FROM tweets t WHERE t.id = o.tweet_id)"
# Why the draft `o` of the wish `n` is refused; NULL where it is decided. It is the same before and within the batch.
_WHY = f"""
    CASE WHEN o.id IS NULL THEN 'no such opportunity'
         WHEN {opportunity_rows.state("o")} <> 'pending' THEN '{{only_pending}}'
         WHEN n.value->>'refused' IS NOT NULL THEN n.value->>'refused'
         WHEN {_PAIR_OF} IS NOT n.value->>'pair' THEN '{decisions.CHANGED}'
    END
"""
_JOIN = "json_each({wishes}) n LEFT JOIN engagement_opportunities o ON o.id = n.value->>'id'"
_MINE = "id IN (SELECT o.id FROM {join} WHERE ({why}) IS NULL)"
_RECEIPT = """
    SELECT json_object(
        'decided', json((SELECT json_group_array(id) FROM outcomes WHERE reason IS NULL)),
        'refused', json((SELECT json_group_array(json_object('id', id, 'reason', reason)) FROM outcomes
                         WHERE reason IS NOT NULL)))
"""
_PAIR_WISHED = "(SELECT n.value->>'pair' FROM json_each(:wishes) n WHERE n.value->>'id' = engagement_opportunities.id)"
_STEPS = {
    "approve": ("approved", decisions.APPROVED.replace(":pair", _PAIR_WISHED), "json_object('status', '{becomes}')"),
    "reject": ("rejected", decisions.REJECTED, "json_object('status', '{becomes}', 'reason', :reason)"),
}


def decide(ids: Sequence[str], decision: str, reason: str | None, actor: Actor, once: Once) -> Receipt:
    """Approve or reject drafts, each by itself. The receipt is a Decided, in the order of the ids."""
    named = list(dict.fromkeys(ids))
    earlier, read = db.fetch([once.lookup(), Statement(_READ, (dumps(named),))])
    if replay := once.replay(earlier):
        return replay
    candidates = {candidate["id"]: candidate for candidate in read.all(Candidate)}
    wishes = dumps([_wish(name, candidates.get(name), decision) for name in named])
    becomes, also, new = _STEPS[decision]
    why = _WHY.format(only_pending=decisions.ONLY_PENDING[becomes])
    to = Move(decision, "status = 'pending'", becomes, "", also=also, new=new)
    which = _MINE.format(join=_JOIN.format(wishes=":wishes"), why=why)
    values = {"wishes": wishes, "reason": reason, "decided_by": actor.subject}
    # The receipt goes first: behind the change nobody could tell those that this request has decided.
    outcomes = f"SELECT n.value->>'id' AS id, {why} AS reason FROM {_JOIN.format(wishes='?')}"
    receipt = f"WITH outcomes AS MATERIALIZED ({outcomes}) {_RECEIPT}"
    return once.write(moves.steps(to, actor, which, values), receipt, (wishes,), receipt_first=True)


def _wish(name: str, candidate: Candidate | None, decision: str) -> _Wish:
    refused = None
    if candidate is None:
        refused = "no such opportunity, or it cannot be shown"
    elif decision == "approve" and candidate["status"] == "pending":
        problem = decisions.refusal(candidate)
        refused = None if problem is None else problem.detail
    return {"id": name, "pair": candidate and candidate["pair"], "refused": refused}
