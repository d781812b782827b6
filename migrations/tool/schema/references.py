"""Foreign keys: switched off around a rebuild, and checked before it is committed."""

from collections.abc import Iterator
from contextlib import contextmanager

import peewee

from migrations.tool import exits
from shared_schema.database import Database


class BrokenReferences(exits.Stopped):
    """A migration would leave rows that refer to nothing. It was rolled back."""


@contextmanager
def foreign_keys_off(db: peewee.Database | peewee.Proxy) -> Iterator[None]:
    """Call it outside a transaction. With foreign keys on, the DROP TABLE of a rebuild deletes every child row."""
    db.execute_sql("PRAGMA foreign_keys = off")
    try:
        yield
    finally:
        db.execute_sql("PRAGMA foreign_keys = on")


def check(db: peewee.Database | peewee.Proxy) -> None:
    """Raises BrokenReferences where a row refers to a row that is not there."""
    broken = db.execute_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = sorted({str(row[0]) for row in broken})
        raise BrokenReferences(f"{len(broken)} rows of {', '.join(tables)} would refer to nothing")


def dangling(db: Database) -> list[tuple[str, str]]:
    """Pairs of a table and a table that it refers to and that is gone. foreign_key_check passes over empty tables."""
    return [(child, parent) for child, parent in db.execute_sql(_DANGLING).fetchall()]


_DANGLING = """
    SELECT DISTINCT child.name, reference."table"
    FROM sqlite_master AS child JOIN pragma_foreign_key_list(child.name) AS reference
    WHERE child.type = 'table'
    AND lower(reference."table") NOT IN (SELECT lower(name) FROM sqlite_master WHERE type = 'table')
"""
