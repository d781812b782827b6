"""Changes of a table without a rebuild, where the engine's ALTER TABLE leads to exactly the new text."""

import peewee

from migrations.tool.schema import definition, sqltext
from migrations.tool.schema.definition import Definition
from shared_schema.database import LibsqlDatabase


def indexes(old: Definition, new: Definition) -> list[str]:
    """Drop the indexes that are gone or changed, make those that are new or changed."""
    return [*_dropped_indexes(old, new), *_made_indexes(old, new)]


def columns(name: str, old: Definition, new: Definition) -> list[str]:
    """ALTER TABLE statements that drop and add columns; none where they do not lead to the new table.

    They are tried on a scratch table with a row in it, for some defaults are refused only where there are rows.
    """
    steps = _dropped_indexes(old, new) + _columns(name, old, new) + _made_indexes(old, new)
    trial = LibsqlDatabase("file::memory:")
    try:
        for sql in (old.sql, *old.indexes.values()):
            trial.execute_sql(sql)
        _some_row(trial, name)
        for step in steps:
            trial.execute_sql(step)
        return steps if definition.read(trial, [name])[name].sql == new.sql else []
    except peewee.DatabaseError:
        return []
    finally:
        trial.close()


def _columns(name: str, old: Definition, new: Definition) -> list[str]:
    """None where a column stays under its name with another definition: dropped and added, it would lose its values."""
    gone, added = _without(old, new), _without(new, old)
    if {clause.partition(" ")[0] for clause in gone} & {clause.partition(" ")[0] for clause in added}:
        return []
    drops = [f'ALTER TABLE "{name}" DROP COLUMN {clause.partition(" ")[0]}' for clause in gone]
    return drops + [f'ALTER TABLE "{name}" ADD COLUMN {clause}' for clause in added]


def _without(one: Definition, other: Definition) -> list[str]:
    """The clauses of one table that the other lacks."""
    known = sqltext.clauses(other.sql)
    return [clause for clause in sqltext.clauses(one.sql) if clause not in known]


def _dropped_indexes(old: Definition, new: Definition) -> list[str]:
    return [f'DROP INDEX "{name}"' for name, sql in old.indexes.items() if new.indexes.get(name) != sql]


def _made_indexes(old: Definition, new: Definition) -> list[str]:
    return [sql for name, sql in new.indexes.items() if old.indexes.get(name) != sql]


def _some_row(db: LibsqlDatabase, name: str) -> None:
    """Put a row into a table, whatever its constraints ask for."""
    for pragma in ("foreign_keys = off", "ignore_check_constraints = on"):
        db.execute_sql(f"PRAGMA {pragma}")
    columns = db.execute_sql("SELECT name, type FROM pragma_table_info(?)", (name,)).fetchall()
    values = ", ".join("x'00'" if kind == "BLOB" else "1" for _, kind in columns)
    db.execute_sql(f'INSERT INTO "{name}" VALUES ({values})')
