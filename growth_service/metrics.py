"""The account's growth, a row per day; what AI cost that day comes from the ledger."""

import datetime as dt
from typing import TypedDict

import peewee

from growth_service import costs
from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.problems import invalid
from shared_schema.rows import Shape
from shared_schema.tables import db
from shared_schema.tables.growth import GrowthMetric


class Figures(TypedDict, total=False):
    """What `put` changes of a day; None clears."""

    followers_count: int | None
    following_count: int | None
    new_followers: int | None
    lost_followers: int | None
    tweets_sent: int | None
    engagements_made: int | None
    impressions: int | None
    profile_visits: int | None
    engagement_rate: float | None


class Day(TypedDict):
    """A day as it is stored; None for a figure that is not known."""

    id: int
    date: str
    followers_count: int | None
    following_count: int | None
    new_followers: int | None
    lost_followers: int | None
    tweets_sent: int | None
    engagements_made: int | None
    impressions: int | None
    profile_visits: int | None
    engagement_rate: float | None
    ai_cost_nanousd: int | None
    created_at: int
    updated_at: int


_SHAPE = Shape("growth_metrics", moments=("created_at", "updated_at"), reals=("engagement_rate",), days=("date",))

_CREATE = "INSERT INTO growth_metrics (date) VALUES (?) ON CONFLICT (date) DO NOTHING"
# Where the ledger knows no cost of the day, what was adopted with the row stays.
_COST = f"""
    UPDATE growth_metrics SET ai_cost_nanousd = coalesce({costs.OF_DAY}, ai_cost_nanousd) WHERE date = :date
"""
_ADD_COST = """
    UPDATE growth_metrics SET
        ai_cost_nanousd = coalesce(ai_cost_nanousd, 0) + :cost,
        ai_cost_microusd = (coalesce(ai_cost_nanousd, 0) + :cost + 500) / 1000, updated_at = unixepoch()
    WHERE date = date(:now, 'unixepoch')
"""


def put(date: str, figures: Figures, actor: Actor) -> tuple[Day, bool]:
    """Create or change a day; what `figures` does not name stays. The day, and whether it is new.

    Damaged, and nothing changed, where its row cannot be used.
    """
    if not rows.is_day(date):
        raise invalid("date", "Not a day of the calendar, like 2026-11-22.")
    this_day = GrowthMetric.date == date
    _, inserted, *_, day = db.batch(
        [
            audit.change(actor, "metric.put", "growth_metric", GrowthMetric, date, figures, key="date"),
            Statement(_CREATE, (date,)),
            GrowthMetric.update({**figures, "updated_at": peewee.SQL("unixepoch()")}).where(this_day),
            Statement(_COST, {"date": date}),
            rows.require_usable(_SHAPE, date, key="date"),
            GrowthMetric.select().where(this_day).dicts(),
        ],
        idempotent=True,
    )
    return day.one(Day), inserted.count == 1


def latest(days: int, today: dt.date) -> list[Day]:
    """The rows of the last `days` days, `today` included, newest first. Days without a row are missing."""
    since = today - dt.timedelta(days=days)
    query = (
        GrowthMetric.select().where(GrowthMetric.date > since.isoformat()).order_by(GrowthMetric.date.desc()).dicts()
    )
    return rows.usable("growth_metrics", db.fetch([query])[0].all(Day), _read)


def _read(row: Day) -> Day:
    return rows.checked(row, _SHAPE)


def add_cost(cost_nanousd: int, now: int) -> Statement:
    """The step of a batch that adds a cost to the day of `now`, if that day has a row."""
    return Statement(_ADD_COST, {"cost": cost_nanousd, "now": now})
