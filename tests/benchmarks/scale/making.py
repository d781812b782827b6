"""A database of a size, from an empty file: migrated, filled, and counted."""

from pathlib import Path

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale import answers, bank, people, schema, sittings
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
    with schema.without(database, "trigger"), database.atomic(), schema.without(database, "index"):
        people.make(database, size, now)
        bank.make(database, size, now)
        sittings.make(database, size, now)
        answers.make(database)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.close()
