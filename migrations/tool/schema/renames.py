"""Renamed tables and columns: what was said of them, what it does to a schema, and which ones may be meant."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import peewee

from migrations.tool.schema import definition
from migrations.tool.schema.definition import Definition, Inventory, Schema
from migrations.tool.schema.sqltext import quoted
from shared_schema.database import LibsqlDatabase


@dataclass(frozen=True, slots=True)
class Rename:
    """`table` is the table of a renamed column, by its name after all renames; None for a renamed table."""

    old: str
    new: str
    table: str | None = None

    def __str__(self) -> str:
        """As it is written behind --rename."""
        return f"{self.table}.{self.old}:{self.new}" if self.table else f"{self.old}:{self.new}"


@dataclass(frozen=True, slots=True)
class Renames:
    """The renames of a change: tables first, then columns."""

    tables: tuple[Rename, ...] = ()
    columns: tuple[Rename, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.tables or self.columns)

    def __add__(self, rename: Rename) -> "Renames":
        if rename.table is None:
            return replace(self, tables=(*self.tables, rename))
        return replace(self, columns=(*self.columns, rename))

    @property
    def back(self) -> "Renames":
        """What undoes them."""
        before = {rename.new: rename.old for rename in self.tables}
        return Renames(
            tuple(Rename(rename.new, rename.old) for rename in self.tables),
            tuple(Rename(r.new, r.old, before.get(str(r.table), r.table)) for r in self.columns),
        )


NO_RENAMES = Renames()


def apply(old: Inventory, renames: Renames) -> tuple[Inventory, list[str]]:
    """The schema after the renames, as the engine writes it, and the statements. Views and triggers follow a rename."""
    if not renames:
        return old, []
    db = LibsqlDatabase("file::memory:")
    try:
        db.execute_sql("PRAGMA foreign_keys = off")
        _make(db, old)
        steps = [_run(db, "RENAME TO", entry.old, entry) for entry in renames.tables]
        steps += [
            _run(db, f"RENAME COLUMN {quoted(entry.old)} TO", str(entry.table), entry) for entry in renames.columns
        ]
        return Inventory(definition.read(db, definition.tables(db)), definition.objects(db)), steps
    finally:
        db.close()


def _make(db: LibsqlDatabase, inventory: Inventory) -> None:
    for table in inventory.tables.values():
        for sql in (table.sql, *table.indexes.values()):
            db.execute_sql(sql)
    for entry in inventory.objects.values():
        db.execute_sql(entry.sql)


def _run(db: LibsqlDatabase, words: str, table: str, rename: Rename) -> str:
    """Rename on the scratch database; the statement. The new name is written without quotes where the engine allows:
    then names without quotes, as in a CHECK, stay so, and the text is the one that the models lead to.
    """
    bare, safe = (f"ALTER TABLE {quoted(table)} {words} {name}" for name in (rename.new, quoted(rename.new)))
    if rename.table is not None and rename.new.isidentifier():
        try:
            db.execute_sql(bare)
        except peewee.DatabaseError:  # a keyword, for instance
            pass
        else:
            return bare
    db.execute_sql(safe)
    return safe


def candidates(old: Schema, new: Schema, denied: Collection[Rename]) -> list[Rename]:
    """Each table and column that is gone, with the new one that is most like it: is it the same under another name?

    `old` is the schema after the renames that are known already; `denied` are those that were meant otherwise.
    """
    renames = list(_tables(old, new, denied))
    for name in new:
        if name in old:
            renames += _columns(name, old[name], new[name], denied)
    return renames


def lost_columns(old: Definition, new: Definition) -> list[str]:
    """Columns with values of their own that the new table does not have."""
    return [name for name in old.columns if name not in new.columns]


def _tables(old: Schema, new: Schema, denied: Collection[Rename]) -> Iterator[Rename]:
    """Tables are alike where they have more than half of all their columns in common."""
    gone, added = [name for name in old if name not in new], [name for name in new if name not in old]
    pairs = [Rename(one, other) for one in gone for other in added]
    for rename in sorted(pairs, key=lambda pair: -_common(old[pair.old], new[pair.new])):
        alike = 2 * _common(old[rename.old], new[rename.new]) > len(
            {*old[rename.old].columns, *new[rename.new].columns}
        )
        if alike and rename.old in gone and rename.new in added and rename not in denied:
            gone.remove(rename.old)
            added.remove(rename.new)
            yield rename


def _common(one: Definition, other: Definition) -> int:
    return len(set(one.columns) & set(other.columns))


def _columns(table: str, old: Definition, new: Definition, denied: Collection[Rename]) -> Iterator[Rename]:
    """Those of the same definition find each other first, then the others in their order."""
    gone, added = lost_columns(old, new), lost_columns(new, old)
    pairs = [Rename(one, other, table) for one in gone for other in added]
    was, now = definition.by_column(old), definition.by_column(new)
    for rename in sorted(pairs, key=lambda pair: was.get(pair.old) != now.get(pair.new)):
        if rename.old in gone and rename.new in added and rename not in denied:
            gone.remove(rename.old)
            added.remove(rename.new)
            yield rename


def unknown(renames: Sequence[Rename], old: Schema, new: Schema) -> list[str]:
    """A sentence for each rename that does not fit: what it names is not gone, or not new."""
    tables = [rename for rename in renames if rename.table is None]
    wrong = [f'--rename {r}: no table "{r.old}" is gone' for r in tables if r.old not in old or r.old in new]
    wrong += [f'--rename {r}: no table "{r.new}" is new' for r in tables if r.new not in new or r.new in old]
    become = {rename.new: rename.old for rename in tables}
    for rename in renames:
        if rename.table is not None:
            wrong += _unknown_column(rename, old.get(become.get(rename.table, rename.table)), new.get(rename.table))
    return wrong


def _unknown_column(rename: Rename, old: Definition | None, new: Definition | None) -> Iterator[str]:
    if old is None or new is None:
        yield f'--rename {rename}: no table "{rename.table}" is there before and after'
        return
    if rename.old not in lost_columns(old, new):
        yield f'--rename {rename}: no column "{rename.old}" is gone from "{rename.table}"'
    if rename.new not in lost_columns(new, old):
        yield f'--rename {rename}: no column "{rename.new}" is new in "{rename.table}"'
