"""A client's connection: the request that it sends, and the answer that it has still to read. Nothing here waits."""

import enum
import io
import re
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from urllib.parse import unquote

from gunicorn.config import Config
from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from shared_schema.web.bodies import MAX_BODY
from shared_schema.web.server import answering, refusals
from shared_schema.web.server.framing import Announced, Chunked
from shared_schema.web.server.outbox import Outbox
from shared_schema.web.server.refusals import Refused

MAX_HEAD = 64 * 1024
_PIECE = 64 * 1024
_END_OF_HEAD_OR_BARE_LF = re.compile(rb"\r\n\r\n|(?<!\r)\n")
_ORIGIN = re.compile(rb"\r\norigin:[ \t]*([!-~]+)[ \t]*\r\n", re.IGNORECASE)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
Limit = Callable[[Request], int]


class Phase(enum.Enum):
    """Who is waited for. RUNNING alone is ours: the app works on the request, in a thread."""

    IDLE = "the client may send a request"
    HEAD = "the client is sending the request line and headers"
    BODY = "the client is sending the body"
    RUNNING = "the app works"
    ANSWER = "the client is reading the answer"
    CLOSING = "the client is to close the connection"


class Connection:
    """`limit` gives the largest body that the app takes with a request."""

    def __init__(self, sock: socket.socket, client: tuple[str, int], config: Config, limit: Limit) -> None:
        sock.setblocking(False)
        self.sock, self.client, self.server = sock, client, sock.getsockname()
        self.outbox = Outbox(sock)
        self.watched = 0  # the events that the worker's selector reports of it
        self.since = self.cut_at = 0.0  # when the request began, or the idling; and when it is cut
        self.handed_at = 0.0  # when a thread was asked to work on it
        self.held = 0  # its bytes in memory, as the worker has counted them
        self.answer: answering.Answer | None = None
        self.phase = Phase.IDLE
        self._config, self._limit = config, limit
        self._received = bytearray()
        self._searched = 0
        self._requests = 0
        self._framing: Announced | Chunked | None = None
        self.request: Request | None = None
        self.body = io.BytesIO()

    @property
    def has_received(self) -> bool:
        return bool(self._received)

    @property
    def size(self) -> int:
        """The bytes of the request and the answer that are in memory now."""
        return len(self._received) + self.body.getbuffer().nbytes + self.outbox.size

    def receive(self) -> bool:
        """Take what has come; False if the client has gone. Raises BlockingIOError if nothing has come."""
        data = self.sock.recv(_PIECE)
        self._received += data
        return bool(data)

    def next_request(self) -> None:
        """Forget the request that was answered."""
        self.request, self.answer, self._framing = None, None, None
        self.body = io.BytesIO()
        self.outbox.begun = False
        self._searched = 0
        self.phase = Phase.IDLE

    def advance(self) -> bool:
        """Read on in the bytes received; True when the request is complete. Raises Refused for what is no request."""
        if self.request is None:
            if self._received[:2] == b"\r\n":  # clients of old send one after a body (RFC 9112, section 2.2)
                del self._received[:2]
            if not self._received:
                return False
            self.phase = Phase.HEAD
            if not self._read_head():
                return False
            self.phase = Phase.BODY
            self._framing = self._expected_body(self.request)
        return self._framing is None or self._read_body(self.request, self._framing)

    def _read_head(self) -> bool:
        match = _END_OF_HEAD_OR_BARE_LF.search(self._received, self._searched)
        if (match.end() if match else len(self._received)) > MAX_HEAD:
            raise Refused(*((431, "the headers are too large") if b"\r\n" in self._received else (414, "too long")))
        if match is None:
            self._searched = max(0, len(self._received) - 3)
            return False
        if len(match[0]) == 1:
            raise Refused(400, "a line ends with LF alone")
        head = bytes(self._received[: match.end()])
        del self._received[: match.end()]
        self._requests += 1
        try:
            self.request = Request(self._config, IterUnreader([head]), self.client, self._requests)
        except refusals.PARSER_ERRORS as error:
            self._received[:0] = head  # so that the refusal can name the path
            raise refusals.of(error) from None
        if self.request.version >= (1, 1) and all(name != "HOST" for name, _ in self.request.headers):
            raise Refused(400, "the Host header is missing")
        return True

    def _expected_body(self, request: Request) -> Announced | Chunked | None:
        """How the body will be read. One that is too large is not: the app refuses it by its announced length."""
        reader = request.body.reader
        framing: Announced | Chunked | None = None
        if not isinstance(reader, LengthReader):
            framing = Chunked(partial(_check_trailers, request))
        elif reader.length > MAX_BODY and reader.length > self._limit(request):
            request.force_close()
        elif reader.length:
            framing = Announced(reader.length)
        if request._expected_100_continue and framing is not None and not self._received:
            with suppress(BlockingIOError):  # a client that reads nothing sends its body after a while all the same
                self.sock.send(_CONTINUE)
        request._expected_100_continue = False  # or gunicorn would answer it again
        return framing

    def _read_body(self, request: Request, framing: Announced | Chunked) -> bool:
        complete = framing.take(self._received, self.body)
        if not complete and self.body.tell() > MAX_BODY and isinstance(framing, Chunked):
            if self.body.tell() <= self._limit(request):
                return False
            request.force_close()  # the app gets more than it takes, and refuses it
            complete = True
        if complete:
            self.body.seek(0)
        return complete

    def request_id(self) -> str:
        """The id that the client gave to the request, or a new one."""
        return refusals.request_id(self.request.headers if self.request is not None else [])

    def origin(self) -> str | None:
        """The page's that sent the request, even if its head cannot be read otherwise."""
        if self.request is not None:
            return next((value for name, value in self.request.headers if name == "ORIGIN"), None)
        match = _ORIGIN.search(self._received)
        return match[1].decode() if match else None

    def refusal(self, refused: Refused, request_id: str, headers: Mapping[str, str]) -> bytes:
        """The answer of the server itself; nothing if the client has not even sent a request line in time."""
        if self.request is not None:
            method, path = self.request.method, self.request.path
        elif b"\n" in self._received:
            line = self._received.partition(b"\n")[0].decode("latin-1")
            method, path = [*line.split(), "", ""][:2]
        elif refused.status in (408, 503):
            return b""
        else:
            method = path = ""
        path = unquote(path.partition("?")[0])
        return refusals.answer(refused, method=method, path=path, request_id=request_id, headers=headers)

    def call(self) -> answering.Call:
        """The complete request, for the app."""
        return answering.Call(self.request, self.body, self.outbox, self.client, self.server)

    def end(self) -> None:
        """Close our side, and forget everything. Raises OSError if the client has gone."""
        self._received.clear()
        self.next_request()
        self.sock.shutdown(socket.SHUT_WR)

    def discard(self) -> bool:
        """Read what the client still sends, and forget it; False when it has closed its side."""
        return bool(self.sock.recv(_PIECE))


def _check_trailers(request: Request, trailers: bytes) -> None:
    try:
        request.parse_headers(trailers, from_trailer=True)
    except refusals.PARSER_ERRORS as error:
        raise refusals.of(error) from None
