"""Opportunities in every state, the oldest first, and what was tried to send those that got so far."""

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale import posts
from tests.benchmarks.scale.sizes import Size
from tests.benchmarks.scale.writing import DAY, fill, numbers, scattered

APPROVED, CLAIMED, UNKNOWN = 50, 5, 5
_PENDING_S = 72 * 3_600  # for a decision
_NEW_S = 48 * 3_600  # so old are those that are pending at most
_TOKEN = "printf('%032x', o)"


def sent(size: Size) -> str:
    """SQL: whether the opportunity number `o` was sent."""
    return f"{_status(size)} = 'executed'"


def _status(size: Size) -> str:
    """SQL: the state of the opportunity number `o`. The latest are pending, those before them approved or leased."""
    newest, state = f"{size.opportunities} - o", scattered("o", 71, 100)
    bounds = [size.pending + more for more in (0, APPROVED, APPROVED + CLAIMED, APPROVED + CLAIMED + UNKNOWN)]
    return f"""
        CASE WHEN {newest} < {bounds[0]} THEN 'pending' WHEN {newest} < {bounds[1]} THEN 'approved'
             WHEN {newest} < {bounds[2]} THEN 'claimed' WHEN {newest} < {bounds[3]} THEN 'unknown'
             WHEN {state} < 45 THEN 'executed' WHEN {state} < 80 THEN 'rejected' ELSE 'expired' END
    """


def make(database: LibsqlDatabase, size: Size, now: int) -> None:
    """After the posts."""
    tweet = posts.number("o")
    age = f"({size.opportunities} - o) * {_NEW_S} / {size.pending}"
    source = f"""
        (SELECT o, state, id AS tweet_id, account_id, text,
             iif(state = 'pending', {now - 60} - {age}, min(created_at + 600, {now - _NEW_S})) AS at
         FROM (SELECT o, {_status(size)} AS state FROM (SELECT n AS o FROM {numbers(size.opportunities)}))
         JOIN tweets ON id = {posts.id_of(tweet, size, now)} ORDER BY o)
    """
    decided, is_decided = "at + 900", "state NOT IN ('pending', 'expired')"
    leased = "state IN ('claimed', 'unknown')"
    let_go = "state IN ('approved', 'claimed', 'unknown', 'executed')"
    response = "'Have a look at case ' || o || ' of our practice test'"
    fill(
        database,
        "engagement_opportunities",
        source,
        id="printf('%08x%024x', o * 2654435761 % 4294967296, o)",
        tweet_id="tweet_id",
        account_id="account_id",
        chain_id="tweet_id",
        opportunity_type="'reply'",
        relevance_score=f"0.3 + {scattered('o', 72, 700)} / 1000.0",
        suggested_response=response,
        ai_model_used="'model-1'",
        ai_cost_microusd="120",
        ai_cost_nanousd="120000",
        status="state",
        created_at="at",
        updated_at=f"CASE WHEN state = 'executed' THEN at + 1800 WHEN {is_decided} THEN {decided} ELSE at END",
        pending_until=f"at + {_PENDING_S}",
        expired_reason="iif(state = 'expired', 'nobody decided in time', NULL)",
        decided_by=f"iif({is_decided}, 'operator', NULL)",
        decided_at=f"iif({is_decided}, {decided}, NULL)",
        reject_reason="iif(state = 'rejected', 'off topic', NULL)",
        approved_pair=f"iif({let_go}, json_array({response}, text), NULL)",
        executed_at="iif(state = 'executed', at + 1800, NULL)",
        lease_token=f"iif({leased}, {_TOKEN}, NULL)",
        lease_expires_at=f"iif({leased}, iif(state = 'claimed', {now + 2 * DAY}, at + 1800), NULL)",
        result_tweet_id=f"iif(state = 'executed', {posts.id_of(f'{tweet} + 1', size, now)}, NULL)",
    )
    _attempts(database)


def _attempts(database: LibsqlDatabase) -> None:
    """One for each that was leased."""
    fill(
        database,
        "send_attempts",
        """(SELECT *, rowid AS o, status = 'executed' AS done FROM engagement_opportunities
             WHERE status IN ('claimed', 'unknown', 'executed') ORDER BY rowid)""",
        opportunity_id="id",
        lease_token=_TOKEN,
        account_id="(SELECT id FROM twitter_accounts WHERE is_own_account = 1)",
        tweet_id="tweet_id",
        opportunity_type="opportunity_type",
        text="suggested_response",
        leased_at="decided_at + 600",
        lease_expires_at="coalesce(lease_expires_at, decided_at + 900)",
        outcome="CASE status WHEN 'executed' THEN 'sent' WHEN 'unknown' THEN 'unknown' END",
        reason="iif(status = 'unknown', 'time-out', NULL)",
        result_tweet_id="result_tweet_id",
        settled_by="iif(done, 'report', NULL)",
        settled_at="iif(done, executed_at, NULL)",
    )
