"""What is looked at before anything is done: a migration that would fail is better refused."""

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


class Refused(exits.Stopped):
    """Nothing was done; the message says what must be mended first, a line each."""


def reachable(db: Database) -> str:
    """The engine's version. Raises Refused where there is no answer, or too old an engine."""
    try:
        (found,) = db.fetch([Statement("SELECT sqlite_version() AS version")], fresh=True)
    except peewee.PeeweeException as error:
        raise Refused(f"the database cannot be reached: {error}") from None
    version = found.value(str)
    if tuple(map(int, version.split("."))) < _ENGINE:
        raise Refused(f"the engine is {version}; {'.'.join(map(str, _ENGINE))} is needed")
    return version


def check(db: Database, todo: Sequence[Migration], backups: Path | None) -> list[dict[str, str]]:
    """Look at everything `up` needs. Returns the objects that each migration led to when it was rehearsed."""
    return _checked(db, rehearsal.rehearse(db, todo), backups)


def check_down(db: Database, migration: Migration, backups: Path | None) -> dict[str, str]:
    """The same for the way back of one migration."""
    return _checked(db, [rehearsal.rehearse_down(db, migration)], backups, back=True)[0]


def empty(db: Database) -> bool:
    """Whether there is nothing that could be lost."""
    return not any(each.kind == "table" and not structure.of_tool(each.name) for each in structure.objects(db))


def _checked(
    db: Database, rehearsed: Sequence[Rehearsed], backups: Path | None, *, back: bool = False
) -> list[dict[str, str]]:
    wrong = [f"{each.migration}: {each.error}" for each in rehearsed if each.error]
    if not back:
        found = lint.findings(rehearsed, structure.sizes(db), db.on_server)
        wrong += [line for each in lint.errors(found) for line in plan.finding_lines(each)]
    wrong += _space(db, backups) if rehearsed else []
    if wrong:
        raise Refused("\n".join(wrong))
    return [each.schema for each in rehearsed]


def _space(db: Database, backups: Path | None) -> list[str]:
    """A rebuild copies what it rebuilds; a backup and its proof are at most as large as the database each."""
    (found,) = db.fetch([Statement("SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size")])
    size = found.value(int)
    places = [(Path(db.settings.path).parent, size)] if db.settings.path else []
    places += [(backups, 2 * size)] if backups else []
    return [
        f"{place} has {_free(place) // 1_000_000} MB free and needs {_needed(place, places) // 1_000_000} MB"
        for place, _ in places
        if _free(place) < _needed(place, places)
    ]


def _needed(place: Path, places: Sequence[tuple[Path, int]]) -> int:
    """What is wanted from the disk that a place is on."""
    return sum(bytes_ for other, bytes_ in places if _device(other) == _device(place))


def _there(place: Path) -> Path:
    """The nearest directory that exists already."""
    return next(each for each in (place.absolute(), *place.absolute().parents) if each.is_dir())


def _device(place: Path) -> int:
    return os.stat(_there(place)).st_dev


def _free(place: Path) -> int:
    return shutil.disk_usage(_there(place)).free
