"""Rows that the code cannot use, put past every rule of their table, and what the log says of them."""

import io
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import peewee

import shared_schema.logs
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.tables import OBJECTS

ENDLESS = "9e999"  # SQL for infinity, which cannot be bound
TOO_LATE, TOO_EARLY = 253_402_300_800, -62_135_596_801  # a second beyond the years 1 to 9999
LEFT_OUT = "a row that cannot be used was left out"
ASKED_FOR = "a row that cannot be used was asked for"


def spoil(database: LibsqlDatabase, table: str, column: str, value: Any, row_id: object, key: str = "id") -> None:
    """Write a value that the code cannot use, as an older writer or a person by hand does."""
    mark, values = ("9e999", ()) if value == ENDLESS else ("?", (value,))
    update = f"UPDATE {table} SET {column} = {mark} WHERE {key} = ?"
    with no_refusals(database, table):
        try:
            database.execute_sql(update, (*values, row_id))
        except peewee.IntegrityError:
            _lift_rule(database, table, column)
            database.execute_sql(update, (*values, row_id))
    (found,) = database.execute_sql(f"SELECT count(*) FROM {table} WHERE {key} = ?", (row_id,)).fetchone()
    assert found == 1, f"{table} has no row {row_id}"


@contextmanager
def no_refusals(database: LibsqlDatabase, table: str) -> Iterator[None]:
    """Without the triggers that refuse a change of the table: what somebody may do who may change the schema."""
    find = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND sql LIKE '%RAISE(ABORT%'"
    triggers = database.execute_sql(find, (table,)).fetchall()
    for name, _ in triggers:
        database.execute_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in triggers:
        database.execute_sql(sql)


def without_triggers(steps: Sequence[Statement]) -> list[Statement]:
    """These steps, while no trigger refuses them: what somebody may do who is allowed to change the schema."""
    triggers = [sql for objects in OBJECTS.values() for sql in objects if "RAISE(ABORT" in sql]
    names = [sql.split()[2] for sql in triggers]
    return [*(Statement(f"DROP TRIGGER {name}") for name in names), *steps, *map(Statement, triggers)]


def _lift_rule(database: LibsqlDatabase, table: str, column: str) -> None:
    """Make the column anew without its CHECK, as it is in a database from before this code."""
    # Views and other tables' triggers may read it, too; and triggers read views.
    find = """
        SELECT type, name, sql FROM sqlite_master
        WHERE type = 'trigger' AND (sql LIKE :reads OR sql LIKE '%wanted_reviews%') OR type = 'view' AND sql LIKE :reads
        ORDER BY rowid
    """
    readers = database.execute_sql(find, {"reads": f"%{table}%"}).fetchall()
    for kind, name, _ in readers:
        database.execute_sql(f'DROP {kind} "{name}"')
    if table == "questions":  # its versions have the same rules
        _lift_rule(database, "question_versions", column)
    (kind,) = database.execute_sql(
        f"SELECT type FROM pragma_table_info('{table}') WHERE name = ?", (column,)
    ).fetchone()
    find = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql LIKE ?"
    indexes = database.execute_sql(find, (table, f"%{column}%")).fetchall()
    for name, _ in indexes:
        database.execute_sql(f'DROP INDEX "{name}"')
    database.execute_sql(f"ALTER TABLE {table} ADD COLUMN bare {kind}")
    database.execute_sql(f"UPDATE {table} SET bare = {column}")
    database.execute_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
    database.execute_sql(f"ALTER TABLE {table} RENAME COLUMN bare TO {column}")
    for *_, sql in (*indexes, *readers):
        database.execute_sql(sql)


@contextmanager
def logged() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """`with logged() as lines:` collects the log; `lines()` are its warnings and errors, without time and request."""
    stream = io.StringIO()
    shared_schema.logs.configure(stream)
    try:
        yield lambda: [_without_time(line) for line in map(json.loads, stream.getvalue().splitlines()) if _is_bad(line)]
    finally:
        shared_schema.logs.configure(sys.stdout)


def _is_bad(line: dict[str, Any]) -> bool:
    return line["level"] in ("warning", "error")


def _without_time(line: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in line.items() if name not in ("timestamp", "request_id", "trace_id", "span_id")
    }


def about(event: str, table: str, row_id: object, column: str, problem: str) -> dict[str, Any]:
    """The line in the log about such a row."""
    return {"event": event, "level": "error", "table": table, "id": row_id, "column": column, "problem": problem}
