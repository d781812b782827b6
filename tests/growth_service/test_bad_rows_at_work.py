"""Rows that cannot be used, where a machine is given work and where something is written: no other row suffers."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from migrations.tool.schema import references
from shared_schema.database import LibsqlDatabase
from tests.damage import ASKED_FOR, ENDLESS, LEFT_OUT, TOO_LATE, about, logged, spoil
from tests.growth_service.conftest import (
    LEDGER,
    QUEUE,
    TWEETS,
    approved,
    call,
    claim,
    draft,
    moves,
    stored,
    tweet_id,
    x_response,
    x_tweet,
)

pytestmark = pytest.mark.only("file", "server")

OPPORTUNITIES = "engagement_opportunities"
RELIED_ON = (
    "created_at or updated_at or executed_at or lease_expires_at or decided_at or pending_until or relevance_score"
    " or opportunity_type or status or tweet_id"
)
SPOILT = [
    ("created_at", TOO_LATE),
    ("relevance_score", ENDLESS),
    ("opportunity_type", "wave"),
    ("executed_at", TOO_LATE),
]


@pytest.fixture
def queue(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> list[str]:
    """Five approved opportunities, the best first."""
    return [approved(bot, approver, tweet, 0.9 - number / 10) for number, tweet in enumerate(tweets[:5])]


@pytest.mark.parametrize(("column", "value"), SPOILT)
def test_a_bad_opportunity_stays_approved_and_the_others_are_leased(
    bot: FlaskClient, queue: list[str], database: LibsqlDatabase, column: str, value: Any
) -> None:
    spoil(database, OPPORTUNITIES, column, value, queue[1])
    with logged() as lines:
        leased = claim(bot, 3)
    assert [opportunity["id"] for opportunity in leased] == [queue[0], queue[2], queue[3]]
    assert lines() == [about(LEFT_OUT, OPPORTUNITIES, queue[1], RELIED_ON, "cannot be used")]
    bad = stored(database, OPPORTUNITIES, queue[1])
    assert (bad["status"], bad["lease_token"]) == ("approved", None)
    assert moves(database, queue[1]) == [">pending", "pending>approved"]
    assert [opportunity["id"] for opportunity in claim(bot)] == [queue[4]]


def test_an_opportunity_without_its_tweet_is_not_leased(
    bot: FlaskClient, queue: list[str], database: LibsqlDatabase
) -> None:
    with references.foreign_keys_off(database), database.atomic():
        spoil(database, OPPORTUNITIES, "tweet_id", "0", queue[0])
    with logged() as lines:
        assert [opportunity["id"] for opportunity in claim(bot, 1)] == [queue[1]]
    assert lines() == [about(LEFT_OUT, OPPORTUNITIES, queue[0], RELIED_ON, "cannot be used")]
    assert stored(database, OPPORTUNITIES, queue[0])["status"] == "approved"


def test_a_claim_that_is_repeated_gives_the_same_without_the_bad_one(
    bot: FlaskClient, queue: list[str], database: LibsqlDatabase
) -> None:
    spoil(database, OPPORTUNITIES, "created_at", TOO_LATE, queue[0])
    first = claim(bot, 2, **{"Idempotency-Key": "k"})
    assert [opportunity["id"] for opportunity in first] == queue[1:3]
    assert claim(bot, 2, **{"Idempotency-Key": "k"}) == first


@pytest.mark.parametrize(("column", "value"), SPOILT)
@pytest.mark.parametrize("decision", ["approve", "reject", "edit"])
def test_what_cannot_be_shown_is_not_decided(
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
    column: str,
    value: Any,
    decision: str,
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    spoil(database, OPPORTUNITIES, column, value, opportunity)
    before = stored(database, OPPORTUNITIES, opportunity)
    path = f"{QUEUE}/{opportunity}"
    with logged() as lines:
        if decision == "edit":
            response = approver.patch(path, json={"suggestedResponse": "better"})
        else:
            response = approver.post(f"{path}/{decision}")
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    detail = f"row {opportunity} of {OPPORTUNITIES} cannot be used until its {RELIED_ON} is mended"
    assert response.json["detail"] == detail
    assert lines() == [about(ASKED_FOR, OPPORTUNITIES, opportunity, RELIED_ON, "cannot be used")]
    assert stored(database, OPPORTUNITIES, opportunity) == before
    assert moves(database, opportunity) == [">pending"]


def test_that_a_reply_was_sent_counts_even_where_the_row_cannot_be_shown(
    bot: FlaskClient, queue: list[str], database: LibsqlDatabase
) -> None:
    (leased,) = claim(bot, 1)
    spoil(database, OPPORTUNITIES, "created_at", TOO_LATE, leased["id"])
    report = {"leaseToken": leased["leaseToken"], "resultTweetId": "1"}
    response = bot.post(f"{QUEUE}/{leased['id']}/executed", json=report)
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"] == (
        "this was recorded, but the opportunity cannot be shown until its created_at is mended"
    )
    kept = stored(database, OPPORTUNITIES, leased["id"])
    assert (kept["status"], kept["result_tweet_id"]) == ("executed", "1")


def test_that_a_reply_was_sent_counts_even_where_its_tweet_is_gone(
    bot: FlaskClient, queue: list[str], database: LibsqlDatabase
) -> None:
    (leased,) = claim(bot, 1)
    with references.foreign_keys_off(database), database.atomic():
        spoil(database, OPPORTUNITIES, "tweet_id", "0", leased["id"])
    report = {"leaseToken": leased["leaseToken"], "resultTweetId": "1"}
    for _ in range(2):  # with one key, so the second is a replay
        response = bot.post(f"{QUEUE}/{leased['id']}/executed", json=report, headers={"Idempotency-Key": "k"})
        assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
        assert response.json["detail"] == (
            "this was recorded, but the opportunity cannot be shown until its tweet_id is mended"
        )
    assert bot.get("/api/requests/k").status_code == 409
    assert stored(database, OPPORTUNITIES, leased["id"])["status"] == "executed"


@pytest.mark.parametrize("metrics", ["no JSON", "[1]", '"x"', "{"])
def test_an_ingest_gives_a_tweet_with_bad_metrics_new_ones(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase, metrics: str
) -> None:
    spoil(database, "tweets", "metrics", metrics, tweet_id(1))
    counted = {"public_metrics": {"like_count": 7}}
    assert bot.post(TWEETS, json=x_response(x_tweet(1, **counted), x_tweet(2, **counted))).status_code == 200
    for number in (1, 2):
        metrics_now = bot.get(f"{TWEETS}/{tweet_id(number)}").json["metrics"]
        assert metrics_now == {"likes": 7, "retweets": 0, "replies": 0}


@pytest.mark.parametrize(("path", "body", "table", "key"), [
    ("/api/twitter/accounts/12", {"bio": "new"}, "twitter_accounts", "id"),
    ("/api/growth/metrics/2026-11-22", {"tweetsSent": 5}, "growth_metrics", "date"),
])  # fmt: skip
def test_what_cannot_be_shown_is_not_changed(
    bot: FlaskClient, database: LibsqlDatabase, path: str, body: dict[str, Any], table: str, key: str
) -> None:
    name = path.rpartition("/")[2]
    assert bot.put(path, json={}).status_code == 201
    spoil(database, table, "created_at", TOO_LATE, name, key)
    before = stored(database, table, name, key)
    response = bot.put(path, json=body)
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"].startswith(f"row {name} of {table} cannot be used until its ")
    assert stored(database, table, name, key) == before


@pytest.mark.parametrize(
    ("column", "value"), [("created_at", TOO_LATE), ("question_ids", '["x"]'), ("question_ids", "no JSON")]
)
def test_calls_are_not_recorded_beside_a_bad_one(
    bot: FlaskClient, database: LibsqlDatabase, column: str, value: Any
) -> None:
    bot.post(LEDGER, json=call(1, questionIds=[1]))
    spoil(database, "ai_generation_log", column, value, 1)
    response = bot.post(LEDGER, json=[call(1, questionIds=[1]), call(2)])
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    detail = f"row 1 of ai_generation_log cannot be used until its {column} is mended"
    assert response.json["detail"] == detail
    assert bot.post(LEDGER, json=call(3)).status_code == 201
    (numbers,) = database.execute_sql("SELECT group_concat(request_id) FROM ai_generation_log").fetchone()
    assert numbers == "call-1,call-3"


@pytest.mark.parametrize(
    ("column", "value"), [("cost_nanousd", 2**63 - 1), ("cost_nanousd", -1), ("created_at", TOO_LATE)]
)
def test_costs_leave_out_a_call_that_cannot_be_counted(
    bot: FlaskClient, today: str, database: LibsqlDatabase, column: str, value: int
) -> None:
    bot.post(LEDGER, json=call(1))
    before = bot.get("/api/ai/costs").json
    bot.post(LEDGER, json=call(2))
    spoil(database, "ai_generation_log", column, value, 2)
    with logged() as lines:
        assert bot.get("/api/ai/costs").json == before | {"leftOut": 1}
    assert lines() == [about(LEFT_OUT, "ai_generation_log", 2, column, "cannot be used")]
    assert bot.put(f"/api/growth/metrics/{today}", json={}).json["aiCostsUsd"] == before["totalUsd"] > 0
