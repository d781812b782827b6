"""What a database consists of, as values: every object's text; each table's columns, keys, references."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, TypedDict, cast

from migrations.tool.schema import sqltext
from migrations.tool.schema.sqltext import quoted
from shared_schema.database import LibsqlDatabase, Statement

Rows = Sequence[Mapping[str, Any]]  # of any SELECT
Kind = Literal["table", "virtual", "index", "view", "trigger"]

# Virtual tables (and indexes of vectors) keep their rows in shadow tables, which the engine makes and drops by itself.
# The engine goes by the name alone, and takes `doc_content` for one of `doc USING fts5 (…, content='doc_content')`. Of
# those that it has made itself, the text has the name in quotes and no space behind it.
_OF_MODULES = """
    SELECT m.name FROM pragma_table_list l JOIN sqlite_master m ON m.name = l.name
    WHERE l.schema = 'main' AND l.type = 'shadow' AND (
        instr(m.sql, 'CREATE TABLE ''' || replace(m.name, '''', '''''') || '''(') = 1
        OR instr(m.sql, 'CREATE TABLE "' || replace(m.name, '"', '""') || '"(') = 1)
"""
_SHADOWS = f"""
    {_OF_MODULES}
    UNION ALL SELECT name || '_shadow' FROM sqlite_master WHERE type = 'index' AND sql LIKE '%libsql_vector_idx%'
"""
OBJECTS = f"""
    SELECT iif(sql LIKE 'CREATE VIRTUAL TABLE%', 'virtual', type) AS kind, name, tbl_name AS of, sql
    FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT IN ({_SHADOWS}) ORDER BY rowid
"""
_COLUMNS = """
    SELECT m.name AS of, x.name, x.type, x."notnull" AS not_null, x.dflt_value AS "default", x.pk AS key, x.hidden
    FROM sqlite_master m, pragma_table_xinfo(m.name) x WHERE m.type = 'table' AND m.name IN ({}) ORDER BY x.cid
"""
_UNIQUE = """
    SELECT m.name AS of, l.name, i.name AS "column"
    FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
    WHERE m.type = 'table' AND m.name IN ({}) AND l."unique" AND l.origin <> 'pk' ORDER BY l.name, i.seqno
"""
_REFERENCES = """
    SELECT m.name AS of, f."from" AS "column", f."table" AS parent
    FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND m.name IN ({})
    ORDER BY f.id, f.seq
"""
_INTERNAL = ("sqlite_", "libsql_", "_litestream")
_TOOL = ("migrations_", "migration_")


@dataclass(frozen=True, slots=True)
class Object:
    """A table, index, view or trigger with the SQL text that made it. `of` is the table it belongs to."""

    kind: Kind
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
    """`unique` are the columns of each unique index (None for an expression), `parents` the tables that a column
    refers to, by column.
    """

    name: str
    sql: str
    columns: dict[str, Column]
    unique: dict[str, tuple[str | None, ...]]
    parents: dict[str, str]


Known = dict[tuple[Object, ...], Table]  # by the text of the table and those of its indexes


@dataclass(frozen=True)
class Structure:
    """A database without the engine's own tables. Those of the migration tool are among `tables` and `objects`."""

    objects: tuple[Object, ...]
    tables: dict[str, Table]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all objects but those of the migration tool."""
        return frozenset(entry.name for entry in self.objects if not of_tool(entry.of))

    @cached_property
    def texts(self) -> Mapping[str, str]:
        return texts(self.objects)

    def attached(self, table: str) -> Mapping[str, str]:
        """The SQL texts of a table, its indexes and its triggers, by name."""
        return self._by_table.get(table, {})

    @cached_property
    def _by_table(self) -> Mapping[str, Mapping[str, str]]:
        texts: dict[str, dict[str, str]] = defaultdict(dict)
        for entry in self.objects:
            texts[entry.of][entry.name] = entry.sql
        return texts


class _ColumnRow(TypedDict):
    of: str
    name: str
    type: str
    not_null: int
    default: str | None
    key: int
    hidden: int


class _UniqueRow(TypedDict):
    of: str
    name: str
    column: str | None


class _ReferenceRow(TypedDict):
    of: str
    column: str
    parent: str


def internal(name: str) -> bool:
    """Whether a table belongs to the engine or to a tool for backups."""
    return name.startswith(_INTERNAL)


def of_tool(name: str) -> bool:
    """Whether a table belongs to the migration tool: histories, the lease, backfills, what adoption has kept."""
    return name.startswith(_TOOL)


def texts(objects: Iterable[Object]) -> dict[str, str]:
    """The SQL text of each object by name, without layout; the migration tool's own objects are left out."""
    return {entry.name: sqltext.normal(entry.sql) for entry in objects if not of_tool(entry.of)}


def objects(db: LibsqlDatabase) -> tuple[Object, ...]:
    """Everything in the database but the engine's own and shadow tables, in the order in which it was made. One round
    trip.
    """
    (result,) = db.fetch([Statement(OBJECTS)], fresh=True)
    return _without_internal(result.all(Object))


def shadow_tables(db: LibsqlDatabase) -> list[str]:
    """The tables in which virtual tables keep their rows, by name; not those of indexes of vectors."""
    (result,) = db.fetch([Statement(f"{_OF_MODULES} ORDER BY m.name")], fresh=True)
    return [row["name"] for row in result.all(dict)]


def sizes(db: LibsqlDatabase, tables: Collection[str] | None = None) -> dict[str, int]:
    """The number of rows of these tables, or of all tables. One statement for the counts."""
    if tables is None:
        tables = [entry.name for entry in objects(db) if entry.kind == "table"]
    if not tables:
        return {}
    counts = ", ".join(f"(SELECT count(*) FROM {quoted(name)}) AS {quoted(name)}" for name in tables)
    (result,) = db.fetch([Statement(f"SELECT {counts}")], fresh=True)
    return dict(result.one(dict))


def read(select: Callable[[str], Rows], known: Known | None = None) -> Structure:
    """The structure of the database that `select`, a function from a SELECT to its rows, reads.

    What a table consists of follows from its text and those of its indexes. `known` are tables that need not be asked
    for it again; those that were asked are added. Only for a database that nobody else changes meanwhile.
    """
    known = {} if known is None else known
    objects = _without_internal(_object(row["kind"], row["name"], row["of"], row["sql"]) for row in select(OBJECTS))
    indexes: dict[str, list[Object]] = defaultdict(list)
    for entry in objects:
        if entry.kind == "index":
            indexes[entry.of].append(entry)
    texts = {entry.name: (entry, *indexes[entry.name]) for entry in objects if entry.kind == "table"}
    tables = {name: known.get(key) for name, key in texts.items()}
    unknown = {name: texts[name] for name, table in tables.items() if table is None}
    if unknown:
        known |= {unknown[table.name]: table for table in _read([key[0] for key in unknown.values()], select)}
    return Structure(objects, {name: table or known[texts[name]] for name, table in tables.items()})


@lru_cache(maxsize=4096)  # a rehearsal reads the same objects after every statement
def _object(kind: Kind, name: str, of: str, sql: str) -> Object:
    return Object(kind, name, of, sql)


def _read(tables: Sequence[Object], select: Callable[[str], Rows]) -> list[Table]:
    names = ", ".join(sqltext.text(table.name) for table in tables)
    columns = cast(list[_ColumnRow], select(_COLUMNS.format(names)))
    unique = cast(list[_UniqueRow], select(_UNIQUE.format(names)))
    references = cast(list[_ReferenceRow], select(_REFERENCES.format(names)))
    return [
        Table(
            table.name,
            table.sql,
            {row["name"]: _column(row) for row in columns if row["of"] == table.name},
            _unique([row for row in unique if row["of"] == table.name]),
            {row["column"]: row["parent"] for row in references if row["of"] == table.name},
        )
        for table in tables
    ]


def _without_internal(objects: Iterable[Object]) -> tuple[Object, ...]:
    return tuple(entry for entry in objects if not internal(entry.name))


def _column(row: _ColumnRow) -> Column:
    not_null, generated = bool(row["not_null"]), row["hidden"] in (2, 3)
    return Column(row["name"], row["type"].upper(), not_null, row["default"], row["key"], generated)


def _unique(rows: Sequence[_UniqueRow]) -> dict[str, tuple[str | None, ...]]:
    """The columns of each index, in order."""
    columns: dict[str, tuple[str | None, ...]] = {}
    for row in rows:
        columns[row["name"]] = (*columns.get(row["name"], ()), row["column"])
    return columns
