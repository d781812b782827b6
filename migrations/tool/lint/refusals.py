"""Rules of what the engine refuses, at the rehearsal or only when the transaction ends."""

from collections.abc import Iterator

from migrations.tool.lint import rebuilds
from migrations.tool.lint.case import Broken, Case
from migrations.tool.lint.recipes import recipe


def refused(case: Case) -> Iterator[Broken]:
    """A statement that the engine refuses. NOT NULL without a default is left to the rule `not-null`."""
    known = {broken.statement for broken in rebuilds.added_without_default(case)}
    failed = [step for step in case.rehearsed.steps if step.error]
    for step in failed:
        if step.sql not in known:
            yield Broken(
                step.sql, f"the engine refuses it: {step.error}. {recipe(step.text, step.error or '')}".strip()
            )
    if case.rehearsed.error and not failed:
        yield Broken("", f"it fails: {case.rehearsed.error}")


def mistyped(case: Case) -> Iterator[Broken]:
    """A backfill whose value a STRICT table does not take, as seen on the sample row."""
    for trial in case.rehearsed.trials:
        if trial.mistyped and trial.step:
            yield Broken(
                trial.step.sql,
                f'the backfill of "{trial.backfill.table}" gives a value of the wrong type: {trial.on_row} (tried on a '
                "sample row whose texts are '1'). Say CAST(… AS the type) where every value can be converted.",
            )


def default_reference(case: Case) -> Iterator[Broken]:
    """A new column with a default that is a reference: the engine takes it while foreign keys are off, and looks at
    the references later.
    """
    for was, now, _ in case.survivors():
        for name, parent in now.parents.items():
            column = now.columns[name]
            if name not in was.columns and column.default not in (None, "NULL"):
                yield Broken(
                    case.where(was),
                    f'every row of "{now.name}" would refer to the "{parent}" {column.default}: where that is not '
                    f'there, the migration is rolled back. Add "{name}" without a default and fill it by BACKFILLS.',
                )
