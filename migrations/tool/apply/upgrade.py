"""`up` and `down`, safely: under the lease, after a proven backup, each migration checked before it is committed."""

from collections.abc import Sequence
from pathlib import Path

from migrations.tool import exits, lease
from migrations.tool.apply import filling, preflight, report, run, start, watch
from migrations.tool.apply.report import Course, Report
from migrations.tool.backup import make
from migrations.tool.lease import Lease
from migrations.tool.progress import Progress, silent
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import deployments, streams
from shared_schema.releases.files import Migration


class NoSuchMigration(exits.Stopped):
    """The stream has no migration of that name."""

    exit_code = exits.USAGE


class NoWayBack(exits.Stopped):
    """The last migration cannot be rolled back; the message says why."""


def pending(db: LibsqlDatabase, stream: str | None = None, to: str | None = None) -> list[Migration]:
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
    db: LibsqlDatabase,
    stream: str | None = None,
    *,
    to: str | None = None,
    backups: Path | None = None,
    source: str = "database",
    progress: Progress = silent,
) -> Report:
    """Bring a stream, and what it needs, up to date. `backups` is a directory; without it no backup is made.

    Raises preflight.Refused or lease.Held before anything is done; Failed, Unclear, backfill.Failed or lease.Lost
    later, with what was done until then (`report.stopped`).
    """
    start.check(db, stream)
    notes = start.notes(db, stream)
    if not pending(db, stream, to) and not filling.unfinished(db, stream):
        return Report(notes=notes)
    course = _course(db, " ".join(["up", *([stream] if stream else []), *(["--to", to] if to else [])]))
    course.report.notes = notes
    with report.of_failures(course), lease.held(db) as ours:
        _up(db, ours, stream, to, backups, source, progress, course)
    return course.report


def _up(
    db: LibsqlDatabase,
    ours: Lease,
    stream: str | None,
    to: str | None,
    backups: Path | None,
    source: str,
    progress: Progress,
    course: Course,
) -> None:
    since = deployments.now(db)
    todo, waiting = runnable(db, pending(db, stream, to))
    course.report.waiting = waiting + filling.of_other_releases(db, stream)
    examined = preflight.check(db, todo, backups, filling.todo(db, stream))
    course.report.notes += examined.notes
    if backups and (todo or filling.unfinished(db, stream)) and not preflight.empty(db):
        course.report.backup = make.proven(db, backups / make.name(source), source, progress).path
    filling.finish(db, ours, stream, course, progress)
    for migration, rehearsed in zip(todo, examined.rehearsed, strict=True):
        run.one(db, ours, since, migration, course, expected=rehearsed.schema)
        filling.finish(db, ours, stream, course, progress)


def down(
    db: LibsqlDatabase,
    stream: str,
    *,
    to: str | None = None,
    backups: Path | None = None,
    source: str = "database",
    progress: Progress = silent,
) -> Report:
    """Roll back the last migration of a stream, or with `to` all that were applied after the one of that name.

    Raises NoSuchMigration, NoWayBack, watch.InUse, preflight.Refused or lease.Held before anything is done, Failed or
    Unclear later, with what was done until then.
    """
    start.check_history(db, stream)
    course = _course(db, " ".join(["down", stream, *(["--to", to] if to else [])]), back=True)
    with report.of_failures(course), lease.held(db) as ours:
        since = deployments.now(db)
        todo = rollbacks(db, stream, to)
        for migration in todo:
            if harmed := deployments.needing(db, migration):
                raise watch.InUse("; ".join(deployments.sentences(harmed, stream)))
        examined = preflight.check_down(db, todo, backups)
        course.report.notes = examined.notes
        if backups and todo:
            course.report.backup = make.proven(db, backups / make.name(source), source, progress).path
        for migration, rehearsed in zip(todo, examined.rehearsed, strict=True):
            run.one(db, ours, since, migration, course, expected=rehearsed.schema)
    return course.report


def rollbacks(db: LibsqlDatabase, stream: str, to: str | None = None) -> list[Migration]:
    """What `down` would roll back, the last migration first. Raises NoWayBack, NoSuchMigration."""
    names = streams.applied(db, stream)
    if not names:
        raise NoWayBack(f"nothing of {stream} has been applied")
    if to is not None and to not in names:
        raise NoSuchMigration(f"{stream}/{to} has not been applied; `status` says what has")
    back = names[-1:] if to is None else names[names.index(to) + 1 :]
    return [_going_back(stream, name) for name in reversed(back)]


def _going_back(stream: str, name: str) -> Migration:
    """The migration, if it can be rolled back. Raises NoWayBack."""
    if name not in streams.names(stream):
        raise NoWayBack(f"{stream}/{name} is not in this release: roll it back with the release that has it")
    migration = streams.read(stream, name)
    if migration.no_way_back or not migration.goes_back:
        raise NoWayBack(f"{migration} does not go back: {migration.no_way_back or 'it has no rollback'}")
    return migration


def _course(db: LibsqlDatabase, again: str, *, back: bool = False) -> Course:
    applied = streams.histories(db, streams.NEEDS)
    return Course(again, Report(), {stream: past[-1].name if past else None for stream, past in applied.items()}, back)


def runnable(db: LibsqlDatabase, todo: Sequence[Migration]) -> tuple[list[Migration], list[str]]:
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
