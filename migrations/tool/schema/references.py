"""Foreign keys: switched off around a rebuild, and checked before it is committed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import peewee

from migrations.tool import exits
from migrations.tool.schema import sqltext
from shared_schema.database import LibsqlDatabase

_FIRST = 5


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
        raise BrokenReferences("; ".join(_sentence(db, *reference) for reference in _grouped(broken).items()))


def _grouped(broken: Sequence[tuple[str, int | None, str, int]]) -> dict[tuple[str, str, int], list[int | None]]:
    """The row ids of the rows whose reference is broken, by table, parent and number of the reference."""
    groups: dict[tuple[str, str, int], list[int | None]] = {}
    for table, row, parent, number in broken:
        groups.setdefault((table, parent, number), []).append(row)
    return groups


def _sentence(db: peewee.Database | peewee.Proxy, reference: tuple[str, str, int], rows: Sequence[int | None]) -> str:
    """`2 rows of "child" would refer by "parent_id" to rows of "parent" that are not there: ids 1, 2 (77, 78)`."""
    table, parent, number = reference
    name = sqltext.quoted(table)
    by = db.execute_sql('SELECT "from" FROM pragma_foreign_key_list(?) WHERE id = ? ORDER BY seq', (table, number))
    columns = ", ".join(sqltext.quoted(column) for (column,) in by.fetchall())
    says = f"{len(rows)} row{'s' * (len(rows) > 1)} of {name} would refer by {columns} to rows of"
    first = [row for row in rows if row is not None][:_FIRST]
    keys = db.execute_sql("SELECT name FROM pragma_table_info(?) WHERE pk > 0", (table,)).fetchall()
    key = str(keys[0][0]) if len(keys) == 1 else "rowid"
    if not first:  # a table WITHOUT ROWID
        return f"{says} {sqltext.quoted(parent)} that are not there"
    values = " || ', ' || ".join(f"quote({column})" for column in columns.split(", "))
    named = db.execute_sql(
        f"SELECT quote({sqltext.quoted(key)}), {values} FROM {name} WHERE rowid IN ({', '.join('?' * len(first))})",
        first,
    ).fetchall()
    ids, missing = ", ".join(one for one, _ in named), ", ".join(dict.fromkeys(value for _, value in named))
    more = f" and {len(rows) - len(first)} more" if len(rows) > len(first) else ""
    plural = "s" if len(rows) > 1 and key in ("id", "rowid") else ""
    return f"{says} {sqltext.quoted(parent)} that are not there: {key}{plural} {ids}{more} ({missing})"


def dangling(db: LibsqlDatabase) -> list[tuple[str, str]]:
    """Pairs of a table and a table that it refers to and that is gone. foreign_key_check passes over empty tables."""
    return [(child, parent) for child, parent in db.execute_sql(_DANGLING).fetchall()]


_DANGLING = """
    SELECT DISTINCT child.name, reference."table"
    FROM sqlite_master AS child JOIN pragma_foreign_key_list(child.name) AS reference
    WHERE child.type = 'table'
    AND lower(reference."table") NOT IN (SELECT lower(name) FROM sqlite_master WHERE type = 'table')
"""
