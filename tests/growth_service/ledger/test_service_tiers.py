"""A call has the price of the service tier that served it; of a tier without a known price, none."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import prices
from growth_service.prices import Call
from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import LEDGER, call, stored

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
BEFORE = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)  # before the book has prices of tiers
CLAUDE: dict[str, Any] = {
    "input_tokens": 9,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
    "output_tokens": 25,
}
MINI: dict[str, Any] = {
    "input_tokens": 2000,
    "input_tokens_details": {"cached_tokens": 1000},
    "output_tokens": 500,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 2500,
}
BATCHED = {"provider": "anthropic", "model": "claude-opus-4-6", "usage": CLAUDE | {"service_tier": "batch"}}
NOT_KNOWN = "The price of the service tier {} is not known."


def nanos(model: str, provider: str, usage: dict[str, Any], tier: str | None = None, when: dt.datetime = NOW) -> Any:
    return prices.price(Call(model, provider, usage, service_tier=tier), when).computed_nanousd


def test_a_batch_of_anthropic_costs_half(bot: FlaskClient, database: LibsqlDatabase) -> None:
    row = bot.post(LEDGER, json=call(**BATCHED)).json
    assert (row["costUsd"], row["costBasis"], row["serviceTier"], row["warnings"]) == (0.000335, "usage", "batch", [])
    second = BATCHED | {"usage": CLAUDE | {"service_tier": "batch", "output_tokens": 18}}
    bot.post(LEDGER, json=call(2, **second))
    assert bot.get("/api/ai/costs").json["totalUsd"] == 0.0005825
    assert bot.post(LEDGER, json=call(3, **BATCHED | {"usage": CLAUDE})).json["costUsd"] == 0.00067
    assert stored(database, "ai_generation_log", 1)["service_tier"] == "batch"


def test_the_tier_of_openai_is_told_beside_the_usage(bot: FlaskClient) -> None:
    def cost(number: int, **tier: Any) -> tuple[Any, Any]:
        row = bot.post(LEDGER, json=call(number, model="gpt-5-mini", usage=MINI, **tier)).json
        return row["costUsd"], row["serviceTier"]

    assert cost(1) == (0.001275, None)
    assert cost(2, serviceTier="flex") == (0.0006375, "flex")
    assert cost(3, serviceTier="default") == (0.001275, "default")
    assert cost(4, serviceTier="batch") == (0.0006375, "batch")
    assert cost(5, serviceTier="priority") == (0.002295, "priority")


def test_the_tier_in_the_answer_goes_before_the_one_that_was_asked_for(bot: FlaskClient) -> None:
    usage = MINI | {"service_tier": "default"}
    row = bot.post(LEDGER, json=call(model="gpt-5-mini", usage=usage, serviceTier="flex")).json
    assert (row["costUsd"], row["serviceTier"]) == (0.001275, "default")
    served = bot.post(LEDGER, json=call(2, **BATCHED, serviceTier="standard")).json
    assert (served["costUsd"], served["serviceTier"]) == (0.000335, "batch")


@pytest.mark.parametrize(
    ("tier", "more"),
    [
        ("priority", {"provider": "anthropic", "model": "claude-opus-4-6", "usage": CLAUDE}),
        ("flex", {"provider": "anthropic", "model": "claude-opus-4-6", "usage": CLAUDE}),
        ("batch", {"model": "gpt-4o-audio-preview-2024-12-17"}),
        ("flex", {"model": "gpt-4o-mini"}),  # has no such tier
        ("flex", {"provider": "azure", "model": "gpt-5-mini"}),
        ("batch", {"provider": "aws", "model": "openai.gpt-5.5"}),
        ("auto", {"model": "gpt-5-mini"}),  # what was asked for, not what was served
        ("scale", {"model": "gpt-5-mini"}),
    ],
)
def test_a_tier_without_a_known_price_has_none(bot: FlaskClient, tier: str, more: dict[str, Any]) -> None:
    row = bot.post(LEDGER, json=call(serviceTier=tier, **more)).json
    assert (row["costUsd"], row["costBasis"], row["computedUsd"], row["priceSource"]) == (None, None, None, None)
    assert (row["serviceTier"], row["warnings"]) == (tier, [NOT_KNOWN.format(tier)])
    billed = bot.post(LEDGER, json=call(2, serviceTier=tier, billedUsd=0.1, **more)).json
    assert (billed["costUsd"], billed["computedUsd"]) == (0.1, None)


def test_before_the_book_has_a_tier_the_documented_ratio_counts() -> None:
    """Web searches are no tokens and cost the same in a batch."""
    batch = CLAUDE | {"service_tier": "batch", "server_tool_use": {"web_search_requests": 1}}
    priced = prices.price(Call("claude-opus-4-6", "anthropic", batch), BEFORE)
    assert (priced.cost_nanousd, priced.price_source) == (10_335_000, f"{prices.BOOK}, tokens at 0.5")
    retired = prices.price(Call("claude-3-5-sonnet-20241022", "anthropic", CLAUDE | {"service_tier": "batch"}), NOW)
    assert retired.cost_nanousd == (9 * 3_000 + 25 * 15_000) // 2
    assert nanos("gpt-5-mini", "openai", MINI, "flex", BEFORE) == 637_500
    assert nanos("gpt-5-mini", "openai", MINI, "batch", BEFORE) == 637_500
    assert nanos("gpt-5-mini", "openai", MINI, "priority", BEFORE) is None
    assert nanos("gpt-4o-mini", "openai", MINI, "flex", BEFORE) is None


def test_cached_tokens_are_in_the_batch_too() -> None:
    cached = CLAUDE | {"cache_read_input_tokens": 1000, "cache_creation_input_tokens": 100}
    standard = nanos("claude-opus-4-6", "anthropic", cached)
    assert standard == 9 * 5_000 + 1000 * 500 + 100 * 6_250 + 25 * 25_000
    for when in (BEFORE, NOW):
        assert nanos("claude-opus-4-6", "anthropic", cached, "batch", when) * 2 == standard


@pytest.mark.parametrize("tier", ["standard", "STANDARD", "default", "on_demand", "standard_only"])
def test_names_of_the_standard_tier(tier: str) -> None:
    assert nanos("gpt-5-mini", "openai", MINI, tier) == 1_275_000


@pytest.mark.parametrize("told", [{"serviceTier": {"type": "flex"}}, {"trafficType": "ON_DEMAND_FLEX"}])
def test_a_tier_is_read_in_each_providers_way(told: dict[str, Any]) -> None:
    assert nanos("gpt-5-mini", "openai", MINI | told, "default") == 637_500


@pytest.mark.parametrize("told", [5, [], True, "x" * 101, "a\nb", {"type": 5}])
def test_a_tier_that_cannot_be_read_has_no_price(bot: FlaskClient, told: Any) -> None:
    row = bot.post(LEDGER, json=call(model="gpt-5-mini", usage=MINI | {"service_tier": told})).json
    assert (row["costUsd"], row["serviceTier"]) == (None, None)
    assert row["warnings"] == ["The service tier cannot be read, so its price is not known."]


def test_fast_mode_has_its_own_price() -> None:
    fast = CLAUDE | {"speed": "fast"}
    assert nanos("claude-opus-4-7", "anthropic", fast) is None
    assert nanos("claude-opus-4-8", "anthropic", CLAUDE) == 9 * 5_000 + 25 * 25_000
    assert nanos("claude-opus-4-8", "anthropic", fast) == 9 * 10_000 + 25 * 50_000
    told = prices.price(Call("claude-opus-4-7", "anthropic", fast), NOW).warnings
    assert told == ("The usage object says that the call was served in fast mode, whose price is not known.",)
    assert nanos("claude-opus-4-8", "anthropic", fast, "batch", BEFORE) is None


def test_inference_in_the_us_alone_costs_a_tenth_more() -> None:
    usage = CLAUDE | {"inference_geo": "us"}
    priced = prices.price(Call("claude-opus-4-6", "anthropic", usage), NOW)
    assert (priced.cost_nanousd, priced.price_source) == (737_000, f"{prices.BOOK}, tokens at 1.1")
    assert nanos("claude-opus-4-6", "anthropic", usage, "batch") == 368_500
    assert nanos("claude-opus-4-6", "anthropic", usage, "batch", BEFORE) == 368_500
    assert nanos("claude-opus-4-6", "anthropic", usage | {"inference_geo": "global"}) == 670_000
