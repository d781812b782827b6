"""A call in the ledger costs each budget that it belongs to, once, whoever recorded it and whatever was held for it."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.ledger import generations
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from tests.growth_service.conftest import LEDGER, call, just_now, row_count, stored
from tests.growth_service.spending.conftest import (
    BUDGETS,
    HOLDS,
    Clock,
    balance,
    differences,
    hold,
    put,
    settle,
    spend,
)


@pytest.fixture(autouse=True)
def balances_agree(database: LibsqlDatabase) -> Any:
    """After each of these, the balances are what the facts say."""
    yield
    assert differences() == []


def shown(bot: FlaskClient, name: str = "all") -> dict[str, Any]:
    document: dict[str, Any] = bot.get(f"{BUDGETS}/{name}").json
    return document


def test_a_call_settles_its_hold_once(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    made = hold(bot, 0.6).json
    first, again = spend(bot, 0.25), spend(bot, 0.25)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json == again.json
    assert stored(database, "ai_hold_resolutions", made["id"], "hold_id") == {
        "hold_id": made["id"], "kind": "settle", "actual_nanousd": 250_000_000, "posted_nanousd": 250_000_000,
        "overrun_nanousd": 0, "resolved_at": just_now(), "resolved_by": "generation",
    }  # fmt: skip
    assert balance(bot) == (0.25, 0, 0.75)


@pytest.mark.parametrize("actual", [0.25, 0.3])
def test_a_settlement_after_the_call_is_what_it_was(bot: FlaskClient, budget: Any, actual: float) -> None:
    made = hold(bot, 0.6).json
    spend(bot, 0.25)
    settled = settle(bot, made["id"], actual)
    assert (settled.status_code, settled.json["actualUsd"], settled.json["resolvedBy"]) == (200, 0.25, "generation")
    refused = bot.delete(f"{HOLDS}/{made['id']}")
    assert (refused.status_code, refused.json["resolution"], refused.json["actualUsd"]) == (409, "settled", 0.25)
    assert balance(bot) == (0.25, 0, 0.75)


def test_a_call_after_the_settlement_is_counted_by_it(bot: FlaskClient, approver: FlaskClient, budget: Any) -> None:
    put(approver, "drafts", 2, purpose="reply_draft")
    settle(bot, hold(bot, 0.6).json["id"], 0.2)
    spend(bot, 0.25)
    assert balance(bot) == (0.2, 0, 0.8)
    assert balance(bot, "drafts") == (0.25, 0, 1.75)  # which held nothing for it


def test_what_costs_more_than_was_held_is_counted_whole(bot: FlaskClient, budget: Any) -> None:
    made = hold(bot, 0.6).json
    spend(bot, 3.5)
    ended = bot.get(f"{HOLDS}/{made['id']}").json
    assert (ended["state"], ended["postedUsd"], ended["overrunUsd"]) == ("settled", 3.5, 2.9)
    assert balance(bot) == (3.5, 0, 0)


def test_a_call_counts_where_its_purpose_does(bot: FlaskClient, approver: FlaskClient, budget: Any) -> None:
    put(approver, "drafts", 1, purpose="reply_draft", period="day")
    put(approver, "other", 1, purpose="explanation")
    spend(bot, 0.25, 1)
    spend(bot, 0.5, 2, purpose="explanation")
    assert [balance(bot, name)[0] for name in ("all", "drafts", "other")] == [0.75, 0.25, 0.5]


def test_one_call_may_hold_in_two_budgets(bot: FlaskClient, approver: FlaskClient, budget: Any) -> None:
    put(approver, "drafts", 1, purpose="reply_draft", period="day")
    put(approver, "third", 1)
    ids = [hold(bot, 0.5).json["id"], hold(bot, 0.5, budget="drafts").json["id"]]
    settle(bot, ids[1], 0.4)
    spend(bot, 0.3)
    assert [balance(bot, name)[:2] for name in ("all", "drafts", "third")] == [(0.3, 0), (0.4, 0), (0.3, 0)]


def test_a_hold_in_a_budget_of_another_purpose_is_settled_there(
    bot: FlaskClient, approver: FlaskClient, budget: Any
) -> None:
    put(approver, "other", 1, purpose="explanation")
    hold(bot, 0.5, budget="other")
    spend(bot, 0.3)
    assert (balance(bot)[:2], balance(bot, "other")[:2]) == ((0.3, 0), (0.3, 0))


def test_a_call_after_its_hold_has_expired_is_counted(
    bot: FlaskClient, budget: Any, database: LibsqlDatabase, later: Clock
) -> None:
    made = hold(bot, 0.6).json
    later(61)
    spend(bot, 0.25)
    ended = bot.get(f"{HOLDS}/{made['id']}").json
    assert (ended["state"], ended["postedUsd"], ended["resolvedBy"]) == ("expired", 0, "time")
    assert stored(database, "ai_hold_resolutions", made["id"], "hold_id")["kind"] == "expire"
    assert balance(bot) == (0.25, 0, 0.75)


def test_a_call_in_the_last_second_settles(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    for request, late in (("in-time", -1), ("late", 0)):
        made = stored(database, "ai_holds", hold(bot, 0.1, request).json["id"])
        at = dt.datetime.fromtimestamp(made["expires_at"] + late, dt.UTC)
        one: generations.Call = {"request_id": request, "purpose": "p", "model": "m", "success": True}
        generations.record([{**one, "billed_nanousd": 1000}], at, Once(""))
        kind = stored(database, "ai_hold_resolutions", made["id"], "hold_id")["kind"]
        assert kind == ("settle" if late else "expire")
    assert row_count(database, "ai_open_holds") == 0


def test_a_call_after_its_hold_was_released_is_counted(bot: FlaskClient, budget: Any) -> None:
    bot.delete(f"{HOLDS}/{hold(bot, 0.6).json['id']}")
    spend(bot, 0.25)
    assert balance(bot) == (0.25, 0, 0.75)


def test_nothing_is_held_for_a_call_that_was_made(bot: FlaskClient, budget: Any) -> None:
    spend(bot, 0.25)
    refused = hold(bot, 0.25)
    assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert refused.json["detail"].startswith("a call with this requestId has been recorded already")
    assert balance(bot) == (0.25, 0, 0.75)


def test_an_unknown_price_gives_back_what_was_held(bot: FlaskClient, budget: Any) -> None:
    made = hold(bot, 0.6).json
    spend(bot, None)
    ended = bot.get(f"{HOLDS}/{made['id']}").json
    assert (ended["state"], ended["actualUsd"], ended["resolvedBy"]) == ("released", None, "generation")
    assert balance(bot) == (0, 0, 1)
    assert (shown(bot)["unpriced"], shown(bot)["uncovered"]) == (1, 1)


def test_a_budget_that_fails_closed_keeps_what_was_held_for_an_unknown_price(
    bot: FlaskClient, approver: FlaskClient
) -> None:
    put(approver, failClosed=True)
    made = hold(bot, 0.6).json
    spend(bot, None)
    ended = bot.get(f"{HOLDS}/{made['id']}").json
    assert (ended["state"], ended["actualUsd"], ended["postedUsd"], ended["overrunUsd"]) == ("settled", None, 0.6, 0)
    assert balance(bot) == (0.6, 0, 0.4)
    assert (shown(bot)["unpriced"], shown(bot)["uncovered"]) == (1, 0)
    assert hold(bot, 0.4, "b").status_code == 201  # what it may have cost is posted


def test_a_budget_that_fails_closed_stops_behind_an_unknown_price_for_which_nothing_was_held(
    bot: FlaskClient, approver: FlaskClient
) -> None:
    put(approver, failClosed=True)
    spend(bot, None)
    refused = hold(bot, 0, "b")
    assert (refused.status_code, refused.json["code"], refused.json["uncovered"]) == (409, "BUDGET_EXCEEDED", 1)
    assert refused.json["detail"].startswith("the budget fails closed, and has 1 calls of unknown price")
    put(approver, failClosed=False)
    assert hold(bot, 0, "b").status_code == 201


def test_an_unknown_price_with_a_settled_hold_is_covered(bot: FlaskClient, approver: FlaskClient) -> None:
    put(approver, failClosed=True)
    settle(bot, hold(bot, 0.6).json["id"], 0.1)
    spend(bot, None)
    assert balance(bot) == (0.1, 0, 0.9)
    assert (shown(bot)["unpriced"], shown(bot)["uncovered"]) == (1, 0)


def test_a_free_call_is_no_unknown_price(bot: FlaskClient, budget: Any) -> None:
    spend(bot, 0)
    assert (balance(bot), shown(bot)["unpriced"]) == ((0, 0, 1), 0)


def test_what_a_release_before_records_counts(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    made = hold(bot, 0.6).json
    columns = "INSERT INTO ai_generation_log (purpose, model, request_id, cost_microusd, created_at) VALUES "
    database.execute_sql(columns + "('p', 'm', 'call-1', 250000, unixepoch())")
    database.execute_sql(columns + "('p', 'm', NULL, 100000, unixepoch())")
    database.execute_sql(columns + "('p', 'm', NULL, NULL, unixepoch())")
    assert bot.get(f"{HOLDS}/{made['id']}").json["actualUsd"] == 0.25
    assert balance(bot) == (0.35, 0, 0.65)
    assert shown(bot)["unpriced"] == 1


def test_a_cost_that_no_call_has_is_unknown_and_never_breaks_a_sum(
    bot: FlaskClient, budget: Any, database: LibsqlDatabase
) -> None:
    columns = (
        "INSERT INTO ai_generation_log (purpose, model, created_at, cost_nanousd) VALUES ('p', 'm', unixepoch(), ?)"
    )
    for cost in (-5, 2**63 - 1, 5_000_000_000_000_001):
        database.execute_sql(columns, (cost,))
    assert (balance(bot)[0], shown(bot)["unpriced"]) == (0, 3)
    database.execute_sql("UPDATE ai_budget_periods SET posted_nanousd = 8999999999999999999")
    spend(bot, 1000)
    assert balance(bot) == (9e9, 0, 0)  # where a balance stops
    database.execute_sql("UPDATE ai_budget_periods SET posted_nanousd = 1000000000000")


def test_a_call_counts_in_the_period_of_its_own_time(
    bot: FlaskClient, approver: FlaskClient, budget: Any, database: LibsqlDatabase
) -> None:
    put(approver, "daily", 1, period="day")
    columns = "INSERT INTO ai_generation_log (purpose, model, cost_nanousd, created_at) VALUES ('p', 'm', ?, ?)"
    starts = stored(database, "ai_budgets", "daily", "name")["counts_from"]
    now = dt.datetime.now(dt.UTC)
    midnight = int(now.replace(hour=0, minute=0, second=0).timestamp())
    database.execute_sql(columns, (1_000_000, midnight - 1))
    database.execute_sql(columns, (2_000_000, midnight))
    database.execute_sql(columns, (4_000_000, starts - 1))  # before the budget counts
    database.execute_sql(columns, (8_000_000, 253_402_300_800))  # a time that no calendar has
    assert balance(bot, "daily")[0] == 0.002
    first = dt.datetime.fromtimestamp(starts, dt.UTC).date().isoformat()[:7]
    earlier = database.execute_sql("SELECT count(*) FROM ai_budget_periods WHERE period < ?", (first,)).fetchone()
    assert earlier == (0,)
    yesterday = (now - dt.timedelta(days=1)).date().isoformat()
    of_yesterday = database.execute_sql(
        "SELECT posted_nanousd FROM ai_budget_periods WHERE budget = 'daily' AND period = ?", (yesterday,)
    ).fetchone()
    assert of_yesterday == (1_000_000,)


def test_a_list_of_calls_is_counted_one_by_one(bot: FlaskClient, budget: Any) -> None:
    hold(bot, 0.6, "call-2")
    calls = [call(number) | {"billedUsd": 0.1} for number in range(1, 4)]
    assert bot.post(LEDGER, json=calls).status_code == 201
    assert balance(bot) == (0.3, 0, 0.7)
