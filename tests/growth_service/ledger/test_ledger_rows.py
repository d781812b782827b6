"""Every column of a call in the ledger, as it was sent and as it was priced."""

import datetime as dt
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import prices
from growth_service.ledger import generations
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.idempotency import Once
from tests.conftest import caught_up
from tests.growth_service.conftest import LEDGER, call, just_now, row_count, stored

TABLE = "ai_generation_log"
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
FULL: dict[str, Any] = {
    "success": False,
    "errorMessage": "429 🙁 نص",
    "generationTimeMs": 390,
    "examId": 7,
    "objectiveId": 8,
    "questionIds": [3, 1],
    "tweetId": "9",
    "opportunityId": "f" * 32,
    "serviceTier": "default",
    "responseId": "chatcmpl-1",
    "userId": 9,
    "createdAt": "2023-11-14T22:13:20Z",
}


@pytest.fixture
def exam(database: LibsqlDatabase) -> None:
    """Exam 7 with objective 8, and user 9."""
    database.execute_sql("INSERT INTO users (id, email, name) VALUES (9, 'ada@example.org', 'Ada')")
    database.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (7, 'v', 'c', 'n')")
    database.execute_sql("INSERT INTO objectives (id, exam_id, code, name) VALUES (8, 7, '1', 'o')")


def row(database: LibsqlDatabase, number: int = 1) -> dict[str, Any]:
    return stored(database, TABLE, f"call-{number}", "request_id")


@pytest.mark.usefixtures("exam")
def test_a_call_becomes_a_row(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(LEDGER, json=call(**FULL))
    kept = row(database)
    assert json.loads(kept.pop("usage")) == {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    assert json.loads(kept.pop("question_ids")) == [3, 1]
    assert json.loads(kept.pop("warnings")) == []
    assert len(kept.pop("digest")) == 64
    assert kept == {
        "id": kept["id"],
        "request_id": "call-1",
        "purpose": "reply_draft",
        "provider": "openai",
        "model": "gpt-4o-mini-2024-07-18",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "total_tokens": 1100,
        "cost_nanousd": 210_000,
        "cost_microusd": 210,
        "cost_cents": pytest.approx(0.021),
        "cost_basis": "usage",
        "computed_nanousd": 210_000,
        "billed_nanousd": None,
        "price_source": prices.BOOK,
        "service_tier": "default",
        "response_id": "chatcmpl-1",
        "success": 0,
        "error_message": "429 🙁 نص",
        "generation_time_ms": 390,
        "exam_id": 7,
        "objective_id": 8,
        "tweet_id": "9",
        "opportunity_id": "f" * 32,
        "user_id": 9,
        "ip_address": None,
        "user_agent": None,
        "created_at": 1_700_000_000,
        "recorded_at": just_now(),
        "is_counted": 1,
    }


@pytest.mark.usefixtures("exam")
def test_a_call_is_answered_as_its_row_is(bot: FlaskClient, database: LibsqlDatabase) -> None:
    caught_up()
    generations.record([{"request_id": "call-9", "purpose": "p", "model": "m", "success": True}], NOON, Once("bot"))
    assert row(database, 9)["created_at"] == NOON.timestamp()
    shown = bot.post(LEDGER, json={"requestId": "call-9", "purpose": "p", "model": "m", "success": True}).json
    assert shown == {
        "id": row(database, 9)["id"],
        "requestId": "call-9",
        "purpose": "p",
        "provider": None,
        "model": "m",
        "promptTokens": None,
        "completionTokens": None,
        "totalTokens": None,
        "costUsd": None,
        "costBasis": None,
        "computedUsd": None,
        "billedUsd": None,
        "priceSource": None,
        "warnings": ["There is no usage object and there are no counts."],
        "serviceTier": None,
        "responseId": None,
        "success": True,
        "errorMessage": None,
        "generationTimeMs": None,
        "examId": None,
        "objectiveId": None,
        "questionIds": None,
        "tweetId": None,
        "opportunityId": None,
        "userId": None,
        "createdAt": "2026-11-22T12:00:00Z",
        "recordedAt": "2026-11-22T12:00:00Z",
    }
    full = bot.post(LEDGER, json=call(2, **FULL)).json
    assert {name: full[name] for name in FULL} == FULL


@pytest.mark.parametrize(
    ("counts", "total"),
    [
        ({"promptTokens": 5, "completionTokens": 2}, 7),
        ({"promptTokens": 5}, 5),
        ({"completionTokens": 2}, 2),
        ({"promptTokens": 0, "completionTokens": 0}, 0),
        ({}, None),
    ],
)
def test_the_total_is_of_the_counts_that_are_known(
    bot: FlaskClient, database: LibsqlDatabase, counts: dict[str, int], total: int | None
) -> None:
    shown = bot.post(LEDGER, json=call(usage=None, **counts)).json
    expected = (counts.get("promptTokens"), counts.get("completionTokens"), total)
    assert (shown["promptTokens"], shown["completionTokens"], shown["totalTokens"]) == expected
    kept = row(database)
    assert (kept["prompt_tokens"], kept["completion_tokens"], kept["total_tokens"], kept["usage"]) == (*expected, None)


def test_a_call_costs_what_it_did_at_its_time(database: LibsqlDatabase) -> None:
    """o3 became cheaper by four fifths on 10 June 2025."""
    for number, day in enumerate((9, 11)):
        o3: Any = {"request_id": f"call-{number}", "purpose": "p", "model": "o3", "provider": "openai", "success": True}
        o3 |= {"prompt_tokens": 1_000_000, "completion_tokens": 0}
        caught_up()
        generations.record([o3], dt.datetime(2025, 6, day, 12, tzinfo=dt.UTC), Once("bot"))
    assert (row(database, 0)["cost_nanousd"], row(database, 1)["cost_nanousd"]) == (10_000_000_000, 2_000_000_000)


def test_calls_are_written_in_the_order_in_which_they_were_sent(bot: FlaskClient, database: LibsqlDatabase) -> None:
    numbers = [3, 1, 10, 2]
    bot.post(LEDGER, json=[call(number) for number in numbers])
    query = Statement(f"SELECT request_id FROM {TABLE} ORDER BY id")
    kept = [kept_row["request_id"] for kept_row in database.fetch([query], fresh=True)[0].rows]
    assert kept == [f"call-{number}" for number in numbers]


def test_a_known_call_in_a_list_is_neither_written_nor_priced_again(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(LEDGER, json=call(1))
    before = row(database)
    shown = bot.post(LEDGER, json=[call(1), call(2)]).json["generations"]
    assert row(database) == before
    assert [one["id"] for one in shown] == [before["id"], row(database, 2)["id"]]
    assert row_count(database, TABLE) == 2


def test_a_refused_list_costs_nothing(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(LEDGER, json=call(1))
    assert bot.post(LEDGER, json=[call(2), call(1, purpose="another")]).status_code == 409
    assert bot.post(LEDGER, json=[call(2), call(3, examId=9)]).status_code == 422
    assert row_count(database, TABLE) == 1
    assert bot.get("/api/ai/costs").json["totalUsd"] == 0.00021


@pytest.mark.usefixtures("exam")
def test_a_replay_is_answered_even_when_its_exam_is_gone(bot: FlaskClient, database: LibsqlDatabase) -> None:
    key = {"Idempotency-Key": "k"}
    first = bot.post(LEDGER, json=call(examId=7, questionIds=[3, 1]), headers=key)
    database.execute_sql("DELETE FROM exams")
    again = bot.post(LEDGER, json=call(examId=7, questionIds=[3, 1]), headers=key)
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.usefixtures("exam")
def test_references_are_looked_up_each_among_its_own_kind(bot: FlaskClient, database: LibsqlDatabase) -> None:
    for wrong, field in (({"examId": 8}, "examId"), ({"objectiveId": 7}, "objectiveId"), ({"userId": 7}, "userId")):
        refused = bot.post(LEDGER, json=call(**wrong))
        assert (refused.status_code, refused.json["errors"]) == (422, {field: ["There is none with this id."]})
    assert bot.post(LEDGER, json=[call(1, examId=7, objectiveId=8), call(2, examId=7)]).status_code == 201
    assert row_count(database, TABLE) == 2
