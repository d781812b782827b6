"""The price of a call: bill before usage before counts, exact to the nano-dollar, and unknown is null."""

import datetime as dt
import decimal
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import prices
from growth_service.prices import Call, Priced
from shared_schema.fields import NANO, nano
from tests.conftest import SHARED
from tests.growth_service.conftest import LEDGER, call

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
RECORDED = SHARED / "llm-usage.json"
OPENROUTER = {"prompt_tokens": 31, "completion_tokens": 80, "total_tokens": 111, "cost": 0.00216775, "is_byok": False}


def price(model: str, usage: dict[str, Any] | None = None, **more: Any) -> Priced:
    return prices.price(Call(model, usage=usage, **more), NOW)


def test_the_bill_goes_before_usage_before_counts(bot: FlaskClient) -> None:
    counts = {"promptTokens": 2000, "completionTokens": 200}
    billed = bot.post(LEDGER, json=call(1, billedUsd=0.5, **counts)).json
    used = bot.post(LEDGER, json=call(2, **counts)).json
    counted = bot.post(LEDGER, json=call(3, usage=None, **counts)).json
    assert [(row["costUsd"], row["costBasis"]) for row in (billed, used, counted)] == [
        (0.5, "billed"),
        (0.00021, "usage"),
        (0.00042, "tokens"),
    ]
    assert counted["promptTokens"] == 2000
    assert bot.post(LEDGER, json=call(4, billedUsd=0)).json["costUsd"] == 0


@pytest.mark.parametrize(
    "unknown",
    [
        {"model": "nobody-knows-it"},
        {"provider": "nobody-knows-them"},
        {"provider": None, "model": "nobody-knows-it"},
        {"provider": "github-copilot", "model": "gpt-4o"},  # in the book, without a price
        {"usage": {"units": 3}},
        {"usage": {}},
        {"usage": None, "success": False},
        {"usage": {"prompt_tokens": None, "completion_tokens": None}},
        {"usage": None, "promptTokens": 5},
        {"usage": {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 9}}},
    ],
)
def test_what_has_no_price_is_null_and_never_zero(bot: FlaskClient, unknown: dict[str, Any]) -> None:
    response = bot.post(LEDGER, json=call(**unknown))
    assert response.status_code == 201
    assert (response.json["costUsd"], response.json["costBasis"]) == (None, None)


def test_no_tokens_cost_nothing_and_neither_does_a_free_model(bot: FlaskClient) -> None:
    usage = {"prompt_tokens": 0, "completion_tokens": 0}
    assert bot.post(LEDGER, json=call(1, usage=usage)).json["costUsd"] == 0
    free = call(2, provider="openrouter", model="openai/gpt-oss-20b:free")
    assert bot.post(LEDGER, json=free).json["costUsd"] == 0


@pytest.mark.parametrize(
    ("usage", "model", "provider"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 1}, "gpt-4o-mini", "openai"),
        ({"input_tokens": 10, "output_tokens": 1}, "claude-haiku-4-5-20251001", "anthropic"),
        ({"promptTokenCount": 10, "candidatesTokenCount": 1, "totalTokenCount": 11}, "gemini-2.5-flash", "google"),
        ({"prompt_tokens": 10, "completion_tokens": 1, "queue_time": 0.1}, "llama-3.1-8b-instant", "groq"),
        ({"inputTokens": 10, "outputTokens": 1}, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws"),
        (OPENROUTER, "openai/gpt-5.1-codex-mini", "openrouter"),
        ({"prompt_tokens": 10, "completion_tokens": 1}, "mistral-large-latest", "mistral"),
    ],
)
def test_the_provider_is_found_where_it_is_not_named(usage: dict[str, Any], model: str, provider: str) -> None:
    guessed, named = price(model, usage), price(model, usage, provider=provider)
    assert guessed == named
    assert guessed.provider == provider
    assert guessed.cost_nanousd is not None


def test_cached_input_is_counted_once_in_each_providers_way() -> None:
    anthropic = {"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": 90}
    openai = {"input_tokens": 100, "output_tokens": 1, "input_tokens_details": {"cached_tokens": 90}}
    assert price("claude-haiku-4-5-20251001", anthropic).prompt_tokens == 100
    assert price("gpt-4o-mini", openai).prompt_tokens == 100


def test_a_cost_in_a_usage_counts_even_where_the_book_has_a_price() -> None:
    known = price("openai/gpt-5.1-codex-mini", OPENROUTER, provider="openrouter")
    unknown = price("nobody/knows-it", OPENROUTER, provider="openrouter")
    assert (known.cost_nanousd, known.cost_basis, known.price_source) == (2_167_750, "billed", "billed:usage")
    assert (known.computed_nanousd, known.billed_nanousd) == (167_750, 2_167_750)
    assert (unknown.cost_nanousd, unknown.computed_nanousd, unknown.billed_nanousd) == (2_167_750, None, 2_167_750)


@pytest.mark.skipif(not RECORDED.exists(), reason=f"{RECORDED.name} is not here")
def test_recorded_usage_is_priced_as_it_was_then() -> None:
    """Providers have changed the prices of three models since, and the recorded sums leave web searches out."""
    moved = {"mistral-medium-latest", "z-ai/glm-4.6", "openai.gpt-5.6-luna"}
    exact, other = 0, set()
    recorded = json.loads(RECORDED.read_text())
    for one in recorded:
        body, expected = one["body"], one["expected"]
        model = body.get("model") or body["modelVersion"]
        usage = body.get("usage") or body["usageMetadata"]
        priced = price(model, usage, provider=one["provider"])
        assert priced == price(model, usage, provider=one["provider"], prompt_tokens=1)  # usage goes before counts
        assert priced.cost_basis == ("billed" if "cost" in usage else "usage")
        assert priced.warnings == ()
        searches = (usage.get("server_tool_use") or {}).get("web_search_requests", 0)
        dollars = decimal.Decimal(expected["inputUsd"]) + decimal.Decimal(expected["outputUsd"])
        if priced.computed_nanousd == nano(dollars + searches * decimal.Decimal("0.01")):
            exact += 1
        else:
            other.add(model)
    assert (len(recorded), exact, other) == (81, 66, moved)


@pytest.mark.skipif(not RECORDED.exists(), reason=f"{RECORDED.name} is not here")
def test_recorded_usage_is_stored_and_priced_over_http(bot: FlaskClient) -> None:
    recorded = json.loads(RECORDED.read_text())
    calls = [
        call(
            number,
            provider=one["provider"],
            model=one["body"].get("model") or one["body"]["modelVersion"],
            usage=one["body"].get("usage") or one["body"]["usageMetadata"],
        )
        for number, one in enumerate(recorded)
    ]
    answered = bot.post(LEDGER, json=calls).json["generations"]
    assert all(row["costUsd"] > 0 and row["promptTokens"] > 0 for row in answered)
    total = sum(round(row["costUsd"] * NANO) for row in answered)
    assert bot.get("/api/ai/costs").json["totalUsd"] == total / NANO
