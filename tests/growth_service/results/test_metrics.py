"""A row per day: partial upserts, AI costs from the ledger whatever comes first, which days there can be."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests.growth_service.conftest import LEDGER, audit_rows, call, row_count

METRICS = "/api/growth/metrics"


def rows(database: LibsqlDatabase, sql: str) -> list[dict[str, Any]]:
    return database.fetch([Statement(sql)], fresh=True)[0].rows


def test_a_day_is_logged_with_what_changes(bot: FlaskClient, database: LibsqlDatabase) -> None:
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
        "followersChange": None,
        "daysSincePrevious": None,
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
def test_a_day_must_be_one_of_the_calendar(bot: FlaskClient, database: LibsqlDatabase, wrong: str) -> None:
    response = bot.put(f"{METRICS}/{wrong}", json={"tweetsSent": 1})
    assert response.status_code == 422
    assert response.json["errors"] == {"date": ["Not a day of the calendar, like 2026-11-22."]}
    assert row_count(database, "growth_metrics") == 0


def after(today: str, days: int) -> str:
    return (dt.date.fromisoformat(today) + dt.timedelta(days=days)).isoformat()


@pytest.mark.parametrize("ahead", [2, 30])
def test_no_day_is_more_than_one_ahead(bot: FlaskClient, database: LibsqlDatabase, today: str, ahead: int) -> None:
    for day in (after(today, ahead), "9999-12-31"):
        response = bot.put(f"{METRICS}/{day}", json={"tweetsSent": 1})
        assert (response.status_code, response.json["errors"]) == (422, {"date": ["More than a day ahead."]})
    assert (row_count(database, "growth_metrics"), audit_rows(database, "growth_metric")) == (0, [])


def test_tomorrow_which_it_is_somewhere_heads_the_list_and_no_later_day_does(
    bot: FlaskClient, database: LibsqlDatabase, today: str
) -> None:
    for day in (today, after(today, 1)):
        assert bot.put(f"{METRICS}/{day}", json={}).status_code == 201
    for day in ("9999-12-31", after(today, 2)):  # from a release before
        database.execute_sql("INSERT INTO growth_metrics (date) VALUES (?)", (day,))
    shown = [metric["date"] for metric in bot.get(f"{METRICS}?days=1").json["metrics"]]
    assert shown == [after(today, 1), today]


def test_an_admin_takes_a_day_away_and_the_log_has_what_it_had(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase, today: str
) -> None:
    for day in (today, "2026-01-01"):
        bot.put(f"{METRICS}/{day}", json={"followersCount": 100, "engagementRate": 0.5})
    database.execute_sql("INSERT INTO growth_metrics (date, impressions) VALUES ('9999-12-31', 7)")
    assert bot.delete(f"{METRICS}/{today}").status_code == 403
    for day in (today, "9999-12-31"):
        assert approver.get(f"{METRICS}/{day}").status_code == 200
        assert approver.delete(f"{METRICS}/{day}").status_code == 204
        assert [approver.get(f"{METRICS}/{day}").status_code, approver.delete(f"{METRICS}/{day}").status_code] == [
            404
        ] * 2
    assert [row["date"] for row in rows(database, "SELECT date FROM growth_metrics")] == ["2026-01-01"]
    nothing = dict.fromkeys((
        "followers_count", "following_count", "new_followers", "lost_followers", "tweets_sent", "engagements_made",
        "impressions", "profile_visits", "engagement_rate",
    ))  # fmt: skip
    logged = [entry for entry in audit_rows(database, "growth_metric") if entry["action"] == "metric.delete"]
    assert [(entry["entity_id"], entry["old_values"], entry["new_values"], entry["user_id"]) for entry in logged] == [
        (today, nothing | {"followers_count": 100, "engagement_rate": 0.5}, None, 4),
        ("9999-12-31", nothing | {"impressions": 7}, None, 4),
    ]


def test_one_day_is_shown_as_the_list_shows_it(bot: FlaskClient, approver: FlaskClient, today: str) -> None:
    for day, count in ((after(today, -1), 100), (today, 90)):
        put = bot.put(f"{METRICS}/{day}", json={"followersCount": count}).json
    assert (put["followersChange"], put["daysSincePrevious"]) == (-10, 1)
    assert bot.get(f"{METRICS}/{today}").json == approver.get(METRICS).json["metrics"][0] == put
    assert approver.get(f"{METRICS}/2026-02-30").status_code == 404


def test_what_was_not_sent_follows_from_the_day_before(bot: FlaskClient, database: LibsqlDatabase, today: str) -> None:
    sent: list[tuple[int, dict[str, Any]]] = [
        (-9, {"followersCount": 100}),
        (-8, {"followersCount": 130}),
        (-7, {"followersCount": 120, "newFollowers": 7, "lostFollowers": 2}),  # what was sent goes first
        (-6, {"followersCount": 125, "newFollowers": 8}),  # one half is not enough
        (-4, {"followersCount": 150}),  # behind a gap
        (-3, {"tweetsSent": 1}),
        (-2, {"followersCount": 151}),  # the day before has a row, but no count
        (-1, {"newFollowers": 1, "lostFollowers": 3}),
    ]
    for age, figures in sent:
        bot.put(f"{METRICS}/{after(today, age)}", json=figures)
    listed = bot.get(METRICS).json["metrics"]
    assert [(metric["followersChange"], metric["daysSincePrevious"]) for metric in reversed(listed)] == [
        (None, None), (30, 1), (5, 1), (5, 1), (None, 2), (None, 1), (None, 1), (-2, 1),
    ]  # fmt: skip
    assert bot.get(f"{METRICS}?days=5").json["metrics"] == listed[:4]  # also what comes before the window is known
    unsent = "SELECT count(*) AS n FROM growth_metrics WHERE new_followers IS NOT NULL OR lost_followers IS NOT NULL"
    assert rows(database, unsent) == [{"n": 3}]


@pytest.mark.parametrize("count", [2**63 - 1, -(2**63)])
def test_a_count_that_cannot_be_has_no_change(
    bot: FlaskClient, database: LibsqlDatabase, today: str, count: int
) -> None:
    for age in (-1, 0):
        bot.put(f"{METRICS}/{after(today, age)}", json={"followersCount": 1})
    database.execute_sql("UPDATE growth_metrics SET followers_count = ? WHERE date = ?", (str(count), after(today, -1)))
    assert bot.get(METRICS).json["metrics"][0]["followersChange"] is None
