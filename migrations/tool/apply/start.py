"""What forbids to begin at all, before a migration is looked at."""

from collections.abc import Sequence

from migrations.tool import history
from migrations.tool.apply.preflight import Refused
from migrations.tool.history import Fault
from migrations.tool.lint import owners
from migrations.tool.schema import structure
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams

_HISTORY = streams.history_table("")
# Every older database of PingToPass has these. One of them alone may be somebody else's.
_OLD = frozenset({"users", "exams", "questions"})


def refusals(db: LibsqlDatabase, stream: str | None = None) -> list[str]:
    """A sentence for each thing that forbids to bring this stream, and what it needs, up to date."""
    return [*unadopted(db, stream), *untrue(history.read(db, streams.with_needs(stream)))]


def check(db: LibsqlDatabase, stream: str | None = None) -> None:
    """Raises Refused where something forbids to begin."""
    if refused := refusals(db, stream):
        raise Refused("\n".join(refused))


def notes(db: LibsqlDatabase, stream: str | None = None) -> list[str]:
    """A sentence for each fault of a history that does not forbid to go on, and that somebody should mend."""
    faults = history.read(db, streams.with_needs(stream))
    return [str(fault) for fault in faults if not fault.stops and not fault.is_note]


def check_history(db: LibsqlDatabase, stream: str) -> None:
    """Raises Refused where the history of the stream itself must be repaired before a migration is rolled back."""
    if wrong := untrue(history.read(db, [stream])):
        raise Refused("\n".join(wrong))


def untrue(faults: Sequence[Fault]) -> list[str]:
    """A sentence for each fault of a history that must be repaired first."""
    return [str(fault) for fault in faults if fault.stops]


def unadopted(db: LibsqlDatabase, stream: str | None = None) -> list[str]:
    """Tables that are there although no migration has made them, and a first migration would make."""
    applied = streams.histories(db, streams.NEEDS)
    new = [name for name in streams.with_needs(stream) if not applied[name] and streams.names(name)]
    if not new:
        return []
    there = {entry.name for entry in structure.objects(db) if entry.kind in ("table", "virtual", "view")}
    histories = structure.sizes(db, [name for name in there if name.startswith(_HISTORY)])
    if not any(histories.values()) and there >= _OLD:
        return [
            "the database has tables of PingToPass and no history of migrations, so older software has made it: "
            "`python -m migrations adopt --dry-run` says what adoption would do, `adopt` does it, and then `up` goes on"
        ]
    taken = {name: sorted(_first_tables(name) & there) for name in new}
    return [
        f"{name}/{streams.names(name)[0]} would make what is there already and not its own: {', '.join(tables)}. "
        "Choose an empty database, or rename what is there; nothing of it is dropped"
        for name, tables in taken.items()
        if tables
    ]


def _first_tables(stream: str) -> frozenset[str]:
    return owners.made_by(stream, streams.names(stream)[0])
