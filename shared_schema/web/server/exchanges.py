"""What comes next on a connection: the rest of a request, its answer, the next request, the end. Nothing here waits."""

import selectors
import time
from collections.abc import Callable
from functools import partial

import structlog

from shared_schema.environment import Waits
from shared_schema.web.server.connection import Connection, Phase
from shared_schema.web.server.crowd import Crowd
from shared_schema.web.server.refusals import Refused

_CLOSING_S = 2.0
_STOPPING_S = 2.0  # for a request that a client may be sending on a connection that was kept
_log = structlog.get_logger()


class Exchanges:
    """The exchanges of requests and answers on all connections of a worker, by one thread.

    `enqueue` gives a complete request to a thread of the app, and `thread_is_done` must follow. `ready` is what the
    selector gets for a connection that can be read or written. `headers` are those of a refusal for a page's origin.
    """

    def __init__(
        self,
        crowd: Crowd,
        poller: selectors.BaseSelector,
        waits: Waits,
        *,
        keepalive_s: float,
        enqueue: Callable[[Connection], None],
        ready: Callable[[Connection, object], None],
        headers: Callable[[str | None], dict[str, str]],
    ) -> None:
        self.is_stopping = False
        self._crowd, self._poller, self._waits, self._keepalive_s = crowd, poller, waits, keepalive_s
        self._enqueue, self._ready, self._headers = enqueue, ready, headers

    def begin(self, conn: Connection) -> None:
        """Await the first request of a new connection."""
        self._crowd.add(conn)
        self._await_request(conn, self._waits.header_s)

    def go_on(self, conn: Connection) -> None:
        """The connection can be read or written."""
        if conn.phase is Phase.RUNNING:  # the next request comes early, and waits in the kernel
            self._watch(conn, 0)
        elif conn.phase is Phase.ANSWER:
            conn.outbox.flush()
            self._hold(conn)
            if not conn.outbox.size:
                self._answer_is_taken(conn)
        elif conn.phase is Phase.CLOSING:
            if not conn.discard():
                self.drop(conn)
        elif conn.receive():
            self._advance(conn)
        else:
            self.drop(conn)

    def _advance(self, conn: Connection) -> None:
        """Give the request to a thread if it is complete, else wait for the rest of it."""
        before, now = conn.phase, time.monotonic()
        if before is Phase.IDLE:
            conn.since = now
        try:
            complete = conn.advance()
        except Refused as refused:
            self._refuse(conn, refused)
            return
        if conn.phase is Phase.HEAD and before is Phase.IDLE:
            conn.cut_at = now + min(self._waits.header_s, self._waits.request_s)
        elif conn.phase is Phase.BODY and before is not Phase.BODY:
            conn.cut_at = min(now + self._waits.body_s, conn.since + self._waits.request_s)
        self._hold(conn)
        if not complete:
            self._watch(conn, selectors.EVENT_READ if conn in self._crowd else 0)
        elif conn.phase is Phase.BODY:  # and not shed
            self._run(conn)

    def _run(self, conn: Connection) -> None:
        conn.phase, conn.handed_at = Phase.RUNNING, time.monotonic()
        self._enqueue(conn)

    def thread_is_done(self, conn: Connection, error: BaseException | None) -> None:
        """The client reads, or has read, the answer; unless the thread has failed with this error."""
        if error:
            self._fail(conn, error)
            return
        now = time.monotonic()
        conn.since += now - conn.handed_at  # the time in the app is not the client's
        if not conn.outbox.size:
            self._answer_is_taken(conn)
            return
        conn.phase, conn.cut_at = Phase.ANSWER, conn.since + self._waits.request_s
        self._watch(conn, selectors.EVENT_WRITE)
        self._hold(conn)

    def _fail(self, conn: Connection, error: BaseException) -> None:
        if isinstance(error, ConnectionError):
            self.drop(conn)
            return
        _log.error("the server failed on a request", exc_info=error)
        if conn.outbox.begun:  # half of an answer must not look like one
            self.drop(conn)
        else:
            self._refuse(conn, Refused(500, ""))

    def _answer_is_taken(self, conn: Connection) -> None:
        if conn.answer is None or not conn.answer.complete:
            self._run(conn)
        elif conn.answer.keep:
            conn.next_request()
            self._await_request(conn, self._keepalive_s)
            if conn.has_received:
                self._advance(conn)
            else:
                self._hold(conn)
        else:
            self._close(conn)

    def _await_request(self, conn: Connection, seconds: float) -> None:
        conn.since = time.monotonic()
        conn.cut_at = conn.since + (min(seconds, _STOPPING_S) if self.is_stopping else seconds)
        self._watch(conn, selectors.EVENT_READ)

    def _refuse(self, conn: Connection, refused: Refused) -> None:
        """Answer in place of the app, and close."""
        request_id = conn.request_id()
        logged = {"status": refused.status, "detail": refused.detail, "client": conn.client[0]}
        _log.info("request refused by the server", **logged, request_id=request_id)
        conn.outbox.sendall(conn.refusal(refused, request_id, self._headers(conn.origin())))
        try:
            conn.outbox.flush()
        except OSError:
            self.drop(conn)
            return
        if conn.outbox.size:
            self.drop(conn)
        else:
            self._close(conn)

    def _close(self, conn: Connection) -> None:
        """Close our side, and wait for the client to close its own: a hard close could lose the answer."""
        try:
            conn.end()
        except OSError:
            self.drop(conn)
            return
        conn.phase, conn.cut_at = Phase.CLOSING, time.monotonic() + _CLOSING_S
        self._hold(conn)
        self._watch(conn, selectors.EVENT_READ)

    def cut(self, conn: Connection, refused: Refused) -> None:
        if conn.phase in (Phase.HEAD, Phase.BODY):
            self._refuse(conn, refused)
        else:
            self.drop(conn)

    def drop(self, conn: Connection) -> None:
        if conn not in self._crowd:
            return
        self._watch(conn, 0)
        self._crowd.remove(conn)
        conn.sock.close()
        if conn.answer is not None:
            conn.answer.end()

    def make_room(self) -> None:
        if conn := self._crowd.first_to_go():
            self.cut(conn, Refused(503, "too many connections"))

    def _hold(self, conn: Connection) -> None:
        """Count the memory of a connection. Where all is too much, those that hold much for long are cut."""
        self._crowd.count(conn)
        while heavy := self._crowd.too_heavy():
            self.cut(heavy, Refused(503, "too many bodies at once"))

    def _watch(self, conn: Connection, events: int) -> None:
        """Let the selector report these events of the connection; 0 for none."""
        if events == conn.watched:
            return
        if not events:
            self._poller.unregister(conn.sock)
        elif conn.watched:
            self._poller.modify(conn.sock, events, partial(self._ready, conn))
        else:
            self._poller.register(conn.sock, events, partial(self._ready, conn))
        conn.watched = events
