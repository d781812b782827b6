"""The UPDATE of a backfill: of all its rows, or of a chunk of them."""

from migrations.tool.schema.sqltext import quoted
from shared_schema.database import Statement
from shared_schema.releases.files import Backfill


def whole(backfill: Backfill) -> str:
    """The UPDATE of all rows at once, as a person would write it."""
    where = "" if backfill.where == "1" else f" WHERE {backfill.where}"
    return f"UPDATE {quoted(backfill.table)} SET {backfill.set}{where}"


def update(backfill: Backfill, reached: int | None, upto: int) -> Statement:
    """The UPDATE of the rows whose key is beyond `reached` (of all, for None) and not beyond `upto`."""
    table, key = quoted(backfill.table), quoted(backfill.key)
    beyond, parameters = (f"{key} > ? AND", (reached,)) if reached is not None else ("", ())
    sql = f"UPDATE {table} SET {backfill.set} WHERE {beyond} {key} <= ? AND ({backfill.where})"
    return Statement(sql, (*parameters, upto))
