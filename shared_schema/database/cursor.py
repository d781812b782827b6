"""The DB-API cursor over any of our connections."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from shared_schema.database.binding import Parameters

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one statement did. `columns` is empty where it returns no rows; `changes` is -1 where none can be."""

    columns: tuple[str, ...]
    rows: list[Row]
    changes: int
    last_id: int | None


class Connection(Protocol):
    """A file or a server."""

    @property
    def in_transaction(self) -> bool: ...

    def execute(self, sql: str, parameters: Parameters = ()) -> Answer: ...

    def cursor(self) -> "Cursor": ...

    def close(self) -> None: ...


class Cursor:
    """`rowcount` is the rows changed, or returned; -1 before the first statement and where neither makes sense."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.take(Answer((), [], -1, None))

    def take(self, answer: Answer) -> "Cursor":
        """Hold an answer that came by another way."""
        self.description = tuple((name, None, None, None, None, None, None) for name in answer.columns) or None
        self.rowcount = len(answer.rows) if answer.columns else answer.changes
        self.lastrowid = answer.last_id
        self._rows: Iterator[Row] = iter(answer.rows)
        return self

    def execute(self, sql: str, parameters: Parameters = ()) -> "Cursor":
        """Run one statement. A sequence of parameters for `?`s, or a mapping for `:name`s."""
        return self.take(self.connection.execute(sql, parameters))

    def fetchone(self) -> Row | None:
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        return list(itertools.islice(self._rows, size or self.arraysize))

    def fetchall(self) -> list[Row]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def close(self) -> None:
        self._rows = iter(())
