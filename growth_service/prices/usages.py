"""What a provider's usage object counts: read as its own service writes it, whole and without contradictions."""

import re
from dataclasses import dataclass

from genai_prices import Usage, extract_usage
from genai_prices.data_units import unit_data

# A provider's own usage object, as it came: any JSON.
UsageObject = dict[str, object]
# The client's own two counts: input and output tokens.
Told = tuple[int | None, int | None]

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
MAX_TOKENS = 10**12  # beyond what one call can count: what a usage object adds up to is not known then
_TOKENS = {name for name, unit in unit_data.items() if unit["dimensions"]["family"] == "tokens"}
# Bedrock reports the input of OpenAI's models with what was cached in it, that of all others without.
_GROSS = re.compile(r"openai|gpt-")
_BEDROCK_CACHED = ("cacheReadInputTokens", "cacheWriteInputTokens")
# What the book raises for a usage object that no provider writes.
UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Counted:
    """`counts` is what to price, from the usage object or from the client's own counts, as `basis` says.

    None where there is nothing to price. `warning` says why, or why the usage object does not count. `told` are the
    client's own counts where they are what is priced.
    """

    counts: Usage | None
    basis: str
    prompt_tokens: int | None
    completion_tokens: int | None
    warning: str | None = None
    told: Told | None = None


def count(provider: str | None, model: str, usage: UsageObject, told: Told) -> Counted:
    """The counts of a call: those in its usage object, and where that cannot be read, those that the client names."""
    if not usage:
        return _by_client(told, None if told != (None, None) else "There is no usage object and there are no counts.")
    counts, problem = _read(provider, model, usage)
    if counts is None:
        return _by_client(told, problem)
    prompt, completion = _total(counts, "input_tokens"), _total(counts, "output_tokens")
    if contradiction := _contradiction(counts, prompt):
        return Counted(None, "usage", prompt, completion, contradiction)
    return Counted(counts, "usage", prompt, completion)


def without_nulls(usage: UsageObject) -> UsageObject:
    """The usage object without its nulls: providers write null for what they did not count."""
    return {
        key: without_nulls(value) if isinstance(value, dict) else value
        for key, value in usage.items()
        if value is not None
    }


def _by_client(told: Told, warning: str | None) -> Counted:
    if told == (None, None):
        return Counted(None, "tokens", None, None, warning)
    counts = Usage(input_tokens=told[0], output_tokens=told[1])
    return Counted(counts, "tokens", *told, warning, told=told)


def _read(provider: str | None, model: str, usage: UsageObject) -> tuple[Usage | None, str]:
    """The counts in a usage object, or else None and why it cannot be read."""
    net = _net(model, usage)
    if isinstance(left := net.get("inputTokens"), int) and left < 0:
        return None, "The usage object counts more cached tokens than input tokens."
    counts = _extract(provider, net)
    if counts is None:
        return None, "The usage object is not one that we can read."
    for name, value in vars(counts).items():
        if name in _TOKENS and value != int(value):
            return None, f"The usage object counts {value} {name}, which is not a whole number."
    return counts, ""


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
        except UNREADABLE:
            continue
    return None


def _net(model: str, usage: UsageObject) -> UsageObject:
    """A usage object of Bedrock as the book reads it, with the cached input beside inputTokens and never within."""
    gross = usage.get("inputTokens")
    cached = sum(value for key in _BEDROCK_CACHED if isinstance(value := usage.get(key), int))
    if not isinstance(gross, int) or not cached or not _GROSS.search(model.lower()):
        return usage
    return usage | {"inputTokens": gross - cached}


def _contradiction(counts: Usage, prompt: int | None) -> str | None:
    """Why the counts cannot be true, if so."""
    cached = counts.reported_value("cache_read_tokens") + counts.reported_value("cache_write_tokens")  # type: ignore[operator]  # numbers of one kind
    if prompt is not None and cached > prompt:
        return f"The usage object counts more cached tokens ({cached}) than input tokens ({prompt})."
    return None


def _total(counts: Usage, name: str) -> int | None:
    """One of the two sums; None for more than any call has, and where only parts of it were counted."""
    try:
        tokens = getattr(counts, name)
    except ValueError:
        return None
    return int(tokens) if tokens <= MAX_TOKENS else None
