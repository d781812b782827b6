"""Pooled HTTP connections to a server, whose every read ends by the deadline of its call."""

import http.client
import io
import ssl
import threading
import time
from typing import Any

import urllib3

_POOL = 64


class _Call(threading.local):
    """This thread's call: the moment, by the monotonic clock, by which it must end."""

    deadline = 0.0


_call = _Call()


def end_by(deadline: float) -> None:
    """Set when this thread's next call must end: its reads after that raise TimeoutError."""
    _call.deadline = deadline


class _TimedReader(io.RawIOBase):
    """The bytes of a socket, until the call's deadline. The socket's own time-out begins anew with each byte, so alone
    it would let a server that sends a byte now and then go on for ever.
    """

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._wait_s = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = _call.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(min(self._wait_s, left))
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReader(sock))


class _Connection(urllib3.connection.HTTPConnection):
    response_class = _Response


class _TlsConnection(urllib3.connection.HTTPSConnection):
    response_class = _Response


def pool(url: str) -> urllib3.HTTPConnectionPool:
    """Connections to the server at `url`, for all threads of this process.

    TLS certificates are checked against the system's store, or the file that SSL_CERT_FILE names.
    """
    parts = urllib3.util.parse_url(url)
    host = parts.host or ""
    if parts.scheme == "http":
        plain = urllib3.HTTPConnectionPool(host, parts.port or 80, maxsize=_POOL)
        plain.ConnectionCls = _Connection
        return plain
    secure = urllib3.HTTPSConnectionPool(
        host, parts.port or 443, maxsize=_POOL, ssl_context=ssl.create_default_context()
    )
    secure.ConnectionCls = _TlsConnection
    return secure
