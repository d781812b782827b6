"""What an AI call cost: by the provider's own bill, by its usage object, or by bare token counts.

Prices come from the book that genai-prices brings, by provider, model, date and service tier; nothing is fetched. What
cannot be priced for certain has no price, which is None and never 0, and a warning that says why.
"""

import datetime as dt
from dataclasses import dataclass

from growth_service.prices import bills, book, providers, tiers, usages
from growth_service.prices.book import BOOK
from growth_service.prices.usages import UsageObject

__all__ = ["BOOK", "Call", "Priced", "UsageObject", "price", "provider"]


@dataclass(frozen=True, slots=True)
class Call:
    """An AI call as the client reports it. `billed_nanousd` is the provider's bill; `usage` its object, as it came.

    `service_tier` is what the client was told beside the usage object, or else what it asked for.
    """

    model: str
    provider: str | None = None
    usage: UsageObject | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    billed_nanousd: int | None = None
    service_tier: str | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """`prompt_tokens` is all input, cached or not.

    The cost is the bill, else what the book computes, in nano-dollars; both stand beside it. `cost_basis` says what the
    cost is from ("billed", "usage", "tokens") and `price_source` whose figure it is; both are None without a cost.
    `computed_source` is the book's entry of what is computed, whatever counts.
    """

    provider: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost_nanousd: int | None
    cost_basis: str | None
    computed_nanousd: int | None = None
    billed_nanousd: int | None = None
    price_source: str | None = None
    computed_source: str | None = None
    service_tier: str | None = None
    warnings: tuple[str, ...] = ()


def provider(call: Call) -> str | None:
    """Whose bill the call is on: as named, or as far as the usage object and the model's name tell it for certain."""
    return call.provider or providers.of(call.model, usages.without_nulls(call.usage or {}))[0]


def price(call: Call, when: dt.datetime) -> Priced:
    """The cost of a call at the prices of `when`. It never raises, whatever the usage object holds."""
    usage = usages.without_nulls(call.usage or {})
    provider, unsure = (call.provider, None) if call.provider else providers.of(call.model, usage)
    counted = usages.count(provider, call.model, usage, (call.prompt_tokens, call.completion_tokens))
    tier = tiers.of(usage, call.service_tier)
    bill = bills.of(call.billed_nanousd, usage)
    if counted.counts is None:
        computed = book.NOTHING
    elif provider is None:
        computed = book.Computed(warning=unsure)
    else:
        computed = book.price(provider, call.model, counted.counts, counted.told, tier, when)
    billed = bill.nanousd is not None
    return Priced(
        provider,
        counted.prompt_tokens,
        counted.completion_tokens,
        bill.nanousd if billed else computed.nanousd,
        "billed" if billed else None if computed.nanousd is None else counted.basis,
        computed.nanousd,
        bill.nanousd,
        bill.source if billed else computed.source,
        computed.source,
        tier.name,
        tuple(text for text in (counted.warning, computed.warning, bill.warning) if text),
    )
