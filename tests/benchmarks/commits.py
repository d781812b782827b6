"""Writes of many threads on a server that is far away and commits slowly. `make bench-commits`; ARGS="--seconds 10".

Two processes of 64 threads each write through a proxy that is 20 ms away and keeps each commit back for 50 ms: answers
to questions in the data layer, and single rows. Beside each line is the same with each batch in a request of its own.
The last line has answers over HTTP: a service of two workers, as it is deployed, and 32 clients. `trips` are requests
that commit, for each write. What was acknowledged is counted in the database afterwards.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from shared_schema.environment import CLOCK
from tests.benchmarks import operations
from tests.benchmarks.committers import Order
from tests.faults.hosts import Service
from tests.servers import ROOT, Proxy, Sqld

RTT_S, COMMIT_S = 0.02, 0.05
PROCESSES, THREADS, CLIENTS = 2, 64, 32
TABLES = {"answers": "user_answers", "rows": "learner_days"}


@dataclass(frozen=True, slots=True)
class Measured:
    writes: int
    trips: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.writes / self.seconds:8.0f} a second {self.trips / max(self.writes, 1):8.3f} trips"


class Stage:
    """A server with a bank of questions and with learners, and the way to it."""

    def __init__(self, directory: Path, server: Sqld, way: Proxy) -> None:
        self.directory, self.way = directory, way
        self.token = str(server.token)
        self._nearby = LibsqlDatabase(Settings(server.url, server.token, clock=CLOCK))

    def count(self, table: str) -> int:
        """How many rows the table has, read on the short way."""
        (counted,) = self._nearby.fetch([Statement(f"SELECT count(*) AS n FROM {table}")])
        return counted.value(int)

    def seed(self, learners: int) -> None:
        upgrade.up(LibsqlDatabase(Settings(self._nearby.url, self.token)))
        operations.seed(self._nearby, learners, 0)

    def close(self) -> None:
        self._nearby.close()


@contextmanager
def staged() -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as name, Sqld(Path(name) / "server") as server, Proxy(server.port) as way:
        stage = Stage(Path(name), server, way)
        stage.seed(PROCESSES * THREADS)
        way.rtt_s = RTT_S
        way.hold_commits(COMMIT_S)
        yield stage
        stage.close()


def in_processes(kind: str, seconds: float, *, grouped: bool, threads: int = THREADS) -> Measured:
    """Writes by PROCESSES processes. Raises AssertionError if one is lost or counted twice."""
    with staged() as stage, ThreadPoolExecutor(PROCESSES) as pool:
        before = stage.count(TABLES[kind])
        firsts = range(1, 1 + PROCESSES * threads, threads)
        orders = [Order(stage.way.url, stage.token, kind, seconds, grouped, threads, first) for first in firsts]
        given = list(pool.map(_run, orders))
        writes, slowest = sum(count for count, _ in given), max(took for _, took in given)
        assert stage.count(TABLES[kind]) - before == writes, "writes were lost, or made twice"
        return Measured(writes, stage.way.commits, slowest)


def _run(order: Order) -> tuple[int, float]:
    command = [sys.executable, "-m", "tests.benchmarks.committers"]
    text = json.dumps(asdict(order))
    ran = subprocess.run(command, cwd=ROOT, input=text, stdout=subprocess.PIPE, text=True, check=True)
    count, seconds = json.loads(ran.stdout)
    return count, seconds


def over_http(seconds: float) -> Measured:
    """Answers by CLIENTS clients of the study service. Raises AssertionError as above."""
    with staged() as stage:
        before = stage.count("user_answers")
        with (
            Service(stage.way.url, stage.token, stage.directory / "log") as service,
            ThreadPoolExecutor(CLIENTS) as pool,
        ):
            stage.way.reset()
            began = time.monotonic()
            given = sum(pool.map(lambda user: _answers(service, user, began + seconds), range(1, CLIENTS + 1)))
            took, trips = time.monotonic() - began, stage.way.commits
        assert stage.count("user_answers") - before == given, "answers were lost, or counted twice"
        return Measured(given, trips, took)


def _answers(service: Service, user: int, end: float) -> int:
    """Answer one question after the other until `end`; how many answers came through."""
    for n in itertools.count():
        if time.monotonic() >= end:
            return n
        body = {"questionId": 1 + n % operations.QUESTIONS, "selectedAnswer": "a", "timeSpentSeconds": 5}
        response = service.call("POST", "/api/study/answer", user=user, body=body, key=f"{user}-{n}")
        assert response.status == 200, response.data
    raise AssertionError("unreachable")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=10.0)
    seconds = options.parse_args().seconds
    say(f"{RTT_S:.3f} s away, commits held for {COMMIT_S:.3f} s; {PROCESSES} processes of {THREADS} threads")
    for kind in TABLES:
        for grouped in (True, False):
            name = f"{kind}, {'together' if grouped else 'one by one'}"
            say(f"{name:24}{in_processes(kind, seconds, grouped=grouped)}")
    say(f"{f'answers over HTTP, {CLIENTS} clients':24}{over_http(seconds)}")


if __name__ == "__main__":
    main()
