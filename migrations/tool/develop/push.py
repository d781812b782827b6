"""Bring a development database to the models at once, without a migration: for trying things, on a file only."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from migrations.tool import exits
from migrations.tool.apply import preflight
from migrations.tool.backup import make
from migrations.tool.develop import ask, losses
from migrations.tool.progress import Progress, silent
from migrations.tool.schema import change, definition, references, renames
from migrations.tool.schema.definition import Inventory
from migrations.tool.schema.renames import Renames
from shared_schema.database import LibsqlDatabase, Verbatim
from shared_schema.tables import OWNERS


class Refused(exits.Stopped):
    """The database is not one to try things on."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """The statements that were run, and the backup from before; None where there was nothing to save or to do."""

    statements: list[str]
    backup: Path | None = None


def push(
    db: LibsqlDatabase,
    backups: Path,
    source: str = "database",
    *,
    answers: ask.Answers = ask.NOTHING_SAID,
    drop: Collection[str] = (),
    progress: Progress = silent,
) -> Pushed:
    """Make a proven backup in the directory `backups`, then run what leads to the models in one transaction.

    `drop` names what may be lost: `table.column`, or an object that nobody declares. Raises Refused on a server,
    ask.Unanswered where a rename may be meant or values would be lost, BrokenReferences if rows would be orphaned; then
    nothing has changed.
    """
    if db.on_server:
        raise Refused("push is for a file of your own: write a migration (`new`) and bring it up")
    there, wanted, renamed = _difference(db, answers, drop)
    losses.check(db, there, wanted, renamed, drop)
    steps = change.statements(there, wanted, renamed)
    if not steps:
        return Pushed([])
    backup = None if preflight.empty(db) else make.proven(db, backups / make.name(source), source, progress).path
    with references.foreign_keys_off(db), db.atomic():
        for sql in steps:
            db.execute_sql(Verbatim(sql))
        references.check(db)
    return Pushed(steps, backup)


def _difference(
    db: LibsqlDatabase, answers: ask.Answers, drop: Collection[str]
) -> tuple[Inventory, Inventory, Renames]:
    """What the database has of what the models declare, what is declared, and the renames between them.

    Tables that nobody declares stay, and objects that `drop` does not name. Such a table may be an old name of a
    declared one.
    """
    declared = definition.declared(OWNERS)
    everything = Inventory(definition.read(db, definition.tables(db)), definition.objects(db))
    renamed = ask.renames(everything.tables, declared.tables, answers)
    meant = declared.tables.keys() | {rename.old for rename in renamed.tables}
    there = replace(everything, tables={name: table for name, table in everything.tables.items() if name in meant})
    middle, _ = renames.apply(everything, renamed)
    left = Inventory({}, {name: entry for name, entry in middle.objects.items() if name not in drop})
    return there, definition.with_undeclared(declared, left), renamed
