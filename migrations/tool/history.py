"""What is wrong between the history of a stream and its files: edited, renamed, gone, out of order, not counting."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from shared_schema.releases.streams import Applied

Kind = Literal["edited", "renamed", "gone", "late", "stray", "elsewhere", "swapped"]
# Nothing is run on top of a history that is not true: a renamed migration would run a second time.
_STOPS: frozenset[Kind] = frozenset({"edited", "renamed"})
# Two releases, or two branches that were merged, lead to these in good order.
_NOTES: frozenset[Kind] = frozenset({"elsewhere", "swapped"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a stream's history or files. One that `is_note` is only worth knowing; one that
    `stops` must be repaired before anything is run.
    """

    kind: Kind
    stream: str
    message: str

    @property
    def stops(self) -> bool:
        return self.kind in _STOPS

    @property
    def is_note(self) -> bool:
        return self.kind in _NOTES

    def __str__(self) -> str:
        return f"{self.stream}: {self.message}"


def read(db: LibsqlDatabase, wanted: Sequence[str]) -> list[Fault]:
    """The faults of these streams. The database is read, and not changed."""
    return [fault for stream, history in streams.histories(db, wanted).items() for fault in of(stream, history)]


def of(stream: str, history: Sequence[Applied]) -> list[Fault]:
    """The faults of a stream of which a database has had `history`."""
    files = {name: streams.read(stream, name).checksum for name in streams.names(stream)}
    pending = {name: files[name] for name in files.keys() - {applied.name for applied in history}}
    return [
        *(fault for applied in history if (fault := _of_applied(stream, applied, files, pending))),
        *_late(stream, history, sorted(pending)),
        *_swapped(stream, history),
        *(Fault("stray", stream, _stray(name)) for name in streams.strays(stream)),
    ]


def _of_applied(stream: str, applied: Applied, files: Mapping[str, str], pending: Mapping[str, str]) -> Fault | None:
    name = applied.name
    if name not in files:
        return _without_file(stream, applied, files, pending)
    if applied.checksum in ("", files[name]):
        return None
    repair = f"history mark {stream} {name} edited --reason …"
    return Fault(
        "edited",
        stream,
        f"{name} was edited after it was applied. Put the file back and write a new migration instead; if the edit "
        f"changes nothing in the database, say so: `{repair}`",
    )


def _without_file(stream: str, applied: Applied, files: Mapping[str, str], pending: Mapping[str, str]) -> Fault:
    """The fault of an applied migration without a file: it was renamed, or deleted, or another release has it."""
    name = applied.name
    if renamed := [other for other, checksum in pending.items() if checksum == applied.checksum]:
        repair = f"history mark {stream} {renamed[0]} renamed --was {name} --reason …"
        return Fault(
            "renamed",
            stream,
            f"{name} was applied, and its file is now called {renamed[0]}, which would run again. Give the file its "
            f"old name, or say that it is the same: `{repair}`",
        )
    if any(other > name for other in files):
        return Fault("gone", stream, f"{name} was applied and its file is gone: a new database would not get it")
    return Fault("elsewhere", stream, f"{name} was applied by a release that has more files than this one")


def _late(stream: str, history: Sequence[Applied], pending: Sequence[str]) -> Iterator[Fault]:
    highest = max((applied.name for applied in history), default="")
    for name in pending:
        if name < highest:
            yield Fault(
                "late",
                stream,
                f"{name} is pending, and {highest} has been applied: it will run after that one. If no other database "
                "has had it, give it a later number",
            )


def _swapped(stream: str, history: Sequence[Applied]) -> Iterator[Fault]:
    """Migrations that ran after one with a higher number: two branches were merged, and the later one ran first."""
    highest = ""
    for applied in history:
        if applied.name < highest:
            yield Fault("swapped", stream, f"{applied.name} was applied after {highest}")
        highest = max(highest, applied.name)


def _stray(name: str) -> str:
    return (
        f"the file {name} is never run: the name of a migration is three digits, an underscore and words without a "
        "dot, as in 004_add_hints.py"
    )
