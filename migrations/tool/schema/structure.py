"""What a database consists of, as values: every object's text; each table's columns, keys, references."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from migrations.tool.schema import sqltext
from migrations.tool.schema.sqltext import quoted
from shared_schema.database import Database, Statement

Rows = Sequence[Mapping[str, Any]]

OBJECTS = "SELECT type AS kind, name, tbl_name AS of, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
_COLUMNS = """
    SELECT m.name AS of, x.name, x.type, x."notnull" AS not_null, x.dflt_value AS "default", x.pk AS key, x.hidden
    FROM sqlite_master m, pragma_table_xinfo(m.name) x WHERE m.type = 'table' ORDER BY m.rowid, x.cid
"""
_UNIQUE = """
    SELECT m.name AS of, l.name, i.name AS "column"
    FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
    WHERE m.type = 'table' AND l."unique" AND l.origin <> 'pk' ORDER BY l.name, i.seqno
"""
_REFERENCES = """
    SELECT m.name AS of, f."from" AS "column", f."table" AS parent
    FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY f.id, f.seq
"""
_INTERNAL = ("sqlite_", "libsql_", "_litestream")
_TOOL = ("migrations_", "migration_")


@dataclass(frozen=True, slots=True)
class Object:
    """A table, index, view or trigger, `of` a table, with the text it was made by."""

    kind: str
    name: str
    of: str
    sql: str


@dataclass(frozen=True, slots=True)
class Column:
    """`key` is its place in the primary key, 0 outside; a generated column cannot be written."""

    name: str
    type: str
    not_null: bool
    default: str | None
    key: int
    generated: bool


@dataclass(frozen=True, slots=True)
class Table:
    """`unique` are the columns of each unique index (None for an expression), `parents` the tables by column."""

    name: str
    sql: str
    columns: dict[str, Column]
    unique: dict[str, tuple[str | None, ...]]
    parents: dict[str, str]


@dataclass(frozen=True, slots=True)
class Structure:
    """All but the engine's own tables. The migration tool's are among `tables` and `objects`."""

    objects: tuple[Object, ...]
    tables: dict[str, Table]

    @property
    def texts(self) -> dict[str, str]:
        return texts(self.objects)

    def attached(self, table: str) -> dict[str, str]:
        """The table itself, its indexes and its triggers, by name."""
        return {each.name: each.sql for each in self.objects if each.of == table}


def internal(name: str) -> bool:
    """The engine's own, or a backup tool's."""
    return name.startswith(_INTERNAL)


def of_tool(name: str) -> bool:
    """The migration tool's own: histories, leases."""
    return name.startswith(_TOOL)


def texts(objects: Iterable[Object]) -> dict[str, str]:
    """Text by name, layout apart; without what the migration tool keeps for itself."""
    return {each.name: sqltext.normal(each.sql) for each in objects if not of_tool(each.of)}


def objects(db: Database) -> tuple[Object, ...]:
    """Everything in the database but the engine's own, in the order in which it was made. One round trip."""
    (found,) = db.fetch([Statement(OBJECTS)], fresh=True)
    return _objects(found.rows)


def sizes(db: Database, tables: Collection[str] | None = None) -> dict[str, int]:
    """How many rows these tables have, or all; one statement."""
    if tables is None:
        tables = [each.name for each in objects(db) if each.kind == "table"]
    if not tables:
        return {}
    counts = ", ".join(f"(SELECT count(*) FROM {quoted(name)}) AS {quoted(name)}" for name in tables)
    (found,) = db.fetch([Statement(f"SELECT {counts}")], fresh=True)
    return dict(found.one(dict))


def read(ask: Callable[[str], Rows]) -> Structure:
    """The structure, by a function that runs a SELECT and gives its rows."""
    found = _objects(ask(OBJECTS))
    columns, unique, parents = _by_table(ask(_COLUMNS)), _by_table(ask(_UNIQUE)), _by_table(ask(_REFERENCES))
    tables = {
        each.name: Table(
            each.name,
            each.sql,
            {row["name"]: _column(row) for row in columns.get(each.name, ())},
            _unique(unique.get(each.name, ())),
            {row["column"]: row["parent"] for row in parents.get(each.name, ())},
        )
        for each in found
        if each.kind == "table"
    }
    return Structure(found, tables)


def _objects(rows: Rows) -> tuple[Object, ...]:
    return tuple(Object(**row) for row in rows if not internal(row["name"]))


def _column(row: Mapping[str, Any]) -> Column:
    not_null = bool(row["not_null"])
    return Column(row["name"], row["type"].upper(), not_null, row["default"], row["key"], row["hidden"] in (2, 3))


def _by_table(rows: Rows) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["of"], []).append(row)
    return found


def _unique(rows: Rows) -> dict[str, tuple[str | None, ...]]:
    found: dict[str, tuple[str | None, ...]] = {}
    for row in rows:
        found[row["name"]] = (*found.get(row["name"], ()), row["column"])
    return found
