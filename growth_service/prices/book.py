"""The price book that genai-prices brings: the price of counts, at a provider, for a model, on a day, in a tier."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import genai_prices
from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.data_units import unit_data
from genai_prices.types import ModelInfo, Provider

from growth_service.prices import bills, tiers
from growth_service.prices.tiers import Tier
from growth_service.prices.usages import UNREADABLE, Told
from shared_schema.fields import nano

BOOK = f"genai-prices {genai_prices.__version__}"

_FAMILIES = {unit["price_key"]: str(unit["dimensions"]["family"]) for unit in unit_data.values()}
_COUNTS = {unit["price_key"]: name for name, unit in unit_data.items()}
_DIRECTIONS = {unit["price_key"]: unit["dimensions"].get("direction") for unit in unit_data.values()}
# What a model is priced by instead of tokens, in words. Of tools and requests a usage object may count none.
_MEASURED = {
    "durations": "seconds of audio",
    "characters": "characters",
    "pixels": "pixels",
    "document_pages": "pages",
    "messages": "messages",
    "rerank": "searches",
}


@dataclass(frozen=True, slots=True)
class Computed:
    """What the book says a call cost, and by which entry; None with a warning where it cannot say."""

    nanousd: int | None = None
    source: str | None = None
    warning: str | None = None


NOTHING = Computed()


def has(provider: str, model: str) -> bool:
    """Whether the book has an entry for the model of this provider."""
    return _find(provider, model) is not None


def price(provider: str, model: str, counts: Usage, told: Told | None, tier: Tier, when: dt.datetime) -> Computed:
    """The price in the book, in nano-dollars. `told` are the client's own counts, where there are no others."""
    entry = _find(provider, model)
    if entry is None:
        return Computed(warning=f"The price book has no model {model[:100]} of the provider {provider[:100]}.")
    context, ratio = _terms(*entry, tier, when)
    if ratio is None:
        return Computed(warning=_no_terms(tier))
    try:
        calculation = get_snapshot().calc(counts, model, provider, None, when, context or None)
    except UNREADABLE:
        return Computed(warning="The counts contradict each other.")
    prices = {name for name, value in vars(calculation.model_price).items() if value is not None}
    if not prices and not model.endswith(":free"):
        return Computed(warning="The price book has the model, but no price for it.")
    if prices and (gap := _gap(prices, counts, told)):
        return Computed(warning=gap)
    amount = calculation.total_price - (calculation.input_price + calculation.output_price) * (1 - ratio)
    if not 0 <= amount <= bills.MAX_USD:
        return Computed(warning="The price comes out as no call can cost.")
    return Computed(nano(amount), BOOK if ratio == 1 else f"{BOOK}, tokens at {ratio.normalize()}")


def _find(provider: str, model: str) -> tuple[Provider, ModelInfo] | None:
    try:
        return get_snapshot().find_provider_model(model, None, provider, None)
    except UNREADABLE:
        return None


def _terms(
    provider: Provider, entry: ModelInfo, tier: Tier, when: dt.datetime
) -> tuple[dict[str, str], Decimal | None]:
    """What to tell the book of the tier, and by what to multiply its price of tokens; None where nobody knows that."""
    if not tier.is_known:
        return {}, None
    variants = entry.price_variants or [] if any(entry is model for model in provider.models) else []
    in_force = [variant for variant in variants if variant.constraint is None or variant.constraint.active(when)]
    missing = [pair for pair in tier.context.items() if not any(pair in one.when.items() for one in in_force)]
    us_only = tiers.US_ONLY if tier.us_only and provider.id == "anthropic" else Decimal(1)
    if not missing:
        return tier.context, us_only
    ratio = tiers.RATIOS.get((provider.id, tier.kind or ""))
    has_tier = provider.id == "anthropic" or any(missing[0] in one.when.items() for one in variants)
    if ratio is None or not has_tier or len(tier.context) > 1:
        return {}, None
    return {}, ratio * us_only


def _no_terms(tier: Tier) -> str:
    if not tier.is_known:
        return "The service tier cannot be read, so its price is not known."
    if tier.kind is None:
        return "The usage object says that the call was served in fast mode, whose price is not known."
    return f"The price of the service tier {tier.name} is not known."


def _gap(prices: set[str], counts: Usage, told: Told | None) -> str | None:
    """What of the call these prices leave out, if anything, so that their sum is not what it cost."""
    measured = {name for name in prices if _FAMILIES.get(name) in _MEASURED}
    tokens = {name for name in prices if _FAMILIES.get(name) == "tokens"}
    if measured and not _sum(counts, measured) and not (tokens and any(vars(counts).values())):
        units = sorted({_MEASURED[_FAMILIES[name]] for name in measured})
        return f"The price is by {' and '.join(units)}, which the call does not tell."
    for direction, number in zip(("input", "output"), told or (0, 0), strict=True):
        priced = {name for name in tokens if _DIRECTIONS[name] == direction}
        if number is None and f"{direction}_mtok" in prices:
            return f"The number of {direction} tokens is not known."
        is_whole = measured or f"{direction}_mtok" in prices
        if not is_whole and counts.reported_value(f"{direction}_tokens") > _sum(counts, priced):
            return f"The price book has no price for {direction} tokens of this model."
    return None


def _sum(counts: Usage, names: set[str]) -> Decimal:
    """How much was counted of what these prices are for."""
    return sum((Decimal(counts.reported_value(_COUNTS[name])) for name in names), Decimal(0))
