"""The proof, before anything is committed: as many rows, the same content, the same meaning, whole references, and
exactly the schema that the migrations build.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from migrations.adoption import keys, meaning
from migrations.adoption.examined import Examined
from migrations.adoption.legacy import KEPT_VALUES
from migrations.adoption.report import NotProven, shown
from migrations.adoption.target import Column, Table
from migrations.tool.backup import dump
from migrations.tool.backup.dump import Content
from migrations.tool.schema import definition, sqltext
from shared_schema.database import LibsqlDatabase, Statement

_SPREAD, _CHANGED, _AT_ONCE = 2_000, 1_000, 500
# Rules that change a column after it was copied. They have kept the copied value.
_AFTERWARDS = ("renumber", "unique-suffix", "detach-repeat")


@dataclass(frozen=True, slots=True)
class Before:
    """What is kept of an old table before it is dropped: count and hash of the rows that stay, as they should become,
    and a sample of old rows as they were, by id.
    """

    rows: Content
    sample: dict[Any, dict[str, Any]]


def before(db: LibsqlDatabase, examined: Examined) -> Before:
    """Read an old table for the last time, after its new one was filled."""
    values = list(examined.values.values())
    return Before(dump.of(db, examined.source.name, values, examined.stays), _sample(db, examined))


def check(db: LibsqlDatabase, examined: Examined, known: Before, set_aside: int) -> int:
    """Compare a new table with what was kept of the old one. Returns how many rows were compared in Python."""
    name = examined.wanted.name
    if known.rows.rows != examined.rows - set_aside:
        raise NotProven(f"{name} had {examined.rows} rows, {set_aside} were set aside and {known.rows.rows} were read")
    after = dump.of(db, name, [_recovered(db, name, column) for column in examined.values])
    if after != known.rows:
        raise NotProven(f"{name}: {known.rows.rows} rows went in and {after.rows} came out, or not with what they held")
    ids = list(known.sample)
    for n in range(0, len(ids), _AT_ONCE):
        _compare(db, examined, {key: known.sample[key] for key in ids[n : n + _AT_ONCE]})
    return len(ids)


def check_whole(db: LibsqlDatabase, wanted: Iterable[Table]) -> None:
    """Check the references of our tables, and compare the schema with the one that the migrations build."""
    broken = db.execute_sql("PRAGMA foreign_key_check").fetchall()
    ours = {table.name: table for table in wanted}
    for row in broken:
        if row[0] in ours:
            raise NotProven(f"row {row[1]} of {row[0]} refers to nothing in {row[2]}")
    built = definition.read(db, ours.keys())
    for name, table in ours.items():
        if built[name].sql != sqltext.normal(table.sql):
            raise NotProven(f"{name} is not as the migrations build it")
        if built[name].indexes != {index: sqltext.normal(sql) for index, sql in table.indexes.items()}:
            raise NotProven(f"the indexes of {name} are not as the migrations build them")


def _recovered(db: LibsqlDatabase, table: str, column: str) -> str:
    """SQL: the value that was copied into a column, also where a rule has changed it afterwards."""
    new = f'"{table}"."{column}"'
    changed = column in {keys.changed_column(key) for key in keys.of(table)} | {"attempt_number"}
    if not changed:
        return new
    rules = ", ".join(f"'{rule}'" for rule in _AFTERWARDS)
    mine = f"k.table_name = '{table}' AND k.column_name = '{column}' AND k.rule IN ({rules})"
    (some,) = db.fetch([Statement(f"SELECT 1 AS n FROM {KEPT_VALUES} k WHERE {mine} LIMIT 1")])
    # The plus removes the affinity of the id: with it the engine would not search by the key of KEPT_VALUES.
    kept = f'SELECT k.value FROM {KEPT_VALUES} k WHERE {mine} AND k.row_key = +"{table}".id'
    return f"coalesce(({kept}), {new})" if some.rows else new


def _sample(db: LibsqlDatabase, examined: Examined) -> dict[Any, dict[str, Any]]:
    """Old rows by id: some from all parts of the table, and some of those with an original to keep."""
    source, name = examined.source, examined.wanted.name
    key = source.sql("id")
    step = max(1, examined.rows // _SPREAD)
    kept = f"SELECT DISTINCT row_key FROM {KEPT_VALUES} WHERE table_name = '{name}' LIMIT {_CHANGED}"
    columns = ", ".join(f'{source.sql(column)} AS "{column}"' for column in source.columns)
    read = f'SELECT {columns} FROM "{source.name}" WHERE {examined.stays} AND '
    rows: dict[Any, dict[str, Any]] = {}
    for which in (f"{source.row} % {step} = 0 LIMIT {_SPREAD}", f"{key} IN ({kept})"):
        (ids,) = db.fetch([Statement(f'SELECT {key} AS id FROM "{source.name}" WHERE {examined.stays} AND {which}')])
        every = [row["id"] for row in ids.rows if row["id"] not in rows]
        for n in range(0, len(every), _AT_ONCE):
            some = json.dumps(every[n : n + _AT_ONCE])
            (page,) = db.fetch([Statement(f"{read} {key} IN (SELECT value FROM json_each(?))", (some,))])
            rows |= {row["id"]: row for row in page.rows}
    return rows


def _compare(db: LibsqlDatabase, examined: Examined, old: dict[Any, dict[str, Any]]) -> None:
    name = examined.wanted.name
    ids = json.dumps(list(old))
    new, kept = db.fetch(
        [
            Statement(f'SELECT * FROM "{name}" WHERE id IN (SELECT value FROM json_each(?))', (ids,)),
            Statement(
                f"SELECT row_key, column_name, value FROM {KEPT_VALUES} WHERE table_name = ?"
                " AND column_name IN (SELECT value FROM json_each(?)) AND row_key IN (SELECT value FROM json_each(?))"
                " AND rule <> 'unknown-column'",
                (name, json.dumps(list(examined.source.columns.values())), ids),
            ),
        ]
    )
    originals: dict[tuple[Any, str], list[Any]] = {}
    for row in kept.rows:
        originals.setdefault((row["row_key"], row["column_name"].lower()), []).append(row["value"])
    if len(new.rows) != len(old):
        raise NotProven(f"{name}: of {len(old)} rows looked at, {len(new.rows)} are there")
    columns = [column for column in examined.wanted.columns if column.source in examined.source.columns]
    for row in new.rows:
        for column in columns:
            was = old[row["id"]][column.source]
            _agree(name, column, row, was, originals.get((row["id"], column.source), []))


def _agree(table: str, column: Column, row: dict[str, Any], was: Any, kept: Collection[Any]) -> None:
    """Raises NotProven unless the new value means what the old one meant, or the old one is kept."""
    meant, now = meaning.of(column, was), row[column.name]
    same = now is None if meant is None else type(meant) is type(now) and meant == now
    if same or any(type(value) is type(was) and value == was for value in kept):
        return
    # A number that was read from a text and then renumbered: the number that was read is kept.
    if meant is not meaning.UNKNOWN and any(value == meant for value in kept):
        return
    raise NotProven(f"{table} {row['id']}: {column.name} was {shown(was)} and is {shown(now)}")
