"""The constraints of a table as SQL conditions on its rows."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypedDict, cast

from migrations.tool.schema import sqltext
from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Column, Rows, Structure, Table

Select = Callable[[str], Rows]
_REFERENCES = """
    SELECT "from" AS "column", "table" AS parent, "to" AS key, count(*) OVER (PARTITION BY id) AS parts
    FROM pragma_foreign_key_list({})
"""
_INDEX = re.compile(r"CREATE\s+UNIQUE\s+INDEX\b[^(]*?\bON\b[^(]*(?=\()", re.IGNORECASE)
_ORDER = re.compile(r"\s+(ASC|DESC)$", re.IGNORECASE)
_STRICT = re.compile(r"\bSTRICT\b", re.IGNORECASE)


class _Reference(TypedDict):
    column: str
    parent: str
    key: str | None
    parts: int


@dataclass(frozen=True, slots=True)
class Rule:
    """What each row has to satisfy: the condition under which it does not, what that is called, and what to show of
    the row where `shows`. `columns` are the columns it looks at.
    """

    broken: str
    says: str
    columns: frozenset[str]
    value: str = "NULL"
    shows: bool = False


@dataclass(frozen=True, slots=True)
class Unique:
    """Expressions that no two rows may share, among the rows for which `where` holds."""

    expressions: tuple[str, ...]
    where: str
    says: str


def rules(table: Table) -> Iterator[Rule]:
    """NOT NULL, the types of a STRICT table, and CHECK. The key of a table by row ids fills itself."""
    strict = _STRICT.search(table.sql[table.sql.rindex(")") :]) if ")" in table.sql else None
    for column in table.columns.values():
        name, only = quoted(column.name), frozenset({column.name})
        if (column.not_null or column.key) and not _is_row_id(table, column):
            yield Rule(f"{name} IS NULL", f"have no {name}", only)
        if strict and column.type in _BAD_TYPE:
            broken = _BAD_TYPE[column.type].format(x=name)
            says = f"have in {name} what the type {column.type} does not take"
            yield Rule(broken, says, only, f"quote({name})", shows=True)
    for expression in sqltext.checks(table.sql):
        names = frozenset(name for name in table.columns if re.search(rf"\b{re.escape(name)}\b", expression))
        yield Rule(f"NOT ({expression})", f"break CHECK ({expression})", names)


def references(select: Select, structure: Structure, table: Table) -> Iterator[Rule]:
    """References, by one column each, to rows that are not there."""
    for row in cast(list[_Reference], select(_REFERENCES.format(sqltext.text(table.name)))):
        name, parent, key = row["column"], row["parent"], row["key"] or _only_key(structure, row["parent"])
        if row["parts"] > 1 or key is None:
            continue
        mine, theirs = quoted(name), f"{quoted(parent)}.{quoted(key)}"
        there = f"EXISTS (SELECT 1 FROM {quoted(parent)} WHERE {theirs} = rows.{mine})"
        says = f"refer by {mine} to rows of {quoted(parent)} that are not there"
        yield Rule(f"{mine} IS NOT NULL AND NOT {there}", says, frozenset({name}), f"quote({mine})", shows=True)


def uniques(structure: Structure, table: Table) -> list[Unique]:
    """The primary key, the UNIQUE constraints and the unique indexes of a table."""
    keys = sorted((column for column in table.columns.values() if column.key), key=lambda column: column.key)
    of_table = [_plain([column.name for column in keys])] if keys else []
    for name, columns in table.unique.items():
        if name.startswith("sqlite_autoindex"):
            of_table.append(_plain([column for column in columns if column]))
    indexes = (index(entry.sql) for entry in structure.objects if entry.kind == "index" and entry.of == table.name)
    return list(dict.fromkeys([*of_table, *(key for key in indexes if key)]))


def index(sql: str) -> Unique | None:
    """What a CREATE UNIQUE INDEX makes unique; None for another statement."""
    text = sqltext.plain(sql).rstrip(";")
    match = _INDEX.match(text)
    if match is None:
        return None
    inside, rest = sqltext.parenthesised(text[match.end() :])
    expressions = tuple(_ORDER.sub("", part) for part in sqltext.split(inside))
    where = re.sub(r"^\s*WHERE\b", "", rest, flags=re.IGNORECASE).strip() or "1"
    says = ", ".join(expression.strip('"`[]') for expression in expressions)
    return Unique(expressions, where, says if where == "1" else f"{says} where {where}")


def _plain(columns: list[str]) -> Unique:
    return Unique(tuple(map(quoted, columns)), "1", ", ".join(columns))


def _is_row_id(table: Table, column: Column) -> bool:
    keys = [other for other in table.columns.values() if other.key]
    return keys == [column] and column.type == "INTEGER"


def _only_key(structure: Structure, table: str) -> str | None:
    keys = [c.name for c in structure.tables[table].columns.values() if c.key] if table in structure.tables else []
    return keys[0] if len(keys) == 1 else None


# A text that reads as a number compares equal to that number; then a STRICT table takes it as one.
_NUMBER = "(typeof({x}) = 'text' AND {x} = CAST({x} AS NUMERIC))"
_WHOLE = "CAST({x} AS NUMERIC) = CAST(CAST({x} AS NUMERIC) AS INTEGER)"
_BAD_TYPE = {
    "INTEGER": f"NOT (typeof({{x}}) IN ('integer', 'null') OR ((typeof({{x}}) = 'real' OR {_NUMBER}) AND {_WHOLE}))",
    "INT": f"NOT (typeof({{x}}) IN ('integer', 'null') OR ((typeof({{x}}) = 'real' OR {_NUMBER}) AND {_WHOLE}))",
    "REAL": f"NOT (typeof({{x}}) IN ('integer', 'real', 'null') OR {_NUMBER})",
    "TEXT": "typeof({x}) = 'blob'",
    "BLOB": "typeof({x}) NOT IN ('blob', 'null')",
}
