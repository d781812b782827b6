"""What `up` would do now, and the exit code that it would end with, without doing it."""

from dataclasses import dataclass, field
from pathlib import Path

from migrations.tool import exits, lease, plan
from migrations.tool.apply import filling, preflight, start, upgrade
from migrations.tool.lint import Finding
from migrations.tool.rehearsal import Rehearsed
from shared_schema.database import LibsqlDatabase
from shared_schema.releases.files import Backfill


@dataclass(frozen=True, slots=True)
class Foresight:
    """The rehearsals of all pending migrations, those that must wait last (`runs` is how many would run); the linter's
    findings; unfinished backfills by name; what could not be tried, what must wait and why, and what `up` would refuse.
    """

    code: int
    rehearsed: list[Rehearsed] = field(default_factory=list)
    runs: int = 0
    findings: list[Finding] = field(default_factory=list)
    unfinished: dict[str, Backfill] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def of(db: LibsqlDatabase, stream: str | None, to: str | None, backups: Path | None) -> Foresight:
    """Foresee `up`. Raises upgrade.NoSuchMigration."""
    pending, unfinished = upgrade.pending(db, stream, to), filling.todo(db, stream)
    if refused := start.refusals(db, stream):
        return Foresight(exits.NOTHING_DONE, unfinished=unfinished, wrong=refused)
    notes = start.notes(db, stream)
    if not pending and not filling.unfinished(db, stream):
        return Foresight(exits.OK, notes=notes)
    todo, waiting = upgrade.runnable(db, pending)
    waiting += filling.of_other_releases(db, stream)
    later = [migration for migration in pending if migration not in todo]
    examined = preflight.examine(db, todo, backups, unfinished)
    every = preflight.examine(db, [*todo, *later], None, unfinished) if later and not examined.wrong else examined
    holder = lease.holder(db)
    code = exits.NOTHING_DONE if examined.wrong else exits.LATER if waiting else exits.OK
    return Foresight(
        exits.LATER if holder else code,
        every.rehearsed,
        len(todo),
        every.findings,
        unfinished,
        [*notes, *examined.notes],
        [*waiting, *([holder] if holder else [])],
        examined.wrong,
    )


def lines(ahead: Foresight) -> list[str]:
    """For people: unfinished backfills, the migrations, what must wait, and what would be refused."""
    first = [f"{name}, unfinished: {plan.backfill_line(backfill)}" for name, backfill in ahead.unfinished.items()]
    planned = plan.lines(ahead.rehearsed, ahead.findings)
    in_plan = {line.strip() for line in planned}
    notes = [note for note in ahead.notes if not any(note in line for line in in_plan)]
    refused = [f"refused: {line}" for line in ahead.wrong if line.strip() not in in_plan]
    return [*notes, *first, *planned, *ahead.waiting, *refused]
