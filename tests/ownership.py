"""Which service runs which SQL in the tests, and which tables each statement reads and writes.

`Statements.note` records; `trespasses` prepares each statement on an empty schema, where sqlite3's authorizer names the
tables, and compares them with the owners. The empty schema is a database in memory: Python's sqlite3 never opens a file
that the driver has open.
"""

import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from flask import current_app, has_app_context

from shared_schema.tables import OBJECTS, OWNERS

SERVICES = ("study_service", "growth_service")
OWNER = {model._meta.table_name: stream for stream, models in OWNERS.items() for model in models}
OWNER |= {
    sql.split()[3]: stream for stream, objects in OBJECTS.items() for sql in objects if "CREATE VIRTUAL TABLE" in sql
}
# The migrations' own histories are read by whoever asks whether a service is ready; a function is no table.
READ_BY_ALL = {*(f"migrations_{stream}" for stream in OWNERS), "json_each", "json_tree", "sqlite_master"}
# What a view reads is named beside it.
VIEWS = {"ai_cost_parts", "ai_cost_shares", "wanted_reviews"}
# Tables that a service reads by ids of its own which are no foreign keys.
READ_BY_ID = {
    ("growth", "questions"): "a call may name questions that are not there, and is recorded all the same",
    ("growth", "question_statistics"): "what became of these questions",
}
_WRITES = {
    sqlite3.SQLITE_INSERT: "inserts into",
    sqlite3.SQLITE_UPDATE: "updates",
    sqlite3.SQLITE_DELETE: "deletes from",
}
_QUIET = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_PRAGMA}
_ENDS = {sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT}


class Recorded(NamedTuple):
    """A statement that a service has run: its SQL, and the names of its parameters or their number."""

    service: str
    sql: str
    parameters: tuple[str, ...] | int


class Touched(NamedTuple):
    """What a statement does to a table; `verb` is "reads", "updates", …"""

    verb: str
    table: str


class Statements:
    """The statements of the services in this process; those of tests and tools are left out."""

    def __init__(self) -> None:
        self.recorded: set[Recorded] = set()

    def note(self, event: Any) -> None:
        """A hook for `Database.query_hooks`. A statement that failed has touched nothing."""
        if event.exception is None and (service := _service()):
            named = isinstance(event.params, Mapping)
            self.recorded.add(Recorded(service, event.sql, tuple(event.params) if named else len(event.params or ())))


def _service() -> str | None:
    """The service whose code runs the statement, or whose request is being served."""
    frame = sys._getframe(2)
    while frame is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package in SERVICES:
            return str(package)
        frame = frame.f_back  # type: ignore[assignment]
    return current_app.name if has_app_context() and current_app.name in SERVICES else None


def trespasses(recorded: Iterable[Recorded], schema: Iterable[str]) -> list[str]:
    """A sentence for each table that a service touched and may not."""
    with emptied(schema) as empty:
        related = _related(empty)
        return sorted(
            f"{service} {verb} {table}, which belongs to {OWNER.get(table, 'nobody')}: {' '.join(sql.split())}"
            for service, sql, parameters in recorded
            for verb, table in touched(empty, sql, parameters)
            if not _may(service, verb, table, related)
        )


@contextmanager
def emptied(schema: Iterable[str]) -> Iterator[sqlite3.Connection]:
    """A database in memory with these tables and indexes, and no row."""
    with closing(sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)) as empty:
        for sql in schema:
            empty.execute(sql)
        empty.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')")  # declared once, as if they were tables
        yield empty


def touched(empty: sqlite3.Connection, sql: str, parameters: tuple[str, ...] | int) -> set[Touched]:
    """What a statement does to which tables, found by preparing it."""
    touched: set[Touched] = set()

    def authorize(action: int, table: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_READ and table:
            touched.add(Touched("reads", table))
        elif action in _WRITES:
            touched.add(Touched(_WRITES[action], str(table)))
        elif action not in _QUIET | _ENDS and action != sqlite3.SQLITE_READ:
            touched.add(Touched(f"changes (action {action})", str(table)))
        return sqlite3.SQLITE_OK

    nothing = dict.fromkeys(parameters) if isinstance(parameters, tuple) else [None] * parameters
    empty.set_authorizer(authorize)
    try:
        empty.execute(f"EXPLAIN {sql}", nothing)
    finally:
        empty.set_authorizer(None)
    return touched


def _may(service: str, verb: str, table: str, related: set[tuple[str, str]]) -> bool:
    """A service writes its own and the shared tables. It reads, too, what a foreign key of its own tables leads to."""
    own = service.removesuffix("_service")
    owner = OWNER.get(table)
    if owner in (own, "shared"):
        return True
    return verb == "reads" and (table in READ_BY_ALL | VIEWS or (own, table) in related | READ_BY_ID.keys())


def _related(empty: sqlite3.Connection) -> set[tuple[str, str]]:
    """Each stream with each table that a foreign key of its tables leads to."""
    return {(stream, parent) for table, stream in OWNER.items() for parent in _parents(empty, table)}


def _parents(empty: sqlite3.Connection, table: str) -> Iterator[str]:
    for (parent,) in empty.execute('SELECT "table" FROM pragma_foreign_key_list(?)', (table,)):
        yield parent
