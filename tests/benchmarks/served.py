"""A real service of one worker on a file with the demo content, and a client that keeps its connection.

CPU is what the kernel counts for the worker process, so it holds on a busy machine too, where times do not.
"""

import http.client
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared_schema.web import tokens
from tests.faults.hosts import children, wait_until
from tests.servers import free_port

KEYS = {"bench": "a-secret-of-more-than-32-bytes-for-benchmarks"}
TICKS_S = os.sysconf("SC_CLK_TCK")
CALLERS = {"study": ("2", "user"), "growth": ("bench", "service")}


@dataclass(frozen=True, slots=True)
class Served:
    """A running service, its database in `directory`."""

    name: str
    worker: int
    client: http.client.HTTPConnection
    token: str
    directory: Path


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has had, its threads and the kernel's work for it included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_S


@contextmanager
def served(tree: Path, name: str, service: str = "study") -> Iterator[Served]:
    """A service of a checkout, with a database of its own."""
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        env = os.environ | {
            "PINGTOPASS_VAR": directory,
            f"{service.upper()}_PORT": str(port),
            "TOKEN_KEYS": ",".join(f"{kid}:{secret}" for kid, secret in KEYS.items()),
            "WEB_WORKERS": "1",
            "RATE_LIMITS": "off",
            "PLAN_DAILY_QUESTIONS": "free=unlimited,premium=unlimited,enterprise=unlimited",
            "PLAN_MONTHLY_TESTS": "free=unlimited,premium=unlimited,enterprise=unlimited",
            "PYTHONPATH": str(tree),
            "RUST_LOG": "off",
        }
        for module in (["migrations", "up"], [f"{service}_service.demo"]):
            subprocess.run([sys.executable, "-m", *module], cwd=tree, env=env, check=True, stdout=subprocess.DEVNULL)
        command = [sys.executable, "-m", f"{service}_service"]
        server = subprocess.Popen(command, cwd=tree, env=env, stdout=subprocess.DEVNULL)
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            wait_until(lambda: _answers(port), 30)
            (worker,) = children(server.pid)
            token = tokens.mint(KEYS, service, *CALLERS[service], ttl_s=3600)
            yield Served(name, worker, client, token, Path(directory))
        finally:
            server.terminate()
            server.wait(30)


def _answers(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        client.request("GET", "/readyz")
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()
