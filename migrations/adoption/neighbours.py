"""What a column takes from its neighbours: a time that its row lacks, the rows of another table that it refers to."""

from dataclasses import replace
from typing import Any

from migrations.adoption import target, times
from migrations.adoption.case import Context
from migrations.adoption.examined import Examined, quoted
from migrations.adoption.legacy import Legacy, Source

ASIDE = "migration_adopt_aside"
# A time that a row lacks is taken from another time of the row.
_FROM_ROW = {
    ("engagement_opportunities", "updated_at"): ("executed_at", "created_at"),
    "updated_at": ("created_at",),
    "last_activity": ("created_at",),
}


def values(examined: Examined, columns: list[target.Column], context: Context) -> dict[str, str]:
    """Every column that is written, as SQL. A column that is left out gets its default from the engine."""
    by_name = {hits.column.name: hits.value() for hits in examined.hits}
    given = {column.name: by_name.get(column.name, examined.source.sql(column.source)) for column in columns}
    for column in examined.wanted.columns:
        if column.name in given:
            continue
        if (examined.wanted.name, column.name) == ("user_answers", "score"):
            given["score"] = f"CAST({given['is_correct']} AS REAL)"
        elif column.kind == "time" and column.needed:
            others = [given[name] for name in _others(examined.wanted.name, column.name) if name in given]
            given[column.name] = (
                f"coalesce({', '.join([*others, str(context.moment)])})" if others else str(context.moment)
            )
    return given


def context_of(
    legacy: Legacy, wanted: target.Table, column: target.Column, context: Context, aside: frozenset[str]
) -> Context:
    source = legacy.tables[wanted.name]
    others = [times.seconds(source.sql(name)) for name in _others(wanted.name, column.name) if name in source.columns]
    fallback = None if not others else others[0] if len(others) == 1 else f"coalesce({', '.join(others)})"
    exists = context.exists
    if column.parent:
        exists = _exists(legacy.tables.get(column.parent), column.parent if column.parent in aside else None)
    return replace(context, exists=exists, fallback=f"({fallback})" if fallback else None)


def _others(table: str, column: str) -> tuple[str, ...]:
    return _FROM_ROW.get((table, column)) or _FROM_ROW.get(column, ())


def _exists(parent: Source | None, aside: str | None) -> Any:
    """A function that makes SQL: whether a parent row exists. The parent has an alias: a table may refer to itself."""
    if parent is None:
        return "({0} IS NULL)".format
    gone = f" AND NOT EXISTS (SELECT 1 FROM {ASIDE} a WHERE a.table_name = '{aside}' AND a.row_id = parent.rowid)"
    some = f"EXISTS (SELECT 1 FROM {quoted(parent)} AS parent WHERE parent.id = {{0}}{gone if aside else ''})"
    return some.format


def known(legacy: Legacy, aside: frozenset[str], parent: str, x: str) -> str:
    """SQL: whether a row of a table exists and stays."""
    sql: str = _exists(legacy.tables.get(parent), parent if parent in aside else None)(x)
    return sql
