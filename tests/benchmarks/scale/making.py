"""A database of a size, from an empty file: migrated, filled, and counted."""

import sys
import time
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
    finishing,
    log,
    marks,
    measures,
    memories,
    people,
    posts,
    schema,
    sessions,
    sittings,
    slots,
)
from tests.benchmarks.scale.sizes import Size

_WHILE_FILLING = ("synchronous = off", "foreign_keys = off", "cache_size = -1000000")
_LAST = [0.0]


def lap(name: str) -> None:
    now = time.process_time()
    sys.stderr.write(f"  {name} {now - _LAST[0]:.1f}\n")
    _LAST[0] = now


def make(size: Size, file: Path, now: int) -> None:
    """Make the database `file`, which must not be there. All times in it follow from `now`, in epoch seconds."""
    if file.exists():
        raise FileExistsError(file)
    database = LibsqlDatabase(f"file:{file}")
    upgrade.up(database)
    for pragma in _WHILE_FILLING:
        database.execute_sql(f"PRAGMA {pragma}")
    with schema.without(database, "trigger"), database.atomic():
        with schema.without(database, "index"):
            _fill(database, size, now)
        lap("indexes")
        _count(database, size, now)
    lap("triggers")
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    lap("checkpoint")
    database.close()


def _fill(database: LibsqlDatabase, size: Size, now: int) -> None:
    """What follows from the size alone."""
    people.make(database, size, now)
    bank.make(database, size, now)
    lap("bank")
    sittings.make(database, size, now)
    answers.make(database)
    lap("answers")
    posts.make(database, size, now, drafts.sent(size))
    drafts.make(database, size, now)
    lap("posts")
    calls.make(database, size, now)
    days.make(database, now)
    lap("calls")


def _count(database: LibsqlDatabase, size: Size, now: int) -> None:
    """What follows from that, by the indexes."""
    sessions.make(database, now)
    attempts.make(database, now)
    marks.make(database, size, now)
    log.make(database, size)
    lap("sessions")
    memories.make(database)
    lap("memories")
    measures.make(database, size, now)
    lap("measures")
    slots.make(database)
    lap("slots")
    for part in (*study_service.rebuild.PARTS, *growth_service.rebuild.PARTS):
        if not part.name.startswith("by_") and part.name != "longer":
            derived.count(database, [part])
            lap(part.name)
    finishing.make(database)
    lap("finishing")
