"""A learner's own connection to a service: HTTP/1.1 by hand, one request at a time, so that 3,000 cost little CPU."""

import asyncio
from dataclasses import dataclass

ANSWER_S = 300.0  # as long as browsers wait: how long an answer may take is not judged here, but that it comes


class Lost(Exception):
    """The connection broke, or no answer came in time. Whether the request was carried out is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after_s: float
    body: bytes


class Line:
    """A connection that is opened when it is needed and kept. `opened` counts how often that was."""

    def __init__(self, host: str, port: int) -> None:
        self.opened = 0
        self._host, self._port = host, port
        self._wire: _Wire | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send a request and await its answer. Lost where none comes."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_S):
                if self._wire is None or not self._wire.is_open:
                    _, self._wire = await loop.create_connection(_Wire, self._host, self._port)
                    self.opened += 1
                return await self._wire.exchange(request, loop.create_future())
        except (OSError, TimeoutError) as error:  # ConnectionError is one of OSError
            self.close()
            raise Lost(f"{type(error).__name__}: {error}") from None

    def close(self) -> None:
        if self._wire is not None:
            self._wire.close()
        self._wire = None


class _Wire(asyncio.Protocol):
    """The bytes of one connection."""

    def __init__(self) -> None:
        self.is_open = True
        self._received = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None

    async def exchange(self, request: bytes, waiting: "asyncio.Future[Answer]") -> Answer:
        self._waiting = waiting
        self._transport.write(request)
        return await waiting

    def close(self) -> None:
        self.is_open = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error if isinstance(error, OSError) else ConnectionResetError("closed"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        stop = end + 4 + int(_header(head, b"content-length", b"0"))
        if len(self._received) < stop:
            return
        retry_after_s = float(_header(head, b"retry-after", b"0"))
        answer = Answer(int(head[9:12]), retry_after_s, bytes(self._received[end + 4 : stop]))
        self._received.clear()
        if _header(head, b"connection", b"") == b"close":
            self.close()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)


def _header(head: bytes, name: bytes, missing: bytes) -> bytes:
    _, _, behind = head.partition(b"\r\n" + name + b":")
    return behind.partition(b"\r\n")[0].strip() or missing
