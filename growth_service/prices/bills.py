"""The provider's own bill of a call: as the client names it, or as the usage object has it.

OpenRouter's `cost` is what the account is charged. Where the caller used a key of its own (`is_byok`), that is only the
fee, and the model's provider charges `cost_details.upstream_inference_cost` on top; else that field repeats `cost`.
Source: https://openrouter.ai/docs/guides/guides/usage-accounting. Perplexity's `cost` is an object with `total_cost`.
"""

import decimal
import math
from dataclasses import dataclass

from growth_service.prices.usages import UsageObject
from shared_schema.fields import nano

MAX_USD = decimal.Decimal(1_000_000)  # beyond what one call can cost; the same bound as the field `billedUsd`


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill in nano-dollars and whose word it is; None where there is none, or none that can be believed."""

    nanousd: int | None = None
    source: str | None = None
    warning: str | None = None


def of(told_nanousd: int | None, usage: UsageObject) -> Bill:
    """The bill of a call: what the client says it was billed, otherwise what the provider's usage object says."""
    own = _of_usage(usage)
    return own if told_nanousd is None else Bill(told_nanousd, "billed:client", own.warning)


def _of_usage(usage: UsageObject) -> Bill:
    cost = usage.get("cost")
    if isinstance(cost, dict):
        cost = cost.get("total_cost")
    if cost is None:
        return Bill()
    amounts = [dollars(cost)]
    own_key = usage.get("is_byok", False)
    if type(own_key) is not bool:
        return Bill(warning="The usage object's is_byok is neither true nor false, so its cost may be only a fee.")
    if own_key:
        details = usage.get("cost_details")
        amounts.append(dollars(details.get("upstream_inference_cost") if isinstance(details, dict) else None))
    known = [amount for amount in amounts if amount is not None]
    if len(known) == len(amounts) and sum(known) <= MAX_USD:
        return Bill(nano(sum(known, decimal.Decimal(0))), "billed:usage")
    if amounts[0] is not None and own_key:
        return Bill(warning="The caller's own key was used, and the usage object does not tell what it was charged.")
    return Bill(warning=f"The usage object's cost is not an amount of US dollars from 0 to {MAX_USD:,}.")


def dollars(value: object) -> decimal.Decimal | None:
    """A JSON number as US dollars; None for what no call can cost and for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    amount = decimal.Decimal(str(value))
    return amount if 0 <= amount <= MAX_USD else None
