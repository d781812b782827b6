"""A row per day: partial upserts, and AI costs from the ledger whatever comes first."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database
from tests.growth_service.conftest import LEDGER, audit_rows, call, row_count

METRICS = "/api/growth/metrics"


def test_a_day_is_logged_with_what_changes(bot: FlaskClient, database: Database) -> None:
    for figures in ({"followersCount": 100}, {"followersCount": 100}, {"followersCount": 101, "newFollowers": 1}):
        bot.put(f"{METRICS}/2026-11-22", json=figures)
    old, new = ({"followers_count": n, "new_followers": m} for n, m in ((100, None), (101, 1)))
    assert [
        (entry["action"], entry["entity_id"], entry["old_values"], entry["new_values"], entry["metadata"])
        for entry in audit_rows(database, "growth_metric")
    ] == [
        ("metric.put", "2026-11-22", None, {"followers_count": 100}, {"subject": "growth-bot"}),
        ("metric.put", "2026-11-22", old, new, {"subject": "growth-bot"}),
    ]


def test_only_what_is_sent_changes(bot: FlaskClient) -> None:
    first = bot.put(f"{METRICS}/2026-11-22", json={"followersCount": 100, "engagementRate": 0.031, "newFollowers": 5})
    again = bot.put(f"{METRICS}/2026-11-22", json={"newFollowers": 6, "engagementRate": None})
    assert (first.status_code, again.status_code) == (201, 200)
    stamps = {"createdAt", "updatedAt"}
    assert {name: value for name, value in again.json.items() if name not in stamps} == {
        "date": "2026-11-22",
        "followersCount": 100,
        "followingCount": None,
        "newFollowers": 6,
        "lostFollowers": None,
        "tweetsSent": None,
        "engagementsMade": None,
        "impressions": None,
        "profileVisits": None,
        "engagementRate": None,
        "aiCostsUsd": None,
    }


def test_an_empty_change_makes_an_empty_day(bot: FlaskClient) -> None:
    assert bot.put(f"{METRICS}/2026-11-22", json={}).status_code == 201
    assert bot.put(f"{METRICS}/2026-11-22", json={}).status_code == 200


@pytest.mark.parametrize("metric_first", [True, False])
def test_costs_come_from_the_ledger_whichever_is_first(bot: FlaskClient, metric_first: bool, today: str) -> None:
    def put() -> Any:
        return bot.put(f"{METRICS}/{today}", json={"tweetsSent": 1}).json

    if metric_first:
        assert put()["aiCostsUsd"] is None
    bot.post(LEDGER, json=[call(1), call(2), call(3, model="nobody-knows-it")])
    if metric_first:
        assert bot.get(METRICS).json["metrics"][0]["aiCostsUsd"] == 0.00042
    assert put()["aiCostsUsd"] == 0.00042
    bot.post(LEDGER, json=call(2))  # a repetition
    bot.post(LEDGER, json=call(4))
    assert bot.get(METRICS).json["metrics"][0]["aiCostsUsd"] == put()["aiCostsUsd"] == 0.00063


def test_a_day_has_its_own_costs_only(bot: FlaskClient, today: str) -> None:
    neighbours = [(dt.date.fromisoformat(today) + dt.timedelta(days=away)).isoformat() for away in (-1, 1)]
    for day in neighbours:
        bot.put(f"{METRICS}/{day}", json={})
    bot.post(LEDGER, json=call())
    for day in neighbours:
        assert bot.put(f"{METRICS}/{day}", json={}).json["aiCostsUsd"] is None
    assert bot.put(f"{METRICS}/{today}", json={}).json["aiCostsUsd"] == 0.00021


def test_unknown_prices_leave_the_day_unknown(bot: FlaskClient, today: str) -> None:
    bot.put(f"{METRICS}/{today}", json={})
    bot.post(LEDGER, json=call(model="nobody-knows-it"))
    assert bot.put(f"{METRICS}/{today}", json={}).json["aiCostsUsd"] is None


def test_the_days_of_a_week_newest_first(bot: FlaskClient, approver: FlaskClient, today: str) -> None:
    last = dt.date.fromisoformat(today)
    days = [(last - dt.timedelta(days=age)).isoformat() for age in (8, 7, 6, 3, 0)]
    for day in days:
        bot.put(f"{METRICS}/{day}", json={})
    shown = approver.get(f"{METRICS}?days=7").json
    assert [metric["date"] for metric in shown["metrics"]] == [days[4], days[3], days[2]]
    assert shown["next"] is None


@pytest.mark.parametrize(
    "wrong", ["2026-02-30", "2026-13-01", "20261122", "2026-W47-7", "today", "2026-1-1", "0000-01-01", "２026-11-22"]
)
def test_a_day_must_be_one_of_the_calendar(bot: FlaskClient, database: Database, wrong: str) -> None:
    response = bot.put(f"{METRICS}/{wrong}", json={"tweetsSent": 1})
    assert response.status_code == 422
    assert response.json["errors"] == {"date": ["Not a day of the calendar, like 2026-11-22."]}
    assert row_count(database, "growth_metrics") == 0
