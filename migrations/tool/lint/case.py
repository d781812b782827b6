"""What a rule is given, and what it says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from migrations.tool.lint.fates import Fate
from migrations.tool.lint.reads import Reads
from migrations.tool.rehearsal import Rehearsed
from migrations.tool.rehearsal.record import Step
from migrations.tool.schema.structure import Structure, Table
from shared_schema.releases.files import Written

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a migration breaks, with the safe way in the message; `allowed` is its author's reason."""

    migration: str
    rule: str
    statement: str
    message: str
    severity: Severity
    allowed: str | None = None


class Broken(NamedTuple):
    """What a rule says; the finding's other fields are known outside."""

    statement: str
    message: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Case:
    """One rehearsed migration with what became of each table, and the world around it.

    `owners` is the stream of each table, `reads` what each service's code speaks of, `sizes` the rows of each table
    if they are known, `last` the structure after all that was rehearsed.
    """

    rehearsed: Rehearsed
    fates: dict[str, Fate]
    owners: Mapping[str, str]
    reads: Mapping[str, Reads]
    sizes: Mapping[str, int] | None
    on_server: bool
    last: Structure

    @property
    def written(self) -> Written:
        return self.rehearsed.written

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those that the engine took."""
        return tuple(step for step in self.rehearsed.steps if step.error is None)

    @property
    def tables(self) -> dict[str, Table]:
        """Those that were there before."""
        return self.rehearsed.before.tables

    def survivors(self) -> Iterator[tuple[Table, Table, Fate]]:
        """Each table that was there before and still is, as it was and as it is."""
        for name, fate in self.fates.items():
            if fate.now in self.rehearsed.after.tables:
                yield self.tables[name], self.rehearsed.after.tables[fate.now], fate

    def owner(self, table: str) -> str | None:
        return self.owners.get(table)

    def where(self, table: Table, column: str | None = None) -> str:
        """The statement that took away a column, or last changed the table at all."""
        for step in self.steps:
            was, now = step.before.tables.get(table.name), step.after.tables.get(table.name)
            if was and was != now and (column is None or now is None or column not in now.columns):
                return step.sql
        return self.steps[-1].sql if self.steps else ""
