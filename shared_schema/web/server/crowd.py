"""All connections of a worker, and which of them goes first where they are too many or hold too much memory."""

import time

from shared_schema.web.server.connection import MAX_HEAD, Connection, Phase

MAX_HELD = 64 * 1024 * 1024  # bytes of bodies and answers that a worker holds, beside MAX_HEAD for each connection
_JUST_NOW_S = 1.0


class Crowd:
    """The connections. Those on whose request a thread works are never chosen."""

    def __init__(self) -> None:
        self._connections: set[Connection] = set()
        self._held = 0

    def __contains__(self, conn: Connection) -> bool:
        return conn in self._connections

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, conn: Connection) -> None:
        self._connections.add(conn)

    def remove(self, conn: Connection) -> None:
        self._connections.remove(conn)
        self._held -= conn.held

    def count(self, conn: Connection) -> None:
        """Note what a connection holds in memory now."""
        size = conn.size
        self._held += size - conn.held
        conn.held = size

    def waiting(self) -> list[Connection]:
        return [conn for conn in self._connections if conn.phase is not Phase.RUNNING]

    def late(self) -> list[Connection]:
        """Those whose time is over."""
        now = time.monotonic()
        return [conn for conn in self.waiting() if conn.cut_at <= now]

    def first_to_go(self) -> Connection | None:
        """The one that has been idle longest, else the one whose request began first."""
        idle_since = time.monotonic() - _JUST_NOW_S
        return min(self.waiting(), key=lambda conn: (_keeps_its_place(conn, idle_since), conn.since), default=None)

    def too_heavy(self) -> Connection | None:
        """The one that has held most for longest, if all hold too much."""
        if self._held <= MAX_HELD:
            return None
        now = time.monotonic()
        large = (conn for conn in self.waiting() if conn.held > MAX_HEAD)
        return max(large, key=lambda conn: conn.held * (now - conn.since), default=None)


def _keeps_its_place(conn: Connection, idle_since: float) -> int:
    """The greater, the later it makes room. One that has just come may have sent a request that is not read yet."""
    if conn.phase is Phase.CLOSING:
        return 0
    return 1 if conn.phase is Phase.IDLE and conn.since < idle_since else 2
