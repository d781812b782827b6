"""Whatever a usage object holds, the answer is a clear refusal or a call without a price, never an error of ours."""

import datetime as dt
import json
from typing import Any

import marshmallow
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from growth_service import prices
from growth_service.prices import usages
from growth_service.prices.usages import MAX_TOKENS
from growth_service.routes.generations import GenerationIn
from shared_schema.fields import NANO
from tests.conftest import SHARED
from tests.growth_service.conftest import LEDGER, call

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
GOOD = {"promptTokenCount": 5, "candidatesTokenCount": 7, "totalTokenCount": 12}
MODALITY = GOOD | {"promptTokensDetails": [{"modality": 1, "tokenCount": 5}]}
# Usage objects, and what is known of them: all input, all output, the cost. What cannot be read is passed over.
UNREADABLE: list[tuple[dict[str, Any], tuple[int | None, int | None, float | None]]] = [
    (MODALITY, (None, None, None)),
    (GOOD | {"promptTokensDetails": [1, None, "x"]}, (5, 7, None)),
    (
        {
            "promptTokenCount": [1],
            "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 3}],
            "totalTokenCount": 4,
        },
        (None, 0, None),
    ),
    ({"prompt_tokens": {"a": 1}, "completion_tokens": []}, (None, None, None)),
    ({"input_tokens": 5, "cache_creation": [[]], "cache_creation_input_tokens": {}}, (None, None, None)),
    ({"cost": 1e300, "is_byok": False}, (None, None, None)),
    ({"cost": -1, "cost_details": 7}, (None, None, None)),
    ({"cost": 0.1, "is_byok": "false"}, (None, None, None)),
    ({"cost": 0.1, "is_byok": True, "cost_details": [1]}, (None, None, None)),
    ({"prompt_tokens": 1.5, "completion_tokens": 1}, (None, None, None)),
    ({"billed_units": {"search_units": 1e300}}, (None, None, None)),
]


@pytest.mark.parametrize(("usage", "known"), UNREADABLE)
def test_a_usage_object_that_cannot_be_read_is_recorded(
    bot: FlaskClient, usage: dict[str, Any], known: tuple[int | None, int | None, float | None]
) -> None:
    response = bot.post(LEDGER, json=call(usage=usage, provider=None))
    recorded = response.json
    assert (response.status_code, recorded["requestId"]) == (201, "call-1")
    assert (recorded["promptTokens"], recorded["completionTokens"], recorded["costUsd"]) == known
    again = bot.post(LEDGER, json=call(usage=usage, provider=None))
    assert (again.json, again.headers["Idempotency-Replayed"]) == (recorded, "true")


def nested(levels: int) -> dict[str, Any]:
    """A usage object with a count so many levels down."""
    usage: Any = {"prompt_tokens": 1}
    for _ in range(levels - 1):
        usage = {"inner": usage}
    return dict(usage)


def test_a_usage_object_may_be_nested_as_a_body_may(bot: FlaskClient) -> None:
    assert bot.post(LEDGER, json=call(usage=nested(31))).status_code == 201
    for levels in (32, 254, 900):
        body = json.dumps(call(usage=nested(levels)))
        refused = bot.post(LEDGER, data=body, content_type="application/json")
        assert (refused.status_code, refused.json["errors"]) == (422, {"body": ["Nested deeper than 32 levels."]})


REFUSED = [
    ({"a": [0] * 500}, "More than 500 values."),
    ({str(number): {"x": 0} for number in range(251)}, "More than 500 values."),
    ({"a": [{"tokenCount": -1}]}, "tokenCount is not a number from 0 to 1000000000."),
    ({"a": {"b": [[{"audio_tokens": "5"}]]}}, "audio_tokens is not a number from 0 to 1000000000."),
    ({"input_tokens": [5, 1e10]}, "input_tokens is not a number from 0 to 1000000000."),
    ([], "Not a valid mapping type."),
    ("5", "Not a valid mapping type."),
]


@pytest.mark.parametrize(("usage", "message"), REFUSED)
def test_a_usage_object_that_no_call_has_is_refused(bot: FlaskClient, usage: Any, message: str) -> None:
    refused = bot.post(LEDGER, json=call(usage=usage))
    assert (refused.status_code, refused.json["errors"]) == (422, {"usage": [message]})


FIXED = [("google", {"model": "gemini-2.5-flash", "usageMetadata": MODALITY})]
FILE = SHARED / "llm-usage.json"
REAL = FIXED + [(case["provider"], case["body"]) for case in (json.loads(FILE.read_text()) if FILE.exists() else ())]
JUNK: list[Any] = [None, True, -1, 0, 1.5, 1e9, 1e300, 1e-300, 2**63, "x", "", [], {}, [1], [None], [{}]]
JUNK += [[{"modality": 1, "tokenCount": 3}], [{"modality": "TEXT", "tokenCount": 1e8}], {"a": {"b": [{}]}}]


def paths(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value within a document."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [way for key, value in inner for way in ((*path, key), *paths(value, (*path, key)))]


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(st.data())
def test_no_change_of_a_real_usage_object_is_an_error_of_ours(data: st.DataObject) -> None:
    provider, body = data.draw(st.sampled_from(REAL))
    usage = body.get("usage") or body.get("usageMetadata") or GOOD
    for _ in range(data.draw(st.integers(1, 4))):
        if ways := paths(usage):
            usage = replaced(usage, data.draw(st.sampled_from(ways)), data.draw(st.sampled_from(JUNK)))
    named = data.draw(st.sampled_from([provider, None]))
    model = str(body.get("model") or body.get("modelVersion") or "gpt-5")
    try:
        loaded = GenerationIn().load(call(usage=usage, provider=named, model=model))
    except marshmallow.ValidationError:
        return
    told = prices.Call(loaded["model"], loaded["provider"], loaded["usage"])
    check(prices.price(told, NOW))


def check(priced: prices.Priced) -> None:
    """No price is negative, or more than a call can cost, or without a reason where it is not known."""
    for number in (priced.prompt_tokens, priced.completion_tokens):
        assert number is None or (type(number) is int and 0 <= number <= MAX_TOKENS)
    for amount in (priced.cost_nanousd, priced.computed_nanousd, priced.billed_nanousd):
        assert amount is None or (type(amount) is int and 0 <= amount <= 1_000_000 * NANO)
    assert priced.cost_nanousd is not None or priced.warnings
    assert (priced.cost_nanousd is None) == (priced.cost_basis is None) == (priced.price_source is None)


NAMES = st.sampled_from(
    [shape[0] for shape in usages._SHAPES]
    + ["completion_tokens", "output_tokens", "outputTokens", "candidatesTokenCount", "cost", "is_byok", "cost_details"]
    + ["upstream_inference_cost", "total_cost", "service_tier", "serviceTier", "trafficType", "speed", "inference_geo"]
    + ["cacheReadInputTokens", "prompt_tokens_details", "cached_tokens", "type", "queue_time", "input_tokens_details"]
)
NUMBERS = st.integers() | st.floats() | st.sampled_from([1e308, -0.0, 10**30, 9e12, 0, 1, 1000])
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=5) | st.sampled_from(["batch", "flex", "fast", "us"])
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner), max_leaves=8)
MODELS = ["gpt-4o", "gpt-5-mini", "claude-opus-4-6", "openai.gpt-5.5", "openai/gpt-5", "whisper-1", "tts-1", "x", ""]
PROVIDERS = [None, "openai", "anthropic", "aws", "openrouter", "google", "litellm", "nobody", "azure"]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(NAMES, JSON),
    st.sampled_from(MODELS),
    st.sampled_from(PROVIDERS),
    st.none() | st.integers(0, 10**9),
    st.none() | st.sampled_from(["batch", "flex", "priority", "auto", "default", "\0"]),
)
def test_any_json_has_a_price_within_bounds_or_none_with_a_reason(
    usage: dict[str, Any], model: str, provider: str | None, count: int | None, tier: str | None
) -> None:
    check(prices.price(prices.Call(model, provider, usage, count, count, None, tier), NOW))
