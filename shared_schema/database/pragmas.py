"""PRAGMAs by mode: a file takes every one, a server few."""

from collections.abc import Iterable
from typing import Any

import peewee

from shared_schema.database.cursor import Connection

OF_FILE = {"journal_mode": "wal", "synchronous": "normal", "foreign_keys": "on"}
_TIMEOUT = "busy_timeout"  # never told the engine: we wait in its place
# What a server can be told (0.24.32); each other PRAGMA can only be read.
_OF_SERVER = frozenset({"foreign_keys", "defer_foreign_keys", "user_version"})
# What a server does anyway, so that the same pragmas can be given for a file and for a server.
_ALREADY = {"journal_mode": ("wal",), "synchronous": ("normal", "1")}


def timeout(given: Iterable[tuple[str, Any]], otherwise: float) -> float:
    """The seconds that a busy_timeout among them says."""
    return next((int(value) / 1000 for name, value in given if name.lower() == _TIMEOUT), otherwise)


def for_file(given: Iterable[tuple[str, Any]]) -> list[str]:
    """The statements for a new connection: ours, where the given ones do not say otherwise."""
    return _statements({**OF_FILE, **{name.lower(): value for name, value in given}})


def for_reader(given: Iterable[tuple[str, Any]]) -> list[str]:
    """The statements for a new connection that only reads: nothing that would write to the file."""
    return _statements(dict(given))


def for_server(given: Iterable[tuple[str, Any]]) -> list[str]:
    """The statements for a new connection to a server. Raises NotSupportedError for what it cannot be told."""
    told = {}
    for name, value in given:
        if name.lower() != _TIMEOUT and str(value).lower() not in _ALREADY.get(name.lower(), ()):
            check_for_server(name)
            told[name] = value
    return _statements(told)


def told(connection: Connection, statements: list[str]) -> Connection:
    """The connection, on which these have run. It is closed if one fails."""
    try:
        for statement in statements:
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def check_for_server(name: str) -> None:
    """Raises NotSupportedError unless a server can be told this PRAGMA."""
    if name.lower() not in _OF_SERVER:
        raise peewee.NotSupportedError(f"a libSQL server has its own {name}, which a client cannot set")


def _statements(pragmas: dict[str, Any]) -> list[str]:
    return [f"PRAGMA {name} = {value}" for name, value in pragmas.items() if name.lower() != _TIMEOUT]
