"""Read your writes across processes and hosts, by a clock row whose tick every batch moves on.

The web layer sets `wanted` from the request and reads `written` after it.
"""

from contextvars import ContextVar

from shared_schema.database.batch import Statement


class Clock:
    """The clock row of one database, and the ticks that the work at hand, say a request, has seen and written.

    `table` has the row: `id INTEGER PRIMARY KEY CHECK (id = 1), tick INTEGER NOT NULL`. Without a table nothing is
    counted, and the variables below keep their defaults.
    """

    def __init__(self, table: str | None) -> None:
        self.table = table
        # The newest tick that this reader has seen. A replica that is behind it is not read.
        self.wanted: ContextVar[int] = ContextVar("wanted", default=0)
        # The newest tick that this context has written; 0 if it wrote nothing.
        self.written: ContextVar[int] = ContextVar("written", default=0)
        # True after a read from a replica older than `wanted` or than its age limit, since the primary was away.
        self.stale: ContextVar[bool] = ContextVar("stale", default=False)
        self.move_on = Statement(
            f"INSERT INTO {table} (id, tick) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET tick = tick + 1 RETURNING tick"
        )
        self.read = Statement(f"SELECT tick FROM {table} WHERE id = 1")

    def begin(self) -> None:
        """Begin a piece of work that has seen and written nothing."""
        self.wanted.set(0)
        self.written.set(0)
        self.stale.set(False)

    def wrote(self, tick: int) -> None:
        """Note the tick of a batch of this context, so that its next reads see the batch."""
        self.written.set(max(self.written.get(), tick))
        self.wanted.set(max(self.wanted.get(), tick))
