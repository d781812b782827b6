"""What AI calls cost: sums over the ledger's whole micro-dollars."""

import datetime as dt
from typing import Any

from shared_schema.database import Statement
from shared_schema.tables import db

Row = dict[str, Any]

_GROUPS = """
    SELECT purpose, model, sum(cost_microusd) AS total_microusd, count(*) AS generations,
           CAST(round(avg(cost_microusd)) AS INTEGER) AS avg_microusd, avg(success) AS success_rate,
           count(*) - count(cost_microusd) AS unpriced
    FROM ai_generation_log WHERE created_at >= ?
    GROUP BY purpose, model ORDER BY total_microusd DESC, purpose, model
"""
_DAYS = """
    SELECT date(created_at, 'unixepoch') AS date, sum(cost_microusd) AS total_microusd, count(*) AS generations,
           count(*) - count(cost_microusd) AS unpriced
    FROM ai_generation_log WHERE created_at >= ?
    GROUP BY 1 ORDER BY 1 DESC
"""


def report(days: int, today: dt.date) -> Row:
    """The last `days` UTC days, `today` included: in all, by purpose and model (dearest first), by day (newest first).

    A total is of the known prices, None where there are calls and none has a price; `unpriced` says how many have none.
    """
    first = dt.datetime.combine(today - dt.timedelta(days=days - 1), dt.time(), dt.UTC)
    since = int(first.timestamp())
    groups, by_day = db.fetch([Statement(_GROUPS, (since,)), Statement(_DAYS, (since,))])
    known = [row["total_microusd"] for row in groups.rows if row["total_microusd"] is not None]
    return {
        "days": days,
        "total_microusd": None if groups.rows and not known else sum(known),
        "generations": sum(row["generations"] for row in groups.rows),
        "unpriced": sum(row["unpriced"] for row in groups.rows),
        "groups": groups.rows,
        "by_day": by_day.rows,
    }
