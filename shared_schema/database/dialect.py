"""Peewee's SQLite database as far as libSQL differs from SQLite, in a file and on a server."""

from collections.abc import Callable
from typing import Any, Never

import peewee

from shared_schema.database import upserts
from shared_schema.database.cursor import Answer
from shared_schema.database.functions import REPLACED, Context


def _refusal(reason: str) -> Callable[..., Never]:
    def refuse(self: Any, *arguments: Any, **options: Any) -> Never:
        raise peewee.NotSupportedError(reason)

    return refuse


_no_callbacks = _refusal("libSQL cannot call Python: no user-defined functions, aggregates or collations")
_no_extensions = _refusal("libSQL's driver cannot load extensions")
_one_file = _refusal("a LibsqlDatabase is one database: nothing can be attached to it")
_no_backup = _refusal("libSQL's driver has no backup: use VACUUM INTO on a file, a dump of a server")


class Dialect(peewee.SqliteDatabase):
    """SQL in place of Python functions, the ids of upserts, and a refusal, at once, of what libSQL cannot do."""

    # peewee's own, which its stubs leave out
    _pragmas: Any
    connect_params: dict[str, Any]

    server_version = (3, 45, 1)  # the engine's, not that of Python's sqlite3
    context_class = Context

    func = aggregate = collation = window_function = table_function = _no_callbacks
    register_aggregate = register_collation = register_window_function = register_table_function = _no_callbacks
    load_extension = unload_extension = _no_extensions
    attach = detach = _one_file
    backup = backup_to_file = _no_backup

    def register_function(self, fn: Any, name: str | None = None, *arguments: Any, **options: Any) -> None:
        """Peewee registers some by itself. It may register those in whose place `functions` writes SQL."""
        if not self.computes(name):
            _no_callbacks(self)

    def computes(self, function: str | None) -> bool:
        """Whether a query may name this function of Peewee's."""
        return function in REPLACED

    def execute(self, query: Any, **context_options: Any) -> Any:
        """Run a query. An upsert gives the id of its row: inserted, updated, or left alone by the upsert's WHERE."""
        key = upserts.key(query)
        if key is None:
            return super().execute(query, **context_options)  # type: ignore[no-untyped-call]
        cursor: Any = super().execute(upserts.returning(query, key), **context_options)  # type: ignore[no-untyped-call]
        row = cursor.fetchone()
        cursor.take(Answer((), [], 0 if row is None else 1, None))
        if row is None and (there := upserts.in_the_way(query, key)) is not None:
            row = super().execute(there).fetchone()  # type: ignore[no-untyped-call]
        cursor.lastrowid = row and row[0]
        return cursor
