"""The statistics of a database of size L, which ANALYZE writes into `sqlite_stat1`: kept as text, and loaded into a
small database.

Nothing of ours runs ANALYZE, but an operator may, and the engine then plans by the numbers of rows.
"""

from collections.abc import Sequence
from pathlib import Path

from shared_schema.database import LibsqlDatabase

FILE = Path(__file__).parent / "statistics.txt"
_NO_INDEX = "-"  # the numbers are those of the table itself
_READ = f"SELECT tbl, coalesce(idx, '{_NO_INDEX}'), stat FROM sqlite_stat1 ORDER BY tbl, idx"
_WRITE = f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, nullif(?, '{_NO_INDEX}'), ?)"


def of(file: Path) -> list[str]:
    """The statistics of the database in this file, which stays as it is: a line for each index."""
    database = LibsqlDatabase(f"file:{file}", must_exist=True)
    with database.atomic() as transaction:
        database.execute_sql("ANALYZE")
        rows = database.execute_sql(_READ).fetchall()
        transaction.rollback()
    database.close()
    return [" ".join(row) for row in rows]


def kept() -> dict[tuple[str, str], list[int]]:
    """By table and index: the number of rows, then how many have the same first column, the same first two, …"""
    read = {}
    for line in FILE.read_text().splitlines():
        table, index, *numbers = line.split()
        read[table, index] = [int(number) for number in numbers]
    return read


def give(file: Path, lines: Sequence[str]) -> None:
    """Let connections that are opened from now on plan as if the rows of this database were as these lines say."""
    database = LibsqlDatabase(f"file:{file}", must_exist=True)
    database.execute_sql("ANALYZE")  # makes the table, which no other statement may make
    database.execute_sql("DELETE FROM sqlite_stat1")
    for line in lines:
        database.execute_sql(_WRITE, line.split(" ", 2))
    database.close()
