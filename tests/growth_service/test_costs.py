"""The report: whole micro-dollars, dearest first, and what has no price is said to have none."""

from flask.testing import FlaskClient

from shared_schema.database import Database
from tests.growth_service.conftest import LEDGER, call

COSTS = "/api/ai/costs"


def test_nothing_recorded_costs_nothing(approver: FlaskClient) -> None:
    assert approver.get(COSTS).json == {
        "days": 30,
        "totalUsd": 0,
        "generations": 0,
        "unpriced": 0,
        "groups": [],
        "byDay": [],
    }


def test_groups_are_dearest_first_with_their_average_and_success(bot: FlaskClient, approver: FlaskClient) -> None:
    bot.post(
        LEDGER,
        json=[
            call(1),
            call(2, billedUsd=0.1, success=False),
            call(3, purpose="explanation", billedUsd=0.3),
            call(4, purpose="explanation", model="nobody-knows-it"),
            call(5, purpose="tweet_analysis", model="nobody-knows-it"),
            call(6, usage=None),
        ],
    )
    report = approver.get(f"{COSTS}?days=7").json
    assert (report["days"], report["totalUsd"], report["generations"], report["unpriced"]) == (7, 0.40021, 6, 3)
    mini = "gpt-4o-mini-2024-07-18"
    assert report["groups"] == [
        {"purpose": "explanation", "model": mini, "totalUsd": 0.3, "generations": 1, "avgUsd": 0.3}
        | {"successRate": 1.0, "unpriced": 0},
        {"purpose": "reply_draft", "model": mini, "totalUsd": 0.10021, "generations": 3, "avgUsd": 0.050105}
        | {"successRate": 2 / 3, "unpriced": 1},
        {"purpose": "explanation", "model": "nobody-knows-it", "totalUsd": None, "generations": 1, "avgUsd": None}
        | {"successRate": 1.0, "unpriced": 1},
        {"purpose": "tweet_analysis", "model": "nobody-knows-it", "totalUsd": None, "generations": 1, "avgUsd": None}
        | {"successRate": 1.0, "unpriced": 1},
    ]


def test_only_unknown_prices_are_an_unknown_total(bot: FlaskClient) -> None:
    bot.post(LEDGER, json=call(model="nobody-knows-it"))
    report = bot.get(COSTS).json
    assert (report["totalUsd"], report["unpriced"]) == (None, 1)
    assert report["byDay"][0]["totalUsd"] is None


def test_many_small_costs_add_up_exactly(bot: FlaskClient) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1}  # 0.75 micro-dollars, stored as 1
    for first in range(0, 1000, 100):
        bot.post(LEDGER, json=[call(number, usage=usage) for number in range(first, first + 100)])
    assert bot.get(COSTS).json["totalUsd"] == 0.001


def test_days_are_utc_days_newest_first(bot: FlaskClient, database: Database) -> None:
    bot.post(LEDGER, json=[call(number) for number in range(4)])
    for number, age in ((1, 1), (2, 6), (3, 7)):
        database.execute_sql(
            "UPDATE ai_generation_log SET created_at = unixepoch('now', 'start of day', ?) WHERE request_id = ?",
            (f"-{age} days", f"call-{number}"),
        )
    report = bot.get(f"{COSTS}?days=7").json
    assert [day["generations"] for day in report["byDay"]] == [1, 1, 1]
    assert [day["date"] for day in report["byDay"]] == sorted((day["date"] for day in report["byDay"]), reverse=True)
    assert report["generations"] == 3
    assert bot.get(f"{COSTS}?days=8").json["generations"] == 4
