"""The rule of long locks: nobody else can write during a migration's transaction."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from migrations.tool.lint import virtual_tables
from migrations.tool.lint.case import Broken, Case
from migrations.tool.rehearsal.record import Step

_CHANGE = re.compile(r"\s*(?:WITH\b.*?\b)?(UPDATE|DELETE)\b", re.IGNORECASE | re.DOTALL)
_INDEX = re.compile(r"\s*CREATE\s+(?:UNIQUE\s+)?INDEX\b", re.IGNORECASE)
_SMALL = 10_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """More rows than these hold the lock for long."""

    index: int
    rebuild: int


# A million rows of 450 bytes (libSQL on two busy cores): an index 0.9 to 1.4 s, an UPDATE of all 1.5 s, a rebuild with
# two indexes 5.8 s, a DELETE of all 9.3 s. In a file a writer waits 5 s for its turn, and then fails. A server kills a
# transaction that holds the lock for 5 s while another waits, and its disk and cores are shared: a fifth of that.
IN_FILE = Bounds(index=2_000_000, rebuild=500_000)
ON_SERVER = Bounds(index=500_000, rebuild=100_000)


def whole_table(case: Case) -> Iterator[Broken]:
    """An UPDATE or DELETE that goes through all rows of an old table."""
    for step in case.steps:
        change = _CHANGE.match(step.text)
        if not change or not step.whole:
            continue
        for table in sorted(step.writes & case.tables.keys()):
            rows = None if case.sizes is None else case.sizes.get(table, 0)
            if rows is None or rows > _SMALL:
                message = _in_chunks(change[1].upper(), table, rows)
                yield Broken(step.sql, message, "warning" if rows is None else "error")


def _in_chunks(verb: str, table: str, rows: int | None) -> str:
    many = "all rows" if rows is None else f"all {rows:,} rows"
    recipe = (
        f'Let it run in chunks after the transaction: BACKFILLS = [{{"table": "{table}", "set": "…", "where": "…"}}].'
        if verb == "UPDATE"
        else "Let the service delete them, some hundred at a time."
    )
    return f'{verb} walks through {many} of "{table}" while every other writer waits. {recipe}'


def large_table(case: Case) -> Iterator[Broken]:
    """An index on a table, or a rebuild of one, that takes too long for its number of rows."""
    bounds = ON_SERVER if case.on_server else IN_FILE
    for step in case.steps:
        for table in sorted(_indexed(step) & case.tables.keys()):
            if (rows := (case.sizes or {}).get(table, 0)) > bounds.index:
                yield Broken(step.sql, _too_large("an index on", table, rows, bounds.index))
    for name, fate in case.fates.items():
        rows = (case.sizes or {}).get(name, 0)
        if fate.copy and rows > bounds.rebuild:
            yield Broken(fate.copy.step.sql, _too_large("a rebuild of", name, rows, bounds.rebuild))


def large_index(case: Case) -> Iterator[Broken]:
    """The filling of a full-text index from a table with too many rows: 200,000 short texts take 1.5 s."""
    bounds = ON_SERVER if case.on_server else IN_FILE
    for step in case.steps:
        index = virtual_tables.of(step.before).get(virtual_tables.written(step) or "")
        table = (index.content or "") if index and "'rebuild'" in step.text else ""
        if (rows := (case.sizes or {}).get(table, 0)) > bounds.rebuild:
            yield Broken(step.sql, _too_large("the full-text index of", table, rows, bounds.rebuild))


def _indexed(step: Step) -> frozenset[str]:
    """The table that a CREATE INDEX makes an index on."""
    if not _INDEX.match(step.text):
        return frozenset()
    new = {entry.name for entry in step.after.objects} - {entry.name for entry in step.before.objects}
    return frozenset(entry.of for entry in step.after.objects if entry.name in new)


def _too_large(what: str, table: str, rows: int, bound: int) -> str:
    return (
        f'{what} "{table}" with {rows:,} rows holds the write lock for seconds (more than {bound:,} rows are too many '
        'here). Run it while the services are stopped and say so, ALLOW = {"long-lock": "when"}; instead of a rebuild, '
        "ADD COLUMN and BACKFILLS change the table without holding anybody up."
    )
