"""One call of the app, in a thread: its answer goes into the outbox, as much at a time as memory allows."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from gunicorn.http import wsgi
from gunicorn.http.message import Request
from gunicorn.workers.gthread import ThreadWorker

from shared_schema.web.server.outbox import Outbox

_AHEAD = 256 * 1024  # bytes of an answer in pieces, a file for one, that are in memory while the client reads
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is complete. `client` and `server` are the addresses of the connection's ends."""

    request: Request
    body: io.BytesIO
    outbox: Outbox
    client: tuple[str, int]
    server: tuple[str, int]


def begin(worker: ThreadWorker, call: Call) -> "Answer":
    """Call the app."""
    began = datetime.now()
    worker.cfg.pre_request(worker, call.request)
    response, environ = wsgi.create(call.request, call.outbox, call.client, call.server, worker.cfg)
    environ["wsgi.multithread"] = True
    environ["wsgi.input"] = call.body
    environ["wsgi.file_wrapper"] = _in_pieces
    worker.nr += 1
    if worker.nr >= worker.max_requests:
        worker.alive = False
    if not worker.alive or not worker.cfg.keepalive:
        response.force_close()
    items = worker.wsgi(environ, response.start_response)
    return Answer(worker, call, response, environ, items, began)


def _in_pieces(file: IO[bytes], _: int = 0) -> wsgi.FileWrapper:
    """A file as an answer. Werkzeug asks for pieces of 8 KiB, which cost eight times the calls."""
    return wsgi.FileWrapper(file, _PIECE)


class Answer:
    """The app's answer. `write_on` is called until it is `complete`; then `keep` says whether the connection stays."""

    def __init__(
        self,
        worker: ThreadWorker,
        call: Call,
        response: wsgi.Response,
        environ: dict[str, object],
        items: Iterable[bytes],
        began: datetime,
    ) -> None:
        self.complete = self.keep = False
        self._worker, self._call, self._response, self._environ = worker, call, response, environ
        self._items, self._rest, self._began = items, iter(items), began
        self._at_once = any(name.lower() == "x-accel-buffering" for name, _ in response.headers)
        self._open = True

    def write_on(self) -> None:
        """Write until the answer ends, or the client has much to read first."""
        outbox = self._call.outbox
        try:
            for item in self._rest:
                self._response.write(item)
                if self._at_once:
                    outbox.flush()
                if outbox.size > _AHEAD:
                    outbox.flush()
                    if outbox.size > _AHEAD:
                        return
            self._response.close()
            outbox.flush()
        except BaseException:
            self.end()
            raise
        self.keep = not self._response.should_close()
        self.complete = True
        self.end()

    def end(self) -> None:
        """Let go of what the app holds for the answer; also when the client has gone before its end."""
        if not self._open:
            return
        self._open = False
        if hasattr(self._items, "close"):
            self._items.close()
        worker, request = self._worker, self._call.request
        worker.log.access(self._response, request, self._environ, datetime.now() - self._began)
        worker.cfg.post_request(worker, request, self._environ, self._response)
