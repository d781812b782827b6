"""The rows that a statement writes or makes an index of, as a SELECT in the columns of its table."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from migrations.tool.breaches import constraints
from migrations.tool.breaches.constraints import Unique
from migrations.tool.schema import sqltext
from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Structure, Table

_NAME = r"(?:\"(?:[^\"]|\"\")+\"|`[^`]+`|\[[^\]]+\]|\w+)"
_ABORTS = r"(?:\s+OR\s+(?:ABORT|FAIL|ROLLBACK))?"
_INSERT = re.compile(
    rf"INSERT{_ABORTS}\s+INTO\s+(?P<table>{_NAME})\s*(?:\((?P<columns>[^)]*)\)\s*)?(?P<rows>(?:SELECT|VALUES|WITH)\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_UPDATE = re.compile(rf"UPDATE{_ABORTS}\s+(?P<table>{_NAME})\s+SET\s+(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_ON = re.compile(rf"\bON\s+(?P<table>{_NAME})\s*\(", re.IGNORECASE)
_FROM = re.compile(rf"\bFROM\s+({_NAME})\s*(?:;|$|WHERE\b|ORDER\b|LIMIT\b)", re.IGNORECASE)
_MORE = re.compile(r"\b(RETURNING|ON\s+CONFLICT)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """`changed` and `all` begin a SELECT and define `rows`: those that the statement writes, and with them those that
    are there already. `id` is an expression that names a row, `key` the name of what it gives, "" if there is none.
    `name` is the table that the rows come from, `columns` are those that are written, None for all; `index` is the key
    that is made.
    """

    table: Table
    name: str
    changed: str
    all: str
    id: str
    key: str
    columns: frozenset[str] | None = None
    index: Unique | None = None


def read(sql: str, structure: Structure, new: Collection[str] = ()) -> Source | None:
    """The rows of an INSERT, an UPDATE or a CREATE UNIQUE INDEX; None for any other statement. The tables of `new` have
    no rows.
    """
    text = sqltext.plain(sql).rstrip("; ")
    if index := constraints.index(text):
        return _of_index(text, structure, index)
    if _MORE.search(text):
        return None
    if match := _INSERT.fullmatch(text):
        return _of_insert(match, structure, new)
    if match := _UPDATE.fullmatch(text):
        return _of_update(match, structure)
    return None


def _of_index(text: str, structure: Structure, index: Unique) -> Source | None:
    match = _ON.search(text)
    table = structure.tables.get(_bare(match["table"])) if match else None
    if table is None:
        return None
    named, key = _own_id(table)
    rows = f"WITH rows AS (SELECT {named} AS row_id__, * FROM {quoted(table.name)})"
    return Source(table, table.name, rows, rows, "row_id__", key, None, index)


def _of_insert(match: re.Match[str], structure: Structure, without_rows: Collection[str]) -> Source | None:
    table = structure.tables.get(_bare(match["table"]))
    if table is None:
        return None
    writable = [column.name for column in table.columns.values() if not column.generated]
    names = [_bare(name) for name in match["columns"].split(",")] if match["columns"] else writable
    filled = ", ".join(map(quoted, names))
    others = [column for column in table.columns.values() if column.name in writable and column.name not in names]
    defaults = "".join(f", ({column.default or 'NULL'}) AS {quoted(column.name)}" for column in others)
    given = f"WITH given({filled}) AS ({match['rows']})"
    every = ", ".join(map(quoted, [*names, *(column.name for column in others)]))
    types = {column.name.lower(): column.type for column in table.columns.values()}
    stored = ", ".join(f"{_stored(quoted(name), types.get(name.lower(), ''))} AS {quoted(name)}" for name in names)
    new = f"{given}, new AS (SELECT {stored}{defaults} FROM given)"
    source = _FROM.search(match["rows"])
    name = _bare(source[1]) if source and _bare(source[1]) in structure.tables else table.name
    keys = [column.name for column in table.columns.values() if column.key and column.name in names]
    there = "" if table.name in without_rows else f" UNION ALL SELECT {every} FROM {quoted(table.name)}"
    return Source(
        table,
        name,
        f"{new}, rows AS (SELECT * FROM new)",
        f"{new}, rows AS (SELECT {every} FROM new{there})",
        quoted(keys[0]) if len(keys) == 1 else "NULL",
        keys[0] if len(keys) == 1 else "",
    )


def _of_update(match: re.Match[str], structure: Structure) -> Source | None:
    table = structure.tables.get(_bare(match["table"]))
    assignments, condition = sqltext.at_where(match["rest"])
    pairs = [part.partition("=") for part in sqltext.split(assignments)]
    if table is None or re.search(r"\bFROM\b", assignments, re.IGNORECASE) or any("(" in name for name, _, _ in pairs):
        return None
    new = {_bare(name): expression.strip() for name, _, expression in pairs}
    writable = [column.name for column in table.columns.values() if not column.generated]
    values = [
        f"iif({condition}, {_stored(f'({new[name]})', table.columns[name].type)}, {quoted(name)}) AS {quoted(name)}"
        if name in new
        else quoted(name)
        for name in writable
    ]
    named, key = _own_id(table)
    rows = f"SELECT {named} AS row_id__, ({condition}) AS changed__, {', '.join(values)} FROM {quoted(table.name)}"
    return Source(
        table,
        table.name,
        f"WITH updated AS ({rows}), rows AS (SELECT * FROM updated WHERE changed__)",
        f"WITH rows AS ({rows})",
        "row_id__",
        key,
        frozenset(new),
    )


def _stored(value: str, kind: str) -> str:
    """A value as a column of this type stores it: a text that reads as a number becomes one, or a number a text.
    Source: sqlite.org/datatype3.html, section 3.1.
    """
    if kind in ("", "ANY") or ("BLOB" in kind and "INT" not in kind):
        return value
    if "INT" not in kind and any(word in kind for word in ("CHAR", "CLOB", "TEXT")):
        return f"iif(typeof({value}) IN ('integer', 'real'), CAST({value} AS TEXT), {value})"
    number = f"CAST({value} AS NUMERIC)"
    return f"iif(typeof({value}) = 'text' AND {value} = {number}, {number}, {value})"


def _own_id(table: Table) -> tuple[str, str]:
    """An expression that names a row of a table, and what it is called."""
    keys = [column.name for column in table.columns.values() if column.key]
    return (quoted(keys[0]), keys[0]) if len(keys) == 1 else ("rowid", "rowid")


def _bare(name: str) -> str:
    return name.strip().strip('"`[]').replace('""', '"')
