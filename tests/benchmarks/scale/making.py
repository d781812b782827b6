"""A database of a size, from an empty file: migrated, filled, and counted."""

import sys, time
from pathlib import Path

import growth_service.rebuild
import study_service.rebuild
from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale import (
    answers,
    attempts,
    bank,
    calls,
    days,
    derived,
    drafts,
    log,
    marks,
    memories,
    people,
    posts,
    schema,
    sessions,
    sittings,
)
from tests.benchmarks.scale.sizes import Size

_WHILE_FILLING = ("synchronous = off", "foreign_keys = off", "cache_size = -1000000")


def make(size: Size, file: Path, now: int) -> None:
    """Make the database `file`, which must not be there. All times in it follow from `now`, in epoch seconds."""
    if file.exists():
        raise FileExistsError(file)
    database = LibsqlDatabase(f"file:{file}")
    upgrade.up(database)
    for pragma in _WHILE_FILLING:
        database.execute_sql(f"PRAGMA {pragma}")
    last = [time.process_time()]

    def lap(name):
        sys.stderr.write(f"  {name} {time.process_time() - last[0]:.1f}\n")
        last[0] = time.process_time()

    with schema.without(database, "trigger"), database.atomic():
        with schema.without(database, "index"):
            people.make(database, size, now)
            bank.make(database, size, now)
            lap("bank")
            sittings.make(database, size, now)
            lap("sittings")
            answers.make(database)
            lap("answers")
            posts.make(database, size, now, drafts.sent(size))
            lap("posts")
            drafts.make(database, size, now)
            lap("drafts")
            calls.make(database, size, now)
            lap("calls")
            days.make(database, now)
        lap("indexes")
        sessions.make(database, now)
        lap("sessions")
        attempts.make(database, now)
        lap("attempts")
        memories.make(database)
        lap("memories")
        marks.make(database, size, now)
        lap("marks")
        log.make(database, size)
        lap("log")
        for part in (*study_service.rebuild.PARTS, *growth_service.rebuild.PARTS):
            derived.count(database, [part])
            lap(part.name)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.close()
