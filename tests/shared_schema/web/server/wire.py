"""A client that writes bytes of its own choice, and reads whole answers."""

import json
import socket
import time
from dataclasses import dataclass
from typing import Any, Self

from shared_schema.web import tokens
from tests.faults.hosts import KEYS
from tests.servers import HOST

PROBLEM = {"type", "title", "status", "instance", "code", "requestId", "detail"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection."""

    def __init__(self, port: int, sent: bytes = b"", *, receives: int | None = None) -> None:
        self.sock = socket.socket()
        if receives:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        self.sock.settimeout(30)
        self.sock.connect((HOST, port))
        self._came = b""
        self.send(sent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def reply(self, *, head_only: bool = False) -> Reply:
        """The next answer."""
        while b"\r\n\r\n" not in self._came:
            self._more()
        head, _, self._came = self._came.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if head_only else int(headers.get("content-length", 0))
        while len(self._came) < length:
            self._more()
        body, self._came = self._came[:length], self._came[length:]
        return Reply(int(first.split()[1]), headers, body)

    def is_closed(self) -> bool:
        """Whether nothing more comes and the server closes the connection; waits for that."""
        if self._came:
            return False
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    def _more(self) -> None:
        data = self.sock.recv(65536)
        assert data, f"closed after {self._came!r}"
        self._came += data


def head(method: str, path: str, *headers: str, role: str = "user", user: int = 1) -> bytes:
    """The head of a request of Alice, or of another."""
    token = tokens.mint(KEYS, "study", str(user), role, ttl_s=3600)
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def ask(port: int, request: bytes) -> tuple[Reply, bool]:
    """The answer to one request, and whether the server closes after it."""
    with Wire(port, request) as wire:
        reply = wire.reply()
        wire.sock.settimeout(0.2 if reply.headers["connection"] != "close" else 30)
        try:
            return reply, wire.is_closed()
        except TimeoutError:
            return reply, False


def is_problem_of_the_server(reply: Reply, status: int, code: str, path: str) -> bool:
    """Whether it is as each refusal has to be."""
    body = reply.json
    assert (reply.status, body["status"], body["code"], body["instance"]) == (status, status, code, path)
    assert set(body) == PROBLEM
    assert body["requestId"] == reply.headers["x-request-id"]
    named = ("content-type", "cache-control", "x-content-type-options", "connection")
    assert [reply.headers[name] for name in named] == ["application/problem+json", "no-store", "nosniff", "close"]
    return True


def timed(port: int, request: bytes) -> tuple[int, float]:
    """The status of an answer on a new connection, and the seconds it took."""
    began = time.monotonic()
    with Wire(port, request) as wire:
        return wire.reply().status, time.monotonic() - began
