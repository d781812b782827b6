"""Connections and forks: a connection belongs to the process that opened it.

A child inherits the engine's belief in its file locks but not the locks, so what it then commits would go into a log
that the parent deletes when it closes. Idle connections are therefore closed before a fork, and the child drops what
it inherited without touching it.
"""

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    """A database as a fork sees it."""

    def close_if_idle(self) -> None: ...

    def drop_connections(self) -> object: ...


_databases: weakref.WeakSet[Forkable] = weakref.WeakSet()
# Even closing an inherited connection would touch files that the parent still uses, so the child keeps them.
_inherited: list[object] = []


def watch(database: Forkable) -> None:
    """Look after this database's connections at every fork."""
    _databases.add(database)


def _before_fork() -> None:
    for database in _databases:
        database.close_if_idle()


def _after_fork() -> None:
    for database in _databases:
        _inherited.append(database.drop_connections())


os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
