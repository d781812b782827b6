"""One migration, or its rollback, in a transaction that is watched."""

import time
from collections.abc import Mapping

from migrations.tool import exits
from migrations.tool.apply import failure, state, watch
from migrations.tool.apply.report import Course, Done
from migrations.tool.lease import Lease
from migrations.tool.router import StreamRouter
from shared_schema.database import LibsqlDatabase
from shared_schema.releases.files import Migration


def one(
    db: LibsqlDatabase, ours: Lease, since: int, migration: Migration, course: Course, *, expected: Mapping[str, str]
) -> None:
    """Run one migration, or its rollback, and note it in the report. Raises Failed or Unclear.

    `since` is when the work began, by the database's clock, `expected` the texts of all objects after the rehearsal.
    """
    course.at = migration
    before = state.read(db)
    began = time.monotonic()
    watching = watch.Watch(db, ours, since, expected, course.back)
    interruption = None
    try:
        router = StreamRouter(db, migration.stream, watching.around)
        router.run_one(migration.name, router.migrator, fake=False, downgrade=course.back)
    except BaseException as error:  # a migration is a program, and may raise anything; a signal may come
        failure.look(db, ours, migration, before, error, back=course.back, breaches=watching.breaches)
        interruption = exits.interruption(error)
    course.report.done.append(Done(str(migration), time.monotonic() - began, watching.rows))
    course.at = None
    if interruption:
        raise interruption
