"""What is checked before anything is done: it is better to refuse a migration than to see it fail."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import peewee

from migrations.tool import exits, lint, plan, rehearsal
from migrations.tool.rehearsal import Rehearsed
from migrations.tool.schema import structure
from shared_schema.database import Database, Statement
from shared_schema.releases.files import Migration

# STRICT tables (3.37), unixepoch() (3.38).
_ENGINE = (3, 38, 0)
_FILE_SIZE = Statement("SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size")


class Refused(exits.Stopped):
    """Nothing was done. The message has a line for each thing that must be mended first."""


def reachable(db: Database) -> str:
    """The engine's version. Raises Refused where the database does not answer, or its engine is too old."""
    try:
        (result,) = db.fetch([Statement("SELECT sqlite_version() AS version")], fresh=True)
    except peewee.PeeweeException as error:
        raise Refused(f"the database cannot be reached: {error}") from None
    version = result.value(str)
    if tuple(map(int, version.split("."))) < _ENGINE:
        raise Refused(f"the engine is {version}; {'.'.join(map(str, _ENGINE))} is needed")
    return version


def check(db: Database, todo: Sequence[Migration], backups: Path | None) -> list[dict[str, str]]:
    """Rehearse and lint the migrations, and count disk space. Returns the objects after each rehearsal, by name.

    Raises Refused.
    """
    rehearsed = rehearsal.rehearse(db, todo)
    findings = lint.findings(rehearsed, structure.sizes(db), db.on_server)
    broken = [line for finding in lint.errors(findings) for line in plan.finding_lines(finding)]
    return _checked(db, rehearsed, broken, backups)


def check_down(db: Database, migration: Migration, backups: Path | None) -> dict[str, str]:
    """The same for the rollback of one migration, without the linter: `up` has applied it to the whole migration."""
    return _checked(db, [rehearsal.rehearse_down(db, migration)], [], backups)[0]


def empty(db: Database) -> bool:
    """Whether the database has no table that could lose anything."""
    kinds = ("table", "virtual")
    return not any(entry.kind in kinds and not structure.of_tool(entry.name) for entry in structure.objects(db))


def _checked(
    db: Database, rehearsed: Sequence[Rehearsed], broken: list[str], backups: Path | None
) -> list[dict[str, str]]:
    wrong = [f"{result.migration}: {result.error}" for result in rehearsed if result.error] + broken
    wrong += _space(db, backups) if rehearsed else []
    if wrong:
        raise Refused("\n".join(wrong))
    return [result.schema for result in rehearsed]


def _space(db: Database, backups: Path | None) -> list[str]:
    """Disks with too little space. A rebuild copies what it rebuilds; a backup is at most as large as the database,
    and so is the database that proves it.
    """
    (result,) = db.fetch([_FILE_SIZE])
    size = result.value(int)
    places = [(Path(db.settings.path).parent, size)] if db.settings.path else []
    places += [(backups, 2 * size)] if backups else []
    return [
        f"{place} has {_free(place) // 1_000_000} MB free and needs {_needed(place, places) // 1_000_000} MB"
        for place, _ in places
        if _free(place) < _needed(place, places)
    ]


def _needed(place: Path, places: Sequence[tuple[Path, int]]) -> int:
    """The bytes that all places on the same disk need together."""
    return sum(needed for other, needed in places if _device(other) == _device(place))


def _existing(place: Path) -> Path:
    """The nearest directory above the place that exists already, or the place itself."""
    return next(folder for folder in (place.absolute(), *place.absolute().parents) if folder.is_dir())


def _device(place: Path) -> int:
    return os.stat(_existing(place)).st_dev


def _free(place: Path) -> int:
    return shutil.disk_usage(_existing(place)).free
