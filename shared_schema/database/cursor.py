"""The DB-API cursor over any of our connections."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from shared_schema.database import errors
from shared_schema.database.binding import Parameters
from shared_schema.database.sql import shape, statements

Row = tuple[Any, ...]


@dataclass(slots=True)  # not frozen: a frozen one takes five times as long to make
class Answer:
    """What one statement did. `columns` is empty if it returns no rows; `changes` is -1 if it is no write.

    `rows_read`, `rows_written` and `engine_s`, the seconds in the engine, are for `usage`.
    """

    columns: tuple[str, ...]
    rows: list[Row]
    changes: int
    last_id: int | None
    rows_read: int = 0
    rows_written: int = 0
    engine_s: float = 0.0

    @property
    def count(self) -> int:
        """How many rows were changed or returned."""
        return len(self.rows) if self.columns else self.changes


_NOTHING = Answer((), [], -1, None)


class Connection(Protocol):
    """A connection to a file (`local.Connection`) or to a server (`remote.Connection`)."""

    @property
    def in_transaction(self) -> bool: ...

    def execute(self, sql: str, parameters: Parameters = (), *, wait_s: float | None = None) -> Answer: ...

    def close(self) -> None: ...

    def cursor(self) -> "Cursor":
        return Cursor(self)

    @property
    def total_changes(self) -> int:
        """How many rows this connection to a file has changed. Pools ask for it to learn whether it is closed."""
        return int(self.execute("SELECT total_changes()").rows[0][0])

    def commit(self) -> None:
        if self.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self.in_transaction:
            self.execute("ROLLBACK")

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> "Cursor":
        return self.cursor().executemany(sql, rows)

    def executescript(self, script: str) -> "Cursor":
        return self.cursor().executescript(script)


class Cursor:
    """`rowcount` is how many rows were changed or returned; -1 before the first statement, and for DDL."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.take(_NOTHING)

    def take(self, answer: Answer) -> "Cursor":
        """Hold the answer to a statement that was run without this cursor."""
        self.description = tuple((name, None, None, None, None, None, None) for name in answer.columns) or None
        self.rowcount = answer.count
        self.lastrowid = answer.last_id if answer.changes else None  # an ignored row has no id
        self._rows: Iterator[Row] = iter(answer.rows)
        return self

    def execute(self, sql: str, parameters: Parameters = ()) -> "Cursor":
        """Run one statement, with a sequence of parameters for `?` or a mapping for `:name`."""
        return self.take(self.connection.execute(sql, parameters))

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> "Cursor":
        """Run one INSERT, UPDATE, DELETE or REPLACE for each of the rows. `rowcount` is the sum of their counts.

        Outside of a transaction those before the first that fails are kept, and on a server each is a request.
        """
        if not shape(sql).writes:
            raise errors.ProgrammingError("executemany takes an INSERT, UPDATE, DELETE or REPLACE")
        answers = [self.connection.execute(sql, parameters) for parameters in rows]
        return self.take(Answer((), [], sum(len(answer.rows) or answer.changes for answer in answers), None))

    def executescript(self, script: str) -> "Cursor":
        """Run the statements of a script, up to the first that fails. It begins and ends no transaction by itself."""
        for sql in statements(script):
            self.connection.execute(sql)
        return self.take(Answer((), [], -1, None))

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
