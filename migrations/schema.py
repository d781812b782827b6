"""A database's schema as SQL text, and the SQL that leads from one schema to another."""

import re
from collections.abc import Collection
from dataclasses import dataclass

import peewee

from shared_schema.database import Database
from shared_schema.tables import OWNERS


@dataclass(frozen=True)
class Table:
    """The text of a table and of its indexes, and the columns that can be copied (not the generated ones)."""

    sql: str
    indexes: dict[str, str]
    columns: tuple[str, ...]


Schema = dict[str, Table]


def normal(sql: str) -> str:
    """SQL text without the layout a person gave it, so that two texts of one table compare equal."""
    parts = re.split(r"('[^']*'|\"[^\"]*\")", sql)
    parts[::2] = [re.sub(r"\( ", "(", re.sub(r" ([),])", r"\1", re.sub(r"\s+", " ", part))) for part in parts[::2]]
    return "".join(parts).strip()


def read(db: Database, names: Collection[str]) -> Schema:
    """Tables by name as the database has them."""
    master = db.execute_sql("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    tables = {name: normal(sql) for kind, name, _, sql in master if kind == "table" and name in names}
    return {
        table: Table(
            sql,
            {name: normal(text) for kind, name, of, text in master if kind == "index" and of == table},
            tuple(row[1] for row in db.execute_sql(f'PRAGMA table_xinfo("{table}")').fetchall() if row[6] == 0),
        )
        for table, sql in tables.items()
    }


def of_models(db: Database, owner: str) -> Schema:
    """The tables of one owner as the models declare them, made in an empty database."""
    with db.bind_ctx(OWNERS[owner]):
        for model in OWNERS[owner]:
            model.create_table(safe=False)
    return read(db, [model._meta.table_name for model in OWNERS[owner]])


def difference(old: Schema, new: Schema) -> list[str]:
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


def _indexes(old: Table, new: Table) -> list[str]:
    gone = [f'DROP INDEX "{name}"' for name, sql in old.indexes.items() if new.indexes.get(name) != sql]
    return gone + [sql for name, sql in new.indexes.items() if old.indexes.get(name) != sql]


def _added_columns(name: str, old: Table, new: Table) -> list[str]:
    """ALTER TABLE statements, where they lead to exactly the new text; the engine is asked, not second-guessed."""
    steps = []
    for definition in [part for part in definitions(new.sql) if part not in definitions(old.sql)]:
        steps.append(f'ALTER TABLE "{name}" ADD COLUMN {definition}')
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
    return steps + _indexes(old, new) if steps and normal(reached) == new.sql else []


def _some_row(db: Database, name: str) -> None:
    """Put a row into a table, whatever its constraints ask for."""
    for pragma in ("foreign_keys = off", "ignore_check_constraints = on"):
        db.execute_sql(f"PRAGMA {pragma}")
    columns = db.execute_sql("SELECT name, type FROM pragma_table_info(?)", (name,)).fetchall()
    values = ", ".join("x'00'" if kind == "BLOB" else "1" for _, kind in columns)
    db.execute_sql(f'INSERT INTO "{name}" VALUES ({values})')


def definitions(create: str) -> list[str]:
    """The column definitions and table constraints of a CREATE TABLE: its body split at the outermost commas."""
    body = create[create.index("(") + 1 : create.rindex(")")]
    parts, depth = [""], 0
    for token in re.findall(r"'(?:[^']|'')*'|\"[^\"]*\"|[(),]|[^'\"(),]+", body):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts]


def _rebuild(name: str, old: Table, new: Table) -> list[str]:
    """The engine's own recipe for any other change (sqlite.org/lang_altertable.html, section 7)."""
    columns = ", ".join(f'"{column}"' for column in new.columns if column in old.columns)
    return [
        new.sql.replace(f'"{name}"', f'"new_{name}"', 1),
        f'INSERT INTO "new_{name}" ({columns}) SELECT {columns} FROM "{name}"',
        f'DROP TABLE "{name}"',
        f'ALTER TABLE "new_{name}" RENAME TO "{name}"',
        *new.indexes.values(),
    ]
