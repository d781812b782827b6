"""The backfills that `up` brings to their end: its own, and those that were left unfinished before."""

from dataclasses import replace
from functools import partial

from migrations.tool.apply import backfill
from migrations.tool.apply.backfill import Unfinished
from migrations.tool.apply.report import Course
from migrations.tool.lease import Lease
from migrations.tool.progress import Progress
from migrations.tool.schema import structure
from migrations.tool.schema.sqltext import quoted
from shared_schema.database import LibsqlDatabase
from shared_schema.releases import streams
from shared_schema.releases.files import Backfill


def unfinished(db: LibsqlDatabase, stream: str | None) -> list[Unfinished]:
    """The unfinished backfills of a stream and of what it needs. Another team finishes its own."""
    ours = streams.with_needs(stream)
    return [todo for todo in backfill.unfinished(db) if todo.stream in ours]


def of_other_releases(db: LibsqlDatabase, stream: str | None) -> list[str]:
    """A sentence for each unfinished backfill whose file this release does not have."""
    return [
        f"the backfill of {todo.stream}/{todo.name} waits for the release that has it"
        for todo in unfinished(db, stream)
        if not _is_here(todo)
    ]


def todo(db: LibsqlDatabase, stream: str | None) -> dict[str, Backfill]:
    """The unfinished backfills whose files this release has, by name: what is left of each."""
    return {_name(entry): _left(entry) for entry in unfinished(db, stream) if _is_here(entry)}


def finish(db: LibsqlDatabase, ours: Lease, stream: str | None, course: Course, progress: Progress) -> None:
    """Bring the unfinished backfills to their end, as far as this release has their files. Raises backfill.Failed."""
    for entry in unfinished(db, stream):
        if not _is_here(entry):
            continue
        course.at = migration = streams.read(entry.stream, entry.name)
        step = migration.backfills[entry.step]
        total = structure.sizes(db, [step.table])[step.table]
        tell = partial(_tell, course, entry, progress, total)
        course.report.backfilled[_name(entry)] = backfill.run(db, ours, entry, step, tell)
        course.at = None


def _left(entry: Unfinished) -> Backfill:
    whole = streams.read(entry.stream, entry.name).backfills[entry.step]
    if entry.reached is None:
        return whole
    return replace(whole, where=f"{quoted(whole.key)} > {entry.reached} AND ({whole.where})")


def _is_here(todo: Unfinished) -> bool:
    return todo.name in streams.names(todo.stream)


def _name(todo: Unfinished) -> str:
    return f"{todo.stream}/{todo.name}/{todo.step}"


def _tell(course: Course, todo: Unfinished, progress: Progress, total: int, rows: int) -> None:
    if rows > todo.rows:
        course.report.backfilled[_name(todo)] = rows
    progress(f"backfill {todo.stream}/{todo.name}", min(rows, total), total)
