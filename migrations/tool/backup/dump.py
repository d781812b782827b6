"""What a table holds, as text: SQL literals in the order of its key, the same text wherever the rows lie.

The engine writes the literals, so nothing passes through Python's types: a blob, a NUL or 64 bits cannot be bent on the
way, and a million rows take a second.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import peewee

from migrations.tool.schema.sqltext import quoted
from shared_schema.database import Database, Statement

_PAGE_BYTES = 500_000
_FIRST_ROWS, _MOST_ROWS = 8, 5_000  # a first page of large rows must not be large
BETWEEN = ",\n"


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows, and the SHA-256 of their text."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Page:
    """`text` is `(literal,…)` for each of `rows` rows, with BETWEEN between them."""

    rows: int
    text: str


def snapshot(db: Database) -> AbstractContextManager[Any]:
    """All reads inside see one moment of the database; writers go on meanwhile."""
    return db.atomic("DEFERRED")


class Tally:
    """Counts and hashes pages as they go by."""

    def __init__(self) -> None:
        self.rows = 0
        self._digest = hashlib.sha256()

    def add(self, page: Page) -> None:
        self._digest.update((BETWEEN if self.rows else "").encode() + page.text.encode())
        self.rows += page.rows

    @property
    def content(self) -> Content:
        return Content(self.rows, self._digest.hexdigest())


def of(db: Database, table: str, columns: Sequence[str] | None = None, where: str = "1") -> Content:
    """Count and hash of a table's rows; `columns` are SQL expressions over it, without them all stored columns."""
    tally = Tally()
    for page in pages(db, table, columns, where):
        tally.add(page)
    return tally.content


def pages(db: Database, table: str, columns: Sequence[str] | None = None, where: str = "1") -> Iterator[Page]:
    """The rows' text in order, some half a megabyte at a time. Call it inside `snapshot`."""
    values = columns if columns is not None else [quoted(name) for name in stored_columns(db, table)]
    row = "'(' || " + " || ',' || ".join(map(literal, values)) + " || ')'"
    key = _key(db, table)
    names = ", ".join(f"{part} AS k{n}" for n, part in enumerate(key))
    last = ", ".join(f"k{n}" for n in range(len(key)))
    after: tuple[Any, ...] | None = None
    rows = _FIRST_ROWS
    while True:
        beyond = f"({', '.join(key)}) > ({', '.join('?' * len(key))})" if after else "1"
        within = (
            f"SELECT {names}, {row} AS line FROM {quoted(table)} WHERE ({where}) AND {beyond} ORDER BY {', '.join(key)}"
        )
        page = f"SELECT count(*) AS n, group_concat(line, ',' || char(10)) AS text FROM ({within} LIMIT ?)"
        end = f"SELECT {last} FROM ({within} LIMIT 1 OFFSET ?)"
        try:
            found, ends = db.fetch(
                [Statement(page, (*(after or ()), rows)), Statement(end, (*(after or ()), rows - 1))]
            )
        except peewee.DataError:  # more than the engine puts into one text
            if rows == 1:
                raise
            rows = max(1, rows // 8)
            continue
        if found.one(dict)["n"]:
            yield Page(found.one(dict)["n"], found.one(dict)["text"])
        if not ends.first(dict):
            return
        after = tuple(ends.one(dict).values())
        rows = max(1, min(_MOST_ROWS, rows * 2, rows * _PAGE_BYTES // len(found.one(dict)["text"])))


def literal(expression: str) -> str:
    """SQL that writes a value as an SQL literal, exactly.

    `quote` alone ends a text at its first NUL, says `Inf`, and writes the largest numbers such that they read as that.
    """
    x = expression
    return (
        f"CASE typeof({x})"
        f" WHEN 'text' THEN iif(instr({x}, char(0)), 'CAST(x' || quote(hex({x})) || ' AS TEXT)', quote({x}))"
        f" WHEN 'real' THEN CASE WHEN abs({x}) < 1e308 THEN quote({x})"
        f" WHEN abs({x}) < 9e999 THEN quote({x} / 2) || '*2.0' ELSE iif({x} > 0, '9e999', '-9e999') END"
        f" ELSE quote({x}) END"
    )


def stored_columns(db: Database, table: str) -> list[str]:
    """The columns that can be written: all but the generated ones."""
    (found,) = db.fetch([Statement(f"PRAGMA table_xinfo({quoted(table)})")])
    return [row["name"] for row in found.rows if row["hidden"] == 0]


def _key(db: Database, table: str) -> list[str]:
    """What orders the rows: the row id, under a name that no column has taken, or the primary key instead of it."""
    info, kind = db.fetch(
        [
            Statement(f"PRAGMA table_xinfo({quoted(table)})"),
            Statement("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (table,)),
        ]
    )
    if kind.value(int):
        return [quoted(row["name"]) for row in sorted(info.rows, key=lambda row: row["pk"]) if row["pk"]]
    taken = {row["name"].lower() for row in info.rows}
    return [next(name for name in ("rowid", "_rowid_", "oid") if name not in taken)]
