"""Updates of many rows, in chunks. A chunk is one transaction, which also notes the last key that is done.

After a kill the next run goes on from the last key, no row is changed twice, and other writers wait for one chunk at
most.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TypedDict

import peewee

from migrations.tool import breaches, chunks, exits, sqlvalues
from migrations.tool.lease import Lease
from migrations.tool.schema import structure
from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Rows
from shared_schema.database import LibsqlDatabase, Statement, errors, require_changes
from shared_schema.releases.files import Backfill, Migration

TABLE = "migration_backfills"
_FIRST_ROWS, _FEWEST_ROWS, _MOST_ROWS = 1_000, 200, 50_000
# How long other writers may wait for one chunk. The way to the server is part of it.
_LONG_S, _SHORT_S = 0.5, 0.25

CREATE = f"""
    CREATE TABLE IF NOT EXISTS {TABLE} (
        stream TEXT NOT NULL,
        name TEXT NOT NULL,
        step INTEGER NOT NULL,
        reached INTEGER,
        rows INTEGER NOT NULL DEFAULT 0,
        finished_at INTEGER,
        PRIMARY KEY (stream, name, step)
    ) STRICT, WITHOUT ROWID
"""
_WHERE = "stream = :stream AND name = :name AND step = :step"


# Errors that say nothing of the rows.
_OF_CONNECTION = (errors.Unreachable, errors.OutcomeUnknown, errors.AccessDenied, errors.Busy, errors.StreamExpired)


class Failed(exits.Stopped):
    """A chunk of a backfill could not be changed; the message names the rows. What was filled before it stays."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A backfill that has not come to its end; `reached` is the last key that is done, `rows` how many were changed."""

    stream: str
    name: str
    step: int
    reached: int | None
    rows: int


class _Place(TypedDict):
    reached: int | None
    rows: int


def announce(db: LibsqlDatabase, migration: Migration) -> None:
    """Note the backfills of a migration as unfinished. Part of the migration's own transaction."""
    if migration.backfills:
        db.execute_sql(CREATE)
    for step, _ in enumerate(migration.backfills):
        key = (migration.stream, migration.name, step)
        db.execute_sql(f"INSERT INTO {TABLE} (stream, name, step) VALUES (?, ?, ?)", key)


def withdraw(db: LibsqlDatabase, migration: Migration) -> None:
    """Remove the notes of a migration that is rolled back."""
    if migration.backfills:
        db.execute_sql(f"DELETE FROM {TABLE} WHERE stream = ? AND name = ?", (migration.stream, migration.name))


def unfinished(db: LibsqlDatabase) -> list[Unfinished]:
    """The backfills that have not come to their end, in the order of stream, migration and step."""
    select = f"SELECT stream, name, step, reached, rows FROM {TABLE} WHERE finished_at IS NULL"
    try:
        (result,) = db.fetch([Statement(f"{select} ORDER BY stream, name, step")], fresh=True)
    except peewee.OperationalError as error:
        if not errors.is_missing_table(error):
            raise
        return []
    return result.all(Unfinished)


def run(db: LibsqlDatabase, lease: Lease, todo: Unfinished, backfill: Backfill, progress: Callable[[int], None]) -> int:
    """Bring one backfill to its end, which is the last row at the start: it never runs after busy writers.

    Returns how many rows were changed, all runs together.
    """
    end, rows = _end(db, backfill), _FIRST_ROWS
    while end is not None and (todo.reached is None or todo.reached < end):
        began = time.monotonic()
        todo = _chunk(db, lease, todo, backfill, min(_next(db, todo, backfill, rows) or end, end))
        rows = _next_size(rows, time.monotonic() - began)
        progress(todo.rows)
    _finish(db, lease, todo)
    return todo.rows


def _next_size(rows: int, seconds: float) -> int:
    """The rows of the next chunk, after one of `rows` rows took so many seconds."""
    if seconds < _SHORT_S:
        return min(rows * 2, _MOST_ROWS)
    return max(rows // 2, _FEWEST_ROWS) if seconds > _LONG_S else rows


def _end(db: LibsqlDatabase, backfill: Backfill) -> int | None:
    """The highest key of the table; None if it is empty."""
    select = f"SELECT max({quoted(backfill.key)}) AS last FROM {quoted(backfill.table)}"
    (result,) = db.fetch([Statement(select)], fresh=True)
    return result.value_or_none(int)


def _next(db: LibsqlDatabase, todo: Unfinished, backfill: Backfill, rows: int) -> int | None:
    """The last key of the next chunk."""
    table, key = quoted(backfill.table), quoted(backfill.key)
    beyond, parameters = (f"{key} > ?", (todo.reached,)) if todo.reached is not None else ("1", ())
    inner = f"SELECT {key} AS k FROM {table} WHERE {beyond} ORDER BY {key} LIMIT ?"
    (result,) = db.fetch([Statement(f"SELECT max(k) AS upto FROM ({inner})", (*parameters, rows))], fresh=True)
    return result.value_or_none(int)


def _chunk(db: LibsqlDatabase, lease: Lease, todo: Unfinished, backfill: Backfill, upto: int) -> Unfinished:
    """Change the rows up to a key and note that key, in one transaction. Sent twice, it changes the rows once."""
    update = chunks.update(backfill, todo.reached, upto)
    note = f"UPDATE {TABLE} SET reached = :upto, rows = rows + changes() WHERE {_WHERE} AND reached IS :reached"
    noted = Statement(note, _key(todo) | {"upto": upto, "reached": todo.reached})
    with suppress(_Done), _of_rows(db, todo, update):
        moved = require_changes(1, otherwise=_Done)
        db.batch([lease.guard, update, noted, moved, lease.renewal], idempotent=True)
    return _read(db, todo)


@contextmanager
def _of_rows(db: LibsqlDatabase, todo: Unfinished, update: Statement) -> Iterator[None]:
    """Raises Failed, with the rows of the chunk that are at fault, where a chunk cannot be changed."""
    try:
        yield
    except peewee.DatabaseError as error:
        if isinstance(errors.cause(error), _OF_CONNECTION):
            raise
        select, sql = partial(_select, db), sqlvalues.inlined(update.sql, update.parameters)
        lines = [f"the backfill {todo.stream}/{todo.name}/{todo.step} failed: {error}"]
        lines += breaches.of(select, sql, structure.read(select), keys_on=True)
        beyond = f"beyond key {todo.reached}" if todo.reached is not None else "from the first key on"
        lines.append(
            f"{todo.rows} rows are filled, none {beyond}. Every `up` goes on there before it does anything else: mend "
            "the rows first."
        )
        raise Failed("\n".join(lines)) from error


def _select(db: LibsqlDatabase, sql: str) -> Rows:
    (result,) = db.fetch([Statement(sql)], fresh=True)
    return result.all(dict)


class _Done(Exception):
    """Another key has been noted: this very chunk is done, and its answer was lost."""


def _key(todo: Unfinished) -> dict[str, str | int | None]:
    return {"stream": todo.stream, "name": todo.name, "step": todo.step}


def _read(db: LibsqlDatabase, todo: Unfinished) -> Unfinished:
    (result,) = db.fetch([Statement(f"SELECT reached, rows FROM {TABLE} WHERE {_WHERE}", _key(todo))], fresh=True)
    return Unfinished(todo.stream, todo.name, todo.step, **result.one(_Place))


def _finish(db: LibsqlDatabase, lease: Lease, todo: Unfinished) -> None:
    end = Statement(f"UPDATE {TABLE} SET finished_at = unixepoch() WHERE {_WHERE}", _key(todo))
    db.batch([lease.guard, end, lease.renewal], idempotent=True)
