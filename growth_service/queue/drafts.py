"""New opportunities: what the bot drafts, how relevant that is, and whether a person has to look at it."""

import time
from typing import NotRequired, TypedDict

import peewee

from growth_service.posts import accounts, tweet_pages, tweet_rows
from growth_service.posts.accounts import Account
from growth_service.posts.tweet_rows import Row
from growth_service.queue import answerable, lapses, opportunity_rows, relevance
from growth_service.wording import voices
from growth_service.wording.reasons import Scored
from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, errors, require, require_changes
from shared_schema.environment import USUAL, Engagement
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound, Problem, invalid
from shared_schema.tables import db


class Draft(TypedDict):
    """A new opportunity, as the bot describes it. Without a relevance score the service finds one itself."""

    tweet_id: str
    opportunity_type: str
    relevance_score: NotRequired[float | None]
    suggested_response: NotRequired[str | None]
    ai_model_used: NotRequired[str | None]
    ai_cost_nanousd: NotRequired[int | None]


_WHY_NOT = f"""
    SELECT {answerable.WHY_NOT} AS why_not FROM tweets t JOIN twitter_accounts a ON a.id = t.account_id WHERE t.id = ?
"""
_AUTHOR = accounts.GET.replace("= ?", "= (SELECT account_id FROM tweets WHERE id = ?)")
_VOICE = Statement(voices.ACTIVE)
_CAN_BE_ANSWERED = f"coalesce(({_WHY_NOT.replace('?', ':tweet_id')}), '') = ''"
_INSERT = """
    INSERT INTO engagement_opportunities (
        id, tweet_id, account_id, chain_id, opportunity_type, relevance_score, relevance_reasons, suggested_response,
        ai_model_used, ai_cost_nanousd, ai_cost_microusd, status, pending_until, reject_reason, decided_by, decided_at)
    SELECT :id, id, account_id, coalesce(chain_id, id), :opportunity_type, :relevance_score, :relevance_reasons,
           :suggested_response, :ai_model_used, :ai_cost_nanousd, (:ai_cost_nanousd + 500) / 1000, :status,
           iif(:status = 'pending', unixepoch() + :pending_s, NULL), :reject_reason, :decided_by,
           iif(:status = 'pending', NULL, unixepoch())
    FROM tweets WHERE id = :tweet_id
"""
_LOGGED = (
    *("id", "tweet_id", "opportunity_type", "relevance_score", "suggested_response", "ai_model_used"),
    *("ai_cost_nanousd", "status", "reject_reason", "decided_by"),
)
_SHOWN = f"SELECT {opportunity_rows.AS_JSON} {opportunity_rows.FROM} WHERE o.id = ?"
_BY_THE_SERVICE = "service"


def add(opportunity_id: str, draft: Draft, actor: Actor, once: Once, rules: Engagement = USUAL) -> Receipt:
    """A new opportunity under this id: pending, or rejected by the service where it is not relevant enough.

    The receipt is a row of an Opportunity. NotFound without its tweet, Invalid where the tweet cannot be answered,
    Conflict while the tweet, or another version of it, has a live opportunity of this type.
    """
    row = _row(opportunity_id, draft, rules)
    queries: list[Statement | Guard] = [
        *lapses.in_the_way(actor, row),
        require(_CAN_BE_ANSWERED, row, otherwise=_Refused),
        Statement(_INSERT, row),
        require_changes(1, otherwise=lambda: NotFound("no such tweet: ingest it first")),
        audit.entry(actor, "opportunity.create", "opportunity", opportunity_id, new={key: row[key] for key in _LOGGED}),
    ]
    try:
        return once.write(queries, _SHOWN, (opportunity_id,))
    except _Refused:
        raise _why_not(draft["tweet_id"]) from None
    except peewee.IntegrityError as error:
        if not is_not_alone(error):
            raise
        raise Conflict(f"this tweet has a live {draft['opportunity_type']} opportunity already") from None


def is_not_alone(error: peewee.IntegrityError) -> bool:
    """Whether a row broke the rule that a post has one live opportunity of a type."""
    keys = (("tweet_id", "opportunity_type"), ("chain_id", "opportunity_type"))
    return any(errors.is_unique(error, "engagement_opportunities", *key) for key in keys)


class _Refused(Exception):
    """The tweet of a draft cannot be answered."""


def _why_not(tweet_id: str) -> Problem:
    (result,) = db.fetch([Statement(_WHY_NOT, (tweet_id,))], fresh=True)
    reason = result.rows[0]["why_not"] if result.rows else None
    return invalid("tweet_id", f"This post cannot be answered: {reason or 'it has changed meanwhile'}.")


def _row(opportunity_id: str, draft: Draft, rules: Engagement) -> dict[str, object]:
    """The row of a draft, with its score and what follows from it."""
    score, reasons = draft.get("relevance_score"), None
    if score is None:
        scored = _scored(draft["tweet_id"])
        score, reasons = scored.score, dumps(scored.reasons)
    bound = rules.min_relevance
    refused = f"relevance {score:.2f} is below {bound:.2f}" if score < bound else None
    return {
        **dict.fromkeys(("suggested_response", "ai_model_used", "ai_cost_nanousd")),
        **draft,
        "id": opportunity_id,
        "relevance_score": score,
        "relevance_reasons": reasons,
        "status": "rejected" if refused else "pending",
        "reject_reason": refused,
        "decided_by": _BY_THE_SERVICE if refused else None,
        "pending_s": rules.pending_s,
    }


def _scored(tweet_id: str) -> Scored:
    by_id = (tweet_id,)
    tweet, author, profile = db.fetch([Statement(tweet_pages.GET, by_id), Statement(_AUTHOR, by_id), _VOICE])
    row = tweet.first(Row)
    if row is None:
        raise NotFound("no such tweet: ingest it first")
    writer = next(iter(rows.usable("twitter_accounts", author.all(Account), accounts.read)), None)
    voice = next(iter(rows.usable("voice_profiles", profile.all(voices.Row), voices.read)), None)
    return relevance.score(rows.one("tweets", row, tweet_rows.read), writer, voice, int(time.time()))
