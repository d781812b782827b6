"""The streams: which there are, what each needs first, what has been applied and what has not.

Safe inside a serving process: nothing here runs or imports a migration.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import peewee

from migrations import written as files
from migrations.written import Phase, Written
from shared_schema.database import Database, Statement

# A stream's tables may refer to tables of the streams it needs, growth's ledger of AI calls to study's exams.
NEEDS: dict[str, tuple[str, ...]] = {"shared": (), "study": ("shared",), "growth": ("shared", "study")}


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
    return Path(__file__).parent / stream


def written(stream: str) -> list[str]:
    """Names of the stream's migrations, in the order in which they run."""
    return sorted(path.stem for path in directory(stream).glob("[0-9][0-9][0-9]_*.py"))


def read(stream: str, name: str) -> Written:
    """What the file of a migration says of itself."""
    return files.read(directory(stream) / f"{name}.py")


def history_table(stream: str) -> str:
    return f"migrations_{stream}"


def history(db: Database, stream: str) -> list[Applied]:
    """The migrations the database has had, in order; none where it has never seen the stream."""
    try:
        (found,) = db.fetch(
            [Statement(f"SELECT name, phase, checksum, migrated_at FROM {history_table(stream)} ORDER BY id")]
        )
    except peewee.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return []
    return [Applied(**row) for row in found.rows]


def applied(db: Database, stream: str) -> list[str]:
    """Their names."""
    return [each.name for each in history(db, stream)]


def pending(db: Database, streams: Iterable[str]) -> dict[str, list[str]]:
    """What each stream still lacks; a stream that is up to date has an empty list."""
    return {s: [name for name in written(s) if name not in set(applied(db, s))] for s in streams}
