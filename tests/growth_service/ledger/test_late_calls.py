"""A call that is reported late has the time at which it was made, and the price of that time."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import LEDGER, call, just_now, stored

TABLE = "ai_generation_log"
O3 = {"model": "o3", "usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0}}


def at(seconds: float) -> str:
    """So many seconds from now, as a client in New York writes it."""
    moment = dt.datetime.now(dt.timezone(dt.timedelta(hours=-5))) + dt.timedelta(seconds=seconds)
    return moment.isoformat(timespec="seconds")


def test_the_price_in_force_then_counts(bot: FlaskClient, database: LibsqlDatabase) -> None:
    """o3 became cheaper by four fifths on 10 June 2025, UTC."""
    times = ("2025-06-09T23:59:59Z", "2025-06-10T00:00:00Z", "2025-06-09T23:30:00-01:00")
    calls = [call(number, createdAt=time, **O3) for number, time in enumerate(times)]
    rows = bot.post(LEDGER, json=calls).json["generations"]
    assert [row["costUsd"] for row in rows] == [10, 2, 2]
    assert [row["createdAt"] for row in rows] == [*times[:2], "2025-06-10T00:30:00Z"]
    kept = stored(database, TABLE, "call-0", "request_id")
    assert (kept["created_at"], kept["recorded_at"]) == (1_749_513_599, just_now())
    assert kept["cost_nanousd"] == 10_000_000_000


def test_without_a_time_it_was_made_now(bot: FlaskClient, database: LibsqlDatabase) -> None:
    row = bot.post(LEDGER, json=call()).json
    kept = stored(database, TABLE, 1)
    assert (kept["created_at"], kept["recorded_at"]) == (just_now(), just_now())
    assert row["recordedAt"] == row["createdAt"]
    assert bot.post(LEDGER, json=call(2, createdAt=None)).json["createdAt"][:10] == row["createdAt"][:10]


def test_it_is_counted_on_its_own_day(bot: FlaskClient) -> None:
    bot.post(LEDGER, json=call(createdAt=at(-10 * 86_400)))
    assert bot.get("/api/ai/costs?days=5").json["generations"] == 0
    assert bot.get("/api/ai/costs?days=15").json["generations"] == 1


@pytest.mark.parametrize("fine", ["2020-01-01T00:00:00Z", 0, 30])
def test_times_that_a_call_may_have(bot: FlaskClient, fine: Any) -> None:
    time = at(fine) if isinstance(fine, int) else fine
    row = bot.post(LEDGER, json=call(createdAt=time)).json
    assert dt.datetime.fromisoformat(row["createdAt"]) == dt.datetime.fromisoformat(time)


@pytest.mark.parametrize(
    "wrong",
    [
        120,
        86_400,
        "2019-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "2025-06-09T23:59:59",  # without a zone
        "2025-06-09",
        1_749_513_599.5,
        "now",
    ],
)
def test_times_that_no_call_has(bot: FlaskClient, wrong: Any) -> None:
    time = at(wrong) if isinstance(wrong, int) else wrong
    refused = bot.post(LEDGER, json=call(createdAt=time))
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["createdAt"])


def test_a_repeat_must_tell_the_same_time(bot: FlaskClient) -> None:
    first = bot.post(LEDGER, json=call(createdAt="2025-06-09T22:00:00Z"))
    again = bot.post(LEDGER, json=call(createdAt="2025-06-10T00:00:00+02:00"))  # the same moment
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert bot.post(LEDGER, json=call(createdAt="2025-06-09T22:00:01Z")).status_code == 409
