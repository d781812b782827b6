"""Pooled HTTP connections to a server, whose every read ends by the deadline of its call."""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from typing import Any

import urllib3

from shared_schema.database.server import names

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


def _connected(connection: urllib3.connection.HTTPConnection) -> socket.socket:
    """A socket to the first address of the host that answers. All of it ends by the time to connect, or the deadline.

    The addresses are tried in turn, each for its share of the time that is left, so that one that is silent does not
    use up the time of those behind it.
    """
    seconds = float(connection.timeout or 0.0)
    deadline = min(time.monotonic() + seconds, _call.deadline)
    try:
        addresses = names.addresses(connection._dns_host, connection.port, deadline)
        return _first_of(addresses, deadline)
    except TimeoutError as error:
        raise urllib3.exceptions.ConnectTimeoutError(connection, f"no connection in {seconds} s") from error
    except OSError as error:
        raise urllib3.exceptions.NewConnectionError(connection, str(error)) from error


def _first_of(addresses: Sequence[names.Address], deadline: float) -> socket.socket:
    failed: OSError = TimeoutError("no address")
    for place, (family, kind, protocol, _, address) in enumerate(addresses):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no time left")
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(left / (len(addresses) - place))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError as error:
            failed = error
            sock.close()
    raise failed


class _Connection(urllib3.connection.HTTPConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        return _connected(self)


class _TlsConnection(urllib3.connection.HTTPSConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        return _connected(self)


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
