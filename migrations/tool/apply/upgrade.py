"""`up` and `down`, safely: under the lease, after a proven backup, each migration checked before it is committed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import peewee

from migrations.tool import exits, lease
from migrations.tool.apply import backfill, preflight, state, watch
from migrations.tool.apply.backfill import Unfinished
from migrations.tool.backup import make
from migrations.tool.lease import Lease
from migrations.tool.progress import Progress, silent
from migrations.tool.router import StreamRouter
from migrations.tool.schema import structure
from shared_schema.database import Database
from shared_schema.releases import deployments, streams
from shared_schema.releases.files import Migration


class Failed(exits.Stopped):
    """A migration failed and was rolled back; the message says what was found afterwards."""


class Unclear(exits.Stopped):
    """After a failure the database is not what it was, or cannot be asked. An operator must look."""

    exit_code = exits.LOOK


class NoSuchMigration(exits.Stopped):
    """The stream has no migration of that name."""

    exit_code = exits.USAGE


class NoWayBack(exits.Stopped):
    """The migration cannot be rolled back, and says why."""


@dataclass(frozen=True, slots=True)
class Done:
    """A migration that was run; `rows` has the tables whose number of rows it changed: before, after."""

    migration: str
    seconds: float
    rows: dict[str, tuple[int | None, int | None]]


@dataclass(slots=True)
class Report:
    """What was done, which backup there is, and in words why something was left."""

    done: list[Done] = field(default_factory=list)
    backfilled: dict[str, int] = field(default_factory=dict)
    backup: Path | None = None
    waiting: list[str] = field(default_factory=list)


def pending(db: Database, stream: str | None = None, to: str | None = None) -> list[Migration]:
    """What `up` would run, in order. `to` is the last one of `stream`; NoSuchMigration if it is none of its."""
    if to is not None and stream is None:
        raise NoSuchMigration(f"{to} is the last migration of which stream?")
    if to is not None and to not in streams.names(str(stream)):
        raise NoSuchMigration(f"{stream} has no migration {to}")
    todo = streams.pending(db, streams.with_needs(stream))
    return [
        streams.read(name, migration)
        for name, left in todo.items()
        for migration in left
        if not (to and name == stream and migration > to)
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
    """Bring a stream, and what it needs, up to date; without `backups`, a directory, no backup is made.

    Raises preflight.Refused or lease.Held before anything is done, Failed after a rollback.
    """
    report = Report()
    if not pending(db, stream, to) and not _unfinished(db, stream):
        return report
    with lease.held(db) as ours:
        since = deployments.now(db)
        todo, report.waiting = _runnable(db, pending(db, stream, to))
        rehearsed = preflight.check(db, todo, backups)
        if backups and (todo or _unfinished(db, stream)) and not preflight.empty(db):
            report.backup = make.proven(db, backups / make.name(source), source, progress).path
        _backfills(db, ours, stream, report, progress)
        for migration, result in zip(todo, rehearsed, strict=True):
            report.done.append(_run(db, ours, since, migration, expected=result))
            _backfills(db, ours, stream, report, progress)
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
        if hurt := deployments.needing(db, migration):
            raise watch.InUse("; ".join(deployments.sentences(hurt, stream)))
        rehearsed = preflight.check_down(db, migration, backups)
        if backups:
            report.backup = make.proven(db, backups / make.name(source), source, progress).path
        report.done.append(_run(db, ours, since, migration, expected=rehearsed, back=True))
    return report


def last(db: Database, stream: str) -> Migration:
    """The migration that `down` would roll back. Raises NoWayBack."""
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
    """What may run now: all up to the first step of each stream that a live deployment could not live with."""
    runnable: list[Migration] = []
    waiting: list[str] = []
    stopped: set[str] = set()
    for migration in todo:
        behind = stopped & {migration.stream, *streams.NEEDS[migration.stream]}
        blocking = deployments.in_the_way(db, migration) if migration.phase == "contract" else []
        waiting += [f"{migration} waits: {said}" for said in deployments.sentences(blocking, migration.stream)]
        if behind and not blocking:
            waiting.append(f"{migration} waits for what comes before it")
        if blocking or behind:
            stopped.add(migration.stream)
        else:
            runnable.append(migration)
    return runnable, waiting


def _run(
    db: Database, ours: Lease, since: int, migration: Migration, *, expected: dict[str, str], back: bool = False
) -> Done:
    before = state.read(db)
    began = time.monotonic()
    watching = watch.Watch(db, ours, since, expected, back)
    try:
        router = StreamRouter(db, migration.stream, watching.around)
        router.run_one(migration.name, router.migrator, fake=False, downgrade=back)
    except Exception as error:  # a migration is a program: whatever it raises undoes it
        _after_failure(db, migration, before, error, back)
    return Done(str(migration), time.monotonic() - began, watching.rows)


def _after_failure(db: Database, migration: Migration, before: state.State, error: Exception, back: bool) -> None:
    """Look what became of a migration that raised. Returns if it was committed: then only the answer was lost."""
    cause = f"{migration} failed: {error or type(error).__name__}"
    try:
        after = state.read(db)
    except peewee.PeeweeException as lost:
        raise Unclear(f"{cause}\nThe database cannot be asked what became of it: {lost}") from error
    # The history is written in the same transaction as everything else.
    if (migration.name in after.histories[migration.stream]) is not back:
        return
    if after.objects != before.objects or after.histories != before.histories:
        raise Unclear(f"{cause}\nSchema or histories are not what they were before it.") from error
    moved = state.changes(before.rows, after.rows)
    rows = "every table has the rows it had" if not moved else f"others have written meanwhile: {', '.join(moved)}"
    raise Failed(f"{cause}\nIt was rolled back: schema and histories are as before, {rows}.") from error


def _unfinished(db: Database, stream: str | None) -> list[Unfinished]:
    """The backfills that are this command's to finish: the other team's are theirs."""
    ours = streams.with_needs(stream)
    return [each for each in backfill.unfinished(db) if each.stream in ours]


def _backfills(db: Database, ours: Lease, stream: str | None, report: Report, progress: Progress) -> None:
    """Bring them to their end, as far as this code has their files."""
    for todo in _unfinished(db, stream):
        if todo.name not in streams.names(todo.stream):
            report.waiting.append(f"the backfill of {todo.stream}/{todo.name} waits for the release that has it")
            continue
        step = streams.read(todo.stream, todo.name).backfills[todo.step]
        total = structure.sizes(db, [step.table])[step.table]
        told = partial(_tell, progress, f"backfill {todo.stream}/{todo.name}", total)
        report.backfilled[f"{todo.stream}/{todo.name}/{todo.step}"] = backfill.run(db, ours, todo, step, told)


def _tell(progress: Progress, what: str, total: int, rows: int) -> None:
    progress(what, min(rows, total), total)
