"""A machine of ours: a replica file with the process that keeps it, or a whole service."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import urllib3

from shared_schema.database.replica.notes import Note, read_note
from shared_schema.web import tokens
from tests.servers import HOST, ROOT, free_port

KEYS = {"test": "a-secret-of-more-than-32-bytes-for-tests"}
REPLICATOR = "shared_schema.replicate"
QUICK = {
    "TURSO_SYNC_SECONDS": "0.02",
    "TURSO_WATCHDOG_SECONDS": "60",
    "TURSO_MAX_STALENESS_SECONDS": "2",
    "RUST_LOG": "off",
    "RATE_LIMITS": "off",
    "PLAN_DAILY_QUESTIONS": "free=unlimited,premium=unlimited,enterprise=unlimited",
    "PLAN_MONTHLY_TESTS": "free=unlimited,premium=unlimited,enterprise=unlimited",
    "PYTHONPATH": str(ROOT),
}


def wait_until(true: Callable[[], Any], within_s: float = 60.0) -> float:
    """Wait for a state, on a machine that may be busy with other work. The seconds it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, "waited too long"
        time.sleep(0.01)
    return time.monotonic() - began


def children(pid: int) -> list[int]:
    """The processes that this one started and that still run."""
    started = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                started.append(int(entry.name))
    return started


def state(pid: int) -> str:
    """The letter that Linux gives a process: R runs, S sleeps, T is stopped, Z has ended; "" where there is none."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def alive(pid: int) -> bool:
    return state(pid) not in ("", "Z")


def has_open(pid: int, path: str) -> bool:
    with suppress(OSError):
        return any(os.readlink(link) == path for link in Path(f"/proc/{pid}/fd").iterdir())
    return False


def end(*pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def run_module(name: str, *arguments: str, env: Mapping[str, str], text: str = "") -> str:
    """Run a command of ours to its end; what it printed."""
    command = [sys.executable, "-m", name, *arguments]
    ran = subprocess.run(command, env={**env, "PYTHONPATH": str(ROOT)}, input=text, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


class Copy:
    """A replica file, whoever keeps it."""

    def __init__(self, replica: Path) -> None:
        self.replica = str(replica)

    def caught_up(self, within_s: float = 60.0) -> float:
        """Wait until the replica provably has what was there when this was called."""
        now = time.time()
        return wait_until(lambda: (latest := self.note()) is not None and latest.fresh_at >= now, within_s)

    def note(self) -> Note | None:
        return read_note(self.replica)


class Host(Copy):
    """A replica file and its replicator, which can be killed and started again."""

    def __init__(self, replica: Path, url: str, token: str, variables: Mapping[str, str]) -> None:
        super().__init__(replica)
        self.log = replica.parent.with_suffix(".log")
        self._environment = (
            os.environ
            | QUICK
            | variables
            | {
                "TURSO_DATABASE_URL": url,
                "TURSO_AUTH_TOKEN": token,
                "TURSO_REPLICA_PATH": self.replica,
            }
        )
        self._replicators: list[subprocess.Popen[bytes]] = []
        self._parents: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.start()
        self.caught_up()
        return self

    def __exit__(self, *exception: object) -> None:
        for parent in self._parents:
            parent.kill()
            parent.wait()
        for replicator in self._replicators:
            self._end(replicator)

    @property
    def replicator(self) -> int:
        return self._replicators[-1].pid

    @property
    def pullers(self) -> list[int]:
        return [pid for replicator in self._replicators for pid in children(replicator.pid)]

    def start(self) -> None:
        self._replicators.append(self._popen(sys.executable, "-m", REPLICATOR))

    def start_by_another(self) -> "subprocess.Popen[bytes]":
        """Start a replicator by a process in between, and return that when the replicator runs."""
        code = f"import subprocess, sys; subprocess.run([sys.executable, '-m', {REPLICATOR!r}])"
        parent = self._popen(sys.executable, "-c", code)
        self._parents.append(parent)
        wait_until(lambda: children(parent.pid))
        return parent

    def _popen(self, *command: str) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def kill(self, number: int = 0) -> None:
        """SIGKILL for a replicator, and nothing for its puller."""
        self._replicators[number].kill()
        self._replicators.pop(number).wait()

    def _end(self, replicator: subprocess.Popen[bytes]) -> None:
        pullers = children(replicator.pid)
        replicator.kill()
        replicator.wait()
        for pid in pullers:
            end(pid)


class Service:
    """A service under gunicorn, as it is deployed: two workers of eight threads. `name` is study or growth."""

    def __init__(self, url: str, token: str, log: Path, *, name: str = "study", **variables: str) -> None:
        self.name = name
        self.port = free_port()
        self._log = log
        self._environment = (
            os.environ
            | QUICK
            | {
                "TURSO_DATABASE_URL": url,
                "TURSO_AUTH_TOKEN": token,
                "TOKEN_KEYS": ",".join(f"{kid}:{secret}" for kid, secret in KEYS.items()),
                f"{name.upper()}_PORT": str(self.port),
                "WEB_WORKERS": "2",
                "WEB_THREADS": "8",
            }
            | variables
        )
        self._pool = self._connections()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", f"{self.name}_service"]
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        wait_until(self.answers)

    def stop(self) -> None:
        """End it in order; nothing if it has ended."""
        self._pool.close()  # or gunicorn waits for what may still come on open connections
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """Of the process that was started: gunicorn's master where there is no replica."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def log(self) -> str:
        return self._log.read_text()

    def call(
        self,
        method: str,
        path: str,
        *,
        user: int | str,
        role: str = "user",
        body: Any = None,
        key: str = "",
        token: str = "",
    ) -> Any:
        """The response; urllib3's errors where none came. `token` is one of consistency."""
        headers = {"Authorization": f"Bearer {tokens.mint(KEYS, self.name, str(user), role, ttl_s=3600)}"}
        if token:
            headers["X-Consistency-Token"] = token
        if key:
            headers["Idempotency-Key"] = key
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        return self._pool.urlopen(method, path, body, headers, retries=False)

    def reconnect(self) -> None:
        """Let the next call go over a new connection, and so perhaps to the other worker."""
        self._pool.close()
        self._pool = self._connections()

    def _connections(self) -> urllib3.HTTPConnectionPool:
        return urllib3.HTTPConnectionPool(HOST, self.port, maxsize=32, timeout=30)

    def answers(self, path: str = "/healthz") -> bool:
        """Whether it says 200 there to somebody without a token."""
        try:
            return self._pool.urlopen("GET", path, retries=False).status == 200
        except urllib3.exceptions.HTTPError:
            assert not self.has_ended, self.log[-2000:]
            return False
