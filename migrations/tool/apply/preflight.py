"""What is checked before anything is done: it is better to refuse a migration than to see it fail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import peewee

from migrations.tool import exits, lint, plan, rehearsal
from migrations.tool.apply import rows
from migrations.tool.backup import space
from migrations.tool.lint import Finding
from migrations.tool.rehearsal import Rehearsed
from migrations.tool.schema import sqltext, structure
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.releases.files import Backfill, Migration

# STRICT tables (3.37), unixepoch() (3.38).
_ENGINE = (3, 38, 0)
_NONE: Mapping[str, Backfill] = MappingProxyType({})


class Refused(exits.Stopped):
    """Nothing was done. The message has a line for each thing that must be mended first."""


def reachable(db: LibsqlDatabase) -> str:
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
    db: LibsqlDatabase, todo: Sequence[Migration], backups: Path | None, unfinished: Mapping[str, Backfill] = _NONE
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
    db: LibsqlDatabase, todo: Sequence[Migration], backups: Path | None, unfinished: Mapping[str, Backfill] = _NONE
) -> Examined:
    """The same. Raises Refused where something forbids to begin."""
    examined = examine(db, todo, backups, unfinished)
    if examined.wrong:
        raise Refused("\n".join(examined.wrong))
    return examined


def check_down(db: LibsqlDatabase, todo: Sequence[Migration], backups: Path | None) -> Examined:
    """The same for the rollbacks of migrations, without the linter: `up` has applied it to the whole migrations."""
    rehearsed = rehearsal.rehearse_down(db, todo)
    wrong = _failed(rehearsed) + rows.in_the_way(db, rehearsed) + (_space(db, backups) if todo else [])
    if wrong:
        raise Refused("\n".join(wrong))
    return Examined(rehearsed, [], [])


def _failed(rehearsed: Sequence[Rehearsed]) -> list[str]:
    return [f"{result.migration}: {result.error}" for result in rehearsed if result.error]


def _unfit(db: LibsqlDatabase, unfinished: Mapping[str, Backfill]) -> list[str]:
    """Backfills that an earlier run has left unfinished and that can never run."""
    tried = rehearsal.rehearse_backfills(db, list(unfinished.values())) if unfinished else []
    return [
        f"{name}: its unfinished backfill of {sqltext.quoted(trial.backfill.table)}: {trial.error}"
        for name, trial in zip(unfinished, tried, strict=True)
        if trial.error
    ]


def empty(db: LibsqlDatabase) -> bool:
    """Whether the database has no table that could lose anything."""
    kinds = ("table", "virtual")
    return not any(entry.kind in kinds and not structure.of_tool(entry.name) for entry in structure.objects(db))


def _space(db: LibsqlDatabase, backups: Path | None) -> list[str]:
    """Disks with too little space. A rebuild copies what it rebuilds, and a migration may rebuild every table."""
    return space.lacking(space.of_backup(db, backups) + space.of_rewriting(db, space.size(db)))
