"""What is checked before anything is done: it is better to refuse a migration than to see it fail."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import peewee

from migrations.tool import exits, lint, plan, rehearsal
from migrations.tool.apply import rows
from migrations.tool.lint import Finding
from migrations.tool.rehearsal import Rehearsed
from migrations.tool.schema import sqltext, structure
from shared_schema.database import Database, Statement
from shared_schema.releases.files import Backfill, Migration

# STRICT tables (3.37), unixepoch() (3.38).
_ENGINE = (3, 38, 0)
_NONE: Mapping[str, Backfill] = MappingProxyType({})
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


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found before anything is done: the rehearsals, the linter's findings, and a line for each thing that
    forbids to begin.
    """

    rehearsed: list[Rehearsed]
    findings: list[Finding]
    wrong: list[str]

    @property
    def notes(self) -> list[str]:
        """What could not be tried on rows, a sentence each."""
        return [sentence for result in self.rehearsed for sentence in result.untried]


def examine(
    db: Database, todo: Sequence[Migration], backups: Path | None, unfinished: Mapping[str, Backfill] = _NONE
) -> Examined:
    """Rehearse and lint the migrations, try unfinished backfills, look for rows that a migration would stumble on, and
    count disk space.
    """
    rehearsed = rehearsal.rehearse(db, todo)
    findings = lint.findings(rehearsed, structure.sizes(db), db.on_server)
    wrong = _unfit(db, unfinished) + _failed(rehearsed)
    wrong += [line for finding in lint.errors(findings) for line in plan.finding_lines(finding)]
    wrong += rows.in_the_way(db, rehearsed, unfinished.values())
    return Examined(rehearsed, findings, wrong + _space(db, backups) if todo else wrong)


def check(
    db: Database, todo: Sequence[Migration], backups: Path | None, unfinished: Mapping[str, Backfill] = _NONE
) -> Examined:
    """The same. Raises Refused where something forbids to begin."""
    examined = examine(db, todo, backups, unfinished)
    if examined.wrong:
        raise Refused("\n".join(examined.wrong))
    return examined


def check_down(db: Database, todo: Sequence[Migration], backups: Path | None) -> Examined:
    """The same for the rollbacks of migrations, without the linter: `up` has applied it to the whole migrations."""
    rehearsed = rehearsal.rehearse_down(db, todo)
    wrong = _failed(rehearsed) + rows.in_the_way(db, rehearsed) + (_space(db, backups) if todo else [])
    if wrong:
        raise Refused("\n".join(wrong))
    return Examined(rehearsed, [], [])


def _failed(rehearsed: Sequence[Rehearsed]) -> list[str]:
    return [f"{result.migration}: {result.error}" for result in rehearsed if result.error]


def _unfit(db: Database, unfinished: Mapping[str, Backfill]) -> list[str]:
    """Backfills that an earlier run has left unfinished and that can never run."""
    tried = rehearsal.rehearse_backfills(db, list(unfinished.values())) if unfinished else []
    return [
        f"{name}: its unfinished backfill of {sqltext.quoted(trial.backfill.table)}: {trial.error}"
        for name, trial in zip(unfinished, tried, strict=True)
        if trial.error
    ]


def empty(db: Database) -> bool:
    """Whether the database has no table that could lose anything."""
    return not any(entry.kind == "table" and not structure.of_tool(entry.name) for entry in structure.objects(db))


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
