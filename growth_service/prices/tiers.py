"""The service tier of a call: what was served decides its price, not what was asked for.

Anthropic and Bedrock tell it in the usage object or beside it, OpenAI beside it, Google as the type of the traffic.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from growth_service.prices.usages import UsageObject

_KEYS = ("service_tier", "serviceTier", "trafficType")
_STANDARD = {"standard", "standard_only", "default", "on_demand", "unspecified"}
_SAME = {"on_demand_flex": "flex", "on_demand_priority": "priority"}  # as Google names them
_NAME = re.compile(r"[\w.:/ -]{1,100}")
# Multiples of the standard price of tokens, as the providers document them, where the book's entry has none for the
# day. Anthropic: all tokens of a message batch at half (platform.claude.com/docs/en/about-claude/pricing, "Batch
# processing"), and inference in the US alone at 1.1 (the same page, "Data residency"). OpenAI: flex at the batch
# rates, which are half (developers.openai.com/api/docs/guides/flex-processing), for models that have this tier.
RATIOS = {
    ("anthropic", "batch"): Decimal("0.5"),
    ("openai", "batch"): Decimal("0.5"),
    ("openai", "flex"): Decimal("0.5"),
}
US_ONLY = Decimal("1.1")


@dataclass(frozen=True, slots=True)
class Tier:
    """`name` is the tier as it was told, None where nobody told one; `kind` the tier to price, None for the standard.

    `context` has the book's names for it. `is_fast` and `us_only` are Anthropic's options that change the price, too.
    """

    name: str | None = None
    kind: str | None = None
    context: dict[str, str] = field(default_factory=dict)
    is_fast: bool = False
    us_only: bool = False
    is_known: bool = True


def of(usage: UsageObject, told: str | None) -> Tier:
    """The tier in the usage object, which is the provider's word, else what the client says."""
    own = next((usage[key] for key in _KEYS if key in usage), None)
    if isinstance(own, dict):
        own = own.get("type")
    name = own if own is not None else told
    is_fast, us_only = usage.get("speed") == "fast", usage.get("inference_geo") == "us"
    context = {"speed": "fast"} if is_fast else {}
    if name in (None, ""):
        return Tier(None, None, context, is_fast, us_only)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return Tier(None, None, context, is_fast, us_only, is_known=False)
    kind = _SAME.get(name.lower(), name.lower())
    if kind in _STANDARD:
        return Tier(name, None, context, is_fast, us_only)
    context |= {"processing": "batch"} if kind == "batch" else {"service_tier": kind}
    return Tier(name, kind, context, is_fast, us_only)
