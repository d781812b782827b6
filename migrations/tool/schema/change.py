"""The statements that turn one set of tables, and of objects beside them, into another."""

from migrations.tool.schema import beside, in_place, renames
from migrations.tool.schema.definition import Definition, Inventory, Schema
from migrations.tool.schema.renames import NO_RENAMES, Renames


def statements(old: Inventory, new: Inventory, renamed: Renames = NO_RENAMES) -> list[str]:
    """The statements that turn `old` into `new`.

    Views and triggers that name a changed table go first and come back last, for the engine refuses to rename a table
    or to drop a column while one of them names what is not there.
    """
    middle, steps = renames.apply(old, renamed)
    steps = steps + _of_tables(middle.tables, new.tables)
    moves = beside.moves(old, new, middle.tables, steps)
    return [*moves.before, *steps, *moves.after]


def _of_tables(old: Schema, new: Schema) -> list[str]:
    """Create, change or rebuild tables, then drop those that are gone; indexes as they come."""
    steps: list[str] = []
    for name in new:
        if name not in old:
            steps += [new[name].sql, *new[name].indexes.values()]
        elif new[name].sql == old[name].sql:
            steps += in_place.indexes(old[name], new[name])
        else:
            steps += in_place.columns(name, old[name], new[name]) or _rebuild(name, old[name], new[name])
    return steps + [f'DROP TABLE "{name}"' for name in old if name not in new]


def _rebuild(name: str, old: Definition, new: Definition) -> list[str]:
    """The engine's own recipe for any other change (sqlite.org/lang_altertable.html, section 7)."""
    columns = ", ".join(f'"{column}"' for column in new.columns if column in old.columns)
    return [
        new.sql.replace(f'"{name}"', f'"new_{name}"', 1),
        f'INSERT INTO "new_{name}" ({columns}) SELECT {columns} FROM "{name}"',
        f'DROP TABLE "{name}"',
        f'ALTER TABLE "new_{name}" RENAME TO "{name}"',
        *new.indexes.values(),
    ]
