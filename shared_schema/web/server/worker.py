"""gunicorn's threaded worker, in which a connection has a thread only while the app works on its request.

gunicorn's own gives a thread to a connection that may never send the rest of its request, or never read its answer.
Here one loop reads all requests and sends what the clients do not take at once. Each connection has a limit of time,
and all together have limits of number and of memory.
"""

import errno
import resource
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from urllib.parse import unquote

import structlog
from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

from shared_schema.environment import Waits
from shared_schema.web import bodies, cors, health
from shared_schema.web.server import answering
from shared_schema.web.server.connection import Connection, Phase
from shared_schema.web.server.crowd import Crowd
from shared_schema.web.server.refusals import Refused

_FILES_OF_THE_APP = 256
_SENT_AHEAD = 128 * 1024
_SWEEP_S = 0.5
_CLOSING_S = 2.0
_STOPPING_S = 2.0  # for a request that a client may be sending on a connection that was kept
_NO_CONNECTION_COMES = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED, errno.EPROTO)
_NO_MORE_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_log = structlog.get_logger()


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Of the parent it uses the pool of threads, the signals, and the loop with its end in order.

    The loop calls `accept`, `ready` when a connection can be read or written, `finish_request` when a thread is done,
    and `murder_keepalived` at least once a second. `handle` alone runs in a thread.
    """

    def init_process(self) -> None:
        if self.cfg.is_ssl:
            raise RuntimeError("this server speaks no TLS; let a proxy in front of it do that")
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.worker_connections = max(8, min(self.cfg.worker_connections, most - _FILES_OF_THE_APP))
        self._crowd = Crowd()
        self._probes = {path: ThreadPoolExecutor(1) for path in health.PROBES}
        self._swept_at = 0.0
        for listener in self.sockets:  # its connections inherit it, or the kernel would take megabytes for each
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENT_AHEAD)
        super().init_process()

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._waits: Waits = self.wsgi.extensions["waits"]

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection. Where there are too many, one that has waited long makes room."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in _NO_MORE_FILES:
                self._make_room()
            elif error.errno not in _NO_CONNECTION_COMES:
                raise
            return
        self.nr_conns += 1
        conn = Connection(sock, client, self.cfg, self._limit)
        self._crowd.add(conn)
        self._await_request(conn, self._waits.header_s)
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def _limit(self, request: Request) -> int:
        return bodies.limit(self.wsgi, request.method, unquote(request.path))

    def ready(self, conn: Connection, _: object) -> None:
        if conn in self._crowd:  # or it was closed after the selector had reported it
            self._guarded(conn, partial(self._go_on, conn))

    def finish_request(self, conn: Connection, future: "Future[None]") -> None:
        self._guarded(conn, partial(self._thread_is_done, conn, future))

    def _guarded(self, conn: Connection, step: Callable[[], None]) -> None:
        """An error on one connection ends that one, and not the worker."""
        try:
            step()
        except BlockingIOError:
            pass
        except OSError:
            self._drop(conn)
        except Exception:
            _log.exception("the server failed on a connection")
            self._drop(conn)

    def _go_on(self, conn: Connection) -> None:
        if conn.phase is Phase.RUNNING:  # the next request comes early, and waits in the kernel
            self._watch(conn, 0)
        elif conn.phase is Phase.ANSWER:
            conn.outbox.flush()
            self._hold(conn)
            if not conn.outbox.size:
                self._answer_is_taken(conn)
        elif conn.phase is Phase.CLOSING:
            if not conn.discard():
                self._drop(conn)
        elif conn.receive():
            self._advance(conn)
        else:
            self._drop(conn)

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
        self.enqueue_req(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """Give the request to a thread. Probes have their own: all others may be waiting for a stuck database."""
        pool = self._probes.get(conn.request.path, self.tpool)
        pool.submit(self.handle, conn).add_done_callback(partial(self.method_queue.defer, self.finish_request, conn))

    def handle(self, conn: Connection) -> None:
        """Run the app, or write on with an answer that was too large for memory. In a thread of the pool."""
        if conn.answer is None:
            conn.answer = answering.begin(self, conn.call())
        conn.answer.write_on()

    def _thread_is_done(self, conn: Connection, future: "Future[None]") -> None:
        """What follows when the thread is done: the client reads, or has read, the answer."""
        if error := future.exception():
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
            self._drop(conn)
            return
        _log.error("the server failed on a request", exc_info=error)
        if conn.outbox.begun:  # half of an answer must not look like one
            self._drop(conn)
        else:
            self._refuse(conn, Refused(500, ""))

    def _answer_is_taken(self, conn: Connection) -> None:
        if conn.answer is None or not conn.answer.complete:
            self._run(conn)
        elif conn.answer.keep:
            conn.next_request()
            self._await_request(conn, self.cfg.keepalive)
            if conn.has_received:
                self._advance(conn)
            else:
                self._hold(conn)
        else:
            self._close(conn)

    def _await_request(self, conn: Connection, seconds: float) -> None:
        conn.since = time.monotonic()
        conn.cut_at = conn.since + (seconds if self.alive else min(seconds, _STOPPING_S))
        self._watch(conn, selectors.EVENT_READ)

    def _refuse(self, conn: Connection, refused: Refused) -> None:
        """Answer in place of the app, and close."""
        request_id = conn.request_id()
        logged = {"status": refused.status, "detail": refused.detail, "client": conn.client[0]}
        _log.info("request refused by the server", **logged, request_id=request_id)
        conn.outbox.sendall(conn.refusal(refused, request_id, cors.readable(self.wsgi, conn.origin())))
        try:
            conn.outbox.flush()
        except OSError:
            self._drop(conn)
            return
        if conn.outbox.size:
            self._drop(conn)
        else:
            self._close(conn)

    def _close(self, conn: Connection) -> None:
        """Close our side, and wait for the client to close its own: a hard close could lose the answer."""
        try:
            conn.end()
        except OSError:
            self._drop(conn)
            return
        conn.phase, conn.cut_at = Phase.CLOSING, time.monotonic() + _CLOSING_S
        self._hold(conn)
        self._watch(conn, selectors.EVENT_READ)

    def _drop(self, conn: Connection) -> None:
        if conn not in self._crowd:
            return
        self._watch(conn, 0)
        self._crowd.remove(conn)
        self.nr_conns -= 1
        conn.sock.close()
        if conn.answer is not None:
            conn.answer.end()

    def _watch(self, conn: Connection, events: int) -> None:
        """Let the selector report these events of the connection; 0 for none."""
        if events == conn.watched:
            return
        if not events:
            self.poller.unregister(conn.sock)
        elif conn.watched:
            self.poller.modify(conn.sock, events, partial(self.ready, conn))
        else:
            self.poller.register(conn.sock, events, partial(self.ready, conn))
        conn.watched = events

    def murder_keepalived(self, force: bool = False) -> None:
        """Cut the connections whose time is over; with `force` all that no thread works on."""
        now = time.monotonic()
        if now - self._swept_at < _SWEEP_S and not force:
            return
        self._swept_at = now
        for conn in self._crowd.waiting() if force else self._crowd.late():
            self._cut(conn, Refused(408, "send the whole request in time"))

    def _cap_keepalive(self, deadline: float) -> None:
        for conn in self._crowd.waiting():
            if conn.phase is Phase.IDLE:
                conn.cut_at = min(conn.cut_at, deadline)

    def _cut(self, conn: Connection, refused: Refused) -> None:
        if conn.phase in (Phase.HEAD, Phase.BODY):
            self._refuse(conn, refused)
        else:
            self._drop(conn)

    def _make_room(self) -> None:
        if conn := self._crowd.first_to_go():
            self._cut(conn, Refused(503, "too many connections"))

    def _hold(self, conn: Connection) -> None:
        """Count the memory of a connection. Where all is too much, those that hold much for long are cut."""
        self._crowd.count(conn)
        while heavy := self._crowd.too_heavy():
            self._cut(heavy, Refused(503, "too many bodies at once"))
