"""The ledger is read call by call or by pages, newest first; each filter leaves out exactly the others."""

import datetime as dt
import itertools
import json
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.rows import LATEST
from tests.damage import no_refusals
from tests.growth_service.conftest import LEDGER, audit_rows, call, stored
from tests.growth_service.ledger.booked import book

START = int(dt.datetime(2026, 11, 20, tzinfo=dt.UTC).timestamp())
KINDS: Any = ("ab", "xy", (None, 7), (None, 1), (0, 1), (None, 5))
COMBINED: list[dict[str, Any]] = [
    {"purpose": purpose, "model": model, "exam_id": exam, "user_id": user, "success": success, "cost": cost}
    for purpose, model, exam, user, success, cost in itertools.product(*KINDS)
]
FILTERS = {
    "purpose": [None, "a"], "model": [None, "y"], "examId": [None, 0, 7], "userId": [None, 0, 1],
    "success": [None, "true", "false"], "priced": [None, "true", "false"],
}  # fmt: skip


@pytest.fixture
def ledger(database: LibsqlDatabase) -> list[dict[str, Any]]:
    """A call of every kind, two in each second; oldest first."""
    database.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (7, 'v', 'c', 'n')")
    for place, columns in enumerate(COMBINED):
        row = {name: value for name, value in columns.items() if name != "cost"}
        book(database, START + place // 2, columns["cost"], **row)
    return [{"id": place + 1, "at": START + place // 2, **columns} for place, columns in enumerate(COMBINED)]


def ids(client: FlaskClient, **query: Any) -> list[int]:
    """The ids of all calls that apply, by pages of five."""
    asked = {name: value for name, value in query.items() if value is not None} | {"limit": 5}
    listed: list[int] = []
    while True:
        page = client.get(LEDGER, query_string=asked).json
        assert set(page) == {"generations", "next"}
        listed += [row["id"] for row in page["generations"]]
        if page["next"] is None:
            return listed
        assert page["next"] == listed[-1]
        asked["after"] = page["next"]


def applies(row: dict[str, Any], query: dict[str, Any]) -> bool:
    return (
        query.get("purpose") in (None, row["purpose"])
        and query.get("model") in (None, row["model"])
        and query.get("examId") in (None, row["exam_id"] or 0)
        and query.get("userId") in (None, row["user_id"] or 0)
        and query.get("success") in (None, "true" if row["success"] else "false")
        and query.get("priced") in (None, "false" if row["cost"] is None else "true")
    )


@pytest.mark.only("file")
def test_every_combination_of_filters(approver: FlaskClient, ledger: list[dict[str, Any]]) -> None:
    for values in itertools.product(*FILTERS.values()):
        query = dict(zip(FILTERS, values, strict=True))
        expected = [row["id"] for row in reversed(ledger) if applies(row, query)]
        assert (query, ids(approver, **query)) == (query, expected)


def test_a_time_is_from_the_first_second_to_before_the_last(bot: FlaskClient, ledger: list[dict[str, Any]]) -> None:
    first, last = "2026-11-20T00:00:03Z", "2026-11-20T05:30:07+05:30"
    assert ids(bot, **{"from": first}) == [row["id"] for row in reversed(ledger) if row["at"] >= START + 3]
    assert ids(bot, to=last) == [row["id"] for row in reversed(ledger) if row["at"] < START + 7]
    between = [row["id"] for row in reversed(ledger) if START + 3 <= row["at"] < START + 7]
    assert ids(bot, **{"from": first}, to=last) == between
    assert ids(bot, **{"from": last}, to=first) == []
    assert ids(bot, **{"from": first}, to=last, success="false", purpose="a") == [
        row["id"] for row in reversed(ledger) if row["id"] in between and not row["success"]
    ]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2026-11-20"}, "from"),
        ({"to": "2026-11-20T00:00:00"}, "to"),
        ({"success": "1"}, "success"),
        ({"priced": "null"}, "priced"),
        ({"examId": "-1"}, "examId"),
        ({"userId": "x"}, "userId"),
        ({"purpose": ""}, "purpose"),
        ({"model": "x" * 201}, "model"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"after": "x"}, "after"),
        ({"after": "99"}, "after"),
        ({"cost": "1"}, "cost"),
    ],
)
def test_a_wrong_filter_is_refused_by_name(bot: FlaskClient, query: dict[str, str], field: str) -> None:
    refused = bot.get(LEDGER, query_string=query)
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


def test_a_page_has_twenty_calls_unless_asked(bot: FlaskClient, ledger: list[dict[str, Any]]) -> None:
    assert len(bot.get(LEDGER).json["generations"]) == 20
    whole = bot.get(f"{LEDGER}?limit=100").json
    assert (len(whole["generations"]), whole["next"]) == (64, None)


def test_a_call_is_shown_as_its_row_is(bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase) -> None:
    database.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (7, 'v', 'c', 'n')")
    database.execute_sql("INSERT INTO objectives (id, exam_id, code, name) VALUES (8, 7, '1', 'o')")
    row: dict[str, Any] = {
        "provider": "openai", "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "computed_nanousd": 4,
        "billed_nanousd": 5, "cost_basis": "billed", "price_source": "bill of openai", "service_tier": "flex",
        "response_id": "r-1", "success": 0, "error_message": "429", "generation_time_ms": 6, "exam_id": 7,
        "objective_id": 8, "user_id": 1, "tweet_id": "9", "opportunity_id": "10", "question_ids": "[3, 1]",
        "warnings": '["why"]', "recorded_at": START + 60, "ip_address": "10.0.0.1", "usage": "{}",
    }  # fmt: skip
    book(database, START, 5, **row)
    kept = stored(database, "ai_generation_log", 1)
    expected = {
        "id": 1, "requestId": kept["request_id"], "purpose": "p", "provider": "openai", "model": "m",
        "promptTokens": 1, "completionTokens": 2, "totalTokens": 3, "costUsd": 5e-9, "computedUsd": 4e-9,
        "repricedUsd": None,
        "billedUsd": 5e-9, "costBasis": "billed", "priceSource": "bill of openai", "serviceTier": "flex",
        "responseId": "r-1", "success": False, "errorMessage": "429", "generationTimeMs": 6, "examId": 7,
        "objectiveId": 8, "userId": 1, "tweetId": "9", "opportunityId": "10", "questionIds": [3, 1],
        "warnings": ["why"], "createdAt": "2026-11-20T00:00:00Z", "recordedAt": "2026-11-20T00:01:00Z",
    }  # fmt: skip
    for client in (bot, approver):
        assert client.get(f"{LEDGER}/{kept['request_id']}").json == expected
        assert client.get(LEDGER).json == {"generations": [expected], "next": None}
    assert audit_rows(database, "generation") == []


def test_a_call_of_before_the_service_has_no_request_id(bot: FlaskClient, database: LibsqlDatabase) -> None:
    database.execute_sql("INSERT INTO ai_generation_log (purpose, model) VALUES ('p', 'm')")
    (shown,) = bot.get(LEDGER).json["generations"]
    assert (shown["requestId"], shown["questionIds"], shown["warnings"], shown["recordedAt"]) == (None, None, [], None)


@pytest.mark.parametrize("request_id", ["a/b", "/a//b/", "ü 🙂", "?x=1&y", "a" * 255, "'; --", "%2F"])
def test_any_id_of_a_client_finds_its_call(bot: FlaskClient, request_id: str) -> None:
    recorded = bot.post(LEDGER, json=call(requestId=request_id)).json
    shown = bot.get(f"{LEDGER}/{quote(request_id, safe='')}").json
    assert (shown["id"], shown["requestId"]) == (recorded["id"], request_id)


@pytest.mark.parametrize("request_id", ["call-2", "CALL-1", "1", "call-1%20", "%FF"])
def test_an_unknown_call_is_not_found(bot: FlaskClient, request_id: str) -> None:
    bot.post(LEDGER, json=call(1))
    refused = bot.get(f"{LEDGER}/{request_id}")
    assert (refused.status_code, refused.json["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("created_at", LATEST + 1),
        ("recorded_at", LATEST + 1),
        ("question_ids", "no JSON"),
        ("question_ids", "[1.5]"),
        ("question_ids", '{"1": 2}'),
        ("question_ids", "7"),
        ("warnings", "[1]"),
        ("warnings", "{"),
    ],
)
def test_a_call_that_cannot_be_shown_spoils_no_page(
    bot: FlaskClient, database: LibsqlDatabase, column: str, value: Any
) -> None:
    for number in range(3):
        book(database, START + number, 5)
    with no_refusals(database, "ai_generation_log"):
        database.execute_sql(f"UPDATE ai_generation_log SET {column} = ? WHERE id = 2", (value,))
    assert ids(bot) == [3, 1]
    first = bot.get(f"{LEDGER}?limit=1").json
    assert bot.get(f"{LEDGER}?limit=1&after={first['next']}").json["next"] in (1, 2, 3)
    refused = bot.get(f"{LEDGER}/{stored(database, 'ai_generation_log', 2)['request_id']}")
    assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert f"until its {column} is mended" in refused.json["detail"]
    assert json.dumps(value) not in refused.json["detail"]
