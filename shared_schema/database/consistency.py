"""Read your writes across processes and hosts: the ticks of a clock row that every batch moves on.

Kept per request in context variables: the web layer sets what the client has seen and reads what was written.
"""

from contextvars import ContextVar

from shared_schema.database.batch import Statement

# The newest tick this reader knows of; a replica that has not got there is not read.
wanted: ContextVar[int] = ContextVar("wanted", default=0)
# The newest tick this context has written, 0 for none.
written: ContextVar[int] = ContextVar("written", default=0)
# Whether something was read from a replica that may be older than it should be, since the primary was away.
stale: ContextVar[bool] = ContextVar("stale", default=False)

TABLE = "consistency_clock"

MOVE_ON = Statement(
    f"INSERT INTO {TABLE} (id, tick) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET tick = tick + 1 RETURNING tick"
)
READ = Statement(f"SELECT tick FROM {TABLE} WHERE id = 1")


def wrote(tick: int) -> None:
    """Note a write of our own: it must be seen by what this context reads next."""
    written.set(max(written.get(), tick))
    wanted.set(max(wanted.get(), tick))
