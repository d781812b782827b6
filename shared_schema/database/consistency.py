"""Read your writes across processes and hosts, by a clock row whose tick every batch moves on.

The ticks are kept in context variables. The web layer sets `wanted` from the request and reads `written` after it.
"""

from contextvars import ContextVar

from shared_schema.database.batch import Statement

# The newest tick that this reader has seen. A replica that is behind it is not read.
wanted: ContextVar[int] = ContextVar("wanted", default=0)
# The newest tick that this context has written; 0 if it wrote nothing.
written: ContextVar[int] = ContextVar("written", default=0)
# True after a read from a replica that may be older than `wanted` or than its age limit, as the primary was away.
stale: ContextVar[bool] = ContextVar("stale", default=False)

TABLE = "consistency_clock"

MOVE_ON = Statement(
    f"INSERT INTO {TABLE} (id, tick) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET tick = tick + 1 RETURNING tick"
)
READ = Statement(f"SELECT tick FROM {TABLE} WHERE id = 1")


def wrote(tick: int) -> None:
    """Note the tick of a batch of this context, so that its next reads see the batch."""
    written.set(max(written.get(), tick))
    wanted.set(max(wanted.get(), tick))
