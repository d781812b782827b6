"""`up` and `down`, safely: under the lease, after a proven backup, each migration checked before it is committed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from migrations.tool import exits, lease
from migrations.tool.apply import backfill, failure, preflight, state, watch
from migrations.tool.apply.backfill import Unfinished
from migrations.tool.backup import make
from migrations.tool.lease import Lease
from migrations.tool.progress import Progress, silent
from migrations.tool.router import StreamRouter
from migrations.tool.schema import structure
from shared_schema.database import Database
from shared_schema.releases import deployments, streams
from shared_schema.releases.files import Migration


class NoSuchMigration(exits.Stopped):
    """The stream has no migration of that name."""

    exit_code = exits.USAGE


class NoWayBack(exits.Stopped):
    """The last migration cannot be rolled back; the message says why."""


@dataclass(frozen=True, slots=True)
class Done:
    """A migration that was run; `rows` has the tables whose number of rows it has changed: before, after."""

    migration: str
    seconds: float
    rows: dict[str, tuple[int | None, int | None]]


@dataclass(slots=True)
class Report:
    """What was done: the migrations, the rows that each backfill has changed, the backup. `waiting` has a sentence for
    each thing that was left undone, with the reason.
    """

    done: list[Done] = field(default_factory=list)
    backfilled: dict[str, int] = field(default_factory=dict)
    backup: Path | None = None
    waiting: list[str] = field(default_factory=list)


def pending(db: Database, stream: str | None = None, to: str | None = None) -> list[Migration]:
    """What `up` would run, in order. `to` is the last migration of `stream` to run. Raises NoSuchMigration."""
    if to is not None and stream is None:
        raise NoSuchMigration(f"{to} is the last migration of which stream?")
    if to is not None and to not in streams.names(str(stream)):
        raise NoSuchMigration(f"{stream} has no migration {to}")
    lacking = streams.pending(db, streams.with_needs(stream))
    return [
        streams.read(owner, name)
        for owner, names in lacking.items()
        for name in names
        if not (to and owner == stream and name > to)
    ]


def up(
    db: Database,
    stream: str | None = None,
    *,
    to: str | None = None,
    backups: Path | None = None,
    source: str = "database",
    progress: Progress = silent,
) -> Report:
    """Bring a stream, and what it needs, up to date. `backups` is a directory; without it no backup is made.

    Raises preflight.Refused or lease.Held before anything is done, Failed after a rollback.
    """
    report = Report()
    if not pending(db, stream, to) and not _unfinished(db, stream):
        return report
    with lease.held(db) as ours:
        since = deployments.now(db)
        todo, report.waiting = _runnable(db, pending(db, stream, to))
        report.waiting += _backfills_of_other_releases(db, stream)
        rehearsed = preflight.check(db, todo, backups)
        if backups and (todo or _unfinished(db, stream)) and not preflight.empty(db):
            report.backup = make.proven(db, backups / make.name(source), source, progress).path
        _finish_backfills(db, ours, stream, report, progress)
        for migration, objects in zip(todo, rehearsed, strict=True):
            report.done.append(_run(db, ours, since, migration, expected=objects))
            _finish_backfills(db, ours, stream, report, progress)
    return report


def down(
    db: Database, stream: str, *, backups: Path | None = None, source: str = "database", progress: Progress = silent
) -> Report:
    """Roll back the last migration of a stream.

    Raises NoWayBack, watch.InUse, preflight.Refused or lease.Held before anything is done, Failed after a rollback.
    """
    report = Report()
    with lease.held(db) as ours:
        since = deployments.now(db)
        migration = last(db, stream)
        if harmed := deployments.needing(db, migration):
            raise watch.InUse("; ".join(deployments.sentences(harmed, stream)))
        objects = preflight.check_down(db, migration, backups)
        if backups:
            report.backup = make.proven(db, backups / make.name(source), source, progress).path
        report.done.append(_run(db, ours, since, migration, expected=objects, back=True))
    return report


def last(db: Database, stream: str) -> Migration:
    """The migration that `down` would roll back: the last that was applied. Raises NoWayBack."""
    names = streams.applied(db, stream)
    if not names:
        raise NoWayBack(f"nothing of {stream} has been applied")
    if names[-1] not in streams.names(stream):
        raise NoWayBack(f"{stream}/{names[-1]} is not in this release: roll it back with the release that has it")
    migration = streams.read(stream, names[-1])
    if migration.no_way_back or not migration.goes_back:
        raise NoWayBack(f"{migration} does not go back: {migration.no_way_back or 'it has no rollback'}")
    return migration


def _runnable(db: Database, todo: Sequence[Migration]) -> tuple[list[Migration], list[str]]:
    """The migrations that may run now, and a sentence for each that must wait.

    In each stream these are the ones before the first contract step that would break a running service.
    """
    runnable: list[Migration] = []
    waiting: list[str] = []
    stopped: set[str] = set()
    for migration in todo:
        behind = stopped & {migration.stream, *streams.NEEDS[migration.stream]}
        harmed = deployments.in_the_way(db, migration)
        waiting += [f"{migration} waits: {service}" for service in deployments.sentences(harmed, migration.stream)]
        if behind and not harmed:
            waiting.append(f"{migration} waits for what comes before it")
        if harmed or behind:
            stopped.add(migration.stream)
        else:
            runnable.append(migration)
    return runnable, waiting


def _run(
    db: Database, ours: Lease, since: int, migration: Migration, *, expected: dict[str, str], back: bool = False
) -> Done:
    """Run one migration, or its rollback, in a transaction that Watch checks. Raises Failed or Unclear."""
    before = state.read(db)
    began = time.monotonic()
    watching = watch.Watch(db, ours, since, expected, back)
    try:
        router = StreamRouter(db, migration.stream, watching.around)
        router.run_one(migration.name, router.migrator, fake=False, downgrade=back)
    except Exception as error:  # a migration is a program, and may raise anything
        failure.look(db, migration, before, error, back)
    return Done(str(migration), time.monotonic() - began, watching.rows)


def _unfinished(db: Database, stream: str | None) -> list[Unfinished]:
    """The unfinished backfills of a stream and of what it needs. Another team finishes its own."""
    ours = streams.with_needs(stream)
    return [todo for todo in backfill.unfinished(db) if todo.stream in ours]


def _backfills_of_other_releases(db: Database, stream: str | None) -> list[str]:
    """A sentence for each unfinished backfill whose file this release does not have."""
    return [
        f"the backfill of {todo.stream}/{todo.name} waits for the release that has it"
        for todo in _unfinished(db, stream)
        if todo.name not in streams.names(todo.stream)
    ]


def _finish_backfills(db: Database, ours: Lease, stream: str | None, report: Report, progress: Progress) -> None:
    """Bring the unfinished backfills to their end, as far as this release has their files."""
    for todo in _unfinished(db, stream):
        if todo.name not in streams.names(todo.stream):
            continue
        step = streams.read(todo.stream, todo.name).backfills[todo.step]
        total = structure.sizes(db, [step.table])[step.table]
        tell = partial(_tell, progress, f"backfill {todo.stream}/{todo.name}", total)
        report.backfilled[f"{todo.stream}/{todo.name}/{todo.step}"] = backfill.run(db, ours, todo, step, tell)


def _tell(progress: Progress, what: str, total: int, rows: int) -> None:
    progress(what, min(rows, total), total)
