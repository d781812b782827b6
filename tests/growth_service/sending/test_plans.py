"""A claim, a lease and a timeline walk no table that grows: the engine's plans of their statements."""

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    TWEETS,
    Engage,
    approved,
    claim,
    run_out,
    x_response,
    x_tweet,
)
from tests.growth_service.plans import Plans, uses, walks

BY_ID = "SEARCH engagement_opportunities USING INDEX sqlite_autoindex_engagement_opportunities_1 (id=?)"


def changes(planned: dict[str, list[str]]) -> list[list[str]]:
    """The plans of what changes opportunities."""
    return [steps for sql, steps in planned.items() if sql.startswith("UPDATE engagement_opportunities")]


def test_a_claim_reads_what_it_takes(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, plans: Plans
) -> None:
    ids = [approved(bot, approver, tweet) for tweet in tweets[:5]]
    claim(bot, limit=2)
    run_out(database, ids[0])
    planned = plans(lambda: bot.post(f"{QUEUE}/claim", json={"limit": 2, "leaseSeconds": 60}))
    assert walks(planned) == []
    assert uses(planned, "engagement_opportunities_leases (lease_expires_at<?)")
    assert {moved[0] for moved in changes(planned)} == {BY_ID}  # what the queue's index gave, not every approved row
    assert uses(planned, "engagement_opportunities_leases (lease_expires_at=?)")  # what this claim has leased


def test_a_timeline_settles_what_it_answers_by_indexes(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, plans: Plans
) -> None:
    bot.put("/api/twitter/accounts/77", json={"username": "pingtopass", "kind": "own"})
    opportunity = approved(bot, approver, tweets[0])
    claim(bot)
    run_out(database, opportunity)
    answer = {"referenced_tweets": [{"type": "replied_to", "id": tweets[0]}]}
    body = x_response(x_tweet(99, "77", **answer), users=[{"id": "77", "username": "pingtopass"}])
    planned = plans(lambda: bot.post(f"{TWEETS}?accountId=77&timeline=true", json=body))
    few = "SCAN twitter_accounts USING COVERING INDEX twitter_accounts_is_own_account:"  # the accounts of ours
    assert [walk for walk in walks(planned) if not walk.startswith(few)] == []
    assert {moved[0] for moved in changes(planned)} == {BY_ID}
    assert uses(planned, "SEARCH send_attempts USING INDEX send_attempts_tweet_id (tweet_id=?)")
    assert uses(planned, "send_attempts_results (result_tweet_id=?)")
    assert uses(planned, "send_attempts_open (lease_expires_at<?)")
    assert uses(planned, "SEARCH timeline_spans USING INDEX sqlite_autoindex_timeline_spans_1")


@pytest.mark.parametrize("step", ["renew", "release", "failed"])
def test_steps_of_a_lease_read_its_rows(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], plans: Plans, step: str
) -> None:
    opportunity = approved(bot, approver, tweets[0])
    body = {"leaseToken": claim(bot)[0]["leaseToken"]} | ({"outcome": "unknown"} if step == "failed" else {})
    planned = plans(lambda: bot.post(f"{QUEUE}/{opportunity}/{step}", json=body))
    assert walks(planned) == []
    assert uses(planned, "send_attempts_lease_token (lease_token=?)")


def test_a_claim_under_caps_counts_by_indexes(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], plans: Plans, engage: Engage
) -> None:
    engage(per_day=5, per_author_day=3, per_thread=2)
    for tweet in tweets[:5]:
        approved(bot, approver, tweet)
    claim(bot, limit=1)
    planned = plans(lambda: bot.post(f"{QUEUE}/claim", json={"limit": 1, "leaseSeconds": 60}))
    assert walks(planned) == []
    assert uses(planned, "send_slots_taken_at (taken_at>?)")
    assert uses(planned, "send_slots_account_id_taken_at (account_id=? AND taken_at>?)")
    assert uses(planned, "send_slots_thread_id (thread_id=?)")
