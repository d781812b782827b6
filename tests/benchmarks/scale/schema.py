"""Indexes and triggers out of the way while rows are written, and back as they were."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared_schema.database import LibsqlDatabase

_LISTED = "SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL ORDER BY rowid"


@contextmanager
def without(database: LibsqlDatabase, kind: str) -> Iterator[None]:
    """Without the objects of this kind, `index` or `trigger`. They are made again in the order in which they were made
    first, since the engine takes triggers of the same event, and equally good indexes, by that.
    """
    objects = database.execute_sql(_LISTED, (kind,)).fetchall()
    for name, _ in objects:
        database.execute_sql(f'DROP {kind} "{name}"')
    yield
    for _, sql in objects:
        database.execute_sql(sql)
