"""What a restore keeps of the present, for it is true of now and not of the moment of the backup.

- `deployments`: the processes that serve now. Without them a contract step would not wait for them.
- `consistency_clock`: it only goes on, for readers of replicas have seen its ticks.
- `migration_lease`: it is in no backup.

Everything else goes back with the rows that it speaks of: the histories with the schema, the backfills with the
columns, `receipts` with what was done for them. A client that repeats a request from after the backup must not be told
that it was done, for its rows are gone.
"""

from dataclasses import dataclass
from typing import Any

from migrations.tool.backup import dump
from migrations.tool.schema.sqltext import quoted
from shared_schema.database import LibsqlDatabase, Statement

_DEPLOYMENTS, _CLOCK = "deployments", "consistency_clock"


@dataclass(frozen=True, slots=True)
class Present:
    """The tick of the clock, 0 without one; the rows of `deployments`, by column."""

    tick: int
    deployments: list[dict[str, Any]]


def read(db: LibsqlDatabase) -> Present:
    tick, deployments = 0, list[dict[str, Any]]()
    if db.table_exists(_CLOCK):
        (clock,) = db.fetch([Statement(f"SELECT max(tick) AS tick FROM {_CLOCK}")])
        tick = clock.value_or_none(int) or 0
    if db.table_exists(_DEPLOYMENTS):
        (rows,) = db.fetch([Statement(f"SELECT * FROM {_DEPLOYMENTS}")])
        deployments = rows.all(dict)
    return Present(tick, deployments)


def put_back(db: LibsqlDatabase, present: Present) -> None:
    """Call it in the transaction of the restore. The restored tables may be older, or not there at all."""
    if present.tick and db.table_exists(_CLOCK):
        later = "ON CONFLICT (id) DO UPDATE SET tick = max(tick, excluded.tick) + 1"
        db.execute_sql(f"INSERT INTO {_CLOCK} (id, tick) VALUES (1, ?) {later}", (present.tick + 1,))
    if db.table_exists(_DEPLOYMENTS):
        _put_deployments(db, present.deployments)


def _put_deployments(db: LibsqlDatabase, rows: list[dict[str, Any]]) -> None:
    db.execute_sql(f"DELETE FROM {_DEPLOYMENTS}")
    known = dump.layout_of(db, _DEPLOYMENTS).stored
    for row in rows:
        values = {quoted(name): value for name, value in row.items() if quoted(name) in known}
        db.execute_sql(
            f"INSERT INTO {_DEPLOYMENTS} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
            tuple(values.values()),
        )
