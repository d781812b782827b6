"""Peewee's SQLite database as far as libSQL differs from SQLite, in a file and on a server."""

from collections.abc import Callable
from typing import Any, Never

import peewee

from shared_schema.database import pragmas, upserts
from shared_schema.database.cursor import Answer
from shared_schema.database.functions import COMPUTED, Context


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
    _state: Any
    _timeout: float
    connect_params: dict[str, Any]

    server_version = (3, 45, 1)  # the engine's, not that of Python's sqlite3
    context_class = Context

    func = aggregate = collation = window_function = table_function = _no_callbacks
    register_aggregate = register_collation = register_window_function = register_table_function = _no_callbacks
    load_extension = unload_extension = _no_extensions
    attach = detach = _one_file
    backup = backup_to_file = _no_backup

    def register_function(self, fn: Any, name: str | None = None, *arguments: Any, **options: Any) -> None:
        """Peewee registers some by itself. It may register those that a query can name all the same."""
        if name not in COMPUTED:
            _no_callbacks(self)

    def extract_date(self, date_part: str, date_field: Any) -> Any:
        """Peewee's own would fail at NULL."""
        return peewee.fn.date_part(date_part, date_field, coerce=False)

    @property
    def on_server(self) -> bool:
        return False

    @property
    def timeout(self) -> float:
        return self._timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        """For this thread from now on, for others from their next connection on."""
        self._timeout = seconds
        if not (self.on_server or self.is_closed()):
            self._state.conn.timeout = seconds

    def pragma(self, key: str, *value: Any, **options: Any) -> Any:
        """Read a PRAGMA, or set it on this thread's connection; `permanent=True`: on each that is opened later, too.

        `busy_timeout` is our `timeout`: while the engine waits by itself, no other thread of the process runs.
        """
        if key.lower() == "busy_timeout":
            for milliseconds in (*value, *([options["value"]] if "value" in options else [])):
                self.timeout = int(milliseconds) / 1000
            return round(self.timeout * 1000)
        if self.on_server and (value or "value" in options):
            pragmas.check_for_server(key)
        return super().pragma(key, *value, **options)

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
