"""A scratch database in memory with the schema and histories of another, and one sample row in each table if asked."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypedDict

import peewee

from migrations.tool.schema import sqltext, structure, virtual
from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Object
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.releases import streams
from shared_schema.releases.files import Phase

# How the sample rows of tables are made. Most tables are the same in every scratch database.
_inserts: dict[Object, tuple[str, ...]] = {}
_MOST_INSERTS = 2000

_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


class HistoryRow(TypedDict, total=False):
    """A row of a stream's history. Older histories lack the later columns."""

    id: int
    name: str
    phase: Phase
    checksum: str
    migrated_at: int


@dataclass(frozen=True, slots=True)
class Image:
    """The objects of a database, and the rows of its histories by table: all that a migration can ask about."""

    objects: tuple[Object, ...] = ()
    histories: Mapping[str, Sequence[HistoryRow]] | None = None


def image(db: LibsqlDatabase) -> Image:
    """Read a database in two round trips."""
    objects = structure.objects(db)
    tables = {streams.history_table(stream) for stream in streams.NEEDS} & {entry.name for entry in objects}
    results = db.fetch([Statement(f"SELECT * FROM {quoted(table)} ORDER BY id") for table in tables], fresh=True)
    return Image(objects, {table: result.all(HistoryRow) for table, result in zip(tables, results, strict=True)})


def make(image: Image, *, sample_rows: bool) -> tuple[LibsqlDatabase, frozenset[str]]:
    """The scratch database, which is gone when closed, and the tables whose sample row breaks one of their CHECKs."""
    db = LibsqlDatabase("file::memory:")
    db.execute_sql("PRAGMA foreign_keys = off")
    with db.atomic():
        untrue = _fill(db, image, sample_rows)
    db.execute_sql("PRAGMA foreign_keys = on")
    return db, frozenset(untrue)


def _fill(db: LibsqlDatabase, image: Image, sample_rows: bool) -> list[str]:
    tables = [entry for entry in image.objects if entry.kind == "table"]
    for table in tables:
        db.execute_sql(table.sql)
    for name, rows in (image.histories or {}).items():
        for row in rows:
            _insert_history(db, name, row)
    sampled = [table for table in tables if sample_rows and not structure.of_tool(table.name)]
    untrue = [table.name for table in sampled if not sample(db, table)]
    for entry in image.objects:  # triggers come last, or the sample rows would set them off
        if entry.kind == "index":
            _make_index(db, entry)
        elif entry.kind != "table":
            db.execute_sql(entry.sql)
    for entry in image.objects:
        if entry.kind == "virtual" and sample_rows:
            _sample_virtual(db, entry)
    return untrue


def _make_index(db: LibsqlDatabase, index: Object) -> None:
    """Where the sample row is not what the index takes, as a vector or JSON, the table goes without one."""
    try:
        db.execute_sql(index.sql)
    except peewee.DatabaseError:
        db.execute_sql(f"DELETE FROM {quoted(index.of)}")
        db.execute_sql(index.sql)


def _sample_virtual(db: LibsqlDatabase, entry: Object) -> None:
    """Put a row into a virtual table that keeps rows; let an index know the sample row of its table."""
    table = virtual.of(entry)
    if table.rows == "of a table":
        with suppress(peewee.DatabaseError):  # its table is gone, for instance; that is not the rehearsal's to judge
            db.execute_sql(table.filling)
    elif table.keeps_rows:
        sample(db, entry)


def _insert_history(db: LibsqlDatabase, table: str, row: HistoryRow) -> None:
    columns = ", ".join(map(quoted, row))
    values = ", ".join("?" * len(row))
    db.execute_sql(f"INSERT INTO {quoted(table)} ({columns}) VALUES ({values})", tuple(row.values()))


def sample(db: LibsqlDatabase, table: Object) -> bool:
    """Put a row into a table; whether the row satisfies the table's CHECKs.

    Every value is 1 where nothing forbids it, so that the rows of all tables refer to each other.
    """
    inserts = _inserts.get(table) or _inserts.setdefault(table, _written(db, table))
    if len(_inserts) > _MOST_INSERTS:
        _inserts.clear()
    for insert in inserts:
        with suppress(peewee.DatabaseError):
            db.execute_sql(insert)
            return True
    db.execute_sql("PRAGMA ignore_check_constraints = on")
    with suppress(peewee.DatabaseError):  # the table stays empty, and what the engine refuses for rows goes unseen
        db.execute_sql(inserts[-1])
    db.execute_sql("PRAGMA ignore_check_constraints = off")
    return False


def _written(db: LibsqlDatabase, table: Object) -> tuple[str, ...]:
    """The statements of which the first that the engine takes makes the row."""
    columns = db.execute_sql("SELECT name, type, dflt_value FROM pragma_table_info(?)", (table.name,)).fetchall()
    allowed = _allowed(table.sql)
    plain = {name: "x'00'" if kind == "BLOB" else "1" for name, kind, _ in columns}
    checked = {name: allowed.get(name, value) for name, value in plain.items()}
    defaults = {name: f"({default})" for name, _, default in columns if default is not None}
    return tuple(_insert(table.name, values) for values in (checked, checked | defaults, plain))


def _insert(table: str, values: Mapping[str, str]) -> str:
    names = ", ".join(map(quoted, values))
    return f"INSERT INTO {quoted(table)} ({names}) VALUES ({', '.join(values.values())})"


def _allowed(sql: str) -> dict[str, str]:
    """For each column with a CHECK the first literal in it: of a list the first, of a range the lowest."""
    literals = {}
    for clause in sqltext.clauses(sql):
        name, _, rest = clause.partition(" ")
        check = re.search(r"\bCHECK\b", rest, re.IGNORECASE)
        literal = _LITERAL.search(rest, check.end()) if check else None
        if literal:
            literals[name.strip('"`[]')] = literal.group()
    return literals
