"""What a hold costs: so many statements, none of which walks a table that grows."""

from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from growth_service import alerts
from shared_schema.database import LibsqlDatabase
from tests.growth_service.plans import uses, walks
from tests.growth_service.spending.conftest import BUDGETS, HOLDS, Clock, hold, put, settle, spend
from tests.growth_service.test_statements import verbs

Plans = Callable[[Callable[[], Any]], dict[str, list[str]]]


@pytest.mark.only("file")  # a server tells nothing of the statements of a batch that was refused
def test_a_hold_and_its_end_are_one_batch_each(bot: FlaskClient, budget: Any, count_queries: Any) -> None:
    with count_queries() as queries:
        made = hold(bot, 0.1).json["id"]
    # that the budget exists, what has expired, that the call is new, the hold, that it is there, that it is this one,
    # the receipt
    assert verbs(queries) == ["SELECT", "INSERT", "SELECT", "INSERT", "SELECT", "SELECT", "SELECT"]
    with count_queries() as queries:
        settle(bot, made, 0.1)
    # that the hold exists, what has expired, the resolution, that it is this one, the receipt
    assert verbs(queries) == ["SELECT", "INSERT", "INSERT", "SELECT", "SELECT"]
    with count_queries() as queries:
        settle(bot, made, 0.2)
    # the same up to the refusal; what has expired, and the hold as it is
    assert verbs(queries)[-2:] == ["INSERT", "SELECT"]
    assert len(queries) == 6


@pytest.mark.only("file")  # the same
def test_a_refused_hold_is_two_batches(bot: FlaskClient, budget: Any, count_queries: Any) -> None:
    with count_queries() as queries:
        assert hold(bot, 2).status_code == 409
    # up to the refusal; what has expired, and the budget as it is
    assert verbs(queries) == ["SELECT", "INSERT", "SELECT", "INSERT", "SELECT", "INSERT", "SELECT"]


@pytest.mark.parametrize("url", [BUDGETS, f"{BUDGETS}/all"])
def test_budgets_are_one_read(bot: FlaskClient, budget: Any, count_queries: Any, url: str) -> None:
    with count_queries() as queries:
        bot.get(url)
    assert len(queries) == 1


def test_nothing_walks_the_holds_or_the_ledger(
    bot: FlaskClient, approver: FlaskClient, budget: Any, plans: Plans, later: Clock
) -> None:
    for number in range(3):
        hold(bot, 0.01, f"c-{number}", seconds=1)
    later(2)
    made: list[Any] = []
    planned = plans(lambda: made.append(hold(bot, 0.1)) or made[-1])
    assert walks(planned) == []
    assert uses(planned, "ai_open_holds_expiry (budget=? AND expires_at<?)")
    assert uses(planned, "ai_holds_request_id (request_id=? AND budget=?)")
    assert uses(planned, "sqlite_autoindex_ai_budget_periods_1 (budget=? AND period=?)")
    hold_id = made[0].json["id"]
    for action in (
        lambda: settle(bot, hold_id, 0.1),
        lambda: bot.get(f"{HOLDS}/{hold_id}"),
        lambda: spend(bot, 0.1, 7),
        lambda: bot.get(f"{BUDGETS}/all"),
        lambda: bot.get(BUDGETS),
    ):
        assert walks(plans(action)) == []
    listed = plans(lambda: bot.get(f"{BUDGETS}/all/holds"))
    assert uses(listed, "ai_holds_budget (budget=? AND id<?)")
    assert not uses(listed, "TEMP B-TREE")
    assert uses(
        plans(lambda: bot.get(f"{BUDGETS}/all/holds?state=open")), "ai_open_holds_listed (budget=? AND hold_id<?)"
    )
    assert uses(plans(lambda: put(approver, purpose="p")), "ai_generation_log_by_time (created_at>? AND created_at<?)")


def test_the_delivery_reads_what_is_due(database: LibsqlDatabase) -> None:

    plan = database.execute_sql(
        f"EXPLAIN QUERY PLAN {alerts._TAKE}", {"now": 1, "most": 1, "first": 1, "longest": 1, "limit": 1}
    ).fetchall()
    assert any("ai_budget_alerts_due (due_at<?)" in str(row) for row in plan)


@pytest.mark.only("server")  # which counts the rows that triggers look at
def test_an_old_budget_makes_no_call_dearer(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    spend(bot, 0.1, 1)
    young = rows_of_a_call(bot, 2)
    days = "WITH RECURSIVE d (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < 1000)"
    past = "INSERT INTO ai_budget_periods (budget, period) SELECT 'all', date('2020-01-01', n || ' days') FROM d"
    database.execute_sql(f"{days} {past}")
    assert rows_of_a_call(bot, 3) == young


def rows_of_a_call(bot: FlaskClient, number: int) -> int:
    with bot:
        spend(bot, 0.1, number)
        read: int = flask.g.use.rows_read
    return read
