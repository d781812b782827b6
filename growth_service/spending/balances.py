"""What a budget has spent and holds, counted anew from the ledger, the holds and their resolutions.

The triggers of `shared_schema.tables.budgets` keep the same sums with each row that is written; they must agree.
"""

from shared_schema.fields import NANO
from shared_schema.tables import budgets
from shared_schema.tables.costs import LATEST

KEYS = ("budget", "period")
COLUMNS = ("posted_nanousd", "pending_nanousd", "unpriced", "uncovered")

_FORMS = "(SELECT '%Y-%m-%d' AS form UNION ALL SELECT '%Y-%m') f"
_COST = budgets.cost("g")
# SQL: whether the budget b has settled a hold for the call g: then what was settled is what the call costs it.
_SETTLED = """
    EXISTS (SELECT 1 FROM ai_holds s JOIN ai_hold_resolutions r ON r.hold_id = s.id
            WHERE s.request_id = g.request_id AND s.budget = b.name AND r.kind = 'settle')
"""


def _sum(column: str) -> str:
    """SQL: the sum of a column, which stops where a balance does. Whole dollars and the rest are summed apart."""
    return f"min({budgets.MOST}, sum({column} / {NANO}) * {NANO} + sum({column} % {NANO})) AS {column}"


def facts(which: str, since: str, until: str = str(LATEST)) -> str:
    """SQL: the rows of ai_budget_periods, by KEYS and COLUMNS, of the budgets b that meet the condition `which`.

    `since` and `until` are SQL for the moments, the first of a month and the last of one, between which calls and holds
    count. Rows of which all is 0 say nothing.
    """
    rows = f"""
        SELECT b.name AS budget, strftime(f.form, g.created_at, 'unixepoch') AS period,
               iif({_SETTLED}, 0, coalesce({_COST}, 0)) AS posted_nanousd, 0 AS pending_nanousd,
               {_COST} IS NULL AS unpriced, {_COST} IS NULL AND NOT {_SETTLED} AS uncovered
        FROM ai_budgets b JOIN ai_generation_log g ON g.created_at BETWEEN {since} AND {until}, {_FORMS}
        WHERE {which} AND coalesce(b.purpose = g.purpose, true)
        UNION ALL
        SELECT b.name, strftime(f.form, h.created_at, 'unixepoch'), coalesce(r.posted_nanousd, 0),
               iif(r.hold_id IS NULL, h.amount_nanousd, 0), 0, 0
        FROM ai_budgets b JOIN ai_holds h ON h.budget = b.name AND h.created_at BETWEEN {since} AND {until}
        LEFT JOIN ai_hold_resolutions r ON r.hold_id = h.id, {_FORMS}
        WHERE {which}
    """
    sums = ", ".join(_sum(column) for column in COLUMNS)
    return f"SELECT budget, period, {sums} FROM ({rows}) WHERE period IS NOT NULL GROUP BY budget, period"
