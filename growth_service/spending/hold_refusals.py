"""Why a hold was not made or not resolved: what the answer of a conflict says."""

import datetime as dt

from growth_service.spending import budgets
from growth_service.spending.budgets import Budget
from growth_service.spending.hold_rows import Hold
from shared_schema.fields import NANO
from shared_schema.problems import BudgetExceeded, Conflict


def resolved(hold: Hold) -> Conflict:
    """The hold is settled, released or expired already: `resolution` says which, `actualUsd` what it cost."""
    actual = hold["actual_nanousd"]
    late = "" if hold["state"] == "settled" else ": what the call costs is counted when the ledger is told of it"
    detail = f"this hold is {hold['state']} already{late}"
    return Conflict(detail, resolution=hold["state"], actual_usd=None if actual is None else actual / NANO)


def exceeded(row: budgets.Row) -> BudgetExceeded:
    """The budget has less left than was asked for, or fails closed on calls of unknown price."""
    budget = budgets.read(row)
    ends = dt.datetime.fromtimestamp(budget["period_ends_at"], dt.UTC).isoformat().removesuffix("+00:00") + "Z"
    return BudgetExceeded(
        _detail(budget, ends),
        limit_usd=budget["limit_nanousd"] / NANO,
        posted_usd=budget["posted_nanousd"] / NANO,
        pending_usd=budget["pending_nanousd"] / NANO,
        available_usd=budget["available_nanousd"] / NANO,
        uncovered=budget["uncovered"],
        period_ends_at=ends,
    )


def _detail(budget: Budget, ends: str) -> str:
    if budget["fail_closed"] and budget["uncovered"]:
        calls = f"{budget['uncovered']} calls of unknown price for which nothing was held"
        return f"the budget fails closed, and has {calls} in the period that ends at {ends}"
    left = budget["available_nanousd"]
    return f"the budget has {left // NANO}.{left % NANO:09} US dollars left until {ends}"
