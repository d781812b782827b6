"""What goes into a batch and what comes out of it."""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, is_typeddict

import peewee

from shared_schema.database import errors
from shared_schema.database.binding import Parameters
from shared_schema.database.cursor import Answer, Connection, Cursor


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL written by hand, for the hot paths whose text never changes. Rows come back as dicts."""

    sql: str
    parameters: Parameters = ()


@dataclass(frozen=True, slots=True)
class Compiled(Statement):
    """The SQL of a Peewee query, which makes the rows. To compile one costs more than to run it, so it is done once."""

    query: Any = None


@dataclass(frozen=True, slots=True)
class Guard:
    """A step that stops the batch, with nothing applied, unless the condition holds; `otherwise` makes the exception
    that is raised then, an exception class for example.

    `counts`: the condition is about the rows that the step before has changed.
    """

    statement: Statement
    otherwise: Callable[[], Exception]
    counts: bool = False

    @property
    def sql(self) -> str:
        return self.statement.sql

    @property
    def parameters(self) -> Parameters:
        return self.statement.parameters


Step = Statement | Guard


Row = TypeVar("Row")
Value = TypeVar("Value", int, str, float, bytes)


@dataclass(frozen=True, slots=True)
class Result:
    """What one query of a batch did: its rows, as the query makes them, and `count`, how many it changed or returned.

    `all` and `first` give the rows as a named type: a TypedDict or a dataclass that has the columns as fields, or a
    plain `dict` or `tuple`. They raise TypeError for rows that lack a column of the type. Rows may have more columns
    than a TypedDict, since a database may be one migration ahead of the code.
    """

    rows: list[Any]
    count: int

    def all(self, kind: type[Row]) -> list[Row]:
        """Every row as `kind`."""
        if dataclasses.is_dataclass(kind):
            return [kind(**row) for row in self.rows]
        if self.rows and is_typeddict(kind):
            _check_columns(self.rows[0].keys(), kind)
        return self.rows

    def first(self, kind: type[Row]) -> Row | None:
        """The first row as `kind`, or None."""
        return next(iter(Result(self.rows[:1], self.count).all(kind)), None)

    def one(self, kind: type[Row]) -> Row:
        """The first row of a query that always has one. Raises LookupError where it has none."""
        row = self.first(kind)
        if row is None:
            raise LookupError("no row")
        return row

    def value(self, kind: type[Value]) -> Value:
        """The first column of the first row. Raises LookupError where there is none, TypeError for another type."""
        value = self.value_or_none(kind)
        if value is None:
            raise LookupError("no value")
        return value

    def value_or_none(self, kind: type[Value]) -> Value | None:
        """The first column of the first row; None where there is no row or it is NULL."""
        if not self.rows:
            return None
        row = self.rows[0]
        value: object = next(iter(row.values() if isinstance(row, Mapping) else row))
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"a {type(value).__name__} where a {kind.__name__} was expected")
        return value


def _check_columns(columns: Collection[str], kind: type[object]) -> None:
    if missing := kind.__required_keys__ - columns:  # type: ignore[attr-defined]  # every TypedDict has it
        raise TypeError(f"rows without {', '.join(sorted(missing))} are no {kind.__name__}")


Query = peewee.Query | Statement

# abs() of the smallest integer raises "integer overflow" (sqlite.org/lang_corefunc.html#abs): the one way to fail a
# statement from inside an expression that needs no trigger and no table, and so travels in a single request.
_GUARD = "SELECT CASE WHEN ({}) THEN 1 ELSE abs(-9223372036854775808) END"


def require(condition: str, parameters: Parameters = (), *, otherwise: Callable[[], Exception]) -> Guard:
    """Go on only if the SQL condition is true at this point of the batch."""
    return Guard(Statement(_GUARD.format(condition), parameters), otherwise)


def require_changes(count: int, *, otherwise: Callable[[], Exception]) -> Guard:
    """Go on only if the step before changed `count` rows: compare-and-set is an UPDATE … WHERE followed by this."""
    return dataclasses.replace(require("changes() = ?", (count,), otherwise=otherwise), counts=True)


def result_of(query: Step, answer: Answer, connection: Connection) -> Result:
    """The result of a query that this connection has answered."""
    rows: list[Any] = []
    if not answer.columns:
        return Result(rows, answer.changes)
    if isinstance(query, Compiled):  # peewee makes the rows: models, dicts or tuples, as the query says
        cursor = Cursor(connection).take(answer)
        rows = list(query.query._get_cursor_wrapper(cursor))
    else:
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return Result(rows, answer.count)


def error_of(query: Query | Guard, error: Exception) -> Exception:
    """The error to raise for a failed step: a guard's own where its condition does not hold, else the engine's."""
    if isinstance(query, Guard) and isinstance(errors.cause(error), errors.IntegerOverflow):
        return query.otherwise()
    return error
