"""A hold is admitted while the budget has it left, and ends once: settled, released or expired."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.spending import holds
from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import just_now, row_count, stored
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


def test_no_hold_goes_beyond_the_limit(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    assert hold(bot, 0.6, "a").status_code == 201
    refused = hold(bot, 0.400000001, "b")
    assert (refused.status_code, refused.json["code"]) == (409, "BUDGET_EXCEEDED")
    shown = {name: refused.json[name] for name in ("limitUsd", "postedUsd", "pendingUsd", "availableUsd", "uncovered")}
    assert shown == {"limitUsd": 1, "postedUsd": 0, "pendingUsd": 0.6, "availableUsd": 0.4, "uncovered": 0}
    assert refused.json["periodEndsAt"] == budget["periodEndsAt"]
    assert refused.json["detail"] == f"the budget has 0.400000000 US dollars left until {budget['periodEndsAt']}"
    assert row_count(database, "ai_holds") == 1
    assert hold(bot, 0.4, "b").status_code == 201  # to the last nano-dollar
    assert hold(bot, 0.000000001, "c").status_code == 409
    assert hold(bot, 0, "d").status_code == 201
    assert balance(bot) == (0, 1, 0)


def test_what_is_spent_counts_against_a_hold(bot: FlaskClient, budget: Any) -> None:
    spend(bot, 0.7)
    assert hold(bot, 0.300000001, "b").json["postedUsd"] == 0.7
    assert hold(bot, 0.3, "b").status_code == 201
    assert balance(bot) == (0.7, 0.3, 0)


def test_a_hold_says_all_of_itself(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    made = hold(bot, 0.25).json
    row = stored(database, "ai_holds", made["id"])
    assert row == {
        "id": made["id"], "budget": "all", "request_id": "call-1", "amount_nanousd": 250_000_000,
        "created_at": just_now(), "expires_at": row["created_at"] + 60,
    }  # fmt: skip
    ended = ("actualUsd", "postedUsd", "overrunUsd", "resolvedAt", "resolvedBy")
    assert {name: made[name] for name in ("budget", "requestId", "amountUsd", "state", *ended)} == {
        "budget": "all", "requestId": "call-1", "amountUsd": 0.25, "state": "open", **dict.fromkeys(ended)
    }  # fmt: skip
    assert bot.get(f"{HOLDS}/{made['id']}").json == made
    assert bot.get(f"{HOLDS}/none").status_code == 404


def test_the_same_call_is_the_same_hold(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    first, again = hold(bot, 0.6), hold(bot, 0.6, seconds=999)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = hold(bot, 0.1)
    assert (other.status_code, other.json["detail"]) == (409, "this requestId has a hold of another amount")
    assert balance(bot) == (0, 0.6, 0.4)


def test_a_key_is_the_first_answer_again(bot: FlaskClient, budget: Any) -> None:
    key = {"Idempotency-Key": "k"}
    first = hold(bot, 0.6, **key)
    settle(bot, first.json["id"], 0.5)
    again = hold(bot, 0.6, **key)
    assert (again.status_code, again.json, again.headers["Idempotency-Replayed"]) == (201, first.json, "true")
    assert hold(bot, 0.5, **key).status_code == 409
    settled = [settle(bot, first.json["id"], 0.5, **{"Idempotency-Key": "s"}) for _ in range(2)]
    assert settled[0].json == settled[1].json
    assert settled[1].headers["Idempotency-Replayed"] == "true"
    assert balance(bot) == (0.5, 0, 0.5)


def test_settled_is_what_it_cost(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    made = hold(bot, 0.6).json
    settled = settle(bot, made["id"], 0.123456789)
    assert settled.status_code == 200
    assert stored(database, "ai_hold_resolutions", made["id"], "hold_id") == {
        "hold_id": made["id"], "kind": "settle", "actual_nanousd": 123_456_789, "posted_nanousd": 123_456_789,
        "overrun_nanousd": 0, "resolved_at": just_now(), "resolved_by": "client",
    }  # fmt: skip
    assert (settled.json["state"], settled.json["actualUsd"]) == ("settled", 0.123456789)
    assert balance(bot) == (0.123456789, 0, 0.876543211)
    assert row_count(database, "ai_open_holds") == 0
    assert differences() == []


def test_an_overrun_is_posted_whole_and_told(bot: FlaskClient, budget: Any) -> None:
    made = hold(bot, 0.6).json
    settled = settle(bot, made["id"], 1.75).json
    assert (settled["postedUsd"], settled["overrunUsd"], settled["resolvedBy"]) == (1.75, 1.15, "client")
    assert balance(bot) == (1.75, 0, 0)
    assert hold(bot, 0, "b").status_code == 409  # what is spent cannot be held again


def test_released_is_nothing(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    made = hold(bot, 0.6).json
    released = bot.delete(f"{HOLDS}/{made['id']}")
    assert (released.status_code, released.json["state"], released.json["actualUsd"]) == (200, "released", None)
    assert stored(database, "ai_hold_resolutions", made["id"], "hold_id")["posted_nanousd"] == 0
    assert balance(bot) == (0, 0, 1)


def test_the_second_resolution_is_told_the_first(bot: FlaskClient, budget: Any, later: Clock) -> None:
    settled, released, expired = (hold(bot, 0.1, name).json["id"] for name in "abc")
    first, gone = settle(bot, settled, 0.05), bot.delete(f"{HOLDS}/{released}")
    assert settle(bot, settled, 0.05).json == first.json  # the same report
    assert bot.delete(f"{HOLDS}/{released}").json == gone.json
    later(61)
    for again in (settle(bot, settled, 0.06), bot.delete(f"{HOLDS}/{settled}")):
        assert (again.status_code, again.json["code"]) == (409, "CONFLICT")
        assert (again.json["resolution"], again.json["actualUsd"]) == ("settled", 0.05)
    for again in (settle(bot, released, 0.05), hold(bot, 0.1, "b")):
        assert (again.status_code, again.json["resolution"], again.json["actualUsd"]) == (409, "released", None)
    for again in (settle(bot, expired, 0.05), bot.delete(f"{HOLDS}/{expired}"), hold(bot, 0.1, "c")):
        assert (again.status_code, again.json["resolution"]) == (409, "expired")
    assert settle(bot, "none", 1).status_code == 404
    assert bot.delete(f"{HOLDS}/none").status_code == 404
    assert balance(bot) == (0.05, 0, 0.95)


def test_after_expiry_nothing_leaks(bot: FlaskClient, budget: Any, database: LibsqlDatabase, later: Clock) -> None:
    made = hold(bot, 1, "a").json
    later(30)
    assert hold(bot, 0.5, "b").status_code == 409
    later(61)
    assert balance(bot) == (0, 0, 1)  # seen before anything has written it down
    assert row_count(database, "ai_hold_resolutions") == 0
    shown = bot.get(f"{HOLDS}/{made['id']}").json
    assert (shown["state"], shown["resolvedAt"], shown["resolvedBy"]) == ("expired", made["expiresAt"], "time")
    assert bot.get(f"{BUDGETS}/all/holds?state=open").json["holds"] == []
    assert hold(bot, 1, "b").status_code == 201
    assert stored(database, "ai_hold_resolutions", made["id"], "hold_id") == {
        "hold_id": made["id"], "kind": "expire", "actual_nanousd": None, "posted_nanousd": 0, "overrun_nanousd": 0,
        "resolved_at": just_now(61), "resolved_by": "time",
    }  # fmt: skip
    assert balance(bot) == (0, 1, 0)
    assert differences() == []


def test_a_hold_expires_at_its_second(bot: FlaskClient, budget: Any, database: LibsqlDatabase) -> None:
    made = stored(database, "ai_holds", hold(bot, 1).json["id"])
    assert holds.get(made["id"], made["expires_at"] - 1)["state"] == "open"
    assert holds.get(made["id"], made["expires_at"])["state"] == "expired"


def test_what_was_refused_leaves_the_expired_resolved(
    bot: FlaskClient, budget: Any, database: LibsqlDatabase, later: Clock
) -> None:
    hold(bot, 1, "a")
    later(61)
    assert hold(bot, 2, "b").json["pendingUsd"] == 0
    assert row_count(database, "ai_hold_resolutions") == 1
    assert row_count(database, "ai_open_holds") == 0


def test_each_budget_has_its_own_holds(bot: FlaskClient, approver: FlaskClient, budget: Any) -> None:
    put(approver, "drafts", 0.5, purpose="reply_draft", period="day")
    assert hold(bot, 0.5).status_code == 201
    assert hold(bot, 0.5, budget="drafts").status_code == 201
    assert hold(bot, 0.5, "b", budget="drafts").status_code == 409
    assert (balance(bot), balance(bot, "drafts")) == ((0, 0.5, 0.5), (0, 0.5, 0))
    assert hold(bot, 0.5, budget="none").status_code == 404


def test_holds_are_listed_latest_first(bot: FlaskClient, approver: FlaskClient, budget: Any, later: Clock) -> None:
    put(approver, "other")
    ids = []
    for number in range(5):
        later(number)
        ids.append(hold(bot, 0.1, f"c-{number}").json["id"])
    hold(bot, 0.1, "c-0", "other")
    settle(bot, ids[3], 0.1)
    first = bot.get(f"{BUDGETS}/all/holds?limit=2").json
    assert [one["id"] for one in first["holds"]] == [ids[4], ids[3]]
    second = bot.get(f"{BUDGETS}/all/holds?limit=3&after={first['next']}").json
    assert [one["id"] for one in second["holds"]] == [ids[2], ids[1], ids[0]]
    listed = bot.get(f"{BUDGETS}/all/holds?state=open&limit=2").json
    assert [one["id"] for one in listed["holds"]] == [ids[4], ids[2]]
    listed = bot.get(f"{BUDGETS}/all/holds?state=open&after={listed['next']}").json
    assert [one["id"] for one in listed["holds"]] == [ids[1], ids[0]]
    assert listed["next"] is None
    assert bot.get(f"{BUDGETS}/none/holds").status_code == 404
    assert bot.get(f"{BUDGETS}/all/holds?state=settled").status_code == 422


@pytest.mark.parametrize("table", ["ai_holds", "ai_hold_resolutions"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_holds_and_resolutions_stay_as_they_were_written(
    bot: FlaskClient, budget: Any, database: LibsqlDatabase, table: str, verb: str
) -> None:
    settle(bot, hold(bot, 0.6).json["id"], 0.5)
    column = {"ai_holds": "amount_nanousd", "ai_hold_resolutions": "posted_nanousd"}[table]
    with pytest.raises(Exception, match=f"{table}: rows stay as they were written"):
        database.execute_sql(verb.format(table, column, column))
    assert balance(bot) == (0.5, 0, 0.5)


@pytest.mark.parametrize(
    "body",
    [
        {"amountUsd": -1}, {"amountUsd": 1_000_001}, {"amountUsd": "1"}, {"amountUsd": None},
        {"expiresInSeconds": 0}, {"expiresInSeconds": 604_801}, {"requestId": ""}, {"requestId": "x" * 256},
    ],
)  # fmt: skip
def test_what_cannot_be_held_is_named(bot: FlaskClient, budget: Any, database: LibsqlDatabase, body: Any) -> None:
    good = {"amountUsd": 0.1, "expiresInSeconds": 60, "requestId": "a"}
    response = bot.post(f"{BUDGETS}/all/holds", json=good | body)
    assert (response.status_code, list(response.json["errors"])) == (422, list(body))
    assert row_count(database, "ai_holds") == 0


@pytest.mark.parametrize("actual", [-0.1, 1_000_001, None, True])
def test_what_a_call_cannot_have_cost_is_named(bot: FlaskClient, budget: Any, actual: Any) -> None:
    made = hold(bot, 0.6).json
    response = settle(bot, made["id"], actual)
    assert (response.status_code, list(response.json["errors"])) == (422, ["actualUsd"])
    assert bot.get(f"{HOLDS}/{made['id']}").json["state"] == "open"
