"""Our class in the place of peewee.SqliteDatabase, for the tests of Peewee that name that class."""

import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import peewee

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings

_OF_SQLITE3 = ("uri", "check_same_thread")  # what the tests tell Python's driver
_REGISTRATIONS = ("register_aggregate", "register_collation", "register_function")
_DECORATORS = ("aggregate", "collation", "func")
_MADE = (
    "SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'table'"
)


class SqliteDatabase(LibsqlDatabase):
    """Takes the names of files that Peewee's tests use. With servers, each name is a database on one of them."""

    servers: Sequence[str] = ()
    names: ClassVar[dict[str, str]] = {}  # of files
    lent: ClassVar[list[str]] = []  # to databases in memory

    def __init__(self, database: str | None, *arguments: Any, **options: Any) -> None:
        super().__init__(database, *arguments, **{k: v for k, v in options.items() if k not in _OF_SQLITE3})

    def init(self, database: Any, *arguments: Any, **options: Any) -> None:
        in_memory = self.servers and database == ":memory:"
        super().init(self.servers[0] if in_memory else database and self._url_of(database), *arguments, **options)
        self.database = database

    def _url_of(self, name: str) -> str:
        if not self.servers:
            return name if name.startswith("file:") else f"file:{name}"
        return self.names.setdefault(name, self.servers[len(self.names) % len(self.servers)])

    def _connect(self) -> Any:
        if self.servers and self.database == ":memory:":
            free = [url for url in self.servers if url not in (*self.lent, *self.names.values())]
            self.lent.append(free[0] if free else self.lent.pop(0))  # the oldest: some tests never close theirs
            self._settings = Settings(self.lent[-1])
            self._primary = self._open_primary(self._settings)
        connection = super()._connect()
        if self.servers and not self._is_there():
            _empty(connection)
        return connection

    def _close(self, connection: Any) -> None:
        super()._close(connection)
        if self.database == ":memory:" and self.url in self.lent:
            self.lent.remove(self.url)

    def _is_there(self) -> bool:
        """Whether a file of this name would be there. It is made empty beside the server, for tests that remove it."""
        if self.database == ":memory:":
            return False
        there = Path(self.database).exists()
        Path(self.database).touch()
        return there


SqliteDatabase.__module__ = "peewee"  # where the tests have it from


def _empty(connection: Any) -> None:
    """Make the database as a new one."""
    connection.execute("PRAGMA foreign_keys = off")
    connection.execute("BEGIN")
    for kind, name in connection.execute(_MADE).rows:
        connection.execute(f'DROP {kind} IF EXISTS "{name}"')
    connection.execute("COMMIT")
    connection.execute("PRAGMA foreign_keys = on")


@contextmanager
def importing(servers: Sequence[str]) -> Iterator[None]:
    """Put our class in place, for modules that are imported in this block and for what they import.

    Within the block it passes over callbacks in silence, which it refuses afterwards. Some modules register theirs
    when they are imported, and would run none of their tests otherwise.
    """
    # A copy of the module: in peewee's own code the name must stay what it is, a superclass of ours.
    shown = types.ModuleType("peewee")
    vars(shown).update(vars(peewee) | {"SqliteDatabase": SqliteDatabase})
    sys.modules["peewee"] = shown
    for name in [name for name in sys.modules if name.partition(".")[0] in ("playhouse", "pwiz")]:
        del sys.modules[name]  # they have been imported with the class of peewee
    SqliteDatabase.servers = servers
    for name in _REGISTRATIONS:
        setattr(SqliteDatabase, name, lambda self, *arguments, **options: None)
    for name in _DECORATORS:
        setattr(SqliteDatabase, name, lambda self, *arguments, **options: lambda callback: callback)
    yield
    for name in (*_REGISTRATIONS, *_DECORATORS):
        delattr(SqliteDatabase, name)
