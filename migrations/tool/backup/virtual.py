"""Virtual tables, and indexes of vectors: the engine keeps their rows in shadow tables, which a backup copies.

Made anew from the rows, they could differ: a contentless table has no rows to be made from, and the index of vectors
begins at a random one.
"""

import re
from collections.abc import Iterable, Sequence

import peewee

from migrations.tool import exits
from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Object
from shared_schema.database import LibsqlDatabase

_VECTORS = "libsql_vector_idx"
_RTREE = (
    ("node", "(nodeno INTEGER PRIMARY KEY, data)", "(1, zeroblob(1024))"),
    ("rowid", "(rowid INTEGER PRIMARY KEY, nodeno)", ""),
    ("parent", "(nodeno INTEGER PRIMARY KEY, parentnode)", ""),
)
# Of each module the shadow tables, and a row in them, without which the engine cannot open a virtual table to drop it.
_NEEDED = {
    "fts5": (("config", "(k PRIMARY KEY, v) WITHOUT ROWID", "('version', 4)"),),
    "rtree": _RTREE,
    "rtree_i32": _RTREE,
    "geopoly": _RTREE,
}
# What the engine's integrity_check says of the content of shadow tables.
_OF_SHADOWS = re.compile(r"(malformed|unable to validate the) inverted index for FTS\d table |In RTree ")


class Unsupported(exits.Stopped):
    """The database holds a virtual table that this engine cannot open."""


def of_vectors(entry: Object) -> bool:
    """Whether it is an index of vectors, which libSQL alone can make."""
    return entry.kind == "index" and _VECTORS in entry.sql.lower()


def of_shadows(sentence: str) -> bool:
    """Whether integrity_check complains of what is in a shadow table, and not of pages or rows."""
    return _OF_SHADOWS.match(sentence) is not None


def shadows_of_vectors(entries: Iterable[Object]) -> dict[str, Object]:
    """The shadow table of each index of vectors, with the index."""
    return {f"{entry.name}_shadow": entry for entry in entries if of_vectors(entry)}


def unreadable(db: LibsqlDatabase, entries: Iterable[Object]) -> dict[str, str]:
    """The virtual tables that the engine cannot open, with its reason: `no such module: x`."""
    reasons: dict[str, str] = {}
    for entry in entries:
        if entry.kind == "virtual":
            try:
                db.execute_sql(f"SELECT * FROM {quoted(entry.name)} LIMIT 0").fetchall()
            except peewee.OperationalError as error:
                reasons[entry.name] = str(error)
    return reasons


def check(db: LibsqlDatabase, entries: Sequence[Object]) -> None:
    """Raises Unsupported for virtual tables that this engine cannot open: it cannot say what they hold."""
    if wrong := sentences(unreadable(db, entries)):
        raise Unsupported("\n".join(wrong))


def sentences(reasons: dict[str, str]) -> list[str]:
    """What is wrong with virtual tables that the engine cannot open, for the operator."""
    return [
        f"the virtual table {name} cannot be backed up, for this engine cannot open it ({reason}):"
        " drop it by the program that made it, and make it again there when the work is done"
        for name, reason in reasons.items()
    ]


def drop(db: LibsqlDatabase, entries: Sequence[Object]) -> None:
    """Drop virtual tables, also those that the engine cannot open: of these it forgets the name, and the tables behind
    them become ordinary ones. Raises Unsupported on a server, which does not allow that.
    """
    for name in unreadable(db, entries):
        _mend(db, next(entry for entry in entries if entry.name == name))
    lost = unreadable(db, entries)
    if lost and db.on_server:
        raise Unsupported("\n".join(f"the virtual table {name} cannot be dropped: {why}" for name, why in lost.items()))
    for entry in entries:
        if entry.name not in lost:
            db.execute_sql(f"DROP TABLE {quoted(entry.name)}")
    if lost:
        _forget(db, list(lost))


def _mend(db: LibsqlDatabase, entry: Object) -> None:
    """Give a virtual table whose shadow tables somebody has dropped what the engine needs to drop it."""
    for shadow, columns, row in _NEEDED.get(_module(entry), ()):
        name = quoted(f"{entry.name}_{shadow}")
        db.execute_sql(f"CREATE TABLE IF NOT EXISTS {name} {columns}")
        if row:
            db.execute_sql(f"INSERT OR REPLACE INTO {name} VALUES {row}")


def _module(entry: Object) -> str:
    match = re.search(r"\bUSING\s+(\w+)", entry.sql, re.IGNORECASE)
    return match[1].lower() if match else ""


def _forget(db: LibsqlDatabase, names: Sequence[str]) -> None:
    db.execute_sql("PRAGMA writable_schema = on")
    try:
        for name in names:
            db.execute_sql("DELETE FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
    finally:
        db.execute_sql("PRAGMA writable_schema = reset")  # off again, and the schema is read anew
