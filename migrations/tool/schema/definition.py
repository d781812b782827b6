"""Tables as SQL text: as a database has them, and as the models declare them; and the objects beside them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from migrations.tool.schema import sqltext, structure, virtual
from migrations.tool.schema.structure import Object
from shared_schema.database import LibsqlDatabase
from shared_schema.tables import OBJECTS, OWNERS


@dataclass(frozen=True)
class Definition:
    """The text of a table and of its indexes, and the columns that can be copied (not the generated ones)."""

    sql: str
    indexes: dict[str, str]
    columns: tuple[str, ...]


Schema = dict[str, Definition]


@dataclass(frozen=True)
class Inventory:
    """Tables by name, and the virtual tables, views and triggers beside them, in the order in which they are made."""

    tables: Schema
    objects: dict[str, Object]


def read(db: LibsqlDatabase, names: Collection[str]) -> Schema:
    """Tables by name as the database has them. Comments are left out: a text on one line would end at the first."""
    master = db.execute_sql("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    tables = {name: sqltext.plain(sql) for kind, name, _, sql in master if kind == "table" and name in names}
    return {
        table: Definition(
            sql,
            {name: sqltext.plain(text) for kind, name, of, text in master if kind == "index" and of == table},
            tuple(row[1] for row in db.execute_sql(f'PRAGMA table_xinfo("{table}")').fetchall() if row[6] == 0),
        )
        for table, sql in tables.items()
    }


def tables(db: LibsqlDatabase) -> list[str]:
    """Names of all tables, without virtual ones and without those of the engine and of the migration tool."""
    entries = [entry for entry in structure.objects(db) if entry.kind == "table"]
    return [entry.name for entry in entries if not structure.of_tool(entry.name)]


def objects(db: LibsqlDatabase) -> dict[str, Object]:
    """Virtual tables, views and triggers by name, in the order in which they were made."""
    kept = (entry for entry in structure.objects(db) if entry.kind not in ("table", "index"))
    return {entry.name: entry for entry in kept if not structure.of_tool(entry.of)}


def of_models(db: LibsqlDatabase, owner: str) -> Schema:
    """The tables of one owner as the models declare them, made in an empty database with the objects beside them."""
    with db.bind_ctx(OWNERS[owner]):
        for model in OWNERS[owner]:
            model.create_table(safe=False)
    for sql in OBJECTS.get(owner, ()):
        db.execute_sql(sql)
    return read(db, [model._meta.table_name for model in OWNERS[owner]])


def declared(owners: Iterable[str]) -> Inventory:
    """What the models of these owners declare, and the objects beside them."""
    db = LibsqlDatabase("file::memory:")
    schema: Schema = {}
    try:
        for owner in owners:
            schema |= of_models(db, owner)
        return Inventory(schema, objects(db))
    finally:
        db.close()


def by_column(table: Definition) -> dict[str, str]:
    """The definition of each column behind its name."""
    parts = (clause.partition(" ") for clause in sqltext.clauses(table.sql))
    return {name.strip('"`[]'): rest for name, _, rest in parts}


def with_undeclared(declared: Inventory, there: Inventory) -> Inventory:
    """What is declared, and the objects of `there` that nobody declares, as far as what they name remains.

    Nothing drops them: a trigger that a migration wrote by hand is worth as much as one beside the models.
    """
    gone = {name.lower() for name in there.tables.keys() - declared.tables.keys()}
    kept = {name: entry for name, entry in there.objects.items() if name not in declared.objects}
    while lost := [name for name, entry in kept.items() if gone & virtual.names(entry)]:
        gone |= {name.lower() for name in lost}
        kept = {name: entry for name, entry in kept.items() if name not in lost}
    return Inventory(declared.tables, kept | declared.objects)
