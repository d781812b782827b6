"""Migrations run on a scratch copy of a database's schema, statement by statement. Nothing is changed elsewhere.

Not for a serving process, for the same reason as the router.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from migrations.tool import router
from migrations.tool.rehearsal import built, scratch, trials
from migrations.tool.rehearsal.record import Record, Step
from migrations.tool.rehearsal.scratch import Image
from migrations.tool.rehearsal.trials import Trial
from migrations.tool.schema import sqltext, working
from migrations.tool.schema.structure import Structure
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from shared_schema.releases.files import Backfill, Migration

_ENDED = "it begins or ends a transaction itself: a migration is one transaction, or a failure would leave half of it"
_ADD_COLUMN = re.compile(r"\s*ALTER\s+TABLE\s.*?\sADD\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a migration did to the scratch database. `error` says why it failed; then it was rolled back.

    `back` is the rehearsal of its rollback afterwards; None where it has no rollback or failed. `trials` are its
    backfills, `untried` sentences on what could not be tried on rows, `queries` the statements with which `migrate`
    itself asks for rows, and `all_work` says that every view, trigger and virtual table works afterwards.
    """

    migration: Migration
    before: Structure
    after: Structure
    steps: tuple[Step, ...]
    error: str | None = None
    back: "Rehearsed | None" = None
    trials: tuple[Trial, ...] = ()
    untried: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    all_work: bool = False

    @property
    def schema(self) -> Mapping[str, str]:
        """The text of every object by name, without layout; `structure.texts` gives the same of a real database."""
        return self.after.texts


class _Router(router.StreamRouter):
    """Switches the record on while the statements of the migration itself run, and off for those of the library."""

    record: Record | None = None

    def read(self, name: str) -> tuple[Any, Any]:  # the library's two functions, which have no types
        migrate, rollback = super().read(name)  # type: ignore[no-untyped-call]  # peewee-migrate has no types
        return self._recorded(migrate), self._recorded(rollback)

    def _recorded(self, function: Callable[..., None]) -> Callable[..., None]:
        def recorded(migrator: Any, database: Any, *, fake: bool = False) -> None:
            record = self.record
            if fake or record is None:
                function(migrator, database, fake=fake)
                return
            record.switch_on()
            record.in_migrate = True
            function(migrator, database, fake=fake)
            record.in_migrate = False
            record.switch_off()
            migrator.__ops__ = [record.switch_on, *migrator.__ops__, record.switch_off]

        return recorded


def everything() -> list[Migration]:
    """All migrations of all streams, in an order in which an empty database can take them."""
    return [streams.read(stream, name) for stream in streams.NEEDS for name in streams.names(stream)]


def rehearse(db: LibsqlDatabase | None, migrations: Sequence[Migration]) -> list[Rehearsed]:
    """Run migrations, in this order, on a scratch copy of `db`'s schema; of an empty one for None.

    Stops after a migration that fails. Every table has one row, so that the engine refuses what it would refuse on
    tables with rows. The database is read in two round trips and not changed.
    """
    image, results = Image() if db is None else scratch.image(db), list[Rehearsed]()
    for migration in migrations:
        rehearsed, image = _rehearse(image, migration)
        results.append(rehearsed)
        if rehearsed.error:
            break
    return results


def rehearse_down(db: LibsqlDatabase, migrations: Sequence[Migration]) -> list[Rehearsed]:
    """Run the rollbacks of migrations that the database has had, in this order, on a scratch copy of its schema.

    Stops after one that fails.
    """
    image, results = scratch.image(db), list[Rehearsed]()
    for migration in migrations:
        rehearsed, image = _run(image, migration, down=True)
        results.append(rehearsed)
        if rehearsed.error:
            break
    return results


def rehearse_backfills(db: LibsqlDatabase, backfills: Sequence[Backfill]) -> list[Trial]:
    """Try backfills on a scratch copy of the database's schema, with a sample row in each table."""
    copy, _ = scratch.make(scratch.image(db), sample_rows=True)
    try:
        return list(trials.run(Record(copy), backfills))
    finally:
        copy.close()


def _rehearse(image: Image, migration: Migration) -> tuple[Rehearsed, Image]:
    """Run a migration and then its rollback. The image is that of the database with the migration."""
    up, after = _run(image, migration)
    if up.error or not migration.goes_back:
        return up, after
    back, _ = _run(after, migration, down=True)
    return replace(up, back=back), after


def _run(image: Image, migration: Migration, *, down: bool = False) -> tuple[Rehearsed, Image]:
    """Run it on tables with sample rows; on empty tables where only the sample rows make it fail."""
    full, after, untrue = _once(image, migration, down, sample_rows=True)
    if full.error is None:
        return full, after
    empty, after_empty, _ = _once(image, migration, down, sample_rows=False)
    if empty.error is None and _any_row_fails(full, untrue):
        return full, image
    if empty.error is None:
        empty = replace(empty, untried=(_untried(full),))
    return empty, after_empty


def _untried(full: Rehearsed) -> str:
    """Why a migration that failed on the sample rows, and only there, was not tried on rows."""
    last = full.steps[-1] if full.steps and full.steps[-1].error else None
    tables = sorted((last.reads or last.writes) if last else ())
    whose = f"the sample row of {', '.join(map(sqltext.quoted, tables))}" if tables else "a sample row"
    where = f" ({last.text})" if last else ""
    return f"not tried on rows: {full.migration}, because {whose} fails in it: {full.error}{where}"


def _on_row(migration: Migration, trial: Trial) -> str:
    table = sqltext.quoted(trial.backfill.table)
    return (
        f"not tried on rows: the backfill of {table} of {migration}, because the sample row of {table} fails in it: "
        f"{trial.on_row}"
    )


def _any_row_fails(full: Rehearsed, untrue: frozenset[str]) -> bool:
    """Whether the engine would refuse the failed statement for any row, and not just for the sample row.

    `untrue` are the tables whose sample row breaks a CHECK.
    """
    last = full.steps[-1] if full.steps else None
    if last is None or last.error is None or not _ADD_COLUMN.match(last.text):
        return False
    return not (untrue and last.breaks_check)


def _once(
    image: Image, migration: Migration, down: bool, *, sample_rows: bool
) -> tuple[Rehearsed, Image, frozenset[str]]:
    """Run it on a new scratch database: the result, the image afterwards, tables whose sample row breaks a CHECK."""
    db, untrue = scratch.make(image, sample_rows=sample_rows)
    try:
        record = Record(db)
        before = record.structure()
        error = _error(record, migration, down)
        tried = () if error or down else trials.run(record, migration.backfills)
        error = error or next((f'its backfill of "{t.backfill.table}": {t.error}' for t in tried if t.error), None)
        untried = tuple(_on_row(migration, trial) for trial in tried if trial.on_row)
        after, steps, queries = record.structure(), tuple(record.steps), tuple(record.queries)
        image = scratch.image(db)
        all_work = not error and not down and working.all_work(db, after.objects)
        rehearsed = Rehearsed(migration, before, after, steps, error, None, tried, untried, queries, all_work)
        return rehearsed, image, untrue
    finally:
        db.close()


def _error(record: Record, migration: Migration, down: bool) -> str | None:
    """Run it; why it failed, or None. A migration that ends its transaction counts as failed."""
    error = _attempt(record, migration, down)
    return _ENDED if record.ended else error


def _attempt(record: Record, migration: Migration, down: bool) -> str | None:
    db, own = record.db, _Router(record.db, migration.stream)
    own.record = record
    db.query_hooks.append(record.note)
    try:
        own.run_one(migration.name, own.migrator, fake=False, downgrade=down)
    except Exception as error:  # a migration is a program, and may raise anything
        return built.reason(error)
    finally:
        record.switch_off()
        db.query_hooks.clear()
    return None
