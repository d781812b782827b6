"""The streams of migrations: which there are, what each needs first, what a database has had and what it lacks.

Safe inside a serving process: nothing here runs or imports a migration.
"""

import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import peewee

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.releases import files
from shared_schema.releases.files import Migration, Phase

# The tables of a stream may refer to tables of the streams that it needs. Growth's log of AI calls refers to exams.
NEEDS: dict[str, tuple[str, ...]] = {"shared": (), "study": ("shared",), "growth": ("shared", "study")}

# The name of a migration file: three digits, an underscore, and no dot before the end.
_COUNTS = re.compile(r"[0-9]{3}_[^.]+\.py")

# The phase of each migration, by stream and name.
Known = dict[str, dict[str, Phase]]


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that a database has had. `checksum` is the checksum of its file at that time."""

    name: str
    phase: Phase
    checksum: str
    migrated_at: int


class _HistoryRow(TypedDict):
    stream: str
    id: int
    name: str
    phase: Phase
    checksum: str
    migrated_at: int


class _TableRow(TypedDict):
    name: str


def with_needs(stream: str | None) -> list[str]:
    """The streams that a stream needs, then the stream itself; all streams for None."""
    return list(NEEDS) if stream is None else [*NEEDS[stream], stream]


def directory(stream: str) -> Path:
    """The folder of a stream's migration files, in the package `migrations`, which is found and not imported."""
    package = importlib.util.find_spec("migrations")
    if package is None or package.submodule_search_locations is None:
        raise RuntimeError("the package `migrations` is not installed: this code must know its migration files")
    return Path(package.submodule_search_locations[0]) / stream


def names(stream: str) -> list[str]:
    """Names of the stream's migration files, in the order in which they run."""
    return sorted(path.stem for path in directory(stream).glob("*") if _COUNTS.fullmatch(path.name))


def strays(stream: str) -> list[str]:
    """Files beside the stream's migrations that would never run, because their names do not count."""
    paths = (path for path in directory(stream).glob("*") if path.suffix.lower() in (".py", ".sql"))
    return sorted(path.name for path in paths if path.name != "__init__.py" and not _COUNTS.fullmatch(path.name))


def read(stream: str, name: str) -> Migration:
    """What the file of a migration says of itself. Raises files.Unreadable."""
    return files.read(directory(stream) / f"{name}.py")


def history_table(stream: str) -> str:
    """The table in which a database keeps the migrations of the stream that it has had."""
    return f"migrations_{stream}"


def known(streams: Iterable[str]) -> Known:
    """The migrations that this code has as files, in order.

    A serving process calls it once, at its start: a deployment may replace the files later, and the new ones say
    nothing of the code that runs.
    """
    return {stream: {name: read(stream, name).phase for name in names(stream)} for stream in streams}


def histories(db: LibsqlDatabase, streams: Iterable[str]) -> dict[str, list[Applied]]:
    """The migrations that the database has had of each stream, in order. One statement; a replica may answer it."""
    wanted = list(streams)
    try:
        return _histories(db, wanted)
    except peewee.OperationalError as error:
        if not errors.is_missing_table(error):
            raise
    tables = _tables(db)
    return {stream: [] for stream in wanted} | _histories(db, [s for s in wanted if history_table(s) in tables])


def _histories(db: LibsqlDatabase, streams: list[str]) -> dict[str, list[Applied]]:
    """The same for streams whose history tables all exist."""
    applied: dict[str, list[Applied]] = {stream: [] for stream in streams}
    if streams:
        columns = "id, name, phase, checksum, migrated_at"
        selects = [f"SELECT '{stream}' AS stream, {columns} FROM {history_table(stream)}" for stream in streams]
        (result,) = db.fetch([Statement(f"{' UNION ALL '.join(selects)} ORDER BY stream, id")])
        for row in result.all(_HistoryRow):
            applied[row["stream"]].append(Applied(row["name"], row["phase"], row["checksum"], row["migrated_at"]))
    return applied


def _tables(db: LibsqlDatabase) -> set[str]:
    (result,) = db.fetch([Statement("SELECT name FROM sqlite_master WHERE type = 'table'")])
    return {row["name"] for row in result.all(_TableRow)}


def history(db: LibsqlDatabase, stream: str) -> list[Applied]:
    """The migrations of one stream that the database has had, in order."""
    return histories(db, [stream])[stream]


def applied(db: LibsqlDatabase, stream: str) -> list[str]:
    """Names of the migrations of one stream that the database has had, in order."""
    return [migration.name for migration in history(db, stream)]


def pending(db: LibsqlDatabase, streams: Iterable[str]) -> dict[str, list[str]]:
    """Names of the migrations that the database lacks, by stream; an empty list for a stream that is up to date."""
    applied = {stream: {migration.name for migration in past} for stream, past in histories(db, streams).items()}
    return {stream: [name for name in names(stream) if name not in past] for stream, past in applied.items()}
