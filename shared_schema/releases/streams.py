"""The streams: which there are, what each needs first, what has been applied and what has not.

Safe inside a serving process: nothing here runs or imports a migration.
"""

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import peewee

from shared_schema.database import Database, Statement, errors
from shared_schema.releases import files
from shared_schema.releases.files import Phase, Written

# A stream's tables may refer to tables of the streams it needs, growth's ledger of AI calls to study's exams.
NEEDS: dict[str, tuple[str, ...]] = {"shared": (), "study": ("shared",), "growth": ("shared", "study")}

# Stream, name, phase.
Known = dict[str, dict[str, Phase]]


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that the database has had; `checksum` is that of the file it came from."""

    name: str
    phase: Phase
    checksum: str
    migrated_at: int


def with_needs(stream: str | None) -> list[str]:
    """The stream after everything it needs; all streams for None."""
    return list(NEEDS) if stream is None else [*NEEDS[stream], stream]


def directory(stream: str) -> Path:
    """The folder of a stream's migration files, in the package `migrations`, which is found and not imported."""
    package = importlib.util.find_spec("migrations")
    if package is None or package.submodule_search_locations is None:
        raise RuntimeError("the package `migrations` is not installed: this code must know its migration files")
    return Path(package.submodule_search_locations[0]) / stream


def written(stream: str) -> list[str]:
    """Names of the stream's migrations, in the order in which they run."""
    return sorted(path.stem for path in directory(stream).glob("[0-9][0-9][0-9]_*.py"))


def read(stream: str, name: str) -> Written:
    """What the file of a migration says of itself."""
    return files.read(directory(stream) / f"{name}.py")


def history_table(stream: str) -> str:
    return f"migrations_{stream}"


def known(streams: Iterable[str]) -> Known:
    """The migrations that are here as files, in order. A process that serves asks once, when it starts: the files may
    be replaced under it by those of the next release, and then they no longer speak of its own code.
    """
    return {stream: {name: read(stream, name).phase for name in written(stream)} for stream in streams}


def histories(db: Database, streams: Iterable[str]) -> dict[str, list[Applied]]:
    """The migrations the database has had of each stream, in order; one statement. With a replica, what that has."""
    wanted = list(streams)
    try:
        return _histories(db, wanted)
    except peewee.OperationalError as error:
        if not errors.is_missing_table(error):
            raise
    there = _tables(db)
    return {stream: [] for stream in wanted} | _histories(db, [s for s in wanted if history_table(s) in there])


def _histories(db: Database, streams: list[str]) -> dict[str, list[Applied]]:
    found: dict[str, list[Applied]] = {stream: [] for stream in streams}
    if streams:
        columns = "id, name, phase, checksum, migrated_at"
        each = [f"SELECT '{stream}' AS stream, {columns} FROM {history_table(stream)}" for stream in streams]
        (result,) = db.fetch([Statement(f"{' UNION ALL '.join(each)} ORDER BY stream, id")])
        for row in result.rows:
            found[row["stream"]].append(Applied(row["name"], row["phase"], row["checksum"], row["migrated_at"]))
    return found


def _tables(db: Database) -> set[str]:
    (found,) = db.fetch([Statement("SELECT name FROM sqlite_master WHERE type = 'table'")])
    return {row["name"] for row in found.rows}


def history(db: Database, stream: str) -> list[Applied]:
    """The migrations the database has had, in order; none where it has never seen the stream."""
    return histories(db, [stream])[stream]


def applied(db: Database, stream: str) -> list[str]:
    """Their names."""
    return [each.name for each in history(db, stream)]


def pending(db: Database, streams: Iterable[str]) -> dict[str, list[str]]:
    """What each stream still lacks; a stream that is up to date has an empty list."""
    had = {stream: {each.name for each in its} for stream, its in histories(db, streams).items()}
    return {stream: [name for name in written(stream) if name not in names] for stream, names in had.items()}
