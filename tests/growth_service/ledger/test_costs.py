"""The report: whole nano-dollars, dearest first; calls without a known price are counted as unpriced."""

import datetime as dt
import zoneinfo
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.ledger import costs
from shared_schema.database import LibsqlDatabase
from tests.conftest import caught_up
from tests.growth_service.conftest import LEDGER, call
from tests.growth_service.ledger.booked import book

COSTS = "/api/ai/costs"
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def report(days: int, zone: str = "UTC", now: dt.datetime = NOON, **more: int) -> Any:
    return costs.report(days, zoneinfo.ZoneInfo(zone), now, **more)


def midnight(days: int = 0) -> str:
    """The first second of the present UTC day, or of one so many days after it, on the wire."""
    return f"{dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)}T00:00:00Z"


def test_nothing_recorded_costs_nothing(approver: FlaskClient) -> None:
    assert approver.get(COSTS).json == {
        "days": 30,
        "timezone": "UTC",
        "from": midnight(-29),
        "to": midnight(1),
        "totalUsd": 0,
        "generations": 0,
        "unpriced": 0,
        "leftOut": 0,
        "groups": [],
        "byModel": [],
        "byDay": [],
        "byExam": [],
        "byUser": [],
        "drift": [],
    }


def test_groups_are_dearest_first_with_their_average_and_success(bot: FlaskClient, approver: FlaskClient) -> None:
    bot.post(
        LEDGER,
        json=[
            call(1, usage=None, billedUsd=0.00021),
            call(2, usage=None, billedUsd=0.1, success=False),
            call(3, usage=None, purpose="explanation", billedUsd=0.3),
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
    assert shown["byModel"] == [
        {"model": mini, "totalUsd": 0.40021, "generations": 4, "unpriced": 1},
        {"model": "nobody-knows-it", "totalUsd": None, "generations": 2, "unpriced": 2},
    ]
    whole = {"totalUsd": 0.40021, "generations": 6, "unpriced": 3}
    assert shown["byDay"] == [{"date": midnight()[:10], "from": midnight(), "to": midnight(1)} | whole]
    assert shown["byExam"] == [{"examId": None} | whole]
    assert shown["byUser"] == [{"userId": None} | whole]


def test_exams_and_users_are_dearest_first_and_those_without_a_price_last(database: LibsqlDatabase) -> None:
    database.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (7, 'v', 'c', 'n'), (8, 'v', 'd', 'n')")
    book(database, "2026-11-22T08:00:00Z", 5, 6, exam_id=7, user_id=2)
    book(database, "2026-11-21T08:00:00Z", 9, None, exam_id=8, user_id=1)
    book(database, "2026-11-20T08:00:00Z", 9, exam_id=7, user_id=3)
    book(database, "2026-11-20T08:00:00Z", None, user_id=4)
    book(database, "2026-11-19T08:00:00Z", 100, exam_id=8)
    shown = report(3)
    assert shown["by_exam"] == [
        {"exam_id": 7, "total_nanousd": 20, "generations": 3, "unpriced": 0},
        {"exam_id": 8, "total_nanousd": 9, "generations": 2, "unpriced": 1},
        {"exam_id": None, "total_nanousd": None, "generations": 1, "unpriced": 1},
    ]
    assert [(one["user_id"], one["total_nanousd"]) for one in shown["by_user"]] == [(2, 11), (1, 9), (3, 9), (4, None)]
    assert [(one["user_id"], one["total_nanousd"]) for one in report(4)["by_user"]] == [
        (None, 100),
        (2, 11),
        (1, 9),
        (3, 9),
        (4, None),
    ]


def test_a_free_call_is_before_one_without_a_price(database: LibsqlDatabase) -> None:
    book(database, "2026-11-22T08:00:00Z", None, purpose="a", model="a", user_id=1)
    book(database, "2026-11-22T08:00:00Z", 0, purpose="b", model="b", user_id=2)
    shown = report(1)
    assert [group["purpose"] for group in shown["groups"]] == ["b", "a"]
    assert [model["model"] for model in shown["by_model"]] == ["b", "a"]
    assert [user["user_id"] for user in shown["by_user"]] == [2, 1]


def test_users_can_be_fewer_or_left_out(bot: FlaskClient, database: LibsqlDatabase) -> None:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    for user in (1, 2, 3):
        book(database, now, user, user_id=user)
    assert [user["userId"] for user in bot.get(f"{COSTS}?users=2").json["byUser"]] == [3, 2]
    without = bot.get(f"{COSTS}?users=0").json
    assert (without["byUser"], without["totalUsd"]) == ([], 6e-9)
    for wrong in ("-1", "101", "x"):
        assert list(bot.get(f"{COSTS}?users={wrong}").json["errors"]) == ["users"]


def test_there_are_at_most_a_hundred_exams_and_users(database: LibsqlDatabase) -> None:
    numbers = range(1, 103)
    for number in numbers:
        database.execute_sql(f"INSERT INTO exams (id, vendor_id, code, name) VALUES ({number}, 'v', '{number}', 'n')")
        database.execute_sql(f"INSERT INTO users (id, email, name) VALUES ({number + 10}, '{number}', 'n')")
        book(database, "2026-11-22T08:00:00Z", number, exam_id=number, user_id=number + 10)
    shown = report(1)
    assert [exam["exam_id"] for exam in shown["by_exam"]] == [*numbers][:1:-1]
    assert [user["user_id"] - 10 for user in shown["by_user"]] == [*numbers][:1:-1]


@pytest.mark.parametrize(
    ("prices", "average"),
    [((1, 2), 2), ((1, 1, 2), 1), ((1, 2, 2), 2), ((0, 1), 1), ((1, None), 1), ((0, 0), 0), ((None,), None)],
)
def test_an_average_is_rounded_half_up_over_the_known_prices(
    database: LibsqlDatabase, prices: tuple[int | None, ...], average: int | None
) -> None:
    book(database, "2026-11-22T12:00:00Z", *prices)
    (group,) = report(1)["groups"]
    assert group["avg_nanousd"] == average


def test_groups_of_one_price_are_by_purpose_then_model(database: LibsqlDatabase) -> None:
    for purpose, model in (("b", "x"), ("a", "z"), ("b", "w"), ("a", "y")):
        book(database, "2026-11-22T12:00:00Z", 5, purpose=purpose, model=model)
    book(database, "2026-11-22T12:00:00Z", 6, purpose="c", model="z")
    shown = report(1)
    named = [(group["purpose"], group["model"]) for group in shown["groups"]]
    assert named == [("c", "z"), ("a", "y"), ("a", "z"), ("b", "w"), ("b", "x")]
    assert [(one["model"], one["total_nanousd"]) for one in shown["by_model"]] == [
        ("z", 11),
        ("w", 5),
        ("x", 5),
        ("y", 5),
    ]


def test_days_are_newest_first_whatever_they_cost(database: LibsqlDatabase) -> None:
    for when, price in (("2026-11-20T12:00:00Z", 5), ("2026-11-22T12:00:00Z", 1), ("2026-11-21T12:00:00Z", 9)):
        book(database, when, price)
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
    bot.post(LEDGER, json=call(2, billedUsd=0, usage=None))
    assert bot.get(COSTS).json["totalUsd"] == 0


def test_many_small_costs_add_up_exactly(bot: FlaskClient) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1}  # 750 nano-dollars
    for first in range(0, 1000, 100):
        bot.post(LEDGER, json=[call(number, usage=usage) for number in range(first, first + 100)])
    assert bot.get(COSTS).json["totalUsd"] == 0.00075


def test_no_sum_is_too_large(bot: FlaskClient, database: LibsqlDatabase) -> None:
    """Ten thousand of the dearest calls are more nano-dollars than 64 bits hold."""
    now = int(dt.datetime.now(dt.UTC).timestamp())
    database.execute_sql(
        f"""
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
        INSERT INTO ai_generation_log (purpose, model, cost_nanousd, billed_nanousd, computed_nanousd, created_at)
        SELECT 'p', 'm', 1000000000000000 - (i = 1), 1000000000000000, 1000000000000000, {now} FROM n
        """
    )
    caught_up()
    assert costs.report(1, dt.UTC, dt.datetime.now(dt.UTC))["total_nanousd"] == 10**19 - 1
    shown = bot.get(COSTS).json
    assert (shown["totalUsd"], shown["groups"][0]["avgUsd"], shown["byUser"][0]["totalUsd"]) == (1e10, 1e6, 1e10)
    assert (shown["byDay"][0]["totalUsd"], shown["byExam"][0]["totalUsd"]) == (1e10, 1e10)
    assert shown["drift"] == [{"model": "m", "calls": 10000, "billedUsd": 1e10, "computedUsd": 1e10, "ratio": 1}]
    (stored,) = database.execute_sql(f"SELECT {costs.of_day('date()')}").fetchone()
    assert stored == 9_000_000_000_000_000_000


def test_days_go_from_midnight_to_midnight_newest_first(database: LibsqlDatabase) -> None:
    book(database, "2026-11-19T23:59:59Z", 1)
    book(database, "2026-11-20T00:00:00Z", 10)
    book(database, "2026-11-20T23:59:59Z", 100, None)
    book(database, "2026-11-22T23:59:59Z", 1000)
    book(database, "2026-11-23T00:00:00Z", 10000)

    def day(number: int) -> dict[str, Any]:
        start = int(dt.datetime(2026, 11, number, tzinfo=dt.UTC).timestamp())
        return {"date": f"2026-11-{number}", "start": start, "end": start + 86400}

    third = day(22) | {"total_nanousd": 1000, "generations": 1, "unpriced": 0}
    first = day(20) | {"total_nanousd": 110, "generations": 3, "unpriced": 1}
    earlier = day(19) | {"total_nanousd": 1, "generations": 1, "unpriced": 0}
    assert report(3)["by_day"] == [third, first]
    assert report(4)["by_day"] == [third, first, earlier]
    (group,) = report(3)["groups"]
    assert (group["total_nanousd"], group["generations"], group["unpriced"]) == (1110, 4, 1)
    whole = report(3)
    assert (whole["start"], whole["end"]) == (day(20)["start"], day(22)["end"])
    assert (whole["total_nanousd"], whole["generations"], whole["unpriced"]) == (1110, 4, 1)


def test_a_report_over_http_ends_today(bot: FlaskClient) -> None:
    midnight = dt.datetime.combine(dt.datetime.now(dt.UTC), dt.time(), dt.UTC)
    for number, age in enumerate((0, 365, 366)):
        bot.post(LEDGER, json=call(number, createdAt=(midnight - dt.timedelta(days=age)).isoformat()))
    assert bot.get(f"{COSTS}?days=366").json["generations"] == 2
    assert bot.get(f"{COSTS}?days=1").json["generations"] == 1


def test_drift_is_of_calls_that_have_a_bill_and_a_computed_price(database: LibsqlDatabase) -> None:
    def compared(model: str, billed: int | None, computed: int | None) -> None:
        amounts = {"billed_nanousd": billed, "computed_nanousd": computed}
        book(database, "2026-11-22T08:00:00Z", billed, model=model, **amounts)

    for model, billed, computed in (
        ("a", 16_061_400, 176_000),
        ("a", 3_000_000_001, 3_000_000_000),
        ("a", 5, None),
        ("a", None, 7),
        ("b", 50, 90_000_000),
        ("c", 8, 0),
        ("d", -1, 5),
        ("e", 5, 2**62),
    ):
        compared(model, billed, computed)
    assert report(1)["drift"] == [
        {"model": "b", "calls": 1, "billed_nanousd": 50, "computed_nanousd": 90_000_000, "ratio": 50 / 90_000_000},
        {"model": "a", "calls": 2, "billed_nanousd": 3_016_061_401, "computed_nanousd": 3_000_176_000}
        | {"ratio": 3_016_061_401 / 3_000_176_000},
        {"model": "c", "calls": 1, "billed_nanousd": 8, "computed_nanousd": 0, "ratio": None},
    ]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_today_is_utcs_day_wherever_the_host_is(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase, host_in: Callable[[str], None], zone: str
) -> None:
    """At any moment it is another day in one of the two zones, which are 14 hours before and 12 behind UTC."""
    now = dt.datetime.now(dt.UTC)
    yesterday = now - dt.timedelta(days=1)
    host_in(zone)
    book(database, yesterday.isoformat(), 5)
    bot.post(LEDGER, json=call(billedUsd=7, usage=None))
    for day in (yesterday, now):
        bot.put(f"/api/growth/metrics/{day.date()}", json={"tweetsSent": day.day})
    (costs_of_today,) = approver.get(f"{COSTS}?days=1").json["byDay"]
    assert (costs_of_today["date"], costs_of_today["totalUsd"]) == (str(now.date()), 7)
    (metrics_of_today,) = approver.get("/api/growth/metrics?days=1").json["metrics"]
    assert (metrics_of_today["date"], metrics_of_today["tweetsSent"]) == (str(now.date()), now.day)


@pytest.mark.parametrize("wrong", ["Mars/Olympus", "", "europe/berlin", "localtime", "../UTC", "x" * 65, "UTC+1"])
def test_an_unknown_time_zone_is_refused(bot: FlaskClient, wrong: str) -> None:
    refused = bot.get(COSTS, query_string={"timezone": wrong})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["timezone"])
