"""A database of a size, from an empty file: migrated, filled, and counted."""

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
# Counted by `slots`.
_SLOTS = ("by_total", "by_model", "by_exam", "by_user", "longer")


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
        _count(database, size, now)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.close()


def _fill(database: LibsqlDatabase, size: Size, now: int) -> None:
    """What follows from the size alone."""
    people.make(database, size, now)
    bank.make(database, size, now)
    sittings.make(database, size, now)
    answers.make(database)
    posts.make(database, size, now, drafts.sent(size))
    drafts.make(database, size, now)
    calls.make(database, size, now)
    days.make(database, now)


def _count(database: LibsqlDatabase, size: Size, now: int) -> None:
    """What follows from that, by the indexes."""
    sessions.make(database, now)
    attempts.make(database, now)
    marks.make(database, size, now)
    log.make(database, size)
    memories.make(database)
    measures.make(database, now)
    slots.make(database)
    derived.count(database, study_service.rebuild.PARTS)
    derived.count(database, growth_service.rebuild.PARTS, but=_SLOTS)
    finishing.make(database)
