"""What budgets have spent and hold, and which holds are open, from the ledger, the holds and their resolutions."""

from growth_service.spending import balances
from shared_schema.rebuild.part import Part, not_zero
from shared_schema.tables.costs import LATEST

# A page is a month with calls or holds, or all time behind them, where no period should be.
_TO_MONTHS_END = f"""
    SELECT coalesce(
        (SELECT unixepoch(min(at), 'unixepoch', 'start of month', '+1 month') - 1 FROM (
            SELECT min(created_at) AS at FROM ai_generation_log WHERE created_at > :after AND created_at <= {LATEST}
            UNION ALL SELECT min(created_at) FROM ai_holds WHERE created_at > :after AND created_at <= {LATEST})),
        iif(:after < {LATEST}, {LATEST}, NULL))
"""
# A budget counts from the first of a month, and so does a page.
_SINCE = "max(b.counts_from, :after + 1)"
_FACTS = f"""
    SELECT * FROM ({balances.facts("true", _SINCE, ":upto")})
    WHERE {not_zero(balances.COLUMNS)}
"""
# The days of a month are behind it, and before `~`. What was before a budget counts is history, of another purpose.
_SCOPE = f"""
    period >= (SELECT strftime('%Y-%m', {_SINCE}, 'unixepoch') FROM ai_budgets b
               WHERE b.name = ai_budget_periods.budget)
    AND period < strftime('%Y-%m', :upto, 'unixepoch') || '~'
    AND {not_zero(balances.COLUMNS)}
"""
_HOLDS = "id IN (SELECT id FROM ai_holds WHERE rowid > :after AND rowid <= :upto)"

PARTS = (
    Part(
        "open_holds",
        "ai_open_holds",
        "(SELECT rowid AS id FROM ai_holds)",
        f"hold_{_HOLDS}",
        ("hold_id",),
        f"""
        SELECT id AS hold_id, budget, expires_at FROM ai_holds
        WHERE {_HOLDS} AND NOT EXISTS (SELECT 1 FROM ai_hold_resolutions r WHERE r.hold_id = ai_holds.id)
        """,
        ("budget", "expires_at"),
        size=5000,
    ),
    Part(
        "balances",
        "ai_budget_periods",
        "",
        _SCOPE,
        balances.KEYS,
        _FACTS,
        balances.COLUMNS,
        upto=_TO_MONTHS_END,
    ),
)
