"""What an AI call cost: by the provider's own bill, by its usage object, or by bare token counts.

Prices come from the book that genai-prices brings, by provider, model and date; nothing is fetched. A model or provider
that is not in it has no price, which is None and never 0.
"""

import datetime as dt
import decimal
import re
from dataclasses import dataclass

from genai_prices import Usage, calc_price, extract_usage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import PriceCalculation

from shared_schema.fields import nano

# A provider's own usage object, as it came: any JSON.
UsageObject = dict[str, object]

# The shapes of usage objects. Of each: a key by which it is recognised, the book's flavors to read it with, in the
# order to try, and the provider whose reader is used where the call's own provider has none. Anthropic counts cached
# tokens on top of input_tokens, OpenAI within them.
_SHAPES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("totalTokenCount", ("default",), "google"),
    ("promptTokenCount", ("default",), "google"),
    ("inputTokens", ("default",), "aws"),
    ("prompt_tokens", ("chat", "default", "embeddings"), "openai"),
    ("cache_creation_input_tokens", ("anthropic", "default", "responses"), "anthropic"),
    ("cache_read_input_tokens", ("anthropic", "default", "responses"), "anthropic"),
    ("input_tokens", ("responses", "anthropic", "default"), "openai"),
    ("billed_units", ("default",), "cohere"),
)
# Keys that only the usage objects of this provider have, for calls whose client has not named it.
_SIGNS = {
    "totalTokenCount": "google",
    "promptTokenCount": "google",
    "is_byok": "openrouter",
    "cost_details": "openrouter",
    "queue_time": "groq",
    "inputTokens": "aws",
}
# How the two providers that resell the models of others name them: `openai.gpt-5.5`, `openai/gpt-5`.
_STYLES = {r"[a-z]+\.": "aws", r"[\w-]+/": "openrouter"}


# Beyond what one call can cost and count: what a usage object adds up to is not known then.
MAX_USD = decimal.Decimal(1_000_000)
MAX_TOKENS = 10**12
# What the book raises for a model that it does not have and for a usage object that no provider writes.
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Call:
    """An AI call as the client reports it. `billed_nanousd` is the provider's bill; `usage` its object, as it came."""

    model: str
    provider: str | None = None
    usage: UsageObject | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    billed_nanousd: int | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """`prompt_tokens` is all input, cached or not. `cost_basis` says where the cost is from, None without a cost."""

    provider: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_nanousd: int | None
    cost_basis: str | None


def price(call: Call, now: dt.datetime) -> Priced:
    """The cost of a call at the prices of `now`: the bill, else the usage, else the counts.

    The `cost` in a usage object of OpenRouter also has fees for other things than tokens. It counts only where the book
    knows no price; a client that wants it in the ledger sends it as the bill.
    """
    usage = _without_nulls(call.usage or {})
    provider, counts = _counts(call, usage)
    cost, basis = _book(call, provider, counts, now), "usage" if usage else "tokens"
    if call.billed_nanousd is not None:
        cost, basis = call.billed_nanousd, "billed"
    elif cost is None and (own := _own_bill(usage)) is not None:
        cost, basis = own, "billed"
    prompt, completion = _totals(call, counts)
    return Priced(provider, prompt, completion, cost, basis if cost is not None else None)


def _counts(call: Call, usage: UsageObject) -> tuple[str | None, Usage | None]:
    """The provider, guessed where it is not named, and the counts of the usage object or else of the call."""
    provider = call.provider or _guess(call.model, usage)
    if usage:
        return provider, _extract(provider, usage)
    if call.prompt_tokens is None and call.completion_tokens is None:
        return provider, None
    return provider, Usage(input_tokens=call.prompt_tokens, output_tokens=call.completion_tokens)


def _guess(model: str, usage: UsageObject) -> str | None:
    """The provider that has this model: by the keys of the usage object, by its name alone, by the style of its name.

    Where none of these has it, the provider by the keys; None without such a key.
    """
    signed = [provider for sign, provider in _SIGNS.items() if sign in usage]
    styled = [provider for style, provider in _STYLES.items() if re.match(style, model)]
    for provider in [*signed, None, *styled]:
        try:
            return get_snapshot().find_provider_model(model, None, provider, None)[0].id
        except LookupError:
            continue
    return signed[0] if signed else None


def _extract(provider: str | None, usage: UsageObject) -> Usage | None:
    """The counts in a usage object; None for an object of no known shape."""
    shape = next((shape for shape in _SHAPES if shape[0] in usage), None)
    if shape is None:
        return None
    _, flavors, generic = shape
    readers = [(provider, flavor) for flavor in flavors if provider] + [(generic, flavor) for flavor in flavors]
    for reader, flavor in readers:
        try:
            body = {"usage": usage, "usageMetadata": usage}
            return extract_usage(body, provider_id=str(reader), api_flavor=flavor).usage
        except _UNREADABLE:
            continue
    return None


def _book(call: Call, provider: str | None, counts: Usage | None, now: dt.datetime) -> int | None:
    """The price of the book in nano-dollars; None where it cannot price the whole call."""
    if counts is None:
        return None
    try:
        calculation = calc_price(counts, call.model, provider_id=provider, genai_request_timestamp=now)
    except _UNREADABLE:  # not in the book; or counts that contradict each other
        return None
    return _payable(calculation.total_price) if _is_complete(calculation, call) else None


def _is_complete(calculation: PriceCalculation, call: Call) -> bool:
    """Whether all of the call is in the price: the book has entries without prices, and a count may be missing."""
    prices = {name for name, value in vars(calculation.model_price).items() if value is not None}
    if not prices:
        return call.model.endswith(":free")
    if call.usage:
        return True
    half = (call.prompt_tokens is None and "input_mtok" in prices) or (
        call.completion_tokens is None and "output_mtok" in prices
    )
    return not half


def _own_bill(usage: UsageObject) -> int | None:
    """The `cost` of an OpenRouter usage object; None where it is only a fee, since the caller used a key of its own."""
    cost = usage.get("cost")
    if isinstance(cost, bool) or not isinstance(cost, int | float) or usage.get("is_byok"):
        return None
    return _payable(decimal.Decimal(str(cost)))


def _payable(dollars: decimal.Decimal) -> int | None:
    """Dollars as whole nano-dollars; None for an amount that no call can cost."""
    return nano(dollars) if 0 <= dollars <= MAX_USD else None


def _totals(call: Call, counts: Usage | None) -> tuple[int | None, int | None]:
    """All input and all output tokens, from the usage object or else as the call names them."""
    if counts is None or not call.usage:
        return call.prompt_tokens, call.completion_tokens
    return _count(counts, "input_tokens"), _count(counts, "output_tokens")


def _count(counts: Usage, name: str) -> int | None:
    """One of the two sums; None for more than any call has, and where only parts of it were counted."""
    try:
        tokens = getattr(counts, name)
    except ValueError:
        return None
    return int(tokens) if tokens <= MAX_TOKENS else None


def _without_nulls(usage: UsageObject) -> UsageObject:
    """The usage object without its nulls: providers write null for what they did not count."""
    return {
        key: _without_nulls(value) if isinstance(value, dict) else value
        for key, value in usage.items()
        if value is not None
    }
