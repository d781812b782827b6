"""An ingest and the pages of posts walk no table that grows: the engine's plans of their statements."""

import pytest
from flask.testing import FlaskClient

from tests.growth_service.conftest import (
    TWEETS,
    x_response,
    x_tweet,
)
from tests.growth_service.plans import Plans, uses, walks


def test_an_ingest_finds_rows_by_id(bot: FlaskClient, tweets: list[str], plans: Plans) -> None:
    edited = x_tweet(1, edit_history_tweet_ids=[tweets[0], tweets[1]], conversation_id=tweets[0])
    body = x_response(edited, x_tweet(99))
    planned = plans(lambda: bot.post(TWEETS, json=body, headers={"Idempotency-Key": "k"}))
    assert walks(planned) == []
    assert uses(planned, "SEARCH tweets USING INDEX sqlite_autoindex_tweets_1 (id=?)")
    assert uses(planned, "SEARCH twitter_accounts USING INDEX twitter_accounts_handles (<expr>=?)")
    # What a version or a conversation that is known late has to reach.
    assert uses(planned, "engagement_opportunities_one_live_of_a_chain (chain_id=?)")
    assert uses(planned, "send_slots_chain_id (chain_id=?)")
    assert uses(planned, "send_slots_thread_id (thread_id=?)")
    # Approvals of these posts, not each of those that wait for a claim.
    assert uses(planned, "engagement_opportunities_one_live (tweet_id=?)")
    assert not uses(planned, "engagement_opportunities_queue")


@pytest.mark.parametrize(
    "url",
    [
        TWEETS,
        f"{TWEETS}?accountId=12",
        f"{TWEETS}?accountId=12&after=5",
        f"{TWEETS}?after=5",
        f"{TWEETS}?conversationId=12&after=5",
        f"{TWEETS}?since=2026-11-21T00:00:00Z&until=2026-11-22T00:00:00Z",
        f"{TWEETS}?until=2026-11-22T00:00:00Z&accountId=12",
        "/api/twitter/accounts",
        "/api/twitter/accounts?kind=own",
        "/api/twitter/accounts?kind=competitor&after=5",
        "/api/growth/metrics?days=7",
    ],
)
def test_pages_are_searched_and_never_sorted(bot: FlaskClient, plans: Plans, url: str) -> None:
    planned = plans(lambda: bot.get(url))
    assert walks(planned) == []
    assert not uses(planned, "TEMP B-TREE")


@pytest.mark.parametrize(
    ("query", "search"),
    [
        ("after=5", "tweets_by_number (<expr><?)"),
        ("accountId=12&after=5", "tweets_of_account (account_id=? AND <expr><?)"),
        ("conversationId=12&after=5", "tweets_of_conversation (conversation_id=? AND <expr><?)"),
        ("since=2026-11-21T00:00:00Z&until=2026-11-22T00:00:00Z", "tweets_by_time (created_at>? AND created_at<?)"),
        (
            "accountId=12&since=2026-11-21T00:00:00Z&until=2026-11-22T00:00:00Z",
            "tweets_of_account_by_time (account_id=? AND created_at>? AND created_at<?)",
        ),
    ],
)
def test_a_page_of_tweets_begins_where_it_is_asked_for(bot: FlaskClient, plans: Plans, query: str, search: str) -> None:
    planned = plans(lambda: bot.get(f"{TWEETS}?{query}"))
    assert uses(planned, f"SEARCH t USING INDEX {search}"), planned


def test_the_best_of_each_day_are_read_from_the_index_in_order(
    bot: FlaskClient, tweets: list[str], plans: Plans
) -> None:
    planned = plans(lambda: bot.get(f"{TWEETS}/top?days=90&limit=100"))
    assert walks(planned) == []
    for search in ("(<expr>=?)", "(<expr>=? AND engagement=? AND id>?)", "(<expr>=? AND engagement<?)"):
        assert uses(planned, f"SEARCH tweets USING INDEX tweets_top_of_day {search}"), planned


def test_one_tweet_is_read_with_its_surroundings_by_keys(bot: FlaskClient, tweets: list[str], plans: Plans) -> None:
    planned = plans(lambda: bot.get(f"{TWEETS}/{tweets[0]}"))
    assert walks(planned) == []
    assert not uses(planned, "TEMP B-TREE")
