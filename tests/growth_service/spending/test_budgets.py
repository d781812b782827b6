"""A budget is a limit per day or month, with what is spent, what is held, and where it is going."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.spending import budgets
from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import audit_rows, backdate, changes, just_now, row_count, stored
from tests.growth_service.spending.conftest import (
    BUDGETS,
    Clock,
    balance,
    differences,
    hold,
    put,
    settle,
    spend,
)

NOON = int(dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC).timestamp())
_DAY = 86_400


def test_a_budget_is_created_and_changed(approver: FlaskClient, bot: FlaskClient, database: LibsqlDatabase) -> None:
    created = put(approver, "drafts", 12.5, purpose="reply_draft", failClosed=True)
    assert created.status_code == 201
    before = stored(database, "ai_budgets", "drafts", "name")
    assert before == {
        "name": "drafts", "period": "month", "limit_nanousd": 12_500_000_000, "purpose": "reply_draft",
        "fail_closed": 1, "counts_from": before["counts_from"], "created_at": just_now(), "updated_at": just_now(),
    }  # fmt: skip
    backdate(database, "ai_budgets")
    before |= {"created_at": 1000, "updated_at": 1000}
    changed = put(approver, "drafts", 2, period="day")
    assert (changed.status_code, changed.json["purpose"], changed.json["failClosed"]) == (200, "reply_draft", True)
    after = stored(database, "ai_budgets", "drafts", "name")
    assert changes(before, after) == {
        "period": "day", "limit_nanousd": 2_000_000_000, "updated_at": just_now(),
    }  # fmt: skip
    assert put(approver, "drafts", 2, period="day", purpose=None).json["purpose"] is None
    shown = bot.get(f"{BUDGETS}/drafts").json
    now = dt.datetime.now(dt.UTC)
    tomorrow = (now + dt.timedelta(days=1)).date()
    assert shown == changed.json | {"purpose": None, "updatedAt": shown["updatedAt"]}
    assert (shown["currentPeriod"], shown["periodStartsAt"]) == (now.date().isoformat(), f"{now.date()}T00:00:00Z")
    assert shown["periodEndsAt"] == f"{tomorrow}T00:00:00Z"


def test_changes_of_a_budget_are_logged(approver: FlaskClient, database: LibsqlDatabase) -> None:
    put(approver, "drafts", 12.5, purpose="reply_draft")
    put(approver, "drafts", 2)
    put(approver, "drafts", 2)  # nothing new
    first, second = audit_rows(database, "budget")
    for entry in (first, second):
        assert (entry["action"], entry["entity_id"], entry["user_id"]) == ("budget.put", "drafts", 4)
    terms = {"period": "month", "limit_nanousd": 12_500_000_000}
    assert (first.get("old_values"), first["new_values"]) == (None, terms | {"purpose": "reply_draft"})
    assert (second["old_values"], second["new_values"]) == (terms, terms | {"limit_nanousd": 2_000_000_000})


def test_budgets_are_listed_by_name(approver: FlaskClient, bot: FlaskClient) -> None:
    for name in ("b", "a", "c"):
        put(approver, name)
    first = bot.get(f"{BUDGETS}?limit=2").json
    assert [one["name"] for one in first["budgets"]] == ["a", "b"]
    second = approver.get(f"{BUDGETS}?limit=2&after={first['next']}").json
    assert ([one["name"] for one in second["budgets"]], second["next"]) == (["c"], None)
    assert second["budgets"][0] == bot.get(f"{BUDGETS}/c").json


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("B", {}, "budgetName"),
        ("a b", {}, "budgetName"),
        ("x" * 101, {}, "budgetName"),
        ("ok", {"limitUsd": -1}, "limitUsd"),
        ("ok", {"limitUsd": 1_000_001}, "limitUsd"),
        ("ok", {"limitUsd": None}, "limitUsd"),
        ("ok", {"period": "week"}, "period"),
        ("ok", {"purpose": ""}, "purpose"),
        ("ok", {"failClosed": None}, "failClosed"),
        ("ok", {"spentUsd": 1}, "spentUsd"),
    ],
)
def test_what_is_wrong_is_named(
    approver: FlaskClient, database: LibsqlDatabase, name: str, body: Any, field: str
) -> None:
    response = approver.put(f"{BUDGETS}/{name}", json={"period": "day", "limitUsd": 1} | body)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert row_count(database, "ai_budgets") == 0


def test_only_admins_set_limits_and_only_services_spend(approver: FlaskClient, bot: FlaskClient, budget: Any) -> None:
    assert put(bot).status_code == 403
    assert hold(approver, 0.1).status_code == 403
    assert bot.get(f"{BUDGETS}/none").status_code == 404
    assert approver.get(f"{BUDGETS}/all/holds").status_code == 200


def test_a_new_budget_knows_what_was_spent_before_it(bot: FlaskClient, approver: FlaskClient) -> None:
    spend(bot, 0.25)
    spend(bot, 0.5, 2, purpose="explanation")
    spend(bot, None, 3)
    created = put(approver, "all", 1).json
    assert (created["postedUsd"], created["unpriced"]) == (0.75, 1)
    assert put(approver, "drafts", 1, purpose="reply_draft", period="day").json["postedUsd"] == 0.25


def test_another_purpose_is_counted_anew(
    bot: FlaskClient, approver: FlaskClient, budget: Any, database: LibsqlDatabase
) -> None:
    spend(bot, 0.25)
    spend(bot, 0.5, 2, purpose="explanation")
    settle(bot, hold(bot, 0.2, "a").json["id"], 0.125)
    hold(bot, 0.1, "b")
    assert balance(bot) == (0.875, 0.1, 0.025)
    assert put(approver, purpose="explanation").json["postedUsd"] == 0.625  # and what it has settled itself
    assert balance(bot) == (0.625, 0.1, 0.275)
    assert differences() == []
    assert put(approver, purpose=None).json["postedUsd"] == 0.875
    assert put(approver, limit=2).json["postedUsd"] == 0.875


def test_another_period_has_its_own_balance_at_once(bot: FlaskClient, approver: FlaskClient, budget: Any) -> None:
    spend(bot, 0.25)
    hold(bot, 0.1, "a")
    changed = put(approver, period="day").json
    assert (changed["postedUsd"], changed["pendingUsd"]) == (0.25, 0.1)


def test_a_new_period_begins_with_nothing_and_a_hold_stays_in_its_own(
    bot: FlaskClient, approver: FlaskClient, later: Clock, database: LibsqlDatabase
) -> None:
    put(approver, period="day")
    made = hold(bot, 0.9, seconds=3 * _DAY).json
    assert hold(bot, 0.9, "b").status_code == 409
    later(2 * _DAY)
    assert balance(bot) == (0, 0, 1)
    assert hold(bot, 0.9, "b").status_code == 201
    settle(bot, made["id"], 0.5)
    assert balance(bot) == (0, 0.9, 0.1)  # what was settled belongs to the day of the hold
    today = dt.datetime.now(dt.UTC).date().isoformat()
    row = stored(database, "ai_budget_periods", today, "period")
    assert (row["posted_nanousd"], row["pending_nanousd"]) == (500_000_000, 0)


@pytest.mark.parametrize("period", ["day", "month"])
def test_the_forecast_is_posted_and_the_mean_of_seven_days_for_the_time_left(
    database: LibsqlDatabase, period: str
) -> None:
    add = "INSERT INTO ai_budgets (name, period, limit_nanousd, created_at, updated_at) VALUES ('all', ?, 0, 0, 0)"
    database.execute_sql(add, (period,))
    add = "INSERT INTO ai_budget_periods (budget, period, posted_nanousd) VALUES (?, ?, ?)"
    for day, posted in (("18", 10**12), ("19", 700), ("25", 7000), ("26", 10**6)):  # the 18th is too long ago
        database.execute_sql(add, ("all", f"2026-11-{day}", posted))
    database.execute_sql(add, ("all", "2026-11", 5_000_000))
    database.execute_sql(add, ("other", "2026-11-25", 10**12))
    forecast = budgets.get("all", NOON)["forecast_nanousd"]
    assert forecast == (10**6 + 1100 // 2 if period == "day" else 5_000_000 + 1100 * 4 + 1100 // 2)


def test_the_forecast_reads_days_across_the_end_of_a_month(database: LibsqlDatabase) -> None:
    database.execute_sql(
        "INSERT INTO ai_budgets (name, period, limit_nanousd, created_at, updated_at) VALUES ('all', 'month', 0, 0, 0)"
    )
    add = "INSERT INTO ai_budget_periods (budget, period, posted_nanousd) VALUES ('all', ?, ?)"
    for key, posted in (("2026-11-30", 7000), ("2026-11", 10**12), ("2026-12", 10**9), ("2026-12-01", 700)):
        database.execute_sql(add, (key, posted))
    third = int(dt.datetime(2026, 12, 3, tzinfo=dt.UTC).timestamp())
    assert budgets.get("all", third)["forecast_nanousd"] == 10**9 + 1100 * 29


def test_a_limit_of_nothing_admits_nothing(bot: FlaskClient, approver: FlaskClient) -> None:
    put(approver, "all", 0)
    assert hold(bot, 0.000000001).status_code == 409
    assert hold(bot, 0).status_code == 201
