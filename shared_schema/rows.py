"""Rows that others write, too: one that the code cannot use is left out of lists, and is a clear problem by itself.

Each noun module says what it relies on: in a reader, which makes a value of a row and raises Unusable, and in a Shape
where SQL must know it as well. Tables are STRICT, so the types of columns are right; what is in them may not be.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog

from shared_schema.database import Guard, require
from shared_schema.problems import Damaged

EARLIEST, LATEST = -62_135_596_800, 253_402_300_799  # epoch seconds: the years 1 to 9999, which a datetime can hold

_log = structlog.get_logger()


class Unusable(Exception):
    """A row that the code cannot use. `problem` says what is wrong with its `column`, never what is in it."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(f"{column} {problem}")
        self.column = column
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Shape:
    """What the code relies on in columns of `table`, by their names. NULL is left to the table's own rules.

    `moments` are epoch seconds that a date has, `reals` finite numbers, `days` dates as YYYY-MM-DD, `words` the words
    of an enumeration.
    """

    table: str
    moments: tuple[str, ...] = ()
    reals: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.moments, *self.reals, *self.days, *self.words)


Row = TypeVar("Row", bound=Mapping[str, Any])
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Page(Generic[Value]):
    """Usable rows of a page of a list. `next` is the key of the last row that was read, usable or not, where there may
    be more.
    """

    rows: list[Value]
    next: int | str | None


def page(table: str, stored: Sequence[Row], read: Callable[[Row], Value], limit: int, key: str = "id") -> Page[Value]:
    """A page of at most `limit` rows that were read with this limit, in the order of their `key`."""
    return Page(usable(table, stored, read, key), stored[-1][key] if len(stored) == limit else None)


def usable(table: str, stored: Iterable[Row], read: Callable[[Row], Value], key: str = "id") -> list[Value]:
    """What `read` makes of each row. A row for which it raises Unusable is left out and logged by its `key`."""
    values: list[Value] = []
    for row in stored:
        try:
            values.append(read(row))
        except Unusable as error:
            left_out(table, row[key], error.column, error.problem)
    return values


def left_out(table: str, row_id: object, column: str, problem: str) -> None:
    """Log that a row was left out of what was asked for."""
    _log.error("a row that cannot be used was left out", table=table, id=row_id, column=column, problem=problem)


def one(table: str, row: Row, read: Callable[[Row], Value], key: str = "id") -> Value:
    """What `read` makes of a row that was asked for by its id. Raises Damaged where the row cannot be used."""
    try:
        return read(row)
    except Unusable as error:
        raise Damaged(table, row[key], error.column, error.problem) from None


def checked(row: Row, shape: Shape) -> Row:
    """The row, or Unusable where a column is not as the shape says."""
    for column in shape.moments:
        if (moment := row[column]) is not None and not EARLIEST <= moment <= LATEST:
            raise Unusable(column, "is not a time between the years 1 and 9999")
    for column in shape.reals:
        if (number := row[column]) is not None and not math.isfinite(number):
            raise Unusable(column, "is not a finite number")
    for column in shape.days:
        if (day := row[column]) is not None and not is_day(day):
            raise Unusable(column, "is not a day of the calendar, like 2026-11-22")
    for column, words in shape.words.items():
        if (word := row[column]) is not None and word not in words:
            raise Unusable(column, f"is none of {', '.join(words)}")
    return row


def is_day(text: str) -> bool:
    """Whether this is a day of the calendar as YYYY-MM-DD. `fromisoformat` alone takes other spellings, too."""
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and dt.date.fromisoformat(text))
    except ValueError:
        return False


def condition(shape: Shape, alias: str) -> str:
    """The SQL condition that a row is as the shape says; `alias` is the name of the table in the query."""
    parts = [
        *(f"{alias}.{column} BETWEEN {EARLIEST} AND {LATEST}" for column in shape.moments),
        *(f"abs({alias}.{column}) < 9e999" for column in shape.reals),
        *(f"date({alias}.{column}) IS {alias}.{column}" for column in shape.days),
        *(f"{alias}.{column} IN ({', '.join(map(repr, words))})" for column, words in shape.words.items()),
    ]
    return " AND ".join(f"coalesce({part}, true)" for part in parts)


def require_usable(shape: Shape, row_id: int | str, key: str = "id") -> Guard:
    """The step that stops a batch with Damaged unless the row is as the shape says at this point.

    It stands before the SELECT of the row that a change answers with: what cannot be shown is not changed.
    """
    broken = f"SELECT 1 FROM {shape.table} AS row WHERE row.{key} = ? AND NOT ({condition(shape, 'row')})"
    error = Damaged(shape.table, row_id, " or ".join(shape.columns), "cannot be used")
    return require(f"NOT EXISTS ({broken})", (row_id,), otherwise=lambda: error)
