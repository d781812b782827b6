"""Holds: an amount is reserved before a call, and then exactly one of three things ends it.

`settle` posts what the call cost, all of it, even if that is more than was held; `release` posts nothing; `expire` is
what time does. Each is a row that is never changed, and its primary key decides which was first.
"""

from dataclasses import dataclass
from functools import partial
from typing import TypedDict

from growth_service.spending import budgets, hold_refusals, hold_rows
from growth_service.spending.hold_rows import Hold
from shared_schema import rows
from shared_schema.database import Guard, Statement, require
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import BudgetExceeded, Conflict, NotFound
from shared_schema.rows import Page
from shared_schema.tables import budgets as tables
from shared_schema.tables import db


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for: an amount of a budget for a call, from `now` (epoch seconds) for `seconds`.

    `request_id` is the caller's own id of the call, with which the ledger will know it.
    """

    budget: str
    request_id: str
    amount_nanousd: int
    seconds: int
    now: int


class Listing(TypedDict, total=False):
    """Which holds of a budget: those behind the hold `after`; only open ones, or all."""

    after: str
    state: str


_OWN = "h.budget = :budget AND h.request_id = :request"
_HELD = f"EXISTS (SELECT 1 FROM ai_holds h WHERE {_OWN})"
_RECORDED = "EXISTS (SELECT 1 FROM ai_generation_log WHERE request_id = :request)"
_HOLD = f"""
    INSERT INTO ai_holds (id, budget, request_id, amount_nanousd, created_at, expires_at)
    SELECT :id, b.name, :request, :amount, :now, :until
    FROM ai_budgets b LEFT JOIN ai_budget_periods p ON p.budget = b.name AND p.period = {budgets.KEY}
    WHERE b.name = :budget
        AND coalesce(p.posted_nanousd, 0) + coalesce(p.pending_nanousd, 0) + :amount <= b.limit_nanousd
        AND NOT (b.fail_closed AND coalesce(p.uncovered, 0) > 0)
    ON CONFLICT (request_id, budget) DO NOTHING
"""
_SAME = f"""
    EXISTS (SELECT 1 FROM ai_holds h JOIN ai_open_holds o ON o.hold_id = h.id
            WHERE {_OWN} AND h.amount_nanousd = :amount)
"""
_OF_HOLD = "o.budget = (SELECT budget FROM ai_holds WHERE id = :id)"
_RESOLVE = """
    INSERT INTO ai_hold_resolutions (hold_id, kind, actual_nanousd, posted_nanousd, overrun_nanousd, resolved_at,
                                     resolved_by)
    SELECT h.id, :kind, :actual, coalesce(:actual, 0), max(0, coalesce(:actual, 0) - h.amount_nanousd), :now, 'client'
    FROM ai_open_holds o JOIN ai_holds h ON h.id = o.hold_id WHERE o.hold_id = :id
"""
_RESOLVED = """
    EXISTS (SELECT 1 FROM ai_hold_resolutions WHERE hold_id = :id AND kind = :kind
            AND (actual_nanousd IS :actual OR resolved_by = 'generation'))
"""
_NO_BUDGET, _NONE = partial(NotFound, "no such budget"), partial(NotFound, "no such hold")


class _Taken(Exception):
    """Something else became of this hold: it is read again, and told."""


_BY_ID, _BY_REQUEST = f"{hold_rows.select()} WHERE h.id = :id", f"{hold_rows.select()} WHERE {_OWN}"
_LIST = f"{hold_rows.select()} WHERE h.budget = :budget AND h.id < :after {{only}} ORDER BY h.id DESC LIMIT :limit"
_OPEN = """
    AND h.id IN (SELECT hold_id FROM ai_open_holds o WHERE o.budget = :budget AND o.hold_id < :after
                 AND o.expires_at > :now ORDER BY o.hold_id DESC LIMIT :limit)
"""
_ABOVE_ALL = "g"  # the character after f


def hold(hold_id: str, wanted: Wanted, once: Once) -> Receipt:
    """Reserve an amount, under this id, if the period of the budget has it left. The receipt is a Hold.

    The same call again is the same hold. BudgetExceeded where it is not admitted; Conflict if the call had a hold of
    another amount, or one that is resolved already, or has been recorded.
    """
    until = wanted.now + wanted.seconds
    values = {"id": hold_id, "budget": wanted.budget, "request": wanted.request_id, "amount": wanted.amount_nanousd}
    values |= {"now": wanted.now, "until": until}
    of_budget = {"budget": wanted.budget, "request": wanted.request_id}
    recorded = Conflict("a call with this requestId has been recorded already: there is nothing left to hold for")
    full = BudgetExceeded("")
    queries: list[Statement | Guard] = [
        require("EXISTS (SELECT 1 FROM ai_budgets WHERE name = ?)", (wanted.budget,), otherwise=_NO_BUDGET),
        _expire("o.budget = :budget", {"budget": wanted.budget}, wanted.now),
        require(f"{_HELD} OR NOT {_RECORDED}", of_budget, otherwise=lambda: recorded),
        Statement(_HOLD, values),
        require(_HELD, of_budget, otherwise=lambda: full),
        require(_SAME, of_budget | {"amount": wanted.amount_nanousd}, otherwise=_Taken),
    ]
    shown = hold_rows.document("h.budget = ? AND h.request_id = ?")
    try:
        receipt = once.write(queries, shown, (*(wanted.now,) * 3, *of_budget.values()), natural_key=True)
    except BudgetExceeded:
        raise _exceeded(wanted) from None
    except _Taken:
        raise _reused(wanted) from None
    return Receipt(receipt.document, receipt.replayed or receipt.document["id"] != hold_id)


def settle(hold_id: str, actual_nanousd: int, now: int, once: Once) -> Receipt:
    """Post what the call has cost. The receipt is a Hold.

    The same again, and after the ledger has settled it, is what it was. Conflict if it was resolved otherwise.
    """
    return _resolve(hold_id, "settle", actual_nanousd, now, once)


def release(hold_id: str, now: int) -> Hold:
    """Give back what was held, since nothing was spent. Conflict if it was resolved otherwise."""
    released: Hold = _resolve(hold_id, "release", None, now, Once("")).document
    return released


def get(hold_id: str, now: int) -> Hold:
    """One hold as it is at `now`, or NotFound; Damaged where its row cannot be used."""
    (result,) = db.fetch([Statement(_BY_ID, {"id": hold_id, "now": now})])
    row = result.first(Hold)
    if row is None:
        raise _NONE()
    return rows.one("ai_holds", row, hold_rows.read)


def page(budget: str, wanted: Listing, limit: int, now: int) -> Page[Hold]:
    """Holds of a budget as they are at `now`, latest first. NotFound without the budget."""
    values = {"budget": budget, "after": wanted.get("after", _ABOVE_ALL), "limit": limit, "now": now}
    only = _OPEN if wanted.get("state") == "open" else ""
    known = Statement("SELECT count(*) FROM ai_budgets WHERE name = ?", (budget,))
    listed, is_known = db.fetch([Statement(_LIST.format(only=only), values), known])
    if not is_known.value(int):
        raise _NO_BUDGET()
    return rows.page("ai_holds", listed.all(Hold), hold_rows.read, limit)


def _expire(which: str, values: dict[str, object], now: int) -> Statement:
    """The step that resolves the holds whose time is over."""
    return Statement(tables.expire(which, ":now"), values | {"now": now})


def _resolve(hold_id: str, kind: str, actual: int | None, now: int, once: Once) -> Receipt:
    values = {"id": hold_id, "kind": kind, "actual": actual}
    queries: list[Statement | Guard] = [
        require("EXISTS (SELECT 1 FROM ai_holds WHERE id = ?)", (hold_id,), otherwise=_NONE),
        _expire(_OF_HOLD, {"id": hold_id}, now),
        Statement(_RESOLVE, values | {"now": now}),
        require(_RESOLVED, values, otherwise=_Taken),
    ]
    try:
        return once.write(queries, hold_rows.document("h.id = ?"), (*(now,) * 3, hold_id), natural_key=True)
    except _Taken:
        pass
    _, row = db.batch(
        [_expire(_OF_HOLD, {"id": hold_id}, now), Statement(_BY_ID, {"id": hold_id, "now": now})], idempotent=True
    )
    raise hold_refusals.resolved(row.one(Hold))


def _exceeded(wanted: Wanted) -> BudgetExceeded:
    """What the budget has left, after what has expired was resolved."""
    expire = _expire("o.budget = :budget", {"budget": wanted.budget}, wanted.now)
    _, budget = db.batch([expire, budgets.one(wanted.budget, wanted.now)], idempotent=True)
    return hold_refusals.exceeded(budget.one(budgets.Row))


def _reused(wanted: Wanted) -> Conflict:
    values = {"budget": wanted.budget, "request": wanted.request_id, "now": wanted.now}
    (result,) = db.fetch([Statement(_BY_REQUEST, values)], fresh=True)
    hold = result.one(Hold)
    if hold["amount_nanousd"] != wanted.amount_nanousd:
        return Conflict("this requestId has a hold of another amount")
    return hold_refusals.resolved(hold)
