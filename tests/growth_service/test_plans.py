"""No hot statement walks a table that grows: the engine is asked for the plan of every statement that a route runs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.ledger import repricing
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
            sent = re.match(r"SCAN (json_each|[njpw]|wanted) VIRTUAL TABLE", step)
            made = re.match(
                r"SCAN (CONSTANT ROW|entry|sent|ready|version|author|gone|expiring|later|\(subq.*\))$", step
            )
            days = step in ("SCAN days", "SCAN cost", "SCAN tags")  # of a window; one row; the tags of a page
            refers = re.match(r"\s*INSERT INTO (tweets|twitter_accounts)", sql) and re.search(
                "engagement_opportunities|tweet_metrics_days|send_attempts", step
            )
            if step.startswith("SCAN") and not sent and not made and not refers and not days:
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
    assert uses(planned, "SEARCH twitter_accounts USING INDEX twitter_accounts_handles (<expr>=?)")


def test_the_ledger_and_its_report_read_their_indexes(bot: FlaskClient, plans: Plans) -> None:
    planned = plans(lambda: bot.post(LEDGER, json=[call(1), call(2)], headers={"Idempotency-Key": "k"}))
    assert walks(planned) == []
    assert uses(planned, "ai_generation_log_request_id (request_id=?)")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_the_report_reads_the_slots_of_its_window(bot: FlaskClient, plans: Plans, zone: str) -> None:
    report = plans(lambda: bot.get(f"/api/ai/costs?timezone={zone}"))
    (left_out,) = (report.pop(sql) for sql in list(report) if "WHERE NOT" in sql)
    assert walks(report) == []
    for steps in report.values():
        assert "SEARCH s USING PRIMARY KEY (dimension=? AND seconds=? AND start>? AND start<?)" in steps[:2]
    assert "SCAN ai_generation_log USING INDEX ai_generation_log_left_out" in left_out  # which has no others


def test_questions_find_their_calls_by_id(bot: FlaskClient, plans: Plans) -> None:
    planned = plans(lambda: bot.get("/api/ai/costs/questions?ids=1,2"))
    assert walks(planned) == []
    assert uses(planned, "SEARCH l USING PRIMARY KEY (question_id=?)")
    assert uses(planned, "SEARCH ai_generation_log USING INTEGER PRIMARY KEY (rowid=?)")


@pytest.mark.parametrize("more", ["", "&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z", "&after=1"])
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("", "time (created_at>? AND created_at<?)"),
        ("examId=0&userId=0&success=true&priced=true", "time (created_at>? AND created_at<?)"),
        ("purpose=p", "purpose (purpose=? AND created_at>? AND created_at<?)"),
        ("model=m", "model (model=? AND created_at>? AND created_at<?)"),
        ("purpose=p&model=m", "purpose_and_model (purpose=? AND model=? AND created_at>? AND created_at<?)"),
        ("purpose=p&model=m&examId=1", "exam (exam_id=? AND created_at>? AND created_at<?)"),
        ("examId=1&userId=1", "user (user_id=? AND created_at>? AND created_at<?)"),
        ("userId=1&success=false", "failed (created_at>? AND created_at<?)"),
        ("success=false&priced=false", "unpriced (created_at>? AND created_at<?)"),
    ],
)
def test_each_filter_of_the_ledger_has_its_index(
    bot: FlaskClient, plans: Plans, query: str, index: str, more: str
) -> None:
    bot.post(LEDGER, json=call(1))
    planned = plans(lambda: bot.get(f"{LEDGER}?{query}{more}"))
    assert walks(planned) == []
    assert not uses(planned, "TEMP B-TREE")
    name, _, columns = index.partition(" ")
    name = name if name in ("failed", "unpriced") else f"by_{name}"
    assert uses(planned, f"SEARCH ai_generation_log USING INDEX ai_generation_log_{name} {columns}")


def test_an_answer_is_looked_up_by_its_provider_and_id(bot: FlaskClient, plans: Plans) -> None:
    for number, provider in enumerate(("openai", None)):
        calls = [call(number, responseId="a", provider=provider, model=f"nobody-knows-it-{number}")]
        planned = plans(lambda calls=calls: bot.post(LEDGER, json=calls))  # type: ignore[misc]
        assert walks(planned) == []
        assert uses(planned, "ai_generation_log_responses (provider=? AND response_id=?)")


def test_a_new_price_is_compared_with_the_newest(bot: FlaskClient, database: Database, plans: Plans) -> None:
    columns = "request_id, purpose, model, provider, prompt_tokens, completion_tokens, cost_basis, cost_microusd"
    values = "'old', 'p', 'gpt-4o', 'openai', 1, 1, 'tokens', 1"
    database.execute_sql(f"INSERT INTO ai_generation_log ({columns}) VALUES ({values})")
    planned = plans(lambda: [None for _ in repricing.run()] and None)
    assert walks(planned) == []
    assert uses(planned, "SEARCH g USING INTEGER PRIMARY KEY (rowid>?)")
    assert uses(planned, "SEARCH ai_repricings USING INDEX ai_repricings_generation_id_id (generation_id=?)")


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
    assert uses(planned, "SEARCH x USING INDEX tweets_top_of_day (<expr>=?)")
    assert uses(planned, "SEARCH best USING")


def test_one_tweet_is_read_with_its_surroundings_by_keys(bot: FlaskClient, tweets: list[str], plans: Plans) -> None:
    planned = plans(lambda: bot.get(f"{TWEETS}/{tweets[0]}"))
    assert walks(planned) == []
    assert not uses(planned, "TEMP B-TREE")


def test_a_day_reads_its_own_part_of_the_ledger(bot: FlaskClient, plans: Plans) -> None:
    planned = plans(lambda: bot.put("/api/growth/metrics/2026-11-22", json={"tweetsSent": 1}))
    assert walks(planned) == []
    assert uses(planned, "SEARCH s USING PRIMARY KEY (dimension=? AND seconds=? AND start=?)")


def test_analytics_read_their_window_by_time_from_indexes(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], plans: Plans
) -> None:
    planned = plans(lambda: bot.get("/api/growth/analytics?days=90&timezone=Asia/Kolkata"))
    assert walks(planned) == []
    for step in (
        "SEARCH m USING INDEX growth_metrics_date (date=?)",
        "SEARCH opportunity_quarters USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "USING INDEX engagement_opportunities_executed (executed_at>? AND executed_at<?)",
        "SEARCH users USING COVERING INDEX users_sign_ups (created_at>? AND created_at<?)",
    ):
        assert uses(planned, step), planned
    replies = next(steps for sql, steps in planned.items() if "result_tweet_id" in sql)
    assert not any("TEMP B-TREE" in step for step in replies)  # the days are sorted, at most 733


def test_sign_ups_are_counted_from_their_index_alone(bot: FlaskClient, plans: Plans) -> None:
    planned = plans(lambda: bot.get("/api/growth/signups"))
    assert walks(planned) == []
    assert uses(planned, "SEARCH users USING COVERING INDEX users_sign_ups (created_at>? AND created_at<?)")
    assert uses(planned, "SEARCH o USING INDEX sqlite_autoindex_engagement_opportunities_1 (id=?)")


def test_days_are_found_by_their_dates(bot: FlaskClient, approver: FlaskClient, plans: Plans) -> None:
    bot.put("/api/growth/metrics/2026-11-22", json={"tweetsSent": 1})
    for action in (
        lambda: bot.get("/api/growth/metrics?days=366"),
        lambda: bot.get("/api/growth/metrics/2026-11-22"),
        lambda: approver.delete("/api/growth/metrics/2026-11-22"),
    ):
        planned = plans(action)
        assert walks(planned) == []
        assert uses(planned, "growth_metrics_date (date")


def test_a_timeline_settles_what_it_answers_by_indexes(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: Database, plans: Plans
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
