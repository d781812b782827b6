"""Budgets of AI: a limit per UTC day or month, for one purpose or all calls, with what is spent and held of it.

What is spent is counted by triggers on the ledger (`shared_schema.tables.budgets`), so that a call counts whoever
records it, an older release as well.
"""

import re
from typing import NotRequired, TypedDict

from growth_service.spending import balances
from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.fields import loads
from shared_schema.problems import NotFound, invalid
from shared_schema.rows import Page, Shape, Unusable
from shared_schema.tables import db
from shared_schema.tables.budgets import PERIODS, AIBudget

_NAME = re.compile(r"[a-z0-9._-]{1,100}")
_DAY_S, _WEEK_D = 86_400, 7


class Terms(TypedDict):
    """What `put` sets. Without `purpose` or `fail_closed` that stays as it is; purpose None is all calls."""

    period: str
    limit_nanousd: int
    purpose: NotRequired[str | None]
    fail_closed: NotRequired[bool]


class Alert(TypedDict):
    """That `percent` of the limit was reached; `delivered_at` is when the webhook took it, None until then."""

    percent: int
    crossed_at: int
    delivered_at: int | None


class _Stored(TypedDict):
    """A budget with the balance of the period in which `now` lies, `period_key`. Times are epoch seconds.

    `pending_nanousd` is without holds that have expired. `daily_nanousd` is the mean of the last seven full UTC days.
    """

    now: int
    name: str
    period: str
    limit_nanousd: int
    purpose: str | None
    fail_closed: int
    created_at: int
    updated_at: int
    period_key: str
    period_starts_at: int
    period_ends_at: int
    posted_nanousd: int
    pending_nanousd: int
    unpriced: int
    uncovered: int
    daily_nanousd: int


class Row(_Stored):
    """The same as the database gives it: `alerts` is JSON text."""

    alerts: str


class Budget(_Stored):
    """The same with what is left, never below 0, and what will have been spent when the period ends."""

    available_nanousd: int
    forecast_nanousd: int
    alerts: list[Alert]


_SHAPE = Shape("ai_budgets", moments=("created_at", "updated_at"))
_ALERT_SHAPE = Shape("ai_budget_alerts", moments=("crossed_at", "delivered_at"))

# SQL: the key of the period of the budget b in which a moment lies.
KEY = "strftime(iif(b.period = 'day', '%Y-%m-%d', '%Y-%m'), :now, 'unixepoch')"
_STARTS = "unixepoch(:now, 'unixepoch', 'start of ' || b.period)"
# A seventh of each day before the sum keeps it within 64 bits. Of the keys between two days, months are shorter.
_SELECT = f"""
    SELECT :now AS now, b.name, b.period, b.limit_nanousd, b.purpose, b.fail_closed, b.created_at, b.updated_at,
        {KEY} AS period_key, {_STARTS} AS period_starts_at,
        unixepoch({_STARTS}, 'unixepoch', '+1 ' || b.period) AS period_ends_at,
        coalesce(p.posted_nanousd, 0) AS posted_nanousd,
        coalesce(p.pending_nanousd, 0) - (
            SELECT coalesce(sum(h.amount_nanousd), 0) FROM ai_open_holds o JOIN ai_holds h ON h.id = o.hold_id
            WHERE o.budget = b.name AND o.expires_at <= :now AND h.created_at >= {_STARTS}) AS pending_nanousd,
        coalesce(p.unpriced, 0) AS unpriced, coalesce(p.uncovered, 0) AS uncovered,
        (SELECT coalesce(sum(d.posted_nanousd / {_WEEK_D}), 0) FROM ai_budget_periods d
         WHERE d.budget = b.name AND length(d.period) = 10
           AND d.period >= date(:now, 'unixepoch', '-{_WEEK_D} days') AND d.period < date(:now, 'unixepoch')
        ) AS daily_nanousd,
        (SELECT json_group_array(json_object('percent', percent, 'crossed_at', crossed_at,
                                             'delivered_at', delivered_at)) FROM
            (SELECT * FROM ai_budget_alerts a WHERE a.budget = b.name AND a.period = {KEY}
               AND {rows.condition(_ALERT_SHAPE, "a")} ORDER BY a.percent)) AS alerts
    FROM ai_budgets b LEFT JOIN ai_budget_periods p ON p.budget = b.name AND p.period = {KEY}
"""
_GET = f"{_SELECT} WHERE b.name = :name"
_PAGE = f"{_SELECT} WHERE b.name > :after ORDER BY b.name LIMIT :limit"

_CREATE = """
    INSERT INTO ai_budgets (name, period, limit_nanousd, created_at, updated_at)
    VALUES (:name, :period, :limit_nanousd, :now, :now) ON CONFLICT (name) DO NOTHING
"""
# Calls of another purpose count from now on: what is posted is counted anew.
_CHANGE = """
    UPDATE ai_budgets SET {set}, updated_at = :now,
        counts_from = CASE WHEN {same_purpose} THEN counts_from END
    WHERE name = :name
"""
# Counting begins with the first of the month in which the last seven full days begin, so each period is counted whole.
_FIRST = "unixepoch(:now, 'unixepoch', '-7 days', 'start of month')"
_ANEW = "(SELECT counts_from IS NULL FROM ai_budgets WHERE name = :name)"
_CLEAR = f"""
    UPDATE ai_budget_periods SET posted_nanousd = 0, unpriced = 0, uncovered = 0
    WHERE budget = :name AND period >= strftime('%Y-%m', {_FIRST}, 'unixepoch') AND {_ANEW}
"""
_COUNT = f"""
    INSERT INTO ai_budget_periods (budget, period, posted_nanousd, unpriced, uncovered)
    SELECT budget, period, posted_nanousd, unpriced, uncovered
    FROM ({balances.facts("b.name = :name AND b.counts_from IS NULL", _FIRST)}) WHERE true
    ON CONFLICT (budget, period) DO UPDATE SET posted_nanousd = excluded.posted_nanousd, unpriced = excluded.unpriced,
        uncovered = excluded.uncovered
"""
_COUNTED = f"UPDATE ai_budgets SET counts_from = {_FIRST} WHERE name = :name AND counts_from IS NULL"
# A limit that is lower now may have been reached: the triggers of the balance look again.
_LOOK_AGAIN = f"""
    UPDATE ai_budget_periods SET posted_nanousd = posted_nanousd
    WHERE budget = :name AND period = (SELECT {KEY} FROM ai_budgets b WHERE b.name = :name)
"""


def put(name: str, terms: Terms, actor: Actor, now: int) -> tuple[Budget, bool]:
    """Create or change a budget at `now` (epoch seconds). The budget, and whether it is new.

    With another purpose, and when it is new, it is counted anew from the ledger, this period and the seven days before.
    """
    if not _NAME.fullmatch(name):
        raise invalid("budget_name", "1 to 100 of a-z, 0-9, dot, hyphen and underscore.")
    values = {**terms, "name": name, "now": now}
    assigned = ", ".join(f"{column} = :{column}" for column in terms)
    same = "purpose IS :purpose" if "purpose" in terms else "true"
    log = audit.change(actor, "budget.put", "budget", AIBudget, name, {**terms}, key="name")
    _, created, *_, budget = db.batch(
        [
            log,
            Statement(_CREATE, values),
            Statement(_CHANGE.format(set=assigned, same_purpose=same), values),
            Statement(_CLEAR, {"name": name, "now": now}),
            Statement(_COUNT, {"name": name, "now": now}),
            Statement(_COUNTED, {"name": name, "now": now}),
            Statement(_LOOK_AGAIN, {"name": name, "now": now}),
            rows.require_usable(_SHAPE, name, key="name"),
            one(name, now),
        ],
        idempotent=True,
    )
    return read(budget.one(Row)), created.count == 1


def get(name: str, now: int) -> Budget:
    """One budget as it is at `now`, or NotFound; Damaged where its row cannot be used."""
    (result,) = db.fetch([one(name, now)])
    row = result.first(Row)
    if row is None:
        raise NotFound("no such budget")
    return rows.one("ai_budgets", row, read, key="name")


def page(after: str, limit: int, now: int) -> Page[Budget]:
    """Budgets as they are at `now`, by name, above the name `after`."""
    (result,) = db.fetch([Statement(_PAGE, {"after": after, "limit": limit, "now": now})])
    return rows.page("ai_budgets", result.all(Row), read, limit, key="name")


def one(name: str, now: int) -> Statement:
    """The read of one budget, for `read`."""
    return Statement(_GET, {"name": name, "now": now})


def read(row: Row) -> Budget:
    """A budget with its forecast, or Unusable: posted + the mean of the last 7 full UTC days, times the days left.

    Days without a call count as 0.
    """
    rows.checked(row, _SHAPE)
    if row["period"] not in PERIODS:
        raise Unusable("period", "is neither day nor month")
    left_s = row["period_ends_at"] - row["now"]
    return {
        **row,
        "available_nanousd": max(0, row["limit_nanousd"] - row["posted_nanousd"] - row["pending_nanousd"]),
        "forecast_nanousd": row["posted_nanousd"] + row["daily_nanousd"] * left_s // _DAY_S,
        "alerts": loads(row["alerts"]),
    }
