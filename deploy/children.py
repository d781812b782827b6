"""The services of `make run` as processes: how they start, when they are ready, and how they and we are stopped."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from shared_schema import processes
from shared_schema.web import serve
from shared_schema.web.config import Config

START_S = 30
STOP_S = 15
_ANY = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - nothing listens here: a service that listens everywhere is asked on this machine


class Stop:
    """Whether this process shall stop: a signal has come, or its parent has ended."""

    def __init__(self) -> None:
        self._signalled = False
        self._parent = os.getppid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, _: int, __: FrameType | None) -> None:
        self._signalled = True

    @property
    def asked(self) -> bool:
        return self._signalled or os.getppid() != self._parent or _make_was_interrupted(self._parent)

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self.asked and time.monotonic() < end:
            time.sleep(0.05)


def _make_was_interrupted(parent: int) -> bool:
    """Whether make, as our parent, got a SIGINT of its own. It passes on SIGTERM, but of a SIGINT it believes that the
    terminal has sent it to everybody, and waits, with the signal blocked, for children that know of nothing.
    """
    try:
        if Path(f"/proc/{parent}/comm").read_text().strip() not in ("make", "gmake"):
            return False
        blocked = re.search(r"^SigBlk:\s*([0-9a-f]+)$", Path(f"/proc/{parent}/status").read_text(), re.MULTILINE)
    except OSError:  # no /proc on this system, or no parent any more
        return False
    return blocked is not None and bool(int(blocked[1], 16) & 1 << (signal.SIGINT - 1))


@dataclass(frozen=True, slots=True)
class Child:
    """A service that we have started. `instance` is a name that it gives back with /readyz."""

    process: "subprocess.Popen[bytes]"
    url: str
    instance: str

    def is_ready(self) -> bool:
        """Whether this very process says that it is ready, and not another's on the same port."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as response:  # noqa: S310 - the address is made from our own settings, and is always http
                return bool(response.status == 200 and response.headers["X-Instance"] == self.instance)
        except (urllib.error.URLError, OSError):
            return False


def url(config: Config) -> str:
    """Where a service can be asked from this machine."""
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"http://{_ANY.get(config.host, host)}:{config.port}"


def start(config: Config) -> Child:
    """Start one service as a process that Ctrl-C in the terminal does not reach: `make run` hears it, and stops the
    services in order.

    Raises ConfigurationError for a port that is taken. What `python -m study_service` would look at first was checked
    here, so gunicorn starts at once; only a replica needs the process that stays beside it.
    """
    instance = secrets.token_hex(8)
    listener: socket.socket | None = None
    if config.database.replica is None:
        command, listener = serve.server(config)
    else:
        command = [sys.executable, "-m", f"{config.service}_service"]
    files = [listener.fileno()] if listener else []
    process = processes.start(command, {"PINGTOPASS_INSTANCE": instance}, files=files, session=True)
    if listener:
        listener.close()
    return Child(process, url(config), instance)


def ready(children: Sequence[Child], stop: Stop) -> bool:
    """Whether every service answered that it is ready before one died or the time ran out."""
    waiting = list(children)
    deadline = time.monotonic() + START_S
    while waiting and not stop.asked and time.monotonic() < deadline:
        if died(children) is not None:
            break
        waiting = [child for child in waiting if not child.is_ready()]
        stop.wait(0.1 if waiting else 0)
    if waiting and not stop.asked:
        print(f"not ready: {', '.join(f'{child.url}/readyz' for child in waiting)}", file=sys.stderr, flush=True)
    return not waiting


def died(children: Sequence[Child]) -> int | None:
    """The exit code of a service that has ended; None while all run. Death by a signal is 1."""
    codes = [code for child in children if (code := child.process.poll()) is not None]
    return max(codes[0], 1) if codes else None


def stop_all(children: Sequence[Child]) -> None:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + STOP_S
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
