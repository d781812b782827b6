"""The rows of a table as text: SQL literals in the order of its key, the same text in any database with these rows.

The engine writes the literals, so nothing passes through Python's types: a blob, a NUL or 64 bits stay exact, and a
million rows take a second.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypedDict

import peewee

from migrations.tool.schema.sqltext import quoted
from shared_schema.database import LibsqlDatabase, Statement

Key = tuple[Any, ...]  # the values of a row's key, of whichever types they are
_PAGE_BYTES = 500_000
_FIRST_ROWS, _MOST_ROWS = 8, 5_000  # few at first: the rows may be large
BETWEEN = ",\n"


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a table has, and the SHA-256 of their text."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Page:
    """`text` is `(literal,…)` for each of `rows` rows, with BETWEEN between them."""

    rows: int
    text: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a table, as SQL names. `stored` can be written: all but the generated ones. `whole` has the row id
    as well, where no column is it: indexes of other tables may refer to it. `key` orders the rows.
    """

    stored: tuple[str, ...]
    whole: tuple[str, ...]
    key: tuple[str, ...]


class _PageRow(TypedDict):
    n: int
    text: str | None


class _ColumnRow(TypedDict):
    """A row of `PRAGMA table_xinfo`."""

    name: str
    pk: int
    hidden: int


class _OptionRow(TypedDict):
    """Of a table: is it WITHOUT ROWID, and does its primary key have an index (an INTEGER PRIMARY KEY has none)?"""

    without_rowid: int
    pk_index: int


def snapshot(db: LibsqlDatabase) -> AbstractContextManager[Any]:
    """All reads inside see one moment of the database; writers go on meanwhile."""
    return db.atomic("DEFERRED")


class Tally:
    """Counts and hashes the pages that are added to it."""

    def __init__(self) -> None:
        self.rows = 0
        self._digest = hashlib.sha256()

    def add(self, page: Page) -> None:
        self._digest.update((BETWEEN if self.rows else "").encode() + page.text.encode())
        self.rows += page.rows

    @property
    def content(self) -> Content:
        return Content(self.rows, self._digest.hexdigest())


def of(db: LibsqlDatabase, table: str, columns: Sequence[str] | None = None, where: str = "1") -> Content:
    """Count and hash of a table's rows. `columns` are SQL expressions over it; without them all stored columns."""
    tally = Tally()
    for page in pages(db, table, columns, where):
        tally.add(page)
    return tally.content


def pages(db: LibsqlDatabase, table: str, columns: Sequence[str] | None = None, where: str = "1") -> Iterator[Page]:
    """The text of the rows in order, about half a megabyte at a time. Call it inside `snapshot`."""
    layout = layout_of(db, table)
    values = columns if columns is not None else layout.stored
    key = layout.key
    after: Key = ()
    rows = _FIRST_ROWS
    while True:
        try:
            page, end = _page(db, table, values, where, key, after, rows)
        except peewee.DataError:  # more than the engine puts into one text
            if rows == 1:
                raise
            rows = max(1, rows // 8)
            continue
        if page:
            yield page
        if not page or not end:
            return
        after = end
        rows = max(1, min(_MOST_ROWS, rows * 2, rows * _PAGE_BYTES // len(page.text)))


def _page(
    db: LibsqlDatabase, table: str, values: Sequence[str], where: str, key: Sequence[str], after: Key, rows: int
) -> tuple[Page | None, Key | None]:
    """The rows behind the key `after`, None where there are none; and the key of the last, None where the page is not
    full.
    """
    order = ", ".join(key)
    beyond = f"({order}) > ({', '.join('?' * len(key))})" if after else "1"
    behind = f"FROM {quoted(table)} WHERE ({where}) AND {beyond} ORDER BY {order} LIMIT"
    line = "'(' || " + " || ',' || ".join(map(literal, values)) + " || ')'"
    text = f"SELECT count(*) AS n, group_concat(line, ',' || char(10)) AS text FROM (SELECT {line} AS line {behind} ?)"
    end = f"SELECT {order} {behind} 1 OFFSET ?"
    page_read, key_read = db.fetch([Statement(text, (*after, rows)), Statement(end, (*after, rows - 1))])
    page, last = page_read.one(_PageRow), key_read.first(dict)
    read = Page(page["n"], page["text"]) if page["text"] is not None else None
    return read, tuple(last.values()) if last else None


def literal(expression: str) -> str:
    """SQL that writes a value as an SQL literal, exactly.

    `quote` alone ends a text at its first NUL, writes infinity as `Inf`, and the largest numbers so that they read as
    infinity.
    """
    x = expression
    return (
        f"CASE typeof({x})"
        f" WHEN 'text' THEN iif(instr({x}, char(0)), 'CAST(x' || quote(hex({x})) || ' AS TEXT)', quote({x}))"
        f" WHEN 'real' THEN CASE WHEN abs({x}) < 1e308 THEN quote({x})"
        f" WHEN abs({x}) < 9e999 THEN quote({x} / 2) || '*2.0' ELSE iif({x} > 0, '9e999', '-9e999') END"
        f" ELSE quote({x}) END"
    )


def layout_of(db: LibsqlDatabase, table: str) -> Layout:
    """Which columns of a table a backup reads and writes."""
    columns, options = db.fetch(
        [
            Statement(f"PRAGMA table_xinfo({quoted(table)})"),
            Statement(
                "SELECT wr AS without_rowid,"
                " EXISTS (SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk') AS pk_index"
                " FROM pragma_table_list WHERE schema = 'main' AND name = ?",
                (table, table),
            ),
        ]
    )
    rows, option = columns.all(_ColumnRow), options.one(_OptionRow)
    stored = tuple(quoted(row["name"]) for row in rows if row["hidden"] == 0)
    keys = [quoted(row["name"]) for row in sorted(rows, key=lambda row: row["pk"]) if row["pk"]]
    if option["without_rowid"]:
        return Layout(stored, stored, tuple(keys))
    taken = {row["name"].lower() for row in rows}
    rowid = next(name for name in ("rowid", "_rowid_", "oid") if name not in taken)
    is_alias = bool(keys) and not option["pk_index"]  # an INTEGER PRIMARY KEY is the row id and has no index
    return Layout(stored, stored if is_alias else (rowid, *stored), (rowid,))
