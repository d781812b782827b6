"""Who serves with which code: a row per process, and who of them a migration would hurt.

Safe inside a serving process: nothing here runs or imports a migration. All times are by the database's clock.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import orjson
import peewee

from shared_schema.database import Database, Statement, errors
from shared_schema.releases.files import Written
from shared_schema.releases.streams import Known
from shared_schema.tables.shared import Deployment as Row

# Rows outlast their processes: after a long transaction, which lets nobody write, the first to beat again must not
# take the others, whose turn comes next, for gone.
_KEPT_S = 3600

_LIVE = """
    SELECT instance, service, host, version, knows, silence_s, started_at, seen_at,
        max(0, unixepoch() - seen_at) AS seen_s_ago
    FROM deployments WHERE coalesce(?, unixepoch()) - seen_at <= silence_s ORDER BY service, version, host, instance
"""
_NOW = Statement("SELECT unixepoch() AS now")


@dataclass(frozen=True, slots=True)
class Process:
    """A process that serves; `knows` are the migrations its code has as files. Silent for longer than `silence_s`
    seconds, it is dead.
    """

    instance: str
    service: str
    host: str
    version: str
    knows: Known
    silence_s: int


@dataclass(frozen=True, slots=True)
class Deployment(Process):
    """A process that serves, as the database has last seen it. Epoch seconds."""

    started_at: int
    seen_at: int
    seen_s_ago: int

    def needs(self, migration: Written) -> bool:
        """Whether its code relies on what this migration has brought."""
        return self.knows.get(migration.stream, {}).get(migration.name) == "expand"

    def is_hurt_by(self, migration: Written) -> bool:
        """Whether its code may still read what this migration takes away."""
        names = self.knows.get(migration.stream)
        return migration.phase == "contract" and names is not None and migration.name not in names


def now(db: Database) -> int:
    """The primary's clock, in epoch seconds."""
    (found,) = db.fetch([_NOW], fresh=True)
    return found.value(int)


def live(db: Database, *, since: int | None = None) -> list[Deployment]:
    """Who serves from the primary now; with `since`, who did then or later and has not said goodbye.

    A tool that holds the database's lock gives the moment it began: meanwhile nobody can say that he lives.
    """
    try:
        (found,) = db.fetch([Statement(_LIVE, (since,))], fresh=True)
    except peewee.OperationalError as error:
        if not errors.is_missing_table(error):
            raise
        return []
    return [Deployment(**row | {"knows": orjson.loads(row["knows"])}) for row in found.rows]


def in_the_way(db: Database, migration: Written, *, since: int | None = None) -> list[Deployment]:
    """Who serves with code that may read what a contract migration takes away; nobody for an expand one."""
    return [each for each in live(db, since=since) if each.is_hurt_by(migration)]


def needing(db: Database, migration: Written, *, since: int | None = None) -> list[Deployment]:
    """Who serves with code that relies on a migration which is to be taken back."""
    return [each for each in live(db, since=since) if each.needs(migration)]


def sentences(deployments: Iterable[Deployment], stream: str) -> list[str]:
    """For people: a line for each service, host and code, however many processes it has."""
    together: dict[tuple[str, str, str, str], list[int]] = {}
    for each in deployments:
        newest = max(each.knows.get(stream, {}), default="")
        together.setdefault((each.service, each.version, each.host, newest), []).append(each.seen_s_ago)
    return [
        f"{service} {version} on host {host}{_processes(len(ages))}, seen {min(ages)} s ago, "
        + (f"knows {stream} up to {newest}" if newest else f"knows nothing of {stream}")
        for (service, version, host, newest), ages in together.items()
    ]


def _processes(count: int) -> str:
    return f" ({count} processes)" if count > 1 else ""


def beat(db: Database, process: Process) -> None:
    """Note that a process lives, and forget those that have long been dead."""
    clock = peewee.fn.unixepoch()
    row = Row.insert(**asdict(process)).on_conflict(conflict_target=[Row.instance], update={Row.seen_at: clock})
    forget = Row.delete().where(Row.seen_at + Row.silence_s + _KEPT_S < clock)
    db.batch([row, forget], idempotent=True)


def end(db: Database, process: Process) -> None:
    """A process that ends in order takes its row with it."""
    db.batch([Row.delete().where(Row.instance == process.instance)], idempotent=True)
