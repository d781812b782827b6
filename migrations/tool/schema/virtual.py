"""Virtual tables: which module one uses, and where its rows are."""

import re
from dataclasses import dataclass
from typing import Literal

from migrations.tool.schema import sqltext
from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Object

Rows = Literal["own", "of a table", "index only", "none"]

_CREATE = re.compile(r"CREATE VIRTUAL TABLE .*? USING (\w+)", re.IGNORECASE)
_CONTENT = re.compile(r"content\s*=\s*(.*)", re.IGNORECASE)
# The modules that both engines have (the driver's and the server's list are equal) and that write rows of their own.
_FULL_TEXT = ("fts3", "fts4", "fts5")
_WITH_ROWS = (*_FULL_TEXT, "rtree", "rtree_i32", "geopoly")


@dataclass(frozen=True, slots=True)
class Virtual:
    """A virtual table. `content` is the table or view that a full-text index is made from; "" for an index without
    content, None where the virtual table keeps the rows itself.
    """

    name: str
    module: str
    content: str | None

    @property
    def rows(self) -> Rows:
        """Where its rows are. `none`: it shows what is stored elsewhere, as dbstat does."""
        if self.module not in _WITH_ROWS:
            return "none"
        if self.content is None:
            return "own"
        return "of a table" if self.content else "index only"

    @property
    def keeps_rows(self) -> bool:
        """Whether rows are lost when it is dropped. An index of another table can be made again from that."""
        return self.rows in ("own", "index only")

    @property
    def filling(self) -> str:
        """The statement that fills an index `of a table` from all rows that the table has now."""
        return f"INSERT INTO {quoted(self.name)} ({quoted(self.name)}) VALUES ('rebuild')"

    @property
    def row_id(self) -> tuple[str, ...]:
        """The name of the key that is no column, where there is one: other tables may refer to it."""
        return ("rowid",) if self.module in _FULL_TEXT else ()


def of(entry: Object) -> Virtual:
    """What the CREATE VIRTUAL TABLE of an object of kind `virtual` says."""
    match = _CREATE.match(sqltext.plain(entry.sql))
    module = match[1].lower() if match else ""
    return Virtual(entry.name, module, _content(entry.sql) if module in _FULL_TEXT else None)


def keeps_rows(entry: Object) -> bool:
    """Whether it is a virtual table that stores rows itself, and not one that only indexes another table."""
    return entry.kind == "virtual" and of(entry).keeps_rows


def names(entry: Object) -> frozenset[str]:
    """What an object names, in small letters: tables, columns, keywords, and the table that an index is made from."""
    content = of(entry).content if entry.kind == "virtual" else None
    return sqltext.words(entry.sql) | ({content.lower()} if content else set())


def _content(create: str) -> str | None:
    options = (_CONTENT.fullmatch(argument) for argument in sqltext.arguments(create))
    return next((option[1].strip(" '\"`[]") for option in options if option), None)
