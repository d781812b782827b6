"""The statements that turn one set of tables into another."""

import peewee

from migrations.tool.schema import sqltext
from migrations.tool.schema.definition import Definition, Schema
from shared_schema.database import Database


def statements(old: Schema, new: Schema) -> list[str]:
    """The statements that turn `old` into `new`: create, add columns or rebuild, drop; indexes as they come."""
    steps: list[str] = []
    for name in new:
        if name not in old:
            steps += [new[name].sql, *new[name].indexes.values()]
        elif new[name].sql == old[name].sql:
            steps += _indexes(old[name], new[name])
        else:
            steps += _added_columns(name, old[name], new[name]) or _rebuild(name, old[name], new[name])
    return steps + [f'DROP TABLE "{name}"' for name in old if name not in new]


def _indexes(old: Definition, new: Definition) -> list[str]:
    gone = [f'DROP INDEX "{name}"' for name, sql in old.indexes.items() if new.indexes.get(name) != sql]
    return gone + [sql for name, sql in new.indexes.items() if old.indexes.get(name) != sql]


def _added_columns(name: str, old: Definition, new: Definition) -> list[str]:
    """ALTER TABLE statements, if they lead to exactly the new text on a scratch table; else none."""
    steps = []
    for clause in [clause for clause in sqltext.clauses(new.sql) if clause not in sqltext.clauses(old.sql)]:
        steps.append(f'ALTER TABLE "{name}" ADD COLUMN {clause}')
    trial = Database("file::memory:")
    try:
        trial.execute_sql(old.sql)
        _some_row(trial, name)  # a default that is not constant is refused only where there are rows
        for step in steps:
            trial.execute_sql(step)
        ((reached,),) = trial.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchall()
    except peewee.DatabaseError:
        return []
    finally:
        trial.close()
    return steps + _indexes(old, new) if steps and sqltext.normal(reached) == new.sql else []


def _some_row(db: Database, name: str) -> None:
    """Put a row into a table, whatever its constraints ask for."""
    for pragma in ("foreign_keys = off", "ignore_check_constraints = on"):
        db.execute_sql(f"PRAGMA {pragma}")
    columns = db.execute_sql("SELECT name, type FROM pragma_table_info(?)", (name,)).fetchall()
    values = ", ".join("x'00'" if kind == "BLOB" else "1" for _, kind in columns)
    db.execute_sql(f'INSERT INTO "{name}" VALUES ({values})')


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
