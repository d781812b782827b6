"""Every column of a day, and its cost: what the ledger has from its first second to its last."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.ledger import generations
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from tests.conftest import caught_up
from tests.growth_service.conftest import LEDGER, backdate, call, changes, just_now, stored

NO_COST = {"ai_cost_nanousd": None, "ai_cost_microusd": None}
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


def day(database: LibsqlDatabase, date: str = DAY) -> dict[str, Any]:
    return stored(database, TABLE, date, "date")


def test_a_day_becomes_a_row(bot: FlaskClient, database: LibsqlDatabase) -> None:
    response = bot.put(f"{METRICS}/{DAY}", json=FULL)
    row = day(database)
    times = {"created_at": just_now(), "updated_at": just_now()}
    assert row == COLUMNS | times | {"id": row["id"], "date": DAY, "ai_costs": None} | NO_COST
    assert {name: response.json[name] for name in FULL} == FULL
    assert (response.json["date"], response.json["aiCostsUsd"]) == (DAY, None)


@pytest.mark.parametrize(("field", "column"), list(zip(FULL, COLUMNS, strict=True)))
@pytest.mark.parametrize("value", [0, None])
def test_a_field_changes_its_column_alone(
    bot: FlaskClient, database: LibsqlDatabase, field: str, column: str, value: int | None
) -> None:
    for date in (DAY, NEXT):
        bot.put(f"{METRICS}/{date}", json=FULL)
    backdate(database, TABLE)
    before, other = day(database), day(database, NEXT)
    assert bot.put(f"{METRICS}/{DAY}", json={field: value}).json[field] == value
    assert changes(before, day(database)) == {column: value, "updated_at": just_now()}
    assert day(database, NEXT) == other


def test_the_times_of_a_day_are_shown(bot: FlaskClient, database: LibsqlDatabase) -> None:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    bot.put(f"{METRICS}/{today}", json={})
    database.execute_sql("UPDATE growth_metrics SET created_at = 0, updated_at = 1, ai_cost_nanousd = 1500000000")
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
    """An AI call of 0.00021 dollars, at this time."""
    item: Any = {
        "request_id": f"call-{number}", "purpose": "p", "model": "m", "success": True, "billed_nanousd": 210_000,
    }  # fmt: skip
    caught_up()
    generations.record([item | more], dt.datetime.fromisoformat(when), Once("service:bot"))


def shown(bot: FlaskClient, date: str = DAY) -> Any:
    """What a day costs, by all that shows it."""
    cost = bot.get(f"{METRICS}/{date}").json["aiCostsUsd"]
    listed = [metric["aiCostsUsd"] for metric in bot.get(METRICS).json["metrics"] if metric["date"] == date]
    assert listed == [cost]
    return cost


@pytest.mark.parametrize("metric_first", [True, False])
def test_a_day_costs_what_the_ledger_has_from_midnight_to_midnight(
    bot: FlaskClient, database: LibsqlDatabase, metric_first: bool
) -> None:
    if metric_first:
        bot.put(f"{METRICS}/{DAY}", json=FULL)
    before = day(database) if metric_first else {}
    for number, time in enumerate(
        ("2026-11-21T23:59:59Z", f"{DAY}T00:00:00Z", f"{DAY}T12:00:00Z", f"{DAY}T23:59:59Z", f"{NEXT}T00:00:00Z")
    ):
        record(number, time, billed_nanousd=10**number)
    if metric_first:
        assert day(database) == before  # recording a call touches no day
        assert shown(bot) == 0.00000111
    assert bot.put(f"{METRICS}/{DAY}", json={}).json["aiCostsUsd"] == shown(bot) == 0.00000111


def test_other_readers_of_the_table_find_the_cost_as_of_the_last_change(
    bot: FlaskClient, database: LibsqlDatabase
) -> None:
    for date in (DAY, NEXT):
        bot.put(f"{METRICS}/{date}", json=FULL)
    record(1, f"{DAY}T12:00:00Z", billed_nanousd=1_234_500)
    other = day(database, NEXT)
    bot.put(f"{METRICS}/{DAY}", json={})
    copied = {"ai_cost_nanousd": 1_234_500, "ai_cost_microusd": 1235, "ai_costs": pytest.approx(0.001235)}
    row = day(database)
    assert row == row | copied
    assert day(database, NEXT) == other
    record(2, f"{DAY}T12:00:00Z", billed_nanousd=499)
    assert shown(bot) == 0.001234999
    assert day(database) == row


def test_a_free_call_is_a_known_cost_and_an_unpriced_one_is_none(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.put(f"{METRICS}/{DAY}", json={})
    record(1, f"{DAY}T12:00:00Z", billed_nanousd=None)
    assert shown(bot) is None
    record(2, f"{DAY}T12:00:00Z", billed_nanousd=0)
    assert shown(bot) == 0


def test_a_cost_that_was_adopted_with_its_day_counts_until_the_ledger_knows_one(
    bot: FlaskClient, database: LibsqlDatabase
) -> None:
    bot.put(f"{METRICS}/{DAY}", json={})
    database.execute_sql("UPDATE growth_metrics SET ai_cost_microusd = 7")  # as a release before writes it
    assert day(database)["ai_cost_nanousd"] == 7000
    record(1, f"{DAY}T12:00:00Z", billed_nanousd=None)
    assert bot.put(f"{METRICS}/{DAY}", json={}).json["aiCostsUsd"] == shown(bot) == 0.000007
    assert (day(database)["ai_cost_microusd"], day(database)["ai_cost_nanousd"]) == (7, 7000)
    record(2, f"{DAY}T12:00:00Z", billed_nanousd=3000)
    assert shown(bot) == 0.000003
    assert day(database)["ai_cost_nanousd"] == 7000


def test_a_day_of_another_ledger_row_is_not_this_ones(bot: FlaskClient) -> None:
    bot.post(LEDGER, json=call(createdAt=f"{NEXT}T00:00:00Z"))
    assert bot.put(f"{METRICS}/{DAY}", json={}).json["aiCostsUsd"] is None
    assert bot.put(f"{METRICS}/{NEXT}", json={}).json["aiCostsUsd"] == 0.00021
