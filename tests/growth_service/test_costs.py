"""The report: whole nano-dollars, dearest first; calls without a known price are counted as unpriced."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import costs, generations
from shared_schema.database import Database
from shared_schema.idempotency import Once
from tests.conftest import caught_up
from tests.growth_service.conftest import LEDGER, call

COSTS = "/api/ai/costs"
TODAY = dt.date(2026, 11, 22)


def record(when: str, *prices: int | None, purpose: str = "p", model: str = "m", success: bool = True) -> None:
    """Calls at this time, each with its bill in nano-dollars."""
    items: list[Any] = [
        {"request_id": f"{when} {purpose} {model} {place}", "purpose": purpose, "model": model, "success": success}
        | {"billed_nanousd": price}
        for place, price in enumerate(prices)
    ]
    caught_up()
    generations.record(items, dt.datetime.fromisoformat(when), Once("service:bot"))


def report(days: int) -> Any:
    caught_up()
    return costs.report(days, TODAY)


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
    shown = approver.get(f"{COSTS}?days=7").json
    assert (shown["days"], shown["totalUsd"], shown["generations"], shown["unpriced"]) == (7, 0.40021, 6, 3)
    mini = "gpt-4o-mini-2024-07-18"
    assert shown["groups"] == [
        {"purpose": "explanation", "model": mini, "totalUsd": 0.3, "generations": 1, "avgUsd": 0.3}
        | {"successRate": 1.0, "unpriced": 0},
        {"purpose": "reply_draft", "model": mini, "totalUsd": 0.10021, "generations": 3, "avgUsd": 0.050105}
        | {"successRate": 2 / 3, "unpriced": 1},
        {"purpose": "explanation", "model": "nobody-knows-it", "totalUsd": None, "generations": 1, "avgUsd": None}
        | {"successRate": 1.0, "unpriced": 1},
        {"purpose": "tweet_analysis", "model": "nobody-knows-it", "totalUsd": None, "generations": 1, "avgUsd": None}
        | {"successRate": 1.0, "unpriced": 1},
    ]
    today = dt.datetime.now(dt.UTC).date().isoformat()
    assert shown["byDay"] == [{"date": today, "totalUsd": 0.40021, "generations": 6, "unpriced": 3}]


@pytest.mark.parametrize(
    ("prices", "average"),
    [((1, 2), 2), ((1, 1, 2), 1), ((1, 2, 2), 2), ((0, 1), 1), ((1, None), 1), ((0, 0), 0), ((None,), None)],
)
def test_an_average_is_rounded_half_up_over_the_known_prices(
    database: Database, prices: tuple[int | None, ...], average: int | None
) -> None:
    record("2026-11-22T12:00:00Z", *prices)
    (group,) = report(1)["groups"]
    assert group["avg_nanousd"] == average


def test_groups_of_one_price_are_by_purpose_then_model(database: Database) -> None:
    for purpose, model in (("b", "x"), ("a", "z"), ("b", "w"), ("a", "y")):
        record("2026-11-22T12:00:00Z", 5, purpose=purpose, model=model)
    record("2026-11-22T12:00:00Z", 6, purpose="c", model="z")
    named = [(group["purpose"], group["model"]) for group in report(1)["groups"]]
    assert named == [("c", "z"), ("a", "y"), ("a", "z"), ("b", "w"), ("b", "x")]


def test_days_are_newest_first_whatever_they_cost(database: Database) -> None:
    for when, price in (("2026-11-20T12:00:00Z", 5), ("2026-11-22T12:00:00Z", 1), ("2026-11-21T12:00:00Z", 9)):
        record(when, price)
    assert [(day["date"], day["total_nanousd"]) for day in report(3)["by_day"]] == [
        ("2026-11-22", 1),
        ("2026-11-21", 9),
        ("2026-11-20", 5),
    ]


def test_only_unknown_prices_are_an_unknown_total(bot: FlaskClient) -> None:
    bot.post(LEDGER, json=call(model="nobody-knows-it"))
    shown = bot.get(COSTS).json
    assert (shown["totalUsd"], shown["unpriced"]) == (None, 1)
    assert (shown["byDay"][0]["totalUsd"], shown["byDay"][0]["unpriced"]) == (None, 1)
    bot.post(LEDGER, json=call(2, billedUsd=0))
    assert bot.get(COSTS).json["totalUsd"] == 0


def test_many_small_costs_add_up_exactly(bot: FlaskClient) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1}  # 0.75 nano-dollars, stored as 1
    for first in range(0, 1000, 100):
        bot.post(LEDGER, json=[call(number, usage=usage) for number in range(first, first + 100)])
    assert bot.get(COSTS).json["totalUsd"] == 0.001


def test_days_go_from_midnight_to_midnight_newest_first(database: Database) -> None:
    record("2026-11-19T23:59:59Z", 1)
    record("2026-11-20T00:00:00Z", 10)
    record("2026-11-20T23:59:59Z", 100, None)
    record("2026-11-22T23:59:59Z", 1000)
    third = {"date": "2026-11-22", "total_nanousd": 1000, "generations": 1, "unpriced": 0}
    first = {"date": "2026-11-20", "total_nanousd": 110, "generations": 3, "unpriced": 1}
    earlier = {"date": "2026-11-19", "total_nanousd": 1, "generations": 1, "unpriced": 0}
    assert report(3)["by_day"] == [third, first]
    assert report(4)["by_day"] == [third, first, earlier]
    (group,) = report(3)["groups"]
    assert (group["total_nanousd"], group["generations"], group["unpriced"]) == (1110, 4, 1)
    assert report(3) | {"groups": [], "by_day": []} == {
        "days": 3,
        "total_nanousd": 1110,
        "generations": 4,
        "unpriced": 1,
        "groups": [],
        "by_day": [],
    }


def test_a_report_over_http_ends_today(bot: FlaskClient) -> None:
    midnight = dt.datetime.combine(dt.datetime.now(dt.UTC), dt.time(), dt.UTC)
    for number, age in enumerate((0, 365, 366)):
        bot.post(LEDGER, json=call(number, createdAt=(midnight - dt.timedelta(days=age)).isoformat()))
    assert bot.get(f"{COSTS}?days=366").json["generations"] == 2
    assert bot.get(f"{COSTS}?days=1").json["generations"] == 1


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_today_is_utcs_day_wherever_the_host_is(
    bot: FlaskClient, approver: FlaskClient, host_in: Callable[[str], None], zone: str
) -> None:
    """At any moment it is another day in one of the two zones, which are 14 hours before and 12 behind UTC."""
    now = dt.datetime.now(dt.UTC)
    yesterday = now - dt.timedelta(days=1)
    host_in(zone)
    record(yesterday.isoformat(), 5)
    bot.post(LEDGER, json=call(billedUsd=7))
    for day in (yesterday, now):
        bot.put(f"/api/growth/metrics/{day.date()}", json={"tweetsSent": day.day})
    (costs_of_today,) = approver.get(f"{COSTS}?days=1").json["byDay"]
    assert (costs_of_today["date"], costs_of_today["totalUsd"]) == (str(now.date()), 7)
    (metrics_of_today,) = approver.get("/api/growth/metrics?days=1").json["metrics"]
    assert (metrics_of_today["date"], metrics_of_today["tweetsSent"]) == (str(now.date()), now.day)
