"""Usage objects of every known shape, recognised by their keys; the dated prices; the counts that complete a price."""

import datetime as dt
from typing import Any

import pytest

from growth_service import prices
from growth_service.prices import Call, Priced

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
CLAUDE = "claude-haiku-4-5-20251001"
CHAT = {"prompt_tokens": 10, "completion_tokens": 1}


def price(model: str, usage: dict[str, Any] | None = None, *, now: dt.datetime = NOW, **more: Any) -> Priced:
    return prices.price(Call(model, usage=usage, **more), now)


@pytest.mark.parametrize(
    ("model", "usage", "expected"),
    [
        (
            "gemini-2.5-flash",
            {"promptTokenCount": 10, "candidatesTokenCount": 1, "totalTokenCount": 11},
            Priced("google", 10, 1, 6, "usage"),
        ),
        (
            "gemini-2.5-flash",
            {"promptTokenCount": 10, "candidatesTokenCount": 1},
            Priced("google", 10, 1, 6, "usage"),
        ),
        (
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            {"inputTokens": 10, "outputTokens": 1},
            Priced("aws", 10, 1, 50, "usage"),
        ),
        ("openai.gpt-5.5", {"input_tokens": 10, "output_tokens": 1}, Priced("aws", 10, 1, 88, "usage")),
        ("openai/gpt-5", CHAT, Priced("openrouter", 10, 1, 23, "usage")),
        (
            CLAUDE,
            {"input_tokens": 10, "cache_creation_input_tokens": 90, "output_tokens": 1},
            Priced("anthropic", 100, 1, 128, "usage"),
        ),
        (
            CLAUDE,
            {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1},
            Priced("anthropic", 100, 1, 24, "usage"),
        ),
        (
            "command-r-plus",
            {"billed_units": {"input_tokens": 10, "output_tokens": 1}},
            Priced("cohere", 10, 1, 35, "usage"),
        ),
        ("gpt-4o", CHAT | {"queue_time": 0.1}, Priced("openai", 10, 1, 35, "usage")),
        ("nobody", CHAT | {"queue_time": 0.1}, Priced("groq", 10, 1, None, None)),
        ("nobody", CHAT | {"is_byok": True}, Priced("openrouter", 10, 1, None, None)),
        ("nobody", CHAT | {"cost_details": {}}, Priced("openrouter", 10, 1, None, None)),
        ("nobody", {"inputTokens": 10, "outputTokens": 1}, Priced("aws", 10, 1, None, None)),
        ("nobody", {"promptTokenCount": 10, "candidatesTokenCount": 1}, Priced("google", 10, 1, None, None)),
        ("nobody", CHAT, Priced(None, 10, 1, None, None)),
        ("nobody", {"totalTokenCount": 11}, Priced("google", None, None, None, None)),
        ("nobody", {"totalTokenCount": 1, "candidatesTokenCount": 1}, Priced("google", 0, 1, None, None)),
        (
            "nobody",
            {"input_tokens": 10, "cache_creation_input_tokens": 90, "output_tokens": 1},
            Priced(None, 100, 1, None, None),
        ),
        (
            "nobody",
            {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1},
            Priced(None, 100, 1, None, None),
        ),
    ],
)
def test_an_unnamed_providers_usage_is_read(model: str, usage: dict[str, Any], expected: Priced) -> None:
    assert price(model, usage) == expected


@pytest.mark.parametrize(
    ("provider", "model", "usage", "expected"),
    [
        ("openai", "text-embedding-3-small", {"prompt_tokens": 100_000}, Priced("openai", 100_000, 0, 2000, "usage")),
        (
            "openrouter",
            "anthropic/claude-haiku-4.5",
            {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1},
            Priced("openrouter", 10, 1, 15, "usage"),
        ),
        ("openrouter", CLAUDE, {"input_tokens": 10, "output_tokens": 1}, Priced("openrouter", 10, 1, None, None)),
        ("nobody", "gpt-4o", CHAT, Priced("nobody", 10, 1, None, None)),
    ],
)
def test_a_named_providers_usage_is_read(provider: str, model: str, usage: dict[str, Any], expected: Priced) -> None:
    assert price(model, usage, provider=provider) == expected


def test_null_in_a_usage_object_is_no_count() -> None:
    usage = {"input_tokens": None, "prompt_tokens": 1000, "completion_tokens": None, "cost": None}
    assert price("gpt-4o-mini", usage) == Priced("openai", 1000, 0, 150, "usage")
    input_and_output = {"prompt_tokens": None, "completion_tokens": None, "input_tokens": 1000, "output_tokens": 0}
    assert price("gpt-4o-mini", input_and_output) == Priced("openai", 1000, 0, 150, "usage")
    cached = {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": None}}
    assert price("gpt-4o-mini", cached) == Priced("openai", 1000, 100, 210, "usage")


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (1, (1_000_000, "billed")),
        (0.0000005, (1, "billed")),
        (0, (0, "billed")),
        (True, (None, None)),
        ("1", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_cost_in_a_usage_object_is_a_number_of_dollars(cost: Any, expected: tuple[int | None, str | None]) -> None:
    priced = price("nobody", CHAT | {"cost": cost})
    assert (priced.cost_nanousd, priced.cost_basis) == expected


@pytest.mark.parametrize(
    ("model", "counts", "expected"),
    [
        ("gpt-4o-mini", (1000, 100), Priced("openai", 1000, 100, 210, "tokens")),
        ("gpt-4o-mini", (1000, 0), Priced("openai", 1000, 0, 150, "tokens")),
        ("gpt-4o-mini", (1000, None), Priced("openai", 1000, None, None, None)),
        ("gpt-4o-mini", (None, 100), Priced("openai", None, 100, None, None)),
        ("text-embedding-3-small", (1_000_000, None), Priced("openai", 1_000_000, None, 20_000, "tokens")),
    ],
)
def test_bare_counts_have_a_price_once_the_book_can_price_them_all(
    model: str, counts: tuple[int | None, int | None], expected: Priced
) -> None:
    assert price(model, provider="openai", prompt_tokens=counts[0], completion_tokens=counts[1]) == expected


def test_a_bill_goes_before_everything_and_leaves_the_counts() -> None:
    assert price("gpt-4o-mini", CHAT, billed_nanousd=5) == Priced("openai", 10, 1, 5, "billed")
    assert price("nobody", CHAT | {"cost": 1}, billed_nanousd=5).cost_nanousd == 5
    assert price("nobody", billed_nanousd=0) == Priced(None, None, None, 0, "billed")


def test_counts_of_the_call_stand_in_for_a_usage_that_nobody_can_read() -> None:
    priced = price("gpt-4o-mini", {"units": 1}, prompt_tokens=5, completion_tokens=1)
    assert priced == Priced("openai", 5, 1, None, None)


def test_a_call_has_the_price_of_its_day() -> None:
    """o3 became cheaper by four fifths on 10 June 2025."""
    million = {"prompt_tokens": 1_000_000, "completion_tokens": 0}
    days = [dt.datetime(2025, 6, day, 12, tzinfo=dt.UTC) for day in (9, 11)]
    assert [price("o3", million, now=day).cost_nanousd for day in days] == [10_000_000, 2_000_000]
