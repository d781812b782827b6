"""gunicorn's threaded worker, in which a connection has a thread only while the app works on its request.

gunicorn's own gives a thread to a connection that may never send the rest of its request, or never read its answer.
Here one loop reads all requests and sends what the clients do not take at once. Each connection has a limit of time,
and all together have limits of number and of memory.
"""

import errno
import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import unquote

import structlog
from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

from shared_schema import processes
from shared_schema.web import bodies, cors, health
from shared_schema.web.server import answering
from shared_schema.web.server.connection import Connection, Phase
from shared_schema.web.server.crowd import Crowd
from shared_schema.web.server.exchanges import Exchanges
from shared_schema.web.server.refusals import Refused
from shared_schema.web.server.shares import Shares
from shared_schema.web.server.turns import LONG_S, Turns

_FILES_OF_THE_APP = 256
_SENT_AHEAD = 128 * 1024
_SWEEP_S = 0.5
_GIVEN_WAY_S = 0.01
_TAKEN_AT_ONCE = 8
_LATE_S = 5
_NO_CONNECTION_COMES = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED, errno.EPROTO)
_NO_MORE_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_log = structlog.get_logger()


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Of the parent it uses the pool of threads, the signals, and the loop with its end in order.

    The loop calls `accept`, `ready` when a connection can be read or written, `finish_request` when a thread is done,
    and `murder_keepalived` at least once a second. `handle` alone runs in a thread.
    """

    shares: Shares  # gunicorn_settings gives it

    def init_process(self) -> None:
        processes.end_with_parent()
        if self.cfg.is_ssl:
            raise RuntimeError("this server speaks no TLS; let a proxy in front of it do that")
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.worker_connections = max(8, min(self.cfg.worker_connections, most - _FILES_OF_THE_APP))
        self._crowd = Crowd()
        self._probes = {path: ThreadPoolExecutor(1) for path in health.PROBES}
        self._swept_at = self._gives_way_until = 0.0
        self._gave_way = False
        for listener in self.sockets:  # its connections inherit it, or the kernel would take megabytes for each
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENT_AHEAD)
        super().init_process()

    @property
    def nr_conns(self) -> int:
        """The parent's loop asks for it, and stops accepting or ends by it."""
        return len(self._crowd)

    @nr_conns.setter
    def nr_conns(self, _: int) -> None:
        """The parent begins to count; the crowd is the count."""

    def get_thread_pool(self) -> Turns:
        self._turns = Turns(self.cfg.threads)
        return self._turns

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._exchanges = Exchanges(
            self._crowd,
            self.poller,
            self.wsgi.extensions["waits"],
            keepalive_s=self.cfg.keepalive,
            enqueue=self.enqueue_req,
            ready=self.ready,
            headers=partial(cors.readable, self.wsgi),
        )

    def set_accept_enabled(self, enabled: bool) -> None:
        """The loop asks for it again and again."""
        if not enabled or time.monotonic() >= self._gives_way_until:
            super().set_accept_enabled(enabled)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self.alive:
            self.shares.tell(self.nr_conns)
        rest_s = self._gives_way_until - time.monotonic()
        if self._turns.has_waiting:
            timeout = min(timeout, LONG_S)
        super().wait_for_and_dispatch_events(min(timeout, rest_s) if rest_s > 0 else timeout)
        self._turns.pass_on()

    def accept(self, listener: socket.socket) -> None:
        """A connection has come. Where another worker has fewer, it gets some time to take it: the kernel wakes all,
        and the first to wake would take every connection, while the others have nothing to do.
        """
        if not self._gave_way and self.shares.another_has_fewer():
            self._gave_way, self._gives_way_until = True, time.monotonic() + _GIVEN_WAY_S
            self.set_accept_enabled(False)
            return
        for _ in range(_TAKEN_AT_ONCE if self._gave_way else 1):
            if not self._take(listener):
                break
        self._gave_way = False

    def _take(self, listener: socket.socket) -> bool:
        """Take a connection; False if none has come. Where there are too many, one that has waited long makes room."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in _NO_MORE_FILES:
                self._exchanges.make_room()
            elif error.errno not in _NO_CONNECTION_COMES:
                raise
            return False
        self._exchanges.begin(Connection(sock, client, self.cfg, self._limit))
        if self.nr_conns >= self.worker_connections:
            self._exchanges.make_room()
        return True

    def _limit(self, request: Request) -> int:
        return bodies.limit(self.wsgi, request.method, unquote(request.path))

    def ready(self, conn: Connection, _: object) -> None:
        if conn in self._crowd:  # or it was closed after the selector had reported it
            self._guarded(conn, partial(self._exchanges.go_on, conn))

    def finish_request(self, conn: Connection, error: BaseException | None) -> None:
        self._guarded(conn, partial(self._exchanges.thread_is_done, conn, error))

    def _guarded(self, conn: Connection, step: Callable[[], None]) -> None:
        """An error on one connection ends that one, and not the worker."""
        try:
            step()
        except BlockingIOError:
            pass
        except OSError:
            self._exchanges.drop(conn)
        except Exception:  # whatever it is, the other connections of this worker go on
            _log.exception("the server failed on a connection")
            self._exchanges.drop(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """Give the request to a thread. Probes have their own: all others may be waiting for a stuck database."""
        threads = self._probes.get(conn.request.path if conn.request else "", self._turns)
        threads.submit(partial(self.handle, conn))

    def handle(self, conn: Connection) -> None:
        """Run the app, or write on with an answer that was too large for memory. In one of the threads."""
        error = None
        try:
            if conn.answer is None:
                conn.answer = answering.begin(self, conn.call())
            conn.answer.write_on()
        except BaseException as failure:  # SystemExit as well: the thread goes on with other requests
            error = failure
        self.method_queue.defer(self.finish_request, conn, error)

    def murder_keepalived(self, force: bool = False) -> None:
        """Cut the connections whose time is over; with `force` all that no thread works on."""
        now = time.monotonic()
        if now - self._swept_at < _SWEEP_S and not force:
            return
        self._swept_at = now
        for conn in self._crowd.waiting() if force else self._crowd.late():
            self._exchanges.cut(conn, Refused(408, "send the whole request in time"))

    def _cap_keepalive(self, deadline: float) -> None:
        """The loop calls it once, when this worker is to end."""
        if self.ppid != os.getppid():  # no master is left to end a worker that hangs
            signal.alarm(self.cfg.graceful_timeout + _LATE_S)
        self._let_go_of_the_port()
        self._exchanges.is_stopping = True
        for conn in self._crowd.waiting():
            if conn.phase is Phase.IDLE:
                conn.cut_at = min(conn.cut_at, deadline)

    def _let_go_of_the_port(self) -> None:
        """Take the connections that wait already, and no more: those would wait until the end, to be refused then."""
        self.shares.leave()
        for listener in self.sockets:
            while self.nr_conns < self.worker_connections and self._take(listener):
                pass
            listener.close()
