"""The account's growth, a row per day; what AI cost that day comes from the ledger."""

import datetime as dt
import re
from typing import Any

import peewee

from shared_schema.database import Statement
from shared_schema.problems import invalid
from shared_schema.tables import db
from shared_schema.tables.growth import GrowthMetric

Row = dict[str, Any]

_CREATE = "INSERT INTO growth_metrics (date) VALUES (?) ON CONFLICT (date) DO NOTHING"
# The known costs; null while none is known. Where the ledger has nothing, what was adopted with the row stays.
_COST = """
    UPDATE growth_metrics SET ai_cost_microusd = coalesce(
        (SELECT sum(cost_microusd) FROM ai_generation_log
         WHERE created_at >= unixepoch(:date) AND created_at < unixepoch(:date, '+1 day')), ai_cost_microusd)
    WHERE date = :date
"""
# For the batch of new ledger rows: what it adds to its day, if the day has a row.
_ADD_COST = """
    UPDATE growth_metrics SET
        ai_cost_microusd = coalesce(ai_cost_microusd, 0) + :cost, updated_at = unixepoch()
    WHERE date = date(:now, 'unixepoch')
"""


def put(date: str, values: Row) -> tuple[Row, bool]:
    """Create or change a day; what `values` does not name stays, None clears. The day, and whether it is new."""
    _check(date)
    mine = GrowthMetric.date == date
    results = db.batch(
        [
            Statement(_CREATE, (date,)),
            GrowthMetric.update(values | {"updated_at": peewee.SQL("unixepoch()")}).where(mine),
            Statement(_COST, {"date": date}),
            GrowthMetric.select().where(mine).dicts(),
        ],
        idempotent=True,
    )
    return results[-1].one(dict), results[0].count == 1


def latest(days: int, today: dt.date) -> list[Row]:
    """The rows of the last `days` days, `today` included, newest first. Days without a row are missing."""
    since = today - dt.timedelta(days=days)
    query = (
        GrowthMetric.select().where(GrowthMetric.date > since.isoformat()).order_by(GrowthMetric.date.desc()).dicts()
    )
    return db.fetch([query])[0].rows


def add_cost(cost_microusd: int, now: int) -> Statement:
    """The step that adds a cost to the day of `now`; for the batch that writes the ledger."""
    return Statement(_ADD_COST, {"cost": cost_microusd, "now": now})


def _check(date: str) -> None:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", date):
            dt.date.fromisoformat(date)
            return
    except ValueError:
        pass
    raise invalid("date", "Not a day of the calendar, like 2026-11-22.")
