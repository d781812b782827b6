"""The backfills that `up` brings to their end: its own, and those that were left unfinished before."""

from functools import partial

from migrations.tool.apply import backfill
from migrations.tool.apply.backfill import Unfinished
from migrations.tool.apply.report import Course
from migrations.tool.lease import Lease
from migrations.tool.progress import Progress
from migrations.tool.schema import structure
from shared_schema.database import Database
from shared_schema.releases import streams


def unfinished(db: Database, stream: str | None) -> list[Unfinished]:
    """The unfinished backfills of a stream and of what it needs. Another team finishes its own."""
    ours = streams.with_needs(stream)
    return [todo for todo in backfill.unfinished(db) if todo.stream in ours]


def of_other_releases(db: Database, stream: str | None) -> list[str]:
    """A sentence for each unfinished backfill whose file this release does not have."""
    return [
        f"the backfill of {todo.stream}/{todo.name} waits for the release that has it"
        for todo in unfinished(db, stream)
        if not _is_here(todo)
    ]


def finish(db: Database, ours: Lease, stream: str | None, course: Course, progress: Progress) -> None:
    """Bring the unfinished backfills to their end, as far as this release has their files. Raises backfill.Failed."""
    for todo in unfinished(db, stream):
        if not _is_here(todo):
            continue
        course.at = migration = streams.read(todo.stream, todo.name)
        step = migration.backfills[todo.step]
        total = structure.sizes(db, [step.table])[step.table]
        tell = partial(_tell, course, todo, progress, total)
        course.report.backfilled[_name(todo)] = backfill.run(db, ours, todo, step, tell)
        course.at = None


def _is_here(todo: Unfinished) -> bool:
    return todo.name in streams.names(todo.stream)


def _name(todo: Unfinished) -> str:
    return f"{todo.stream}/{todo.name}/{todo.step}"


def _tell(course: Course, todo: Unfinished, progress: Progress, total: int, rows: int) -> None:
    if rows > todo.rows:
        course.report.backfilled[_name(todo)] = rows
    progress(f"backfill {todo.stream}/{todo.name}", min(rows, total), total)
