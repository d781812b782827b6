"""SQL for what Peewee's SQLite backend computes by Python functions inside the engine, which libSQL cannot call.

Peewee's queries name them: `date_part`, `date_trunc`, `_pw_json_contains`, `fts_rank`, `fts_bm25`. The context writes
SQL in their place.
"""

from collections.abc import Callable
from typing import Any

import peewee

from shared_schema.database import containment, ranking

_LENGTH, _LENGTH_OF_TIME = 19, 8  # of `2026-11-28 10:20:30` and of `10:20:30`
_PARTS = {"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S"}
_BEGINNINGS = {
    "year": "%Y-01-01 00:00:00",
    "month": "%Y-%m-01 00:00:00",
    "day": "%Y-%m-%d 00:00:00",
    "hour": "%Y-%m-%d %H:00:00",
    "minute": "%Y-%m-%d %H:%M:00",
    "second": "%Y-%m-%d %H:%M:%S",
}


_Function: Any = peewee.Function


class Context(peewee.Context):
    """Builds the SQL of one query."""

    __slots__ = ()

    def sql(self, obj: Any) -> Any:
        if type(obj) is _Function and obj.name in _IN_SQL:
            obj = _IN_SQL[obj.name](*obj.arguments)
        return super().sql(obj)  # type: ignore[no-untyped-call]


def _date_part(part: str, date: Any) -> peewee.Node:
    """A part of a date as an integer, NULL for NULL and for "". A time of another zone is not converted."""
    text = peewee.fn.strftime(_format(_PARTS, part), _without_zone(date))
    return peewee.Cast(text, "INTEGER")


def _date_trunc(part: str, date: Any) -> peewee.Node:
    """The moment at which that year, month, … of a date begins."""
    return peewee.fn.strftime(_format(_BEGINNINGS, part), _without_zone(date))


def _format(formats: dict[str, str], part: str) -> peewee.Value:
    if part not in formats:
        raise ValueError(f"{part!r} is none of {', '.join(formats)}")
    return peewee.Value(formats[part], converter=False)


def _without_zone(date: Any) -> peewee.Node:
    """The date and time up to the second. strftime would convert a time of another zone to UTC."""
    length = _LENGTH_OF_TIME if isinstance(date, peewee.TimeField) else _LENGTH
    return peewee.fn.substr(date, peewee.Value(1, converter=False), peewee.Value(length, converter=False))


_IN_SQL: dict[str, Callable[..., peewee.Node]] = {
    "date_part": _date_part,
    "date_trunc": _date_trunc,
    "_pw_json_contains": containment.contains,
    "fts_rank": ranking.rank,
    "fts_bm25": ranking.bm25,
}
COMPUTED = frozenset({*_IN_SQL, "regexp"})  # libSQL has an operator REGEXP of its own
