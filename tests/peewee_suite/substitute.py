"""Our class in the place of peewee.SqliteDatabase, for the tests of Peewee that name it."""

import contextlib
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

import peewee

from shared_schema.database import LibsqlDatabase

_OF_SQLITE3 = ("uri", "check_same_thread")  # what the tests say to Python's driver
_CALLBACKS = ("rank_functions", "regexp_function")
_importing = True


class SqliteDatabase(LibsqlDatabase):
    """Takes the names of files that Peewee's tests use. With servers, each name is a database on one of them."""

    servers: Sequence[str] = ()
    names: dict[str, str] = {}

    def __init__(self, database: str | None, *arguments: Any, **options: Any) -> None:
        if _importing:
            options = {name: value for name, value in options.items() if name not in _CALLBACKS}
        options = {name: value for name, value in options.items() if name not in _OF_SQLITE3}
        super().__init__(database, *arguments, **options)

    def init(self, database: str | None, *arguments: Any, **options: Any) -> None:
        super().init(database and self._url_of(database), *arguments, **options)
        if database:
            self.database = database

    @property
    def url(self) -> str:
        return self.database

    def _url_of(self, name: str) -> str:
        if not self.servers:
            return name if name.startswith("file:") else f"file:{name}"
        if name not in self.names:
            self.names[name] = self.servers[len(self.names) % len(self.servers)]
        return self.names[name]

    def _connect(self) -> Any:
        connection = super()._connect()
        if self.servers and self.database == ":memory:":
            _empty(connection)  # as a new database in memory is
        return connection


SqliteDatabase.__module__ = "peewee"


def _empty(connection: Any) -> None:
    connection.execute("PRAGMA foreign_keys = off")
    connection.execute("BEGIN")
    made = "SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'table'"
    for kind, name in connection.execute(made).rows:
        connection.execute(f'DROP {kind} IF EXISTS "{name}"')
    connection.execute("COMMIT")
    connection.execute("PRAGMA foreign_keys = on")


def substitute(servers: Sequence[str]) -> Callable[[], None]:
    """Put our class in place. Until the returned function is called, callbacks into Python are passed over in silence:
    the modules register some when they are imported, and none of their other tests could run otherwise.
    """
    SqliteDatabase.servers = servers
    # A copy of the module: in peewee's own code the name must stay what it is, a superclass of ours.
    shown = types.ModuleType("peewee")
    vars(shown).update(vars(peewee) | {"SqliteDatabase": SqliteDatabase})
    sys.modules["peewee"] = shown
    refused = contextlib.ExitStack()
    for name in ("aggregate", "collation", "function"):
        for method in (f"register_{name}", {"function": "func"}.get(name, name)):
            setattr(SqliteDatabase, method, _passed_over(method))
            refused.callback(delattr, SqliteDatabase, method)

    def imported() -> None:
        global _importing
        _importing = False
        refused.close()

    return imported


def _passed_over(method: str) -> Any:
    if method.startswith("register_"):
        return lambda self, *arguments, **options: None
    return lambda self, *arguments, **options: lambda callback: callback
