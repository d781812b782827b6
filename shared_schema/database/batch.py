"""What goes into a batch and what comes out of it."""

from dataclasses import dataclass
from typing import Any

import peewee

from shared_schema.database.binding import Parameters


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL written by hand, for the hot paths whose text never changes. Rows come back as dicts."""

    sql: str
    parameters: Parameters = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """A step that stops the batch, with nothing applied, by raising `otherwise` unless the condition holds."""

    statement: Statement
    otherwise: Exception


@dataclass(frozen=True, slots=True)
class Result:
    """What one query of a batch did: its rows (in the query's own row type) and how many it changed or returned."""

    rows: list[Any]
    count: int

    @property
    def first(self) -> Any:
        """The first row, or None."""
        return self.rows[0] if self.rows else None


Query = peewee.Query | Statement

# abs() of the smallest integer raises "integer overflow" (sqlite.org/lang_corefunc.html#abs): the one way to fail a
# statement from inside an expression that needs no trigger and no table, and so travels in a single request.
_GUARD = "SELECT CASE WHEN ({}) THEN 1 ELSE abs(-9223372036854775808) END"
GUARD_FAILED = "integer overflow"


def require(condition: str, parameters: Parameters = (), *, otherwise: Exception) -> Guard:
    """Go on only if the SQL condition is true at this point of the batch."""
    return Guard(Statement(_GUARD.format(condition), parameters), otherwise)


def require_changes(count: int, *, otherwise: Exception) -> Guard:
    """Go on only if the step before changed `count` rows: compare-and-set is an UPDATE … WHERE followed by this."""
    return require("changes() = ?", (count,), otherwise=otherwise)
