"""Updates of many rows, a chunk per transaction, with the place reached in the same transaction.

Whoever is killed goes on where it was, no row is done twice, and other writers wait for a chunk at most.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import peewee

from migrations.tool.lease import Lease
from migrations.tool.schema.sqltext import quoted
from shared_schema.database import Database, Statement, errors, require_changes
from shared_schema.releases.files import Backfill, Migration

TABLE = "migration_backfills"
_FIRST_ROWS, _FEWEST_ROWS, _MOST_ROWS = 1_000, 200, 50_000
# How long other writers may wait for one chunk; the way to the server is part of it.
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


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A backfill that has not come to its end; `reached` is the last key done, `rows` how many were changed."""

    stream: str
    name: str
    step: int
    reached: int | None
    rows: int


def announce(db: Database, migration: Migration) -> None:
    """Note a migration's backfills as to be done. Part of the transaction of its own statements."""
    if migration.backfills:
        db.execute_sql(CREATE)
    for step, _ in enumerate(migration.backfills):
        said = (migration.stream, migration.name, step)
        db.execute_sql(f"INSERT INTO {TABLE} (stream, name, step) VALUES (?, ?, ?)", said)


def withdraw(db: Database, migration: Migration) -> None:
    """Forget them, when the migration is rolled back."""
    if migration.backfills:
        db.execute_sql(f"DELETE FROM {TABLE} WHERE stream = ? AND name = ?", (migration.stream, migration.name))


def unfinished(db: Database) -> list[Unfinished]:
    """What is still to be done, in the order of the migrations."""
    try:
        (found,) = db.fetch(
            [
                Statement(
                    f"SELECT stream, name, step, reached, rows FROM {TABLE} WHERE finished_at IS NULL"
                    " ORDER BY stream, name, step"
                )
            ],
            fresh=True,
        )
    except peewee.OperationalError as error:
        if not errors.is_missing_table(error):
            raise
        return []
    return [Unfinished(**row) for row in found.rows]


def run(db: Database, lease: Lease, todo: Unfinished, backfill: Backfill, progress: Callable[[int], None]) -> int:
    """Bring one backfill to its end: the last row there is now, or it would run after busy writers for ever.

    Returns how many rows were changed, all runs together.
    """
    end, rows = _end(db, backfill), _FIRST_ROWS
    while end is not None and (todo.reached is None or todo.reached < end):
        began = time.monotonic()
        todo = _chunk(db, lease, todo, backfill, min(_next(db, todo, backfill, rows) or end, end))
        took = time.monotonic() - began
        rows = (
            min(rows * 2, _MOST_ROWS) if took < _SHORT_S else max(rows // 2, _FEWEST_ROWS) if took > _LONG_S else rows
        )
        progress(todo.rows)
    _finish(db, lease, todo)
    return todo.rows


def _end(db: Database, backfill: Backfill) -> int | None:
    (found,) = db.fetch(
        [Statement(f"SELECT max({quoted(backfill.key)}) AS last FROM {quoted(backfill.table)}")], fresh=True
    )
    return found.value_or_none(int)


def _next(db: Database, todo: Unfinished, backfill: Backfill, rows: int) -> int | None:
    """The key up to which the next chunk goes."""
    table, key = quoted(backfill.table), quoted(backfill.key)
    beyond, given = (f"{key} > ?", (todo.reached,)) if todo.reached is not None else ("1", ())
    inner = f"SELECT {key} AS k FROM {table} WHERE {beyond} ORDER BY {key} LIMIT ?"
    (found,) = db.fetch([Statement(f"SELECT max(k) AS upto FROM ({inner})", (*given, rows))], fresh=True)
    return found.value_or_none(int)


def _chunk(db: Database, lease: Lease, todo: Unfinished, backfill: Backfill, upto: int) -> Unfinished:
    """One transaction: the rows, and how far we are. Said twice it is done once: the place has moved on by then."""
    table, key = quoted(backfill.table), quoted(backfill.key)
    beyond, given = (f"{key} > ? AND", (todo.reached,)) if todo.reached is not None else ("", ())
    update = f"UPDATE {table} SET {backfill.set} WHERE {beyond} {key} <= ? AND ({backfill.where})"
    note = f"UPDATE {TABLE} SET reached = :upto, rows = rows + changes() WHERE {_WHERE} AND reached IS :reached"
    noted = Statement(note, _place(todo) | {"upto": upto, "reached": todo.reached})
    with suppress(_Done):
        moved = require_changes(1, otherwise=_Done())
        db.batch([lease.guard, Statement(update, (*given, upto)), noted, moved, lease.renewal], idempotent=True)
    return _look(db, todo)


class _Done(Exception):
    """The place has moved on: by this very chunk, whose answer was lost."""


def _place(todo: Unfinished) -> dict[str, str | int]:
    return {"stream": todo.stream, "name": todo.name, "step": todo.step}


def _look(db: Database, todo: Unfinished) -> Unfinished:
    (found,) = db.fetch([Statement(f"SELECT reached, rows FROM {TABLE} WHERE {_WHERE}", _place(todo))], fresh=True)
    return Unfinished(todo.stream, todo.name, todo.step, **found.one(dict))


def _finish(db: Database, lease: Lease, todo: Unfinished) -> None:
    end = Statement(f"UPDATE {TABLE} SET finished_at = unixepoch() WHERE {_WHERE}", _place(todo))
    db.batch([lease.guard, end, lease.renewal], idempotent=True)
