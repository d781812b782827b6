"""What a rule of the linter gets, and what it gives back."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from migrations.tool.lint.fates import Fate
from migrations.tool.lint.reads import Reads
from migrations.tool.rehearsal import Rehearsed
from migrations.tool.rehearsal.record import Step
from migrations.tool.schema.structure import Structure, Table
from shared_schema.releases.files import Migration

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a migration breaks, with the safe way in the message. `allowed` is the author's reason for it."""

    migration: str
    rule: str
    statement: str
    message: str
    severity: Severity
    allowed: str | None = None


class Broken(NamedTuple):
    """A rule's own part of a finding: the statement that breaks it, and the safe way to do it."""

    statement: str
    message: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Case:
    """One rehearsed migration, the fate of each table, and what the rules must know beside it.

    `owners` is the stream of each table. `reads` gives the tables and columns that each service's code reads, and takes
    half a second. `sizes` is the number of rows of each table where it is known, `last` the structure after all
    migrations that were rehearsed.
    """

    rehearsed: Rehearsed
    fates: dict[str, Fate]
    owners: Mapping[str, str]
    reads: Callable[[], Mapping[str, Reads]]
    sizes: Mapping[str, int] | None
    on_server: bool
    last: Structure

    @property
    def migration(self) -> Migration:
        return self.rehearsed.migration

    @property
    def steps(self) -> tuple[Step, ...]:
        """The statements that the engine accepted."""
        return tuple(step for step in self.rehearsed.steps if step.error is None)

    @property
    def fillings(self) -> tuple[Step, ...]:
        """The statements of its backfills."""
        return tuple(trial.step for trial in self.rehearsed.trials if trial.step)

    @property
    def tables(self) -> dict[str, Table]:
        """The tables from before the migration."""
        return self.rehearsed.before.tables

    def survivors(self) -> Iterator[tuple[Table, Table, Fate]]:
        """Each table that is there before and after the migration: as it was, as it is, and its fate."""
        for name, fate in self.fates.items():
            if fate.now in self.rehearsed.after.tables:
                yield self.tables[name], self.rehearsed.after.tables[fate.now], fate

    def owner(self, table: str) -> str | None:
        return self.owners.get(table)

    def where(self, table: Table, column: str | None = None) -> str:
        """The statement that took away a column, or the first that changed the table; else the last of all."""
        for step in self.steps:
            was, now = step.before.tables.get(table.name), step.after.tables.get(table.name)
            if was and was != now and (column is None or now is None or column not in now.columns):
                return step.sql
        return self.steps[-1].sql if self.steps else ""
