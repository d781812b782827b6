"""The account's growth, a row per day; what AI cost that day comes from the ledger."""

import datetime as dt
import itertools
from collections.abc import Sequence
from functools import partial
from typing import TypedDict

import peewee

from growth_service.ledger import costs
from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Statement, require_changes
from shared_schema.problems import NotFound, invalid
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


class _Stored(TypedDict):
    """What a row has of a day, and its cost; None for a figure that is not known."""

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


class _Row(_Stored):
    """The same with the followers of the day before, and the last day before it that has a row."""

    followers_before: int | None
    previous: str | None


class Day(_Stored):
    """A day with what follows from it and from the days before, which is stored nowhere.

    `followers_change` is new less lost followers where both were sent, else the difference to the day before; None
    where neither is known. `days_since_previous` is 1 where the day before has a row, more behind a gap, None for the
    first day of all.
    """

    followers_change: int | None
    days_since_previous: int | None


COUNTABLE = 10**12  # a figure above, or below 0, is none that anything is computed from
_SHAPE = Shape("growth_metrics", moments=("created_at", "updated_at"), reals=("engagement_rate",), days=("date",))

# Where the ledger knows no cost of the day, what was adopted with the row counts.
COST = f"coalesce({costs.of_day('m.date')}, m.ai_cost_nanousd)"
_COLUMNS = f"""
    m.id, m.date, m.followers_count, m.following_count, m.new_followers, m.lost_followers, m.tweets_sent,
    m.engagements_made, m.impressions, m.profile_visits, m.engagement_rate, m.created_at, m.updated_at,
    {COST} AS ai_cost_nanousd
"""
_ONE = f"""
    SELECT {_COLUMNS},
        (SELECT p.followers_count FROM growth_metrics p WHERE p.date = date(m.date, '-1 day')) AS followers_before,
        (SELECT p.date FROM growth_metrics p WHERE p.date < m.date ORDER BY p.date DESC LIMIT 1) AS previous
    FROM growth_metrics m WHERE m.date = ?
"""
# The rows of a window and those before it that tell what has changed on its first day, newest first.
_LATEST = f"""
    SELECT {_COLUMNS} FROM growth_metrics m
    WHERE m.date <= :last AND m.date >= min(
        date(:first, '-1 day'), coalesce((SELECT max(date) FROM growth_metrics WHERE date < :first), :first))
    ORDER BY m.date DESC
"""
_CREATE = "INSERT INTO growth_metrics (date) VALUES (?) ON CONFLICT (date) DO NOTHING"
# A copy, as of this change, for releases before and others that read the table.
_COPY_COST = f"""
    UPDATE growth_metrics SET ai_cost_nanousd = cost.nanousd, ai_cost_microusd = (cost.nanousd + 500) / 1000
    FROM (SELECT {costs.of_day(":date")} AS nanousd) cost WHERE date = :date AND cost.nanousd IS NOT NULL
"""
_LOG_REMOVED = f"""
    SELECT date AS id, {audit.document(GrowthMetric, Figures.__annotations__)} AS old, NULL AS new
    FROM growth_metrics WHERE date = :date
"""
_NONE = partial(NotFound, "there is no row of this day")


def put(date: str, figures: Figures, actor: Actor, today: dt.date) -> tuple[Day, bool]:
    """Create or change a day; what `figures` does not name stays. The day, and whether it is new.

    Invalid for a day after tomorrow: somewhere it is tomorrow already, but nowhere later. Damaged, and nothing
    changed, where its row cannot be used.
    """
    if not rows.is_day(date):
        raise invalid("date", "Not a day of the calendar, like 2026-11-22.")
    if date > _tomorrow(today):
        raise invalid("date", "More than a day ahead.")
    log = audit.change(actor, "metric.put", "growth_metric", GrowthMetric, date, figures, key="date")
    _, inserted, *_, day = db.batch(
        [
            log,
            Statement(_CREATE, (date,)),
            GrowthMetric.update({**figures, "updated_at": peewee.SQL("unixepoch()")}).where(GrowthMetric.date == date),
            Statement(_COPY_COST, {"date": date}),
            rows.require_usable(_SHAPE, date, key="date"),
            Statement(_ONE, (date,)),
        ],
        idempotent=True,
    )
    return _read(day.one(_Row)), inserted.count == 1


def get(date: str) -> Day:
    """One day, or NotFound; Damaged where its row cannot be used."""
    row = db.fetch([Statement(_ONE, (date,))])[0].first(_Row)
    if row is None:
        raise _NONE()
    return rows.one("growth_metrics", row, _read)


def remove(date: str, actor: Actor) -> None:
    """Take a day away, whatever its row is like; what it had is in the log. NotFound where there is none."""
    which = {"date": date}
    log = audit.entries(actor, "metric.delete", "growth_metric", _LOG_REMOVED, which)
    delete = Statement("DELETE FROM growth_metrics WHERE date = :date", which)
    db.batch([log, delete, require_changes(1, otherwise=_NONE)])


def latest(days: int, today: dt.date) -> list[Day]:
    """The rows of the last `days` days, `today` included, newest first. Days without a row are missing.

    Tomorrow's is there as well, if it has come; rows of later days, from a release before, are not.
    """
    first = (today - dt.timedelta(days=days - 1)).isoformat()
    (result,) = db.fetch([Statement(_LATEST, {"first": first, "last": _tomorrow(today)})])
    listed = [row for row in _beside(result.all(_Stored)) if row["date"] >= first]
    return rows.usable("growth_metrics", listed, _read)


def _beside(stored: Sequence[_Stored]) -> list[_Row]:
    """Rows that are all there is from the newest to the oldest of them, each with what it needs of those before it."""
    followers = {row["date"]: row["followers_count"] for row in stored}
    return [
        {**row, "previous": before and before["date"], "followers_before": followers.get(_day_before(row["date"]))}
        for row, before in itertools.zip_longest(stored, stored[1:])
    ]


def _day_before(date: str) -> str:
    return (dt.date.fromisoformat(date) - dt.timedelta(days=1)).isoformat() if rows.is_day(date) else ""


def _tomorrow(today: dt.date) -> str:
    return (today + dt.timedelta(days=1)).isoformat()


def _read(row: _Row) -> Day:
    rows.checked(row, _SHAPE)
    previous = row["previous"]
    known = previous is not None and rows.is_day(previous)
    apart = dt.date.fromisoformat(row["date"]) - dt.date.fromisoformat(previous) if known and previous else None
    change = _difference(row["new_followers"], row["lost_followers"])
    if change is None:
        change = _difference(row["followers_count"], row["followers_before"])
    derived = {"followers_change": change, "days_since_previous": None if apart is None else apart.days}
    return {**row, **derived}  # type: ignore[typeddict-item]  # mypy cannot add up TypedDicts


def _difference(more: int | None, less: int | None) -> int | None:
    known = (figure is not None and 0 <= figure <= COUNTABLE for figure in (more, less))
    return more - less if all(known) and more is not None and less is not None else None
