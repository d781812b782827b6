"""Rows that a migration would stumble on, found before anything is done."""

from collections.abc import Iterable, Sequence

from migrations.tool import breaches, sqlvalues
from migrations.tool.rehearsal import Rehearsed
from migrations.tool.rehearsal.record import Step
from migrations.tool.schema.structure import Rows
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.releases.files import Backfill


def in_the_way(db: LibsqlDatabase, rehearsed: Sequence[Rehearsed], unfinished: Iterable[Backfill] = ()) -> list[str]:
    """A sentence for each constraint that a statement would find broken by rows that are there now.

    Only statements whose tables are as nothing before them has touched: what an earlier statement mends is no fault.
    """
    touched, new, wrong = {backfill.table for backfill in unfinished}, set[str](), list[str]()
    for result in rehearsed:
        for step in result.steps:
            if step.after_query:  # with real rows other statements may run before this one
                return wrong
            changed = _changed(step)
            old = (step.reads | changed) - new - _made(step)
            if old and not touched & old:
                wrong += [f"{result.migration}: {sentence}" for sentence in _broken(db, step, new)]
            new = (new | _made(step)) - step.writes
            touched |= changed - new
        touched |= {trial.backfill.table for trial in result.trials}
    return wrong


def select(db: LibsqlDatabase, sql: str) -> Rows:
    (result,) = db.fetch([Statement(sql)], fresh=True)
    return result.all(dict)


def _broken(db: LibsqlDatabase, step: Step, new: set[str]) -> list[str]:
    """What a statement finds broken. `new` are tables without rows, which are not there yet."""
    sql = sqlvalues.inlined(step.sql, step.parameters)
    return breaches.of(lambda sql: select(db, sql), sql, step.before, new)


def _made(step: Step) -> set[str]:
    return step.after.tables.keys() - step.before.tables.keys()


def _changed(step: Step) -> set[str]:
    """The tables whose rows, text, indexes or triggers it changes."""
    names = step.before.tables.keys() | step.after.tables.keys()
    return set(step.writes) | {name for name in names if step.before.attached(name) != step.after.attached(name)}
