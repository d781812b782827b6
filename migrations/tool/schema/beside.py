"""Virtual tables, views and triggers around a change of tables: what goes before it and what comes back after it."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from migrations.tool.schema import sqltext, virtual
from migrations.tool.schema.definition import Inventory
from migrations.tool.schema.sqltext import quoted
from migrations.tool.schema.structure import Object
from shared_schema.database import LibsqlDatabase

_ALTERED = re.compile(r'(?:DROP TABLE|ALTER TABLE) "((?:[^"]|"")*)"(?! ADD COLUMN)')
_DROPPED = re.compile(r'DROP TABLE "((?:[^"]|"")*)"')
_KINDS = ("virtual", "view", "trigger")


@dataclass(frozen=True, slots=True)
class Moves:
    """Statements before and after those of the tables."""

    before: list[str]
    after: list[str]


def moves(old: Inventory, new: Inventory, tables: Collection[str], steps: list[str]) -> Moves:
    """Drop what is gone, changed or in the way of `steps`, and make what is new, changed or was in the way.

    `tables` are those from before, by their names after the renames. A virtual table is never in the way. One that is
    changed keeps its rows: they are copied, or, where it is an index of another table, made again from that.
    """
    gone = _dropped(old, new, _named(_ALTERED, steps))
    made = [entry for name, entry in new.objects.items() if name in gone or name not in old.objects]
    made.sort(key=lambda entry: _KINDS.index(entry.kind))
    copied = [entry for entry in made if entry.name in gone and is_copied(gone[entry.name], entry)]
    names = {entry.name for entry in copied}
    before = [f"DROP {_word(entry)} {quoted(name)}" for name, entry in reversed(gone.items()) if name not in names]
    after = [sql for entry in made for sql in _making(entry, gone.get(entry.name) if entry in copied else None)]
    renewed = {entry.name.lower() for entry in made} | _named(_DROPPED, steps)
    return Moves(before, after + _fillings(new, tables, renewed))


def _named(pattern: re.Pattern[str], steps: list[str]) -> frozenset[str]:
    """The tables that the statements of this pattern name, in small letters."""
    return frozenset(match[1].lower() for step in steps if (match := pattern.match(step)))


def _dropped(old: Inventory, new: Inventory, disturbed: frozenset[str]) -> dict[str, Object]:
    """What is gone or changed, and the views and triggers that name what is disturbed or goes itself."""
    changed = {name for name, entry in old.objects.items() if _text(new.objects.get(name)) != _text(entry)}
    while True:
        names = disturbed | {name.lower() for name in changed}
        more = {
            name for name, entry in old.objects.items() if entry.kind != "virtual" and names & sqltext.words(entry.sql)
        }
        if more <= changed:
            return {name: entry for name, entry in old.objects.items() if name in changed}
        changed |= more


def _text(entry: Object | None) -> str | None:
    return sqltext.plain(entry.sql) if entry else None


def _word(entry: Object) -> str:
    return "TABLE" if entry.kind == "virtual" else entry.kind.upper()


def changed_with_rows(old: Inventory, new: Inventory) -> dict[str, tuple[Object, Object]]:
    """Virtual tables with rows of their own that are there before and after and differ: each as it was and will be."""
    return {
        name: (entry, new.objects[name])
        for name, entry in old.objects.items()
        if virtual.keeps_rows(entry) and name in new.objects and _text(new.objects[name]) != _text(entry)
    }


def is_copied(was: Object, now: Object) -> bool:
    """Whether the rows of a virtual table can be taken over by its new form."""
    return all(entry.kind == "virtual" and virtual.of(entry).rows == "own" for entry in (was, now))


def _making(entry: Object, copied_from: Object | None) -> Iterator[str]:
    if copied_from is None:
        yield entry.sql
        return
    aside = quoted(f"old_{entry.name}")
    common = [name for name in columns(entry) if name in columns(copied_from)]
    names = ", ".join([*virtual.of(entry).row_id, *map(quoted, common)])
    yield f"ALTER TABLE {quoted(entry.name)} RENAME TO {aside}"
    yield entry.sql
    yield f"INSERT INTO {quoted(entry.name)} ({names}) SELECT {names} FROM {aside}"
    yield f"DROP TABLE {aside}"


def columns(entry: Object) -> list[str]:
    """The columns of a virtual table that keeps its own rows, as the engine names them."""
    db = LibsqlDatabase("file::memory:")
    try:
        db.execute_sql(entry.sql)
        rows = db.execute_sql("SELECT name FROM pragma_table_xinfo(?) WHERE NOT hidden", (entry.name,)).fetchall()
        return [name for (name,) in rows]
    finally:
        db.close()


def _fillings(new: Inventory, tables: Collection[str], renewed: set[str]) -> list[str]:
    """Fill each index whose table may have rows already, if the index or the table was made anew."""
    indexes = [virtual.of(entry) for entry in new.objects.values() if entry.kind == "virtual"]
    return [
        index.filling
        for index in indexes
        if index.content
        and (index.content in tables or index.content not in new.tables)  # a table of this very change is empty
        and {index.name.lower(), index.content.lower()} & renewed
    ]
