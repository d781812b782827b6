"""How many statements each hot route says, and what each is for. None grows with what is sent or stored."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.growth_service.conftest import (
    LEDGER,
    QUEUE,
    TWEETS,
    approved,
    call,
    claim,
    draft,
    tweet_id,
    x_response,
    x_tweet,
)

KEY = {"Idempotency-Key": "k"}


def verbs(queries: list[str]) -> list[str]:
    return [query.split()[0] for query in queries]


@pytest.mark.parametrize("size", [1, 200])
def test_an_ingest_is_one_batch(bot: FlaskClient, count_queries: Any, size: int) -> None:
    body = x_response(*[x_tweet(number) for number in range(size)])
    with count_queries() as queries:
        bot.post(TWEETS, json=body)
    # the receipt; the log with its counts; handles vacated, accounts known, accounts new; tweets known, tweets new,
    # versions linked, versions superseded; the counts of the day; accounts locked; the log of approvals that end, and
    # their change
    upserts = ["UPDATE", "UPDATE", "INSERT", "UPDATE", "INSERT", "UPDATE", "UPDATE", "INSERT"]
    assert verbs(queries) == ["SELECT", "INSERT", *upserts, "UPDATE", "INSERT", "UPDATE"]
    with count_queries() as queries:
        bot.post(TWEETS, json=body, headers=KEY)
    assert verbs(queries)[:2] == ["INSERT", "UPDATE"]  # the key claimed, which gets the receipt
    assert len(queries) == 1 + 13
    orphans = {"data": [{"id": one["id"], "text": "a"} for one in body["data"]]}
    with count_queries() as queries:
        bot.post(TWEETS, json=orphans)
    assert len(queries) == 13 + 1  # + that tweets without an author are there


@pytest.mark.parametrize("size", [1, 100])
def test_what_is_gone_edited_or_late_is_in_the_same_batch(bot: FlaskClient, count_queries: Any, size: int) -> None:
    versions = {"edit_history_tweet_ids": [tweet_id(0), tweet_id(1)], "conversation_id": tweet_id(0)}
    body = x_response(*[x_tweet(number + 2) for number in range(size)], x_tweet(1, **versions))
    error = {"resource_type": "tweet", "resource_id": "5", "type": "https://api.x.com/2/problems/resource-not-found"}
    with count_queries() as queries:
        bot.post(TWEETS, json=body | {"errors": [error]})
    # + tweets gone, accounts gone; drafts moved and expired, each with its log; chains of drafts and slots, and threads
    assert len(queries) == 13 + 2 + 4 + 3


def test_a_tweet_and_the_best_are_one_read_and_an_analysis_one_batch(
    bot: FlaskClient, tweets: list[str], count_queries: Any
) -> None:
    with count_queries() as queries:
        bot.get(f"{TWEETS}/{tweets[0]}")
    assert len(queries) == 5  # itself, its author, what it replies to, its conversation, its counts
    with count_queries() as queries:
        bot.get(f"{TWEETS}/top")
    assert len(queries) == 1
    with count_queries() as queries:
        bot.put(f"{TWEETS}/{tweets[0]}/analysis", json={"sentiment": "calm", "topics": [], "engagementQuality": 0.5})
    # that it is there and has a text, the log, the change, that it can be shown, the row
    assert verbs(queries) == ["SELECT", "SELECT", "INSERT", "UPDATE", "SELECT", "SELECT"]


def test_the_queue_is_one_read(bot: FlaskClient, tweets: list[str], count_queries: Any) -> None:
    ids = [draft(bot, tweet).json["id"] for tweet in tweets]
    with count_queries() as queries:
        bot.get(f"{QUEUE}?limit=20")
    assert len(queries) == 1  # the page with its tweets and accounts
    with count_queries() as queries:
        bot.get(f"{QUEUE}?after={ids[9]}")
    assert len(queries) == 2  # + that the row it comes after is known


def test_a_draft_is_one_batch(bot: FlaskClient, tweets: list[str], count_queries: Any) -> None:
    with count_queries() as queries:
        draft(bot, tweets[0])
    # the log of a lapsed one in the way, its change, that the post can be answered, the row, that there is one, the
    # log, the receipt
    assert verbs(queries) == ["INSERT", "UPDATE", "SELECT", "INSERT", "SELECT", "INSERT", "SELECT"]
    body = {"tweetId": tweets[1], "opportunityType": "reply"}
    with count_queries() as queries:
        assert bot.post(QUEUE, json=body).status_code == 201
    assert len(queries) == 3 + 7  # + the tweet, its author, the active voice, for the score


def test_a_decision_is_one_read_and_one_batch(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], count_queries: Any
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    with count_queries() as queries:
        approver.post(f"{QUEUE}/{opportunity}/approve")
    # the key, the row; that it exists and can be shown, that it reads the same, the log, the change, that there was
    # one, the row
    assert verbs(queries) == [*["SELECT"] * 5, "INSERT", "UPDATE", "SELECT", "SELECT"]
    for step in ("undo", "reject"):
        with count_queries() as queries:
            approver.post(f"{QUEUE}/{opportunity}/{step}")
        assert verbs(queries)[-4:] == ["INSERT", "UPDATE", "SELECT", "SELECT"]


@pytest.mark.parametrize("size", [1, 30])
def test_many_decisions_are_one_read_and_one_batch(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], count_queries: Any, size: int
) -> None:
    ids = [draft(bot, tweet).json["id"] for tweet in tweets[:size]]
    with count_queries() as queries:
        approver.post(f"{QUEUE}/decide", json={"ids": ids, "decision": "approve"})
    # the key, the rows; the receipt, the log, the change
    assert verbs(queries) == ["SELECT", "SELECT", "SELECT", "INSERT", "UPDATE"]


def test_counts_are_one_read(bot: FlaskClient, tweets: list[str], count_queries: Any) -> None:
    with count_queries() as queries:
        bot.get(f"{QUEUE}/counts")
    assert len(queries) == 1


@pytest.mark.parametrize("limit", [1, 30])
def test_a_claim_is_one_batch(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], count_queries: Any, limit: int
) -> None:
    for tweet in tweets:
        approved(bot, approver, tweet)
    with count_queries() as queries:
        assert len(claim(bot, limit=limit)) == limit
    # the log and the change of leases that ran out, of drafts that nobody decided, of approvals that end, of those
    # taken; the receipt
    assert verbs(queries) == [*["INSERT", "UPDATE"] * 4, "SELECT"]


def test_a_report_is_one_batch(bot: FlaskClient, approver: FlaskClient, tweets: list[str], count_queries: Any) -> None:
    opportunity = approved(bot, approver, tweets[0])
    token = claim(bot)[0]["leaseToken"]
    with count_queries() as queries:
        bot.post(f"{QUEUE}/{opportunity}/executed", json={"leaseToken": token, "resultTweetId": "1"})
    # that it exists, that a tweet is named; the attempt; the log, the change; the log and the change of a flag; that it
    # is proven, the row
    change = ["UPDATE", "INSERT", "UPDATE", "INSERT", "UPDATE"]
    assert verbs(queries) == ["SELECT", "SELECT", *change, "SELECT", "SELECT"]


@pytest.mark.parametrize("size", [1, 100])
def test_a_timeline_that_settles_nothing_is_one_batch(bot: FlaskClient, count_queries: Any, size: int) -> None:
    bot.put("/api/twitter/accounts/77", json={"username": "pingtopass", "kind": "own"})
    answers = {"referenced_tweets": [{"type": "replied_to", "id": "5"}]}
    body = x_response(
        *[x_tweet(number, "77", **answers) for number in range(size)], users=[{"id": "77", "username": "p"}]
    )
    with count_queries() as queries:
        bot.post(TWEETS, json=body)
    assert len(queries) == 13 + 1  # + that no post can be one that a lease waits for
    with count_queries() as queries:
        bot.post(f"{TWEETS}?accountId=77&timeline=true", json=body)
    # + the span, spans joined, forgotten; log and change of what was sent earlier, of what is missed; the attempts
    assert verbs(queries)[14:] == ["INSERT", "DELETE", "DELETE", "INSERT", "UPDATE", "INSERT", "UPDATE", "UPDATE"]


@pytest.mark.parametrize("size", [1, 100])
def test_calls_are_one_batch(bot: FlaskClient, count_queries: Any, size: int) -> None:
    body = [call(number) for number in range(size)]
    with count_queries() as queries:
        bot.post(LEDGER, json=body)
    assert verbs(queries) == ["INSERT", "SELECT"]  # the rows, the receipt
    with count_queries() as queries:
        bot.post(LEDGER, json=[*body[: max(size - 1, 1)], call(size)])
    # the rows, which are refused; calls and answers known already, exams, objectives and users that are not there; the
    # new row, the receipt
    assert verbs(queries) == ["INSERT", "SELECT", "SELECT", "INSERT", "SELECT"]


def test_a_day_is_one_batch_and_the_days_one_read(bot: FlaskClient, count_queries: Any) -> None:
    with count_queries() as queries:
        bot.put("/api/growth/metrics/2026-11-22", json={"tweetsSent": 1})
    # the entry in the audit log, the day if new, what is sent, the copy of its cost, that it can be shown, the row
    assert verbs(queries) == ["INSERT", "INSERT", "UPDATE", "UPDATE", "SELECT", "SELECT"]
    for url in ("/api/growth/metrics?days=366", "/api/growth/metrics.csv?days=366", "/api/growth/metrics/2026-11-22"):
        with count_queries() as queries:
            bot.get(url)
        assert len(queries) == 1


def test_a_day_goes_in_one_batch(bot: FlaskClient, approver: FlaskClient, count_queries: Any) -> None:
    bot.put("/api/growth/metrics/2026-11-22", json={"tweetsSent": 1})
    with count_queries() as queries:
        approver.delete("/api/growth/metrics/2026-11-22")
    assert verbs(queries) == ["INSERT", "DELETE", "SELECT"]  # the entry in the audit log, the row, that there was one


@pytest.mark.parametrize("days", [1, 366])
def test_analytics_are_seven_reads_in_one_round_trip(bot: FlaskClient, count_queries: Any, days: int) -> None:
    with count_queries() as queries:
        bot.get(f"/api/growth/analytics?days={days}")
    # the days, their costs; the replies; what was drafted and sent, and who signed up, in this window and in the one
    # before
    assert verbs(queries) == ["SELECT"] * 7
    with count_queries() as queries:
        bot.get(f"/api/growth/signups?days={days}")
    assert len(queries) == 2  # how many there are; by tag


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
def test_costs_are_five_reads(bot: FlaskClient, count_queries: Any, zone: str) -> None:
    with count_queries() as queries:
        bot.get(f"/api/ai/costs?days=366&timezone={zone}")
    assert len(queries) == 5  # by purpose and model, by day, by exam, by user, what is left out
    with count_queries() as queries:
        bot.get("/api/ai/costs?users=0")
    assert len(queries) == 4


def test_questions_and_pages_of_the_ledger_are_one_read(bot: FlaskClient, count_queries: Any) -> None:
    bot.post(LEDGER, json=[call(number) for number in range(3)])
    for url in ("/api/ai/costs/questions?ids=1,2", LEDGER, f"{LEDGER}?purpose=reply_draft", f"{LEDGER}/call-1"):
        with count_queries() as queries:
            assert bot.get(url).status_code == 200
        assert len(queries) == 1
    with count_queries() as queries:
        bot.get(f"{LEDGER}?after=2")
    assert len(queries) == 2  # + that the call it comes after is known


def test_an_account_is_one_batch_and_a_page_one_read(bot: FlaskClient, count_queries: Any) -> None:
    with count_queries() as queries:
        bot.put("/api/twitter/accounts/12", json={"username": "jack"})
    assert verbs(queries) == [
        "INSERT",
        "INSERT",
        "INSERT",
        "UPDATE",
        "UPDATE",
        "SELECT",
        "SELECT",
    ]  # its entry, if new, whose handle it was and the entry of that, what is sent, that it can be shown, the row
    for url in ("/api/twitter/accounts?kind=own", f"{TWEETS}?accountId=12"):
        with count_queries() as queries:
            bot.get(url)
        assert len(queries) == 1
