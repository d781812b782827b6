"""What AI calls cost: sums over the ledger's whole nano-dollars."""

import datetime as dt
from typing import TypedDict

from shared_schema import rows
from shared_schema.database import Statement
from shared_schema.fields import NANO
from shared_schema.tables import db


class Totals(TypedDict):
    """`total_nanousd` is the sum of the known prices, None where there are calls and none has a price.

    `unpriced` is the number of calls without a price.
    """

    total_nanousd: int | None
    generations: int
    unpriced: int


class Group(Totals):
    """The calls of one purpose and model. The average is of the calls that have a price."""

    purpose: str
    model: str
    avg_nanousd: int | None
    success_rate: float


class Day(Totals):
    """The calls of one UTC day."""

    date: str


class Report(Totals):
    """The calls of the last `days` days."""

    days: int
    groups: list[Group]
    by_day: list[Day]


# Nano-dollars: more than any call costs, and little enough for a million such calls to sum up within 64 bits.
_DEAREST = 5_000_000 * NANO
# SQL: whether a call can be counted. One whose price or time cannot be is left out of all sums.
_COUNTED = f"coalesce(cost_nanousd BETWEEN 0 AND {_DEAREST}, true) AND created_at <= {rows.LATEST}"
_LOGGED = 20
_GROUPS = f"""
    SELECT purpose, model, sum(cost_nanousd) AS total_nanousd, count(*) AS generations,
           CAST(round(avg(cost_nanousd)) AS INTEGER) AS avg_nanousd, avg(success) AS success_rate,
           count(*) - count(cost_nanousd) AS unpriced
    FROM ai_generation_log WHERE created_at >= ? AND {_COUNTED}
    GROUP BY purpose, model ORDER BY total_nanousd DESC, purpose, model
"""
_DAYS = f"""
    SELECT date(created_at, 'unixepoch') AS date, sum(cost_nanousd) AS total_nanousd, count(*) AS generations,
           count(*) - count(cost_nanousd) AS unpriced
    FROM ai_generation_log WHERE created_at >= ? AND {_COUNTED}
    GROUP BY 1 ORDER BY 1 DESC
"""
_LEFT_OUT = f"""
    SELECT id, created_at <= {rows.LATEST} AS has_time FROM ai_generation_log
    WHERE created_at >= ? AND NOT ({_COUNTED}) ORDER BY created_at LIMIT {_LOGGED}
"""


def of_day(date: str) -> str:
    """SQL: the sum of the known prices of a UTC day, NULL where none is known. `date` is SQL for YYYY-MM-DD."""
    return f"""
        (SELECT sum(cost_nanousd) FROM ai_generation_log
         WHERE created_at >= unixepoch({date}) AND created_at < unixepoch({date}, '+1 day') AND {_COUNTED})
    """


def report(days: int, today: dt.date) -> Report:
    """The last `days` UTC days, `today` included. Groups are dearest first, days newest first.

    Calls whose price or time is none are left out, and up to `_LOGGED` of them logged.
    """
    first = dt.datetime.combine(today - dt.timedelta(days=days - 1), dt.time(), dt.UTC)
    since = int(first.timestamp())
    by_group, by_day, left_out = db.fetch([Statement(sql, (since,)) for sql in (_GROUPS, _DAYS, _LEFT_OUT)])
    for row in left_out.rows:
        column = "cost_nanousd" if row["has_time"] else "created_at"
        rows.left_out("ai_generation_log", row["id"], column, "cannot be used")
    groups = by_group.all(Group)
    known = [group["total_nanousd"] for group in groups if group["total_nanousd"] is not None]
    return {
        "days": days,
        "total_nanousd": None if groups and not known else sum(known),
        "generations": sum(group["generations"] for group in groups),
        "unpriced": sum(group["unpriced"] for group in groups),
        "groups": groups,
        "by_day": by_day.all(Day),
    }
