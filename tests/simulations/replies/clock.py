"""A clock that the simulation sets: for the services' Python, and for what SQL calls now."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from shared_schema.database import Guard, LibsqlDatabase
from shared_schema.database.batch import Query
from shared_schema.database.binding import Parameters

_NOW = "(SELECT now FROM simulated_clock)"
_DEFAULTS = """
    SELECT m.name, c.name, (SELECT group_concat(k.name || ' = new.' || k.name, ' AND ')
                            FROM pragma_table_info(m.name) k WHERE k.pk > 0)
    FROM sqlite_master m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND c.dflt_value = 'unixepoch()' AND m.name NOT IN ('audit_log', 'simulated_clock')
"""


class Clock:
    """Epoch seconds of the simulated world. It stands in the place of the module `time` as well."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class ClockedDatabase(LibsqlDatabase):
    """A database whose SQL takes its now from a table."""

    def _compile(self, query: Query | Guard) -> tuple[str, Parameters]:
        sql, parameters = super()._compile(query)
        return sql.replace("unixepoch()", _NOW), parameters


def install(database: LibsqlDatabase, clock: Clock) -> None:
    """Give a migrated file the table of the clock; triggers and defaults take their now from it, too."""
    database.execute_sql("CREATE TABLE simulated_clock (now INTEGER NOT NULL)")
    database.execute_sql("INSERT INTO simulated_clock VALUES (?)", (int(clock.now),))
    triggers = database.execute_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, sql in triggers:
        if "unixepoch()" in sql:
            database.execute_sql(f"DROP TRIGGER {name}")
            database.execute_sql(sql.replace("unixepoch()", _NOW))
    for table, column, key in database.execute_sql(_DEFAULTS).fetchall():
        database.execute_sql(
            f"""
            CREATE TRIGGER simulated_{table}_{column} AFTER INSERT ON {table} WHEN new.{column} > {_NOW} + 86400
            BEGIN UPDATE {table} SET {column} = {_NOW} WHERE {key}; END
            """
        )


def move(database: LibsqlDatabase, clock: Clock, now: float) -> None:
    """Let it be `now`. Time does not go back."""
    second = int(clock.now)
    clock.now = max(clock.now, now)
    if int(clock.now) != second:
        database.execute_sql("UPDATE simulated_clock SET now = ?", (int(clock.now),))


@contextmanager
def followed_by_services(clock: Clock) -> Iterator[None]:
    """The growth service's own modules look at this clock."""
    modules = [module for name, module in sys.modules.items() if name.startswith("growth_service")]
    patched = [module for module in modules if getattr(module, "time", None) is time]
    for module in patched:
        module.time = clock  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for module in patched:
            module.time = time  # type: ignore[attr-defined]
