"""Every column of a day, and the seconds at which its share of the ledger begins and ends."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import generations, metrics
from shared_schema.database import Database
from shared_schema.idempotency import Once
from shared_schema.tables import db
from tests.conftest import caught_up
from tests.growth_service.conftest import LEDGER, backdate, call, changes, just_now, stored

METRICS, TABLE = "/api/growth/metrics", "growth_metrics"
DAY, NEXT = "2026-11-22", "2026-11-23"
FULL = {
    "followersCount": 1,
    "followingCount": 2,
    "newFollowers": 3,
    "lostFollowers": 4,
    "tweetsSent": 5,
    "engagementsMade": 6,
    "impressions": 7,
    "profileVisits": 8,
    "engagementRate": 0.5,
}
COLUMNS = {
    "followers_count": 1,
    "following_count": 2,
    "new_followers": 3,
    "lost_followers": 4,
    "tweets_sent": 5,
    "engagements_made": 6,
    "impressions": 7,
    "profile_visits": 8,
    "engagement_rate": 0.5,
}


def day(database: Database, date: str = DAY) -> dict[str, Any]:
    return stored(database, TABLE, date, "date")


def test_a_day_becomes_a_row(bot: FlaskClient, database: Database) -> None:
    response = bot.put(f"{METRICS}/{DAY}", json=FULL)
    row = day(database)
    times = {"created_at": just_now(), "updated_at": just_now()}
    assert row == COLUMNS | times | {"id": row["id"], "date": DAY, "ai_costs": None, "ai_cost_nanousd": None}
    assert {name: response.json[name] for name in FULL} == FULL
    assert (response.json["date"], response.json["aiCostsUsd"]) == (DAY, None)


@pytest.mark.parametrize(("field", "column"), list(zip(FULL, COLUMNS, strict=True)))
@pytest.mark.parametrize("value", [0, None])
def test_a_field_changes_its_column_alone(
    bot: FlaskClient, database: Database, field: str, column: str, value: int | None
) -> None:
    for date in (DAY, NEXT):
        bot.put(f"{METRICS}/{date}", json=FULL)
    backdate(database, TABLE)
    before, other = day(database), day(database, NEXT)
    assert bot.put(f"{METRICS}/{DAY}", json={field: value}).json[field] == value
    assert changes(before, day(database)) == {column: value, "updated_at": just_now()}
    assert day(database, NEXT) == other


def test_the_times_of_a_day_are_shown(bot: FlaskClient, database: Database) -> None:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    bot.put(f"{METRICS}/{today}", json={})
    database.execute_sql("UPDATE growth_metrics SET created_at = 0, updated_at = 1, ai_cost_nanousd = 1500000")
    (shown,) = bot.get(METRICS).json["metrics"]
    assert (shown["createdAt"], shown["updatedAt"]) == ("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z")
    assert (shown["date"], shown["aiCostsUsd"]) == (today, 1.5)


def test_thirty_days_are_shown_where_none_are_named(bot: FlaskClient) -> None:
    today = dt.datetime.now(dt.UTC).date()
    dates = [(today - dt.timedelta(days=age)).isoformat() for age in (0, 29, 30, 365, 366)]
    for date in dates:
        bot.put(f"{METRICS}/{date}", json={})
    assert [metric["date"] for metric in bot.get(METRICS).json["metrics"]] == dates[:2]
    assert [metric["date"] for metric in bot.get(f"{METRICS}?days=366").json["metrics"]] == dates[:4]
    assert [metric["date"] for metric in bot.get(f"{METRICS}?days=1").json["metrics"]] == dates[:1]


def record(number: int, when: str, **more: Any) -> None:
    """An AI call of 210 nano-dollars, at this time."""
    item: Any = {"request_id": f"call-{number}", "purpose": "p", "model": "m", "success": True, "billed_nanousd": 210}
    caught_up()
    generations.record([item | more], dt.datetime.fromisoformat(when), Once("service:bot"))


def test_a_day_has_the_costs_from_its_first_second_to_its_last(bot: FlaskClient) -> None:
    for number, when in enumerate(("21T23:59:59", "22T00:00:00", "22T23:59:59", "23T00:00:00")):
        record(number, f"2026-11-{when}Z")
    assert bot.put(f"{METRICS}/2026-11-22", json={}).json["aiCostsUsd"] == 0.00042


@pytest.mark.parametrize("metric_first", [True, False])
def test_a_days_costs_are_those_from_midnight_to_midnight(
    bot: FlaskClient, database: Database, metric_first: bool
) -> None:
    if metric_first:
        bot.put(f"{METRICS}/{DAY}", json={})
    for number, time in enumerate(
        ("2026-11-21T23:59:59Z", f"{DAY}T00:00:00Z", f"{DAY}T12:00:00Z", f"{DAY}T23:59:59Z", f"{NEXT}T00:00:00Z")
    ):
        record(number, time, billed_nanousd=10**number)
    if metric_first:
        assert day(database)["ai_cost_nanousd"] == 1110
        database.execute_sql("UPDATE growth_metrics SET ai_cost_nanousd = 7")
    assert bot.put(f"{METRICS}/{DAY}", json={}).json["aiCostsUsd"] == 0.00111
    assert day(database)["ai_cost_nanousd"] == 1110


def test_a_new_cost_touches_its_own_day(bot: FlaskClient, database: Database) -> None:
    for date in (DAY, NEXT):
        bot.put(f"{METRICS}/{date}", json=FULL)
    backdate(database, TABLE)
    before, other = day(database), day(database, NEXT)
    record(1, f"{DAY}T12:00:00Z")
    cost = {"ai_cost_nanousd": 210, "ai_costs": pytest.approx(0.00021), "updated_at": just_now()}
    assert changes(before, day(database)) == cost
    record(2, f"{DAY}T12:00:00Z", billed_nanousd=0)
    bot.put(f"{METRICS}/{DAY}", json={})
    assert day(database)["ai_cost_nanousd"] == 210
    assert day(database, NEXT) == other


def test_a_free_call_is_a_known_cost_and_an_unpriced_one_is_none(bot: FlaskClient, database: Database) -> None:
    bot.put(f"{METRICS}/{DAY}", json={})
    record(1, f"{DAY}T12:00:00Z", billed_nanousd=None)
    assert day(database)["ai_cost_nanousd"] is None
    record(2, f"{DAY}T12:00:00Z", billed_nanousd=0)
    assert day(database)["ai_cost_nanousd"] == 0


def test_a_cost_that_was_adopted_with_its_day_stays(bot: FlaskClient, database: Database) -> None:
    bot.put(f"{METRICS}/{DAY}", json={})
    database.execute_sql("UPDATE growth_metrics SET ai_cost_nanousd = 7")
    assert bot.put(f"{METRICS}/{DAY}", json={}).json["aiCostsUsd"] == 0.000007
    db.batch([metrics.add_cost(3, int(dt.datetime.fromisoformat(f"{DAY}T00:00:00Z").timestamp()))])
    assert day(database)["ai_cost_nanousd"] == 10


def test_a_day_of_another_ledger_row_is_not_this_ones(bot: FlaskClient) -> None:
    bot.post(LEDGER, json=call(createdAt=f"{NEXT}T00:00:00Z"))
    assert bot.put(f"{METRICS}/{DAY}", json={}).json["aiCostsUsd"] is None
    assert bot.put(f"{METRICS}/{NEXT}", json={}).json["aiCostsUsd"] == 0.00021
