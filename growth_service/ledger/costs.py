"""What AI calls cost: sums over the ledger's whole nano-dollars, which triggers keep by time slots."""

import datetime as dt
from typing import TypedDict

from growth_service.ledger import cost_rows, days
from growth_service.ledger.cost_rows import GroupSums, OfDay, Report, Sums
from growth_service.ledger.days import Day
from shared_schema import rows
from shared_schema.database import Result, Statement
from shared_schema.fields import NANO, dumps
from shared_schema.tables import db
from shared_schema.tables.costs import COUNTABLE, DAY, LATEST


class LeftOut(TypedDict):
    """A call whose price is none, or, without `has_time`, whose time."""

    id: int
    has_time: int


MOST = 100  # exams, and users
_LOGGED = 20
_TOTAL = f"sum(s.cost_usd) * {NANO} + sum(s.cost_nanousd)"  # a real number beyond 64 bits, good enough for the order
_SUMS = """
    sum(s.generations) AS generations, sum(s.priced) AS priced, sum(s.cost_usd) AS usd, sum(s.cost_nanousd) AS nanousd
"""
# The slots of a dimension within the pieces of a window. CROSS keeps the pieces outside.
_WITHIN = """
    FROM json_each(:pieces) p CROSS JOIN ai_cost_slots s
    WHERE s.dimension = '{}' AND s.seconds = p.value->>0 AND s.start >= p.value->>1 AND s.start < p.value->>2
"""
_GROUPS = f"""
    SELECT s.purpose, s.model, {_SUMS}, sum(s.successes) AS successes, sum(s.compared) AS compared,
        sum(s.billed_usd) AS billed_usd, sum(s.billed_nanousd) AS billed_nanousd,
        sum(s.computed_usd) AS computed_usd, sum(s.computed_nanousd) AS computed_nanousd
    {_WITHIN.format("model")} GROUP BY s.purpose, s.model
"""
_DAYS = f"SELECT p.value->>3 AS place, {_SUMS} {_WITHIN.format('total')} GROUP BY place ORDER BY place"
_UTC_DAYS = f"""
    SELECT (:last - s.start) / {DAY} AS place, {_SUMS} FROM ai_cost_slots s
    WHERE s.dimension = 'total' AND s.seconds = {DAY} AND s.start >= :start AND s.start <= :last GROUP BY s.start
    ORDER BY s.start DESC
"""
_BY = f"""
    SELECT nullif(s.{{0}}_id, 0) AS {{0}}_id, {_SUMS} {_WITHIN.format("{0}")}
    GROUP BY s.{{0}}_id ORDER BY {_TOTAL} DESC, sum(s.priced) = 0, s.{{0}}_id LIMIT :most
"""
_EXAMS, _USERS = _BY.format("exam"), _BY.format("user")
_LEFT_OUT = f"""
    SELECT id, created_at BETWEEN 0 AND {LATEST} AS has_time, count(*) OVER () AS number
    FROM ai_generation_log INDEXED BY ai_generation_log_left_out
    WHERE NOT {COUNTABLE} AND (created_at NOT BETWEEN 0 AND {LATEST} OR created_at >= :start AND created_at < :end)
    ORDER BY created_at LIMIT {_LOGGED}
"""
_MOST_STORED = 9_000_000_000_000_000_000


# SQL: what the calls of a slot `s` cost in nano-dollars. What is beyond 64 bits is just within them.
_COST = f"CAST(min(s.cost_usd * {NANO} + s.cost_nanousd, {_MOST_STORED}) AS INTEGER)"
_OF_DAYS = f"""
    SELECT date(s.start, 'unixepoch') AS date, {_COST} AS nanousd FROM ai_cost_slots s
    WHERE s.dimension = 'total' AND s.seconds = {DAY}
        AND s.start BETWEEN unixepoch(:first) AND unixepoch(:last) AND s.priced > 0
"""


def of_day(date: str) -> str:
    """An SQL expression: what the calls of a UTC day cost in nano-dollars, NULL where none has a price.

    `date` is SQL for the day as YYYY-MM-DD.
    """
    return f"""
    (SELECT {_COST} FROM ai_cost_slots s
     WHERE s.dimension = 'total' AND s.seconds = {DAY} AND s.start = unixepoch({date}) AND s.priced > 0)
"""


def of_days(first: str, last: str) -> Statement:
    """The read of the same for each UTC day from the first to the last; its result goes to `by_date`."""
    return Statement(_OF_DAYS, {"first": first, "last": last})


def by_date(result: Result) -> dict[str, int]:
    """The costs by their dates as YYYY-MM-DD; days of which no call has a price are missing."""
    return {row["date"]: row["nanousd"] for row in result.rows}


def report(number: int, zone: dt.tzinfo, now: dt.datetime, users: int = MOST) -> Report:
    """The last `number` days of a time zone, today included. Days are newest first, all else is dearest first.

    At most MOST exams, and at most `users` users. Calls whose price or time is none are in no sum, and up to `_LOGGED`
    of them are logged.
    """
    window = days.latest(number, zone, now)
    start, end = window[-1].start, window[0].end
    whole = dumps(days.pieces(start, end))
    by_group, by_day, by_exam, left_out, *by_user = db.fetch(
        [
            Statement(_GROUPS, {"pieces": whole}),
            _by_day(window),
            Statement(_EXAMS, {"pieces": whole, "most": MOST}),
            Statement(_LEFT_OUT, {"start": start, "end": end}),
            *([Statement(_USERS, {"pieces": whole, "most": users})] if users else []),
        ]
    )
    _log(left_out.rows)
    by_model = by_group.all(GroupSums)
    return {
        **cost_rows.totals(by_model),
        "days": number,
        "timezone": str(zone),
        "start": start,
        "end": end,
        "left_out": left_out.rows[0]["number"] if left_out.rows else 0,
        "groups": cost_rows.groups(by_model),
        "by_model": cost_rows.models(by_model),
        "by_day": [_day(window[row["place"]], row) for row in by_day.rows],
        "by_exam": [{"exam_id": row["exam_id"], **cost_rows.totals([row])} for row in by_exam.rows],
        "by_user": [
            {"user_id": row["user_id"], **cost_rows.totals([row])} for result in by_user for row in result.rows
        ],
        "drift": cost_rows.drifts(by_model),
    }


def _by_day(window: list[Day]) -> Statement:
    """The read of the days by their place in the window. Those of UTC are slots themselves, one behind the other."""
    if all(day.start % DAY == 0 for day in window):
        return Statement(_UTC_DAYS, {"start": window[-1].start, "last": window[0].start})
    pieces = [(*piece, place) for place, day in enumerate(window) for piece in days.within_day(day)]
    return Statement(_DAYS, {"pieces": dumps(pieces)})


def _day(day: Day, row: Sums) -> OfDay:
    return {"date": day.date.isoformat(), "start": day.start, "end": day.end, **cost_rows.totals([row])}


def _log(left_out: list[LeftOut]) -> None:
    for row in left_out:
        column = "cost_nanousd" if row["has_time"] else "created_at"
        rows.left_out("ai_generation_log", row["id"], column, "cannot be used")
