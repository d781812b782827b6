"""Rows into tables: those that Python makes, and numbers that look random in SQL but are the same every time."""

import itertools
from collections.abc import Iterable, Sequence

from shared_schema.database import LibsqlDatabase
from shared_schema.fields import dumps

_AT_ONCE = 2_000  # rows in one statement
DAY = 86_400


def insert(database: LibsqlDatabase, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Insert rows that have a value for each of the columns."""
    values = ", ".join(f"value->>{place}" for place in range(len(columns)))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM json_each(?)"
    remaining = iter(rows)
    while page := list(itertools.islice(remaining, _AT_ONCE)):
        database.execute_sql(sql, (dumps(page),))


def fill(database: LibsqlDatabase, table: str, source: str, **columns: str) -> None:
    """Insert a row for each of `source`, SQL behind FROM; each column is an SQL expression."""
    sql = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM {source}"
    database.execute_sql(sql)


def numbers(count: int) -> str:
    """SQL: a table of the column `n`, from 1 to `count`."""
    return f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT n FROM c)"


def scattered(number: str, salt: int, below: int | str) -> str:
    """SQL: a number from 0 to less than `below`, at most a million, that looks random but follows from `number`.

    Multiplicative hashing: the upper 20 of 32 bits (Knuth, The Art of Computer Programming 3, 6.4).
    """
    return f"((({number}) * 2654435761 + {salt} * 40503001) % 4294967296 / 4096 % ({below}))"


def scatter(number: int, salt: int, below: int) -> int:
    """The same in Python."""
    return (number * 2654435761 + salt * 40503001) % 4294967296 // 4096 % below
