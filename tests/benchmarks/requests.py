"""What a request costs: CPU of a worker and times, of a probe, a study request and an answer. `make bench-requests`.

A real service on a file with the demo content, one worker, one client that keeps its connection. CPU is what the kernel
counts for the worker process, so it holds on a busy machine too, where times do not. `--tree` names another checkout,
which is measured in turns with this one, by the same Python.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shared_schema.web import tokens
from tests.faults.hosts import children, wait_until
from tests.servers import ROOT, free_port

KEYS = {"bench": "a-secret-of-more-than-32-bytes-for-benchmarks"}
TICKS_S = os.sysconf("SC_CLK_TCK")
CALLERS = {"study": ("2", "user"), "growth": ("bench", "service")}
ROUNDS, REQUESTS, WARM = 5, 1500, 200


@dataclass(frozen=True, slots=True)
class Route:
    """A request that is repeated. A body is sent as POST, with a key of its own each time."""

    name: str
    path: str
    body: dict[str, object] | None = None


ROUTES = (
    Route("GET /healthz", "/healthz"),
    Route("GET /api/study/questions?limit=20", "/api/study/questions?examId=1&limit=20"),
    Route(
        "POST /api/study/answer",
        "/api/study/answer",
        {"questionId": 1, "selectedAnswer": "a", "timeSpentSeconds": 20},
    ),
)


@dataclass
class Served:
    """A running service, its database in `directory`, and what was measured of it: microseconds of CPU and of time per
    request, by route.
    """

    name: str
    worker: int
    client: http.client.HTTPConnection
    token: str
    directory: Path
    cpu_us: dict[str, list[float]] = field(default_factory=dict)
    wall_us: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, route: Route) -> None:
        self.client.close()  # it was idle while another service was measured; the next request opens it again
        for _ in range(WARM):
            self._send(route)
        cpu, start = cpu_s(self.worker), time.perf_counter()
        for _ in range(REQUESTS):
            self._send(route)
        wall = time.perf_counter() - start
        self.cpu_us.setdefault(route.name, []).append((cpu_s(self.worker) - cpu) / REQUESTS * 1e6)
        self.wall_us.setdefault(route.name, []).append(wall / REQUESTS * 1e6)

    def _send(self, route: Route) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = None if route.body is None else json.dumps(route.body)
        self.client.request("GET" if body is None else "POST", route.path, body, headers)
        response = self.client.getresponse()
        text = response.read()
        if response.status != 200:
            raise SystemExit(f"{self.name}: {route.name} answered {response.status}: {text.decode()}")


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path, help="another checkout to measure in turns with this one")
    other = parser.parse_args().tree
    with served(ROOT, "this tree") as here:
        if other is None:
            _measure([here])
            return
        with served(other.resolve(), "the other") as there:
            _measure([there, here])


def _measure(services: list[Served]) -> None:
    for _ in range(ROUNDS):
        for route in ROUTES:
            for service in services:
                service.measure(route)
    sys.stdout.write(f"medians of {ROUNDS} rounds of {REQUESTS} requests\n{'':<36}{'CPU µs':>10}{'time µs':>10}\n")
    for route in ROUTES:
        for service in services:
            cpu, wall = (statistics.median(of[route.name]) for of in (service.cpu_us, service.wall_us))
            sys.stdout.write(f"{route.name:<36}{cpu:>10.0f}{wall:>10.0f}   {service.name}\n")


if __name__ == "__main__":
    main()
