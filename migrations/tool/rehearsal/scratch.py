"""A scratch database with another's schema and histories, in memory, and one made-up row in each table if asked."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import peewee

from migrations.tool.schema import sqltext, structure
from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Object
from shared_schema.database import Database, Statement
from shared_schema.releases import streams

_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


@dataclass(frozen=True, slots=True)
class Image:
    """What a database is made of, and the rows of its histories by table: all that a migration can ask about."""

    objects: tuple[Object, ...] = ()
    histories: Mapping[str, Sequence[Mapping[str, Any]]] | None = None


def image(db: Database) -> Image:
    """Read a database in two round trips."""
    objects = structure.objects(db)
    names = {streams.history_table(stream) for stream in streams.NEEDS} & {each.name for each in objects}
    found = db.fetch([Statement(f"SELECT * FROM {quoted(name)} ORDER BY id") for name in names], fresh=True)
    return Image(objects, {name: result.rows for name, result in zip(names, found, strict=True)})


def make(of: Image, *, sample_rows: bool) -> tuple[Database, frozenset[str]]:
    """The scratch database, which is gone when closed, and the tables whose row breaks one of their CHECKs."""
    db = Database("file::memory:")
    db.execute_sql("PRAGMA foreign_keys = off")
    untrue = _fill(db, of, sample_rows)
    db.execute_sql("PRAGMA foreign_keys = on")
    return db, frozenset(untrue)


def _fill(db: Database, of: Image, sample_rows: bool) -> list[str]:
    untrue = []
    tables = [each for each in of.objects if each.kind == "table"]
    for table in tables:
        if table.name not in db.get_tables():  # a virtual table has made its own already
            db.execute_sql(table.sql)
    for name, rows in (of.histories or {}).items():
        for row in rows:
            columns = ", ".join(map(quoted, row))
            db.execute_sql(
                f"INSERT INTO {quoted(name)} ({columns}) VALUES ({', '.join('?' * len(row))})", tuple(row.values())
            )
    for table in tables if sample_rows else ():
        if not structure.of_tool(table.name) and not sample(db, table):
            untrue.append(table.name)
    for each in of.objects:  # triggers come last, or the rows would set them off
        if each.kind != "table":
            db.execute_sql(each.sql)
    return untrue


def sample(db: Database, table: Object) -> bool:
    """Put a row into a table; whether the row satisfies the table's CHECKs.

    Every value is 1 where nothing forbids it, so that the rows of all tables refer to each other.
    """
    columns = db.execute_sql("SELECT name, type, dflt_value FROM pragma_table_info(?)", (table.name,)).fetchall()
    allowed = _allowed(table.sql)
    plain = {name: "x'00'" if kind == "BLOB" else "1" for name, kind, _ in columns}
    checked = {name: allowed.get(name, value) for name, value in plain.items()}
    defaults = {name: f"({default})" for name, _, default in columns if default is not None}
    for values in (checked, checked | defaults, plain):
        with suppress(peewee.DatabaseError):
            _insert(db, table.name, values)
            return True
    db.execute_sql("PRAGMA ignore_check_constraints = on")
    with suppress(peewee.DatabaseError):  # then it has none: what is refused for a row's sake goes unseen
        _insert(db, table.name, plain)
    db.execute_sql("PRAGMA ignore_check_constraints = off")
    return False


def _insert(db: Database, table: str, values: Mapping[str, str]) -> None:
    names = ", ".join(map(quoted, values))
    db.execute_sql(f"INSERT INTO {quoted(table)} ({names}) VALUES ({', '.join(values.values())})")


def _allowed(sql: str) -> dict[str, str]:
    """For each column with a CHECK the first literal in it: of a list the first, of a range the lowest."""
    found = {}
    for definition in sqltext.clauses(sql):
        name, _, rest = definition.partition(" ")
        check = re.search(r"\bCHECK\b", rest, re.IGNORECASE)
        literal = _LITERAL.search(rest, check.end()) if check else None
        if literal:
            found[name.strip('"`[]')] = literal.group()
    return found
