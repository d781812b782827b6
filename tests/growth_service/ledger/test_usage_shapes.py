"""Usage objects of every known shape, recognised by their keys; the dated prices; the counts that complete a price."""

import datetime as dt
from typing import Any

import pytest

from growth_service import prices
from growth_service.prices import Call

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
CLAUDE = "claude-haiku-4-5-20251001"
CHAT = {"prompt_tokens": 10, "completion_tokens": 1}


# The provider, all input, all output, the cost in nano-dollars and what it is from.
Figures = tuple[str | None, int | None, int | None, int | None, str | None]


def price(model: str, usage: dict[str, Any] | None = None, *, now: dt.datetime = NOW, **more: Any) -> Figures:
    priced = prices.price(Call(model, usage=usage, **more), now)
    return (
        priced.provider,
        priced.prompt_tokens,
        priced.completion_tokens,
        priced.cost_nanousd,
        priced.cost_basis,
    )


@pytest.mark.parametrize(
    ("model", "usage", "expected"),
    [
        (
            "gemini-2.5-flash",
            {"promptTokenCount": 10, "candidatesTokenCount": 1, "totalTokenCount": 11},
            ("google", 10, 1, 5_500, "usage"),
        ),
        (
            "gemini-2.5-flash",
            {"promptTokenCount": 10, "candidatesTokenCount": 1},
            ("google", 10, 1, 5_500, "usage"),
        ),
        (
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            {"inputTokens": 10, "outputTokens": 1},
            ("aws", 10, 1, 49_500, "usage"),
        ),
        ("openai.gpt-5.5", {"input_tokens": 10, "output_tokens": 1}, ("aws", 10, 1, 88_000, "usage")),
        ("openai/gpt-5", CHAT, (None, 10, 1, None, None)),
        (
            CLAUDE,
            {"input_tokens": 10, "cache_creation_input_tokens": 90, "output_tokens": 1},
            ("anthropic", 100, 1, 127_500, "usage"),
        ),
        (
            CLAUDE,
            {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1},
            ("anthropic", 100, 1, 24_000, "usage"),
        ),
        (
            "command-r-plus",
            {"billed_units": {"input_tokens": 10, "output_tokens": 1}},
            ("cohere", 10, 1, 35_000, "usage"),
        ),
        ("gpt-4o", CHAT | {"queue_time": 0.1}, (None, 10, 1, None, None)),
        ("nobody", CHAT | {"queue_time": 0.1}, ("groq", 10, 1, None, None)),
        ("nobody", CHAT | {"is_byok": True}, ("openrouter", 10, 1, None, None)),
        ("nobody", CHAT | {"cost_details": {}}, ("openrouter", 10, 1, None, None)),
        ("nobody", {"inputTokens": 10, "outputTokens": 1}, ("aws", 10, 1, None, None)),
        ("nobody", {"promptTokenCount": 10, "candidatesTokenCount": 1}, ("google", 10, 1, None, None)),
        ("nobody", CHAT, (None, 10, 1, None, None)),
        ("nobody", {"totalTokenCount": 11}, ("google", None, None, None, None)),
        ("nobody", {"totalTokenCount": 1, "candidatesTokenCount": 1}, ("google", 0, 1, None, None)),
        (
            "nobody",
            {"input_tokens": 10, "cache_creation_input_tokens": 90, "output_tokens": 1},
            (None, 100, 1, None, None),
        ),
        (
            "nobody",
            {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1},
            (None, 100, 1, None, None),
        ),
    ],
)
def test_an_unnamed_providers_usage_is_read(model: str, usage: dict[str, Any], expected: Figures) -> None:
    assert price(model, usage) == expected


@pytest.mark.parametrize(
    ("provider", "model", "usage", "expected"),
    [
        ("openai", "text-embedding-3-small", {"prompt_tokens": 100_000}, ("openai", 100_000, 0, 2_000_000, "usage")),
        (
            "openrouter",
            "anthropic/claude-haiku-4.5",
            {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1},
            ("openrouter", 10, 1, 15_000, "usage"),
        ),
        ("openrouter", CLAUDE, {"input_tokens": 10, "output_tokens": 1}, ("openrouter", 10, 1, None, None)),
        ("nobody", "gpt-4o", CHAT, ("nobody", 10, 1, None, None)),
    ],
)
def test_a_named_providers_usage_is_read(provider: str, model: str, usage: dict[str, Any], expected: Figures) -> None:
    assert price(model, usage, provider=provider) == expected


def test_null_in_a_usage_object_is_no_count() -> None:
    usage = {"input_tokens": None, "prompt_tokens": 1000, "completion_tokens": None, "cost": None}
    assert price("gpt-4o-mini", usage) == ("openai", 1000, 0, 150_000, "usage")
    input_and_output = {"prompt_tokens": None, "completion_tokens": None, "input_tokens": 1000, "output_tokens": 0}
    assert price("gpt-4o-mini", input_and_output) == ("openai", 1000, 0, 150_000, "usage")
    cached = {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": None}}
    assert price("gpt-4o-mini", cached) == ("openai", 1000, 100, 210_000, "usage")


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (1, (1_000_000_000, "billed")),
        (0.0000005, (500, "billed")),
        (0.0000000005, (1, "billed")),
        (0, (0, "billed")),
        (True, (None, None)),
        ("1", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_cost_in_a_usage_object_is_a_number_of_dollars(cost: Any, expected: tuple[int | None, str | None]) -> None:
    assert price("nobody", CHAT | {"cost": cost})[3:] == expected


@pytest.mark.parametrize(
    ("model", "counts", "expected"),
    [
        ("gpt-4o-mini", (1000, 100), ("openai", 1000, 100, 210_000, "tokens")),
        ("gpt-4o-mini", (1000, 0), ("openai", 1000, 0, 150_000, "tokens")),
        ("gpt-4o-mini", (1000, None), ("openai", 1000, None, None, None)),
        ("gpt-4o-mini", (None, 100), ("openai", None, 100, None, None)),
        ("text-embedding-3-small", (1_000_000, None), ("openai", 1_000_000, None, 20_000_000, "tokens")),
    ],
)
def test_bare_counts_have_a_price_once_the_book_can_price_them_all(
    model: str, counts: tuple[int | None, int | None], expected: Figures
) -> None:
    assert price(model, provider="openai", prompt_tokens=counts[0], completion_tokens=counts[1]) == expected


def test_a_bill_goes_before_everything_and_leaves_the_counts() -> None:
    assert price("gpt-4o-mini", CHAT, billed_nanousd=5) == ("openai", 10, 1, 5, "billed")
    assert price("nobody", CHAT | {"cost": 1}, billed_nanousd=5)[3] == 5
    assert price("nobody", billed_nanousd=0) == (None, None, None, 0, "billed")


def test_counts_of_the_call_stand_in_for_a_usage_that_nobody_can_read() -> None:
    priced = price("gpt-4o-mini", {"units": 1}, prompt_tokens=5, completion_tokens=1)
    assert priced == ("openai", 5, 1, 1_350, "tokens")


def test_a_call_has_the_price_of_its_day() -> None:
    """o3 became cheaper by four fifths on 10 June 2025."""
    million = {"prompt_tokens": 1_000_000, "completion_tokens": 0}
    days = [dt.datetime(2025, 6, day, 12, tzinfo=dt.UTC) for day in (9, 11)]
    assert [price("o3", million, now=day)[3] for day in days] == [10_000_000_000, 2_000_000_000]
