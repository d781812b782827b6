"""The tables and indexes that the steps of plans are about."""

from dataclasses import dataclass

from shared_schema.database import LibsqlDatabase

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_VIEWS = "SELECT name, sql FROM sqlite_master WHERE type = 'view'"
_INDEXES = """
    SELECT i.name, m.name, i."unique", (SELECT count(*) FROM pragma_index_info(i.name)), i.origin = 'pk'
    FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table'
"""


@dataclass(frozen=True, slots=True)
class Index:
    table: str
    is_unique: bool
    columns: int


@dataclass(frozen=True, slots=True)
class Schema:
    """`keys` are the primary keys of tables without rowid, by table. `views` have their SQL."""

    tables: frozenset[str]
    views: dict[str, str]
    indexes: dict[str, Index]
    keys: dict[str, Index]


def read(database: LibsqlDatabase) -> Schema:
    tables = frozenset(name for (name,) in database.execute_sql(_TABLES).fetchall())
    indexes, keys = {}, {}
    for name, table, is_unique, columns, is_key in database.execute_sql(_INDEXES).fetchall():
        indexes[name] = Index(table, bool(is_unique), columns)
        if is_key:
            keys[table] = indexes[name]
    return Schema(tables, dict(database.execute_sql(_VIEWS).fetchall()), indexes, keys)
