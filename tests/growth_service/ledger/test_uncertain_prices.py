"""What is not certain has no price, and the row says why: never 0, and never the price of something else."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import prices
from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import LEDGER, call, stored

CHAT = {"prompt_tokens": 10, "completion_tokens": 1}
NAMELESS = "No provider is named, and the model's name does not tell it."


def told(bot: FlaskClient, **more: Any) -> tuple[Any, ...]:
    row = bot.post(LEDGER, json=call(**more)).json
    return row["costUsd"], row["promptTokens"], row["completionTokens"], row["warnings"]


@pytest.mark.parametrize(
    ("model", "usage", "unit"),
    [
        ("whisper-1", CHAT, "seconds of audio"),
        ("gpt-transcribe", CHAT, "seconds of audio"),
        ("tts-1", CHAT, "characters"),
        ("tts-1", None, "characters"),
    ],
)
def test_what_is_not_priced_by_tokens_costs_not_nothing(
    bot: FlaskClient, model: str, usage: dict[str, Any] | None, unit: str
) -> None:
    counts = {"promptTokens": 10, "completionTokens": 1}
    expected = (None, 10, 1, [f"The price is by {unit}, which the call does not tell."])
    assert told(bot, model=model, usage=usage, **counts) == expected


@pytest.mark.parametrize(
    ("provider", "model", "unit"),
    [
        ("mistral", "mistral-ocr-2505", "pages"),
        ("groq", "canopylabs/orpheus-v1-english", "characters"),
        ("x-ai", "grok-voice-latest", "messages and seconds of audio"),
    ],
)
def test_neither_do_pages_characters_and_messages(bot: FlaskClient, provider: str, model: str, unit: str) -> None:
    row = bot.post(LEDGER, json=call(provider=provider, model=model, usage=CHAT)).json
    assert row["costUsd"] is None
    assert row["warnings"] == [f"The price is by {unit}, which the call does not tell."]


def test_tokens_that_the_book_has_no_price_for_are_not_free(bot: FlaskClient) -> None:
    embedding = {"model": "text-embedding-3-small", "usage": {"prompt_tokens": 10, "completion_tokens": 5}}
    assert told(bot, **embedding) == (None, 10, 5, ["The price book has no price for output tokens of this model."])


@pytest.mark.parametrize(
    "model",
    [
        "gpt-oss-120b",  # open: everybody serves them
        "deepseek-r1-distill-llama-70b",
        "gemma-3-27b-it",
        "mistral-7b-instruct",
        "llama-3.1-8b-instant",
        "openai/gpt-5",  # as resellers write it
        "anthropic/claude-opus-4.6",
        "deepseek/deepseek-chat",
        "accounts/gpt-4o",
    ],
)
def test_a_provider_is_not_guessed(bot: FlaskClient, database: LibsqlDatabase, model: str) -> None:
    assert told(bot, provider=None, model=model, usage=CHAT) == (None, 10, 1, [NAMELESS])
    assert stored(database, "ai_generation_log", 1)["provider"] is None


@pytest.mark.parametrize(
    ("model", "usage", "provider"),
    [
        ("gpt-4o", {}, "openai"),
        ("o3", {}, "openai"),
        ("text-embedding-3-small", {}, "openai"),
        ("claude-opus-4-6", {}, "anthropic"),
        ("claude-sonnet-4-5@20250929", {}, "google"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", {}, "aws"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", {}, "aws"),
        ("gemini-2.5-flash", {}, "google"),
        ("grok-4", {}, "x-ai"),
        ("command-r-plus", {}, "cohere"),
        ("sonar-pro", {}, "perplexity"),
        ("deepseek-chat", {}, "deepseek"),
        ("mistral-large-latest", {}, "mistral"),
        ("codestral-2508", {}, "mistral"),
        ("openai/gpt-5", {"is_byok": False}, "openrouter"),
        ("openai/gpt-5", {"cost_details": {}}, "openrouter"),
        ("llama-3.1-8b-instant", {"queue_time": 0.1}, "groq"),
    ],
)
def test_a_provider_is_guessed_where_it_is_certain(
    bot: FlaskClient, model: str, usage: dict[str, Any], provider: str
) -> None:
    row = bot.post(LEDGER, json=call(provider=None, model=model, usage=CHAT | usage)).json
    named = bot.post(LEDGER, json=call(2, provider=provider, model=model, usage=CHAT | usage)).json
    assert (row["provider"], row["costUsd"], row["warnings"]) == (provider, named["costUsd"], named["warnings"])


def test_signs_that_contradict_each_other_are_no_guess(bot: FlaskClient) -> None:
    both = call(provider=None, usage=CHAT | {"queue_time": 0.1, "is_byok": False})
    assert bot.post(LEDGER, json=both).json["warnings"] == [
        "No provider is named, and the usage object looks like those of groq and openrouter."
    ]
    other = bot.post(LEDGER, json=call(2, provider=None, model="gpt-4o", usage=CHAT | {"queue_time": 0.1})).json
    assert (other["provider"], other["costUsd"]) == (None, None)
    assert other["warnings"] == [
        "No provider is named; the usage object looks like one of groq, the model's name is of openai."
    ]


def test_the_book_says_what_it_does_not_have(bot: FlaskClient) -> None:
    (unknown,) = told(bot, model="nobody-knows-it")[-1]
    assert unknown == "The price book has no model nobody-knows-it of the provider openai."
    row = bot.post(LEDGER, json=call(2, provider="github-copilot", model="gpt-4o")).json
    assert row["warnings"] == ["The price book has the model, but no price for it."]
    half = bot.post(LEDGER, json=call(3, usage=None, promptTokens=5)).json
    assert half["warnings"] == ["The number of output tokens is not known."]
    other = bot.post(LEDGER, json=call(4, usage=None, completionTokens=5)).json
    assert other["warnings"] == ["The number of input tokens is not known."]


def test_counts_beside_a_usage_object_that_cannot_be_read_count(bot: FlaskClient) -> None:
    row = bot.post(LEDGER, json=call(usage={"units": 3}, promptTokens=1000, completionTokens=100)).json
    assert (row["costUsd"], row["costBasis"], row["priceSource"]) == (0.00021, "tokens", prices.BOOK)
    assert (row["promptTokens"], row["completionTokens"], row["totalTokens"]) == (1000, 100, 1100)
    assert row["warnings"] == ["The usage object is not one that we can read."]


def test_more_cached_tokens_than_input_is_said(bot: FlaskClient) -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 9}}
    expected = (None, 5, 1, ["The usage object counts more cached tokens (9) than input tokens (5)."])
    assert told(bot, usage=usage) == expected
    gross = {"inputTokens": 5, "outputTokens": 1, "cacheReadInputTokens": 9}
    row = bot.post(LEDGER, json=call(2, provider="aws", model="openai.gpt-5.5", usage=gross)).json
    assert (row["costUsd"], row["warnings"]) == (
        None,
        ["The usage object counts more cached tokens than input tokens."],
    )


def test_parts_of_tokens_are_no_tokens(bot: FlaskClient) -> None:
    assert told(bot, usage={"prompt_tokens": 1.5, "completion_tokens": 1}) == (
        None, None, None, ["The usage object counts 1.5 input_tokens, which is not a whole number."],
    )  # fmt: skip
    whole = bot.post(LEDGER, json=call(2, usage={"prompt_tokens": 1000.0, "completion_tokens": 100.0})).json
    assert (whole["costUsd"], whole["promptTokens"]) == (0.00021, 1000)
    for number, field in enumerate(("promptTokens", "completionTokens")):
        refused = bot.post(LEDGER, json=call(3 + number, **{field: 1.5}))
        assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


@pytest.mark.parametrize("success", ["true", "false", 1, 0, None, "yes"])
def test_success_is_true_or_false(bot: FlaskClient, success: Any) -> None:
    refused = bot.post(LEDGER, json=call(success=success))
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["success"])


def test_bedrock_has_cached_input_beside_or_within_by_the_models_family(bot: FlaskClient) -> None:
    claude = {"inputTokens": 2, "outputTokens": 100, "totalTokens": 21287}
    claude |= {"cacheReadInputTokens": 13923, "cacheWriteInputTokens": 7262}
    name = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    row = bot.post(LEDGER, json=call(1, provider="aws", model=name, usage=claude)).json
    assert (row["promptTokens"], row["costUsd"]) == (21187, 0.03620694)  # at 3.3, 16.5, 0.33 and 4.125
    gpt = {"inputTokens": 12401, "outputTokens": 100, "totalTokens": 24900}
    gpt |= {"cacheReadInputTokens": 8367, "cacheWriteInputTokens": 4032}
    for number, provider in enumerate(("aws", "bedrock", None)):
        row = bot.post(LEDGER, json=call(2 + number, provider=provider, model="openai.gpt-5.5", usage=gpt)).json
        assert (row["promptTokens"], row["costUsd"]) == (12401, 0.03008885)  # at 5.5, 33 and 0.55, writes as input
