"""Which processes serve with which code: a row per process, and which of them a migration would harm.

Safe inside a serving process: nothing here runs or imports a migration. All times are by the database's clock.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TypedDict

import orjson
import peewee

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.releases.files import Migration
from shared_schema.releases.streams import Known
from shared_schema.tables.serving import Deployment as Row

# Rows are kept for longer than their process counts as alive. During a long transaction nobody can write; the first
# process that writes afterwards must not remove the rows of the others, which had no chance to write yet.
_KEPT_S = 3600

_LIVE = """
    SELECT instance, service, host, version, knows, silence_s, started_at, seen_at,
        max(0, unixepoch() - seen_at) AS seen_s_ago
    FROM deployments WHERE coalesce(?, unixepoch()) - seen_at <= silence_s ORDER BY service, version, host, instance
"""
_NOW = Statement("SELECT unixepoch() AS now")


@dataclass(frozen=True, slots=True)
class Process:
    """A process that serves. `knows` are the migrations that its code has as files. It counts as dead when it has
    written nothing for more than `silence_s` seconds.
    """

    instance: str
    service: str
    host: str
    version: str
    knows: Known
    silence_s: int


@dataclass(frozen=True, slots=True)
class Deployment(Process):
    """A process that serves, with when the database has last heard of it. Epoch seconds."""

    started_at: int
    seen_at: int
    seen_s_ago: int

    def needs(self, migration: Migration) -> bool:
        """Whether its code relies on what this migration has added."""
        return self.knows.get(migration.stream, {}).get(migration.name) == "expand"

    def is_hurt_by(self, migration: Migration) -> bool:
        """Whether its code may still read what this migration takes away."""
        names = self.knows.get(migration.stream)
        return migration.phase == "contract" and names is not None and migration.name not in names


class _LiveRow(TypedDict):
    """A row of `_LIVE`; `knows` is JSON."""

    instance: str
    service: str
    host: str
    version: str
    knows: str
    silence_s: int
    started_at: int
    seen_at: int
    seen_s_ago: int


def now(db: LibsqlDatabase) -> int:
    """The primary's clock, in epoch seconds."""
    (result,) = db.fetch([_NOW], fresh=True)
    return result.value(int)


def live(db: LibsqlDatabase, *, since: int | None = None) -> list[Deployment]:
    """The processes that serve now, by service, version and host. The primary is asked.

    With `since`, an earlier moment, the processes that served then or later and have not ended in order: a tool that
    holds the database's lock keeps them from writing that they are alive.
    """
    try:
        (result,) = db.fetch([Statement(_LIVE, (since,))], fresh=True)
    except peewee.OperationalError as error:
        if not errors.is_missing_table(error):
            raise
        return []
    return [_deployment(row) for row in result.all(_LiveRow)]


def _deployment(row: _LiveRow) -> Deployment:
    return Deployment(
        row["instance"],
        row["service"],
        row["host"],
        row["version"],
        orjson.loads(row["knows"]),
        row["silence_s"],
        row["started_at"],
        row["seen_at"],
        row["seen_s_ago"],
    )


def in_the_way(db: LibsqlDatabase, migration: Migration, *, since: int | None = None) -> list[Deployment]:
    """The processes whose code may read what a contract migration takes away; none for an expand migration."""
    return [process for process in live(db, since=since) if process.is_hurt_by(migration)]


def needing(db: LibsqlDatabase, migration: Migration, *, since: int | None = None) -> list[Deployment]:
    """The processes whose code relies on a migration which is to be rolled back."""
    return [process for process in live(db, since=since) if process.needs(migration)]


def sentences(deployments: Iterable[Deployment], stream: str) -> list[str]:
    """For people: a line for each service, host and code, however many processes it has."""
    ages: dict[tuple[str, str, str, str], list[int]] = {}
    for process in deployments:
        newest = max(process.knows.get(stream, {}), default="")
        ages.setdefault((process.service, process.version, process.host, newest), []).append(process.seen_s_ago)
    return [
        f"{service} {version} on host {host}{_processes(len(seconds))}, seen {min(seconds)} s ago, "
        + (f"knows {stream} up to {newest}" if newest else f"knows nothing of {stream}")
        for (service, version, host, newest), seconds in ages.items()
    ]


def _processes(count: int) -> str:
    return f" ({count} processes)" if count > 1 else ""


def beat(db: LibsqlDatabase, process: Process) -> None:
    """Write that a process is alive, and remove the rows of those that have long been dead."""
    clock = peewee.fn.unixepoch()
    row = Row.insert(**asdict(process)).on_conflict(conflict_target=[Row.instance], update={Row.seen_at: clock})
    forget = Row.delete().where(Row.seen_at + Row.silence_s + _KEPT_S < clock)
    db.batch([row, forget], idempotent=True)


def end(db: LibsqlDatabase, process: Process) -> None:
    """Remove the row of a process that ends in order."""
    db.batch([Row.delete().where(Row.instance == process.instance)], idempotent=True)
