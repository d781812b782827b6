"""Releases run side by side: a call that one has recorded is the same call for the other, and so are its receipts."""

import hashlib
from typing import Any

import orjson
import peewee
import pytest
from flask.testing import FlaskClient

from growth_service import rebuild
from growth_service.ledger import calls
from growth_service.rebuild import ledger
from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import LEDGER, call, row_count, stored

TABLE = "ai_generation_log"


def digest_before(bill_microusd: int | None = None, **more: Any) -> str:
    """The digest of `call(1)` as the release before made it."""
    told: dict[str, Any] = {
        "request_id": "call-1",
        "purpose": "reply_draft",
        "provider": "openai",
        "model": "gpt-4o-mini-2024-07-18",
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
        "success": True,
    } | more
    if bill_microusd is not None:
        told["billed_microusd"] = bill_microusd
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def recorded_before(database: LibsqlDatabase, digest: str, cost_microusd: int | None, basis: str | None) -> None:
    database.execute_sql(
        f"""INSERT INTO {TABLE} (request_id, purpose, model, provider, prompt_tokens, completion_tokens, total_tokens,
            cost_microusd, cost_basis, digest, created_at)
        VALUES ('call-1', 'reply_draft', 'gpt-4o-mini-2024-07-18', 'openai', 1000, 100, 1100, ?, ?, ?, 1760000000)""",
        (cost_microusd, basis, digest),
    )


@pytest.mark.parametrize(
    ("bill", "micros", "cost"),
    [({}, None, 210), ({"billedUsd": 0.5}, 500_000, 500_000), ({"billedUsd": 0.0000125}, 13, 13)],
)
def test_what_the_release_before_has_recorded_is_the_same_call(
    bot: FlaskClient, database: LibsqlDatabase, bill: dict[str, Any], micros: int | None, cost: int
) -> None:
    recorded_before(database, digest_before(micros), cost, "billed" if bill else "usage")
    again = bot.post(LEDGER, json=call(**bill))
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.json["costUsd"] == cost / 1_000_000
    new = [again.json[name] for name in ("computedUsd", "billedUsd", "priceSource", "recordedAt", "serviceTier")]
    assert (new, again.json["warnings"]) == ([None] * 5, [])
    assert bot.post(LEDGER, json=call(**bill, purpose="another")).status_code == 409
    assert bot.post(LEDGER, json=call(billedUsd=0.7)).status_code == 409
    assert row_count(database, TABLE) == 1


def test_what_this_release_records_is_the_same_call_for_the_one_before(
    bot: FlaskClient, database: LibsqlDatabase
) -> None:
    bot.post(LEDGER, json=call(billedUsd=0.5))
    assert stored(database, TABLE, 1)["digest"] == digest_before(500_000)
    other = bot.post(LEDGER, json=call(2))
    assert other.status_code == 201
    assert stored(database, TABLE, 2)["digest"] == digest_before(request_id="call-2")


def test_bills_that_differ_by_a_nano_dollar_are_two(bot: FlaskClient) -> None:
    first = bot.post(LEDGER, json=call(billedUsd=0.000000001))
    assert first.json["costUsd"] == 1e-9
    assert bot.post(LEDGER, json=call(billedUsd=0.000000002)).status_code == 409
    assert bot.post(LEDGER, json=call(billedUsd=0)).status_code == 409
    assert bot.post(LEDGER, json=call(billedUsd=0.000000001)).headers["Idempotency-Replayed"] == "true"


def receipt_before(number: int, cost: int | None) -> dict[str, Any]:
    """A row as the release before put it into its receipts."""
    return {
        "id": number, "purpose": "p", "model": "gpt-4o-mini", "prompt_tokens": 10, "completion_tokens": 1,
        "total_tokens": 11, "cost_cents": None, "exam_id": None, "objective_id": None, "question_ids": "[3]",
        "tweet_id": None, "opportunity_id": None, "success": 1, "error_message": None, "generation_time_ms": None,
        "request_id": f"call-{number}", "user_id": None, "ip_address": None, "user_agent": None,
        "created_at": 1_760_000_000, "provider": "openai", "usage": None, "cost_microusd": cost,
        "cost_basis": None if cost is None else "usage", "digest": "d",
    }  # fmt: skip


@pytest.mark.parametrize(("cost", "dollars"), [(210, 0.00021), (0, 0), (None, None)])
def test_a_receipt_of_the_release_before_is_shown(
    bot: FlaskClient, database: LibsqlDatabase, cost: int | None, dollars: float | None
) -> None:
    key = {"Idempotency-Key": "k"}
    bot.post(LEDGER, json=call(), headers=key)
    for receipt in (receipt_before(1, cost), [receipt_before(1, cost)]):
        text = orjson.dumps(receipt).decode()
        database.execute_sql("UPDATE receipts SET receipt = ? WHERE key = 'k'", (text,))
        shown = bot.post(LEDGER, json=call(), headers=key)
        assert (shown.status_code, shown.headers["Idempotency-Replayed"]) == (201, "true")
        assert (shown.json["costUsd"], shown.json["questionIds"], shown.json["warnings"]) == (dollars, [3], [])
        assert [shown.json[name] for name in ("computedUsd", "billedUsd", "priceSource", "recordedAt")] == [None] * 4


def test_a_digest_is_of_what_was_told_and_not_of_what_was_left_out() -> None:
    told: calls.Call = {"request_id": "1", "purpose": "p", "model": "m", "success": True}
    assert calls.digest(told) == calls.digest({**told, "response_id": None, "billed_nanousd": None})
    assert calls.digest(told) != calls.digest({**told, "response_id": "r"})


def test_rows_of_a_release_before_are_written_once_in_nano_dollars_and_counted(
    bot: FlaskClient, database: LibsqlDatabase
) -> None:
    bot.post(LEDGER, json=call(1))
    rows = "(NULL, 'b', 7, '[5]'), (70, 'c', NULL, NULL), (NULL, 'd', -1, NULL)"
    database.execute_sql(
        f"""INSERT INTO {TABLE} (id, request_id, cost_microusd, question_ids, purpose, model)
            SELECT column1, column2, column3, column4, 'p', 'm' FROM (VALUES {rows})"""
    )
    written = f"SELECT id, request_id, cost_nanousd, cost_microusd, is_counted FROM {TABLE} ORDER BY id"
    assert database.execute_sql(written).fetchall() == [
        (1, "call-1", 210_000, 210, 1),
        (2, "b", 7_000, 7, 1),
        (70, "c", None, None, 1),
        (71, "d", None, -1, 1),
    ]
    assert row_count(database, "ai_generation_questions") == 1
    report = bot.get("/api/ai/costs").json
    assert (report["generations"], report["totalUsd"], report["unpriced"]) == (4, 0.000217, 2)
    assert list(rebuild.check(ledger.PARTS)) == []
    with pytest.raises(peewee.IntegrityError, match=f"{TABLE}.request_id"):
        database.execute_sql(f"INSERT INTO {TABLE} (request_id, purpose, model) VALUES ('b', 'p', 'm')")


def test_a_row_of_this_release_does_not_take_the_way_of_those_before(
    bot: FlaskClient, database: LibsqlDatabase
) -> None:
    """Which would write it twice."""
    database.execute_sql("DROP TRIGGER ai_generation_log_as_before")
    bot.post(LEDGER, json=call(1))
    assert database.execute_sql(f"SELECT is_counted FROM {TABLE}").fetchall() == [(1,)]
    assert bot.get("/api/ai/costs").json["generations"] == 1
