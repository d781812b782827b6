"""What a budget has spent and holds, counted anew from the ledger, the holds and their resolutions.

The triggers of `shared_schema.tables.budgets` keep the same sums with each row that is written; they must agree.
"""

from shared_schema.fields import NANO
from shared_schema.tables import budgets

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


def facts(which: str, since: str) -> str:
    """SQL: the rows of ai_budget_periods, by KEYS and COLUMNS, of the budgets b that meet the condition `which`.

    `since` is SQL for the moment, the first of a month, from which calls and holds count.
    """
    rows = f"""
        SELECT b.name AS budget, strftime(f.form, g.created_at, 'unixepoch') AS period,
               iif({_SETTLED}, 0, coalesce({_COST}, 0)) AS posted_nanousd, 0 AS pending_nanousd,
               {_COST} IS NULL AS unpriced, {_COST} IS NULL AND NOT {_SETTLED} AS uncovered
        FROM ai_budgets b JOIN ai_generation_log g ON g.created_at >= {since}, {_FORMS}
        WHERE {which} AND coalesce(b.purpose = g.purpose, true)
        UNION ALL
        SELECT b.name, strftime(f.form, h.created_at, 'unixepoch'), coalesce(r.posted_nanousd, 0),
               iif(r.hold_id IS NULL, h.amount_nanousd, 0), 0, 0
        FROM ai_budgets b JOIN ai_holds h ON h.budget = b.name AND h.created_at >= {since}
        LEFT JOIN ai_hold_resolutions r ON r.hold_id = h.id, {_FORMS}
        WHERE {which}
    """
    sums = ", ".join(_sum(column) for column in COLUMNS)
    return f"SELECT budget, period, {sums} FROM ({rows}) WHERE period IS NOT NULL GROUP BY budget, period"


# For a walk through the budgets by rowid, above :after and up to :upto. Periods before `counts_from` are history, of
# another purpose; a row of which all is 0 says nothing.
WALK = "(SELECT rowid AS id FROM ai_budgets)"
_PAGE = "b.rowid > :after AND b.rowid <= :upto"
FACTS = facts(_PAGE, "b.counts_from")
SCOPE = f"""
    period >= (SELECT strftime('%Y-%m', b.counts_from, 'unixepoch') FROM ai_budgets b
               WHERE b.name = ai_budget_periods.budget AND {_PAGE})
"""
_ALL = facts("true", "b.counts_from")
# The periods that differ: what is stored, and what is counted.
DIFFERENCES = f"""
    WITH f AS MATERIALIZED ({_ALL}),
         s AS MATERIALIZED (
            SELECT p.* FROM ai_budget_periods p JOIN ai_budgets b ON b.name = p.budget
            WHERE p.period >= strftime('%Y-%m', b.counts_from, 'unixepoch'))
    SELECT coalesce(f.budget, s.budget) AS budget, coalesce(f.period, s.period) AS period,
        {", ".join(f"s.{column} AS stored_{column}, f.{column} AS counted_{column}" for column in COLUMNS)}
    FROM f FULL JOIN s ON f.budget = s.budget AND f.period = s.period
    WHERE {" OR ".join(f"coalesce(f.{column}, 0) IS NOT coalesce(s.{column}, 0)" for column in COLUMNS)}
"""
