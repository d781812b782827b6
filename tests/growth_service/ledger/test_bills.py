"""A bill counts before what we compute, once, and only where a call can cost that much."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import prices
from shared_schema.database import LibsqlDatabase
from shared_schema.fields import NANO
from tests.growth_service.conftest import LEDGER, call, stored

TOKENS = {"prompt_tokens": 1000, "completion_tokens": 100}  # 210,000 nano-dollars of gpt-4o-mini
NO_AMOUNT = "The usage object's cost is not an amount of US dollars from 0 to 1,000,000."
NOT_TOLD = "The caller's own key was used, and the usage object does not tell what it was charged."
# A call through OpenRouter with the caller's own key: cost is a fee, which was waived.
OWN_KEY: dict[str, Any] = {
    "prompt_tokens": 9171,
    "completion_tokens": 113,
    "total_tokens": 9284,
    "cost": 0,
    "is_byok": True,
    "prompt_tokens_details": {"cached_tokens": 0},
    "cost_details": {
        "upstream_inference_cost": 0.0360795,
        "upstream_inference_prompt_cost": 0.0343845,
        "upstream_inference_completions_cost": 0.001695,
    },
    "completion_tokens_details": {"reasoning_tokens": 55},
}
UNKNOWN = {"provider": "openrouter", "model": "acme/not-in-any-book"}


def money(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["costUsd"], row["costBasis"], row["computedUsd"], row["billedUsd"], row["priceSource"]


@pytest.mark.parametrize("cost", [-5, -1e-9, 1e30, 9e12, 1_000_001, 1e308, True, "0.1", [0.1], {"total_cost": -1}])
def test_a_cost_that_no_call_has_is_no_bill(bot: FlaskClient, cost: Any) -> None:
    response = bot.post(LEDGER, json=[call(1), call(2, usage=TOKENS | {"cost": cost}), call(3, usage={"cost": cost})])
    assert response.status_code == 201
    _, known, unknown = response.json["generations"]
    assert money(known) == (0.00021, "usage", 0.00021, None, prices.BOOK)
    assert known["warnings"] == [NO_AMOUNT]
    assert money(unknown) == (None, None, None, None, None)
    assert NO_AMOUNT in unknown["warnings"]
    report = bot.get("/api/ai/costs")
    assert (report.status_code, report.json["totalUsd"], report.json["unpriced"]) == (200, 0.00042, 1)


def test_the_dearest_bill_is_a_bill(bot: FlaskClient, database: LibsqlDatabase) -> None:
    row = bot.post(LEDGER, json=call(usage=TOKENS | {"cost": 1_000_000})).json
    assert money(row) == (1_000_000, "billed", 0.00021, 1_000_000, "billed:usage")
    assert stored(database, "ai_generation_log", 1)["cost_nanousd"] == 1_000_000 * NANO
    assert bot.get("/api/ai/costs").json["totalUsd"] == 1_000_000


def test_bill_and_computed_price_stand_side_by_side(bot: FlaskClient, database: LibsqlDatabase) -> None:
    """Of OpenRouter's bill of 0.0160614 for what the book knows, 0.000176 was booked once."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "cost": 0.0160614, "is_byok": False}
    row = bot.post(LEDGER, json=call(usage=usage)).json
    assert money(row) == (0.0160614, "billed", 0.00021, 0.0160614, "billed:usage")
    assert row["warnings"] == []
    kept = stored(database, "ai_generation_log", 1)
    assert [kept[f"{name}_nanousd"] for name in ("cost", "computed", "billed")] == [16_061_400, 210_000, 16_061_400]
    assert kept["cost_microusd"] == 16_061


def test_the_clients_bill_goes_before_that_of_the_usage_object(bot: FlaskClient) -> None:
    row = bot.post(LEDGER, json=call(billedUsd=0.5, usage=TOKENS | {"cost": 0.25})).json
    assert money(row) == (0.5, "billed", 0.00021, 0.5, "billed:client")
    free = bot.post(LEDGER, json=call(2, billedUsd=0, usage=TOKENS | {"cost": 0.25})).json
    assert money(free) == (0, "billed", 0.00021, 0, "billed:client")


def test_with_a_key_of_the_callers_own_the_fee_and_the_upstream_cost_count(bot: FlaskClient) -> None:
    waived = bot.post(LEDGER, json=call(1, usage=OWN_KEY, **UNKNOWN)).json
    assert money(waived) == (0.0360795, "billed", None, 0.0360795, "billed:usage")
    fee = bot.post(LEDGER, json=call(2, usage=OWN_KEY | {"cost": 0.001803975}, **UNKNOWN)).json
    assert fee["costUsd"] == 0.037883475


def test_with_openrouters_key_the_upstream_cost_is_the_cost_again(bot: FlaskClient) -> None:
    usage = OWN_KEY | {"is_byok": False, "cost": 0.0360795}
    assert bot.post(LEDGER, json=call(usage=usage, **UNKNOWN)).json["costUsd"] == 0.0360795
    unsaid = {name: value for name, value in usage.items() if name != "is_byok"}
    assert bot.post(LEDGER, json=call(2, usage=unsaid, **UNKNOWN)).json["costUsd"] == 0.0360795


@pytest.mark.parametrize(
    "details", [None, {}, 7, {"upstream_inference_cost": None}, {"upstream_inference_cost": -1}, {"cost": 1}]
)
def test_a_fee_alone_is_no_bill(bot: FlaskClient, details: Any) -> None:
    row = bot.post(LEDGER, json=call(usage=OWN_KEY | {"cost": 0.01, "cost_details": details}, **UNKNOWN)).json
    assert money(row) == (None, None, None, None, None)
    assert NOT_TOLD in row["warnings"]


def test_fee_and_upstream_cost_are_within_the_bound_together(bot: FlaskClient) -> None:
    both = OWN_KEY | {"cost": 600_000, "cost_details": {"upstream_inference_cost": 600_000}}
    assert bot.post(LEDGER, json=call(usage=both, **UNKNOWN)).json["costUsd"] is None


@pytest.mark.parametrize("own_key", ["true", 1, [], {}])
def test_whose_key_it_was_must_be_clear(bot: FlaskClient, own_key: Any) -> None:
    row = bot.post(LEDGER, json=call(usage=OWN_KEY | {"is_byok": own_key, "cost": 0.01}, **UNKNOWN)).json
    assert row["costUsd"] is None
    assert "is_byok is neither true nor false" in row["warnings"][-1]


def test_perplexitys_bill_is_its_total(bot: FlaskClient) -> None:
    usage = TOKENS | {"cost": {"input_tokens_cost": 0.001, "request_cost": 0.005, "total_cost": 0.0062}}
    row = bot.post(LEDGER, json=call(provider="perplexity", model="sonar", usage=usage)).json
    assert money(row) == (0.0062, "billed", 0.0131, 0.0062, "billed:usage")


def test_ten_thousand_tiny_costs_add_up_to_the_last_nano(bot: FlaskClient) -> None:
    """20 tokens of an embedding cost 400 nano-dollars, less than a micro-dollar."""
    usage = {"prompt_tokens": 20, "total_tokens": 20}
    for start in range(0, 1_000, 100):
        tiny = [call(start + number, model="text-embedding-3-small", usage=usage) for number in range(100)]
        assert {row["costUsd"] for row in bot.post(LEDGER, json=tiny).json["generations"]} == {4e-7}
    assert bot.get("/api/ai/costs").json["totalUsd"] == 0.0004
