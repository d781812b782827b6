"""Connections and forks: a connection belongs to the process that opened it.

In a child, the engine takes the parent's file locks for its own, but the system has not given them to the child. What
the child then commits would go into a log that the parent deletes when it closes. Idle connections are therefore closed
before a fork, and the child drops the connections that it inherited, without closing them.
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
