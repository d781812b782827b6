"""Where a request's body ends: after the bytes its head announces, or after its last chunk (RFC 9112, section 6).

Bodies come in pieces. A reader takes what it can from the bytes received, and says whether the body is complete.
"""

from collections.abc import Callable
from typing import IO

from gunicorn.http.body import CHUNK_EXT_RE

from shared_schema.web.server.refusals import Refused

_LONGEST_LINE = 1024
_LONGEST_TRAILERS = 8192
_OVERHEAD = 64 * 1024  # bytes that a chunked body may have beyond twice its content: ten thousand chunks of one byte
_HEX = frozenset(b"0123456789abcdefABCDEF")


class Announced:
    """A body of a known length."""

    def __init__(self, length: int) -> None:
        self._left = length

    def take(self, received: bytearray, body: IO[bytes]) -> bool:
        """Move the body's bytes to `body`; True when it is complete."""
        self._left -= _move(received, body, self._left)
        return self._left == 0


class Chunked:
    """A body in chunks. `check_trailers` raises for trailers that are not allowed; the others are thrown away."""

    def __init__(self, check_trailers: Callable[[bytes], object]) -> None:
        self._check_trailers = check_trailers
        self._left = 0  # of the current chunk
        self._step: Callable[[bytearray, IO[bytes]], bool] = self._size
        self._content = self._framing = 0
        self._trailers = bytearray()
        self._complete = False

    def take(self, received: bytearray, body: IO[bytes]) -> bool:
        """Move the content of the chunks to `body`; True after the last chunk and the trailers."""
        before, held = body.tell(), len(received)
        while not self._complete and self._step(received, body):
            pass
        content = body.tell() - before
        self._content += content
        self._framing += held - len(received) - content
        if self._framing > self._content + _OVERHEAD:
            raise Refused(400, "the chunks are too small")
        return self._complete

    def _size(self, received: bytearray, _: IO[bytes]) -> bool:
        line = _line(received)
        if line is None:
            return False
        digits, semicolon, extension = line.partition(b";")
        if semicolon:
            digits = digits.rstrip(b" \t")
        if not 1 <= len(digits) <= 16 or not _HEX.issuperset(digits):
            raise Refused(400, "a chunk has no size")
        if not CHUNK_EXT_RE.fullmatch(semicolon + extension):
            raise Refused(400, "the extension of a chunk is malformed")
        self._left = int(digits, 16)
        self._step = self._data if self._left else self._trailer
        return True

    def _data(self, received: bytearray, body: IO[bytes]) -> bool:
        self._left -= _move(received, body, self._left)
        if self._left or len(received) < 2:
            return False
        if received[:2] != b"\r\n":
            raise Refused(400, "a chunk is longer than its size")
        del received[:2]
        self._step = self._size
        return True

    def _trailer(self, received: bytearray, _: IO[bytes]) -> bool:
        line = _line(received)
        if line is None:
            return False
        if not line:
            if self._trailers:
                self._check_trailers(bytes(self._trailers[:-2]))
            self._complete = True
            return True
        self._trailers += line + b"\r\n"
        if len(self._trailers) > _LONGEST_TRAILERS:
            raise Refused(431, "the trailers are too large")
        return True


def _move(received: bytearray, body: IO[bytes], at_most: int) -> int:
    """Move bytes from one to the other; how many they were."""
    piece = received[:at_most]
    body.write(piece)
    del received[: len(piece)]
    return len(piece)


def _line(received: bytearray) -> bytes | None:
    """The next line, taken out, without its CRLF; None while its end has not come."""
    end = received.find(b"\n", 0, _LONGEST_LINE)
    if end < 0:
        if len(received) >= _LONGEST_LINE:
            raise Refused(400, "a line between chunks is too long")
        return None
    if received[end - 1 : end] != b"\r":
        raise Refused(400, "a line ends with LF alone")
    line = bytes(received[: end - 1])
    del received[: end + 1]
    return line
