"""Repairs of a history by hand, each with its reason. They change what the tool believes, and no other table."""

import getpass
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import peewee

from migrations.tool import exits, lease
from migrations.tool.apply import backfill
from migrations.tool.router import StreamRouter
from shared_schema.database import Guard, LibsqlDatabase, Statement, errors, require, require_changes
from shared_schema.releases import streams
from shared_schema.releases.files import Migration

TABLE = "migration_repairs"
Mark = Literal["applied", "pending", "edited", "renamed"]
_CREATE = f"""
    CREATE TABLE IF NOT EXISTS {TABLE} (
        id INTEGER PRIMARY KEY,
        stream TEXT NOT NULL,
        name TEXT NOT NULL,
        mark TEXT NOT NULL,
        was TEXT,
        reason TEXT NOT NULL,
        operator TEXT NOT NULL,
        repaired_at INTEGER NOT NULL DEFAULT (unixepoch())
    ) STRICT
"""
_NOTE = f"INSERT INTO {TABLE} (stream, name, mark, was, reason, operator) VALUES (?, ?, ?, ?, ?, ?)"
_READ = f"SELECT stream, name, mark, was, reason, operator, repaired_at FROM {TABLE} WHERE stream = ? ORDER BY id"


@dataclass(frozen=True, slots=True)
class Repair:
    """What an operator has marked, and why. `was` is the old name of a renamed migration; `repaired_at` is in epoch
    seconds.
    """

    stream: str
    name: str
    mark: Mark
    was: str | None
    reason: str
    operator: str
    repaired_at: int


class NotSo(exits.Stopped):
    """The history or the files are not what the mark takes them for. Nothing was changed."""


def mark(db: LibsqlDatabase, stream: str, name: str, mark: Mark, reason: str, was: str | None = None) -> None:
    """Change the history of a stream under the lease, in one transaction that also writes the reason down.

    `applied`: the database has what the migration does; its backfills count as done. `pending`: it has not, and `up`
    will run it. `edited`: the file as it is now is what was applied. `renamed`: it was applied as `was`. Raises NotSo
    or lease.Held.
    """
    steps = _STEPS[mark](stream, name, was)
    with lease.held(db) as ours:
        StreamRouter(db, stream).model.create_table(safe=True)
        for sql in (_CREATE, backfill.CREATE):
            db.execute_sql(sql)
        operator = f"{getpass.getuser()}@{socket.gethostname()}"
        db.batch([ours.guard, *steps, Statement(_NOTE, (stream, name, mark, was, reason, operator))])


def read(db: LibsqlDatabase, stream: str) -> list[Repair]:
    """The repairs of a stream's history, oldest first."""
    try:
        (result,) = db.fetch([Statement(_READ, (stream,))], fresh=True)
    except peewee.OperationalError as error:
        if not errors.is_missing_table(error):
            raise
        return []
    return result.all(Repair)


def _applied(stream: str, name: str, _: str | None) -> list[Statement | Guard]:
    file = _file(stream, name)
    table = streams.history_table(stream)
    return [
        _lacks(stream, name),
        Statement(
            f"INSERT INTO {table} (name, phase, checksum) VALUES (?, ?, ?)", (file.name, file.phase, file.checksum)
        ),
    ]


def _pending(stream: str, name: str, _: str | None) -> list[Statement | Guard]:
    return [
        Statement(f"DELETE FROM {streams.history_table(stream)} WHERE name = ?", (name,)),
        _was_there(stream, name),
        Statement(f"DELETE FROM {backfill.TABLE} WHERE stream = ? AND name = ?", (stream, name)),
    ]


def _edited(stream: str, name: str, _: str | None) -> list[Statement | Guard]:
    file = _file(stream, name)
    update = f"UPDATE {streams.history_table(stream)} SET phase = ?, checksum = ? WHERE name = ?"
    return [Statement(update, (file.phase, file.checksum, name)), _was_there(stream, name)]


def _renamed(stream: str, name: str, was: str | None) -> list[Statement | Guard]:
    if was is None:
        raise NotSo(f"{stream}/{name} was renamed from what? Say --was")
    if was in streams.names(stream):
        raise NotSo(f"{stream}/{was} still has a file of its own: it was not renamed")
    file = _file(stream, name)
    update = f"UPDATE {streams.history_table(stream)} SET name = ?, phase = ?, checksum = ? WHERE name = ?"
    moved = f"UPDATE {backfill.TABLE} SET name = ? WHERE stream = ? AND name = ?"
    return [
        _lacks(stream, name),
        Statement(update, (name, file.phase, file.checksum, was)),
        _was_there(stream, was),
        Statement(moved, (name, stream, was)),
    ]


_STEPS: dict[Mark, Callable[[str, str, str | None], list[Statement | Guard]]] = {
    "applied": _applied,
    "pending": _pending,
    "edited": _edited,
    "renamed": _renamed,
}


def _file(stream: str, name: str) -> Migration:
    if name not in streams.names(stream):
        raise NotSo(f"{stream} has no migration {name}")
    return streams.read(stream, name)


def _lacks(stream: str, name: str) -> Guard:
    lacks = f"NOT EXISTS (SELECT 1 FROM {streams.history_table(stream)} WHERE name = ?)"
    return require(lacks, (name,), otherwise=lambda: NotSo(f"the history has {stream}/{name} already"))


def _was_there(stream: str, name: str) -> Guard:
    return require_changes(1, otherwise=lambda: NotSo(f"the history does not have {stream}/{name}"))
