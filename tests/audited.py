"""Which batches our code runs in the tests, and whether each has an entry in the audit log for what it changes.

`Batches.follow` records; `unlogged` prepares each statement on an empty schema, where sqlite3's authorizer names the
tables and columns, and compares them with the entries of the same batch. A batch that failed has changed nothing.
"""

import sqlite3
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from shared_schema.database import LibsqlDatabase
from shared_schema.database.sql import shape
from tests import exempt, ownership

_OURS = ("study_service", "growth_service", "shared_schema")
_NOT_OURS = ("shared_schema.database", "shared_schema.idempotency")  # they run what others give them


class Write(NamedTuple):
    """A statement that changes rows: its SQL, the names of its parameters or their number, and, for an entry of the
    audit log, the entity that it is about."""

    sql: str
    parameters: tuple[str, ...] | int
    entity: str | None


class Batches:
    """The batches of our code in this process, each once; those of tests and tools are left out."""

    def __init__(self) -> None:
        self.recorded: set[tuple[Write, ...]] = set()
        self._mine = threading.local()

    def follow(self, database: LibsqlDatabase) -> None:
        """Record the batches of this database, and what is written outside of them."""

        def batch(queries: Sequence[Any], *, idempotent: bool = False) -> Any:
            self._mine.writes = writes = []
            try:
                results = type(database).batch(database, queries, idempotent=idempotent)
            finally:
                self._mine.writes = None
            if writes and _is_ours():
                self.recorded.add(tuple(writes))
            return results

        database.batch = batch  # type: ignore[method-assign]
        database.query_hooks.append(self._note)

    def _note(self, event: Any) -> None:
        if not shape(event.sql).writes:
            return
        named = dict(event.params) if isinstance(event.params, dict) else {}
        entity = named.get("log_entity") or named.get("entity")
        write = Write(event.sql, tuple(named) if named else len(event.params or ()), entity)
        writes = getattr(self._mine, "writes", None)
        if writes is not None:
            writes.append(write)
        elif _is_ours():
            self.recorded.add((write,))


def _is_ours() -> bool:
    """Whether code of the services, or what they share, has asked for this."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.partition(".")[0] in _OURS and not name.startswith(_NOT_OURS):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def unlogged(batches: Iterable[tuple[Write, ...]], schema: Iterable[str]) -> list[str]:
    """A sentence for each statement that changes a table without an entry about it in the same batch."""
    with ownership.emptied(schema) as empty:
        return sorted(
            f"{table} is changed without an entry: {' '.join(write.sql.split())}"
            for batch in batches
            for write in batch
            for table, columns in changed(empty, write).items()
            if not _exempt(table, columns) and not _entities(empty, batch) & exempt.ENTITIES.get(table, set())
        )


def changed(empty: sqlite3.Connection, write: Write) -> dict[str, set[str] | None]:
    """The tables that a statement changes, and the columns that it sets; None where it adds or takes whole rows."""
    changes: dict[str, set[str] | None] = {}

    def authorize(action: int, table: str | None, column: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_UPDATE:
            columns = changes.setdefault(str(table), set())
            if columns is not None:
                columns.add(str(column))
        elif action in (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_DELETE):
            changes[str(table)] = None
        return sqlite3.SQLITE_OK

    nothing = dict.fromkeys(write.parameters) if isinstance(write.parameters, tuple) else [None] * write.parameters
    empty.set_authorizer(authorize)
    try:
        empty.execute(f"EXPLAIN {write.sql}", nothing)
    finally:
        empty.set_authorizer(None)
    return changes


def _exempt(table: str, columns: set[str] | None) -> bool:
    return table in exempt.TABLES or (columns is not None and columns <= exempt.COLUMNS.get(table, {}).keys())


def _entities(empty: sqlite3.Connection, batch: tuple[Write, ...]) -> set[str]:
    """The entities that the batch logs changes of."""
    return {write.entity for write in batch if write.entity and "audit_log" in changed(empty, write)}
