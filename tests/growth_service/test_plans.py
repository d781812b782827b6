"""No hot statement walks a table that grows: the engine is asked for the plan of every statement that a route runs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database, Statement
from tests.growth_service.conftest import (
    LEDGER,
    QUEUE,
    TWEETS,
    approved,
    call,
    claim,
    draft,
    run_out,
    x_response,
    x_tweet,
)

Plans = Callable[[Callable[[], Any]], dict[str, list[str]]]


@pytest.fixture
def plans(database: Database) -> Plans:
    """The plans of the statements that an action runs, by their SQL."""

    def watch(action: Callable[[], Any]) -> dict[str, list[str]]:
        events: list[Any] = []
        database.query_hooks.append(events.append)
        try:
            response = action()
        finally:
            database.query_hooks.remove(events.append)
        assert response is None or response.status_code < 300, response.json
        own = [event for event in events if "consistency_clock" not in event.sql]  # every read of a replica asks it
        return {event.sql: _plan(database, event.sql, event.params) for event in own}

    return watch


def _plan(database: Database, sql: str, parameters: Any) -> list[str]:
    (result,) = database.fetch([Statement(f"EXPLAIN QUERY PLAN {sql}", parameters)])
    return [row["detail"] for row in result.rows]


def walks(plans: dict[str, list[str]]) -> list[str]:
    """The steps that read a whole table. What a client sent is a table as well, and so is what a
    subquery made of what was read; both are read once.

    An INSERT shows the tables that refer to the new row. They are read only in a transaction that has deferred
    violations of foreign keys, and ours has none that can be deferred.
    """
    scans = []
    for sql, steps in plans.items():
        for step in steps:
            sent = re.match(r"SCAN (json_each|[nj]|wanted) VIRTUAL TABLE", step)
            made = re.match(r"SCAN (CONSTANT ROW|entry|sent|ready|\(subq.*\))$", step)
            refers = re.match(r"\s*INSERT INTO (tweets|twitter_accounts)", sql) and "engagement_opportunities" in step
            if step.startswith("SCAN") and not sent and not made and not refers:
                scans.append(f"{step}: {sql}")
    return scans


def uses(plans: dict[str, list[str]], index: str) -> bool:
    return any(index in step for steps in plans.values() for step in steps)


def test_the_queue_reads_its_index_in_order(bot: FlaskClient, tweets: list[str], plans: Plans) -> None:
    ids = [draft(bot, tweet).json["id"] for tweet in tweets]
    for url in (QUEUE, f"{QUEUE}?after={ids[5]}"):
        planned = plans(lambda url=url: bot.get(url))  # type: ignore[misc]
        assert walks(planned) == []
        assert uses(planned, "engagement_opportunities_queue (status=?")
        assert not uses(planned, "TEMP B-TREE")


def test_a_claim_reads_what_it_takes(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: Database, plans: Plans
) -> None:
    ids = [approved(bot, approver, tweet) for tweet in tweets[:5]]
    claim(bot, limit=2)
    run_out(database, ids[0])
    planned = plans(lambda: bot.post(f"{QUEUE}/claim", json={"limit": 2, "leaseSeconds": 60}))
    assert walks(planned) == []
    assert uses(planned, "engagement_opportunities_leases (lease_expires_at<?)")
    changes = [steps for sql, steps in planned.items() if "SET status = 'claimed'" in sql]
    assert changes[0][0].endswith("(id=?)")  # by id, for what the queue's index gave, not every approved row


def test_decisions_and_reports_read_one_row(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], plans: Plans
) -> None:
    first = draft(bot, tweets[0]).json["id"]
    assert walks(plans(lambda: approver.post(f"{QUEUE}/{first}/approve"))) == []
    report = {"leaseToken": claim(bot)[0]["leaseToken"], "resultTweetId": "1"}
    assert walks(plans(lambda: bot.post(f"{QUEUE}/{first}/executed", json=report))) == []
    body = {"tweetId": tweets[1], "opportunityType": "reply", "relevanceScore": 1}
    assert walks(plans(lambda: bot.post(QUEUE, json=body))) == []


def test_an_ingest_finds_rows_by_id(bot: FlaskClient, tweets: list[str], plans: Plans) -> None:
    body = x_response(x_tweet(1), x_tweet(99))
    planned = plans(lambda: bot.post(TWEETS, json=body, headers={"Idempotency-Key": "k"}))
    assert walks(planned) == []
    assert uses(planned, "SEARCH tweets USING INDEX sqlite_autoindex_tweets_1 (id=?)")
    assert uses(planned, "SEARCH twitter_accounts USING INDEX twitter_accounts_username (username=?)")


def test_the_ledger_and_its_report_read_their_indexes(bot: FlaskClient, plans: Plans) -> None:
    planned = plans(lambda: bot.post(LEDGER, json=[call(1), call(2)], headers={"Idempotency-Key": "k"}))
    assert walks(planned) == []
    assert uses(planned, "ai_generation_log_request_id (request_id=?)")
    report = plans(lambda: bot.get("/api/ai/costs"))
    assert walks(report) == []
    for steps in report.values():
        index = "SEARCH ai_generation_log USING COVERING INDEX ai_generation_log_costs (created_at>?"
        assert steps[0].startswith(index)


@pytest.mark.parametrize(
    "url",
    [
        TWEETS,
        f"{TWEETS}?accountId=12",
        f"{TWEETS}?accountId=12&after=5",
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


def test_a_day_reads_its_own_part_of_the_ledger(bot: FlaskClient, plans: Plans) -> None:
    planned = plans(lambda: bot.put("/api/growth/metrics/2026-11-22", json={"tweetsSent": 1}))
    assert walks(planned) == []
    assert uses(planned, "ai_generation_log_costs (created_at>? AND created_at<?)")
