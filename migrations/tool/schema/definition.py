"""Tables as SQL text: as a database has them, and as the models declare them."""

from collections.abc import Collection
from dataclasses import dataclass

from migrations.tool.schema import sqltext
from shared_schema.database import Database
from shared_schema.tables import OWNERS


@dataclass(frozen=True)
class Definition:
    """The text of a table and of its indexes, and the columns that can be copied (not the generated ones)."""

    sql: str
    indexes: dict[str, str]
    columns: tuple[str, ...]


Schema = dict[str, Definition]


def read(db: Database, names: Collection[str]) -> Schema:
    """Tables by name as the database has them."""
    master = db.execute_sql("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    tables = {name: sqltext.normal(sql) for kind, name, _, sql in master if kind == "table" and name in names}
    return {
        table: Definition(
            sql,
            {name: sqltext.normal(text) for kind, name, of, text in master if kind == "index" and of == table},
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
