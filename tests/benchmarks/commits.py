"""Answers of many threads on a server that is far away and commits slowly. `make bench-commits`; ARGS="--seconds 10".

Two processes of 64 threads each answer questions in the data layer, through a proxy 20 ms away that keeps each commit
back for 50 ms. The second line is the same with each batch in a request of its own. `trips` are requests that
commit, for each answer. All answers are counted in the database afterwards.
"""

import argparse
import datetime as dt
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.server import groups
from shared_schema.database.settings import Settings
from shared_schema.environment import CLOCK
from shared_schema.idempotency import Once
from shared_schema.tables import db
from study_service import answers
from study_service.answers import Submission
from study_service.plans import DailyQuestions
from tests.benchmarks import operations
from tests.servers import ROOT, Proxy, Sqld

RTT_S, COMMIT_S = 0.02, 0.05
PROCESSES, THREADS = 2, 64
UNLIMITED: DailyQuestions = {}


@dataclass(frozen=True, slots=True)
class Measured:
    answers: int
    commits: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.answers / self.seconds:8.0f} answers/s {self.commits / max(self.answers, 1):8.3f} trips/answer"


def measure(directory: Path, seconds: float, *, grouped: bool, threads: int = THREADS) -> Measured:
    """How many answers come through in so many seconds. Raises AssertionError if one is lost or counted twice."""
    with Sqld(directory) as server, Proxy(server.port) as way:
        nearby = LibsqlDatabase(Settings(server.url, server.token, clock=CLOCK))
        upgrade.up(LibsqlDatabase(Settings(server.url, server.token)))
        operations.seed(nearby, PROCESSES * threads, 0)
        (before,) = nearby.fetch([_COUNT])
        way.rtt_s = RTT_S
        way.hold_commits(COMMIT_S)
        given = sum(_run(way.url, str(server.token), seconds, grouped, threads))
        (after,) = nearby.fetch([_COUNT])
        nearby.close()
        assert after.value(int) - before.value(int) == given, "answers were lost or counted twice"
        return Measured(given, way.commits, seconds)


_COUNT = Statement("SELECT count(*) AS n FROM user_answers")


def _run(url: str, token: str, seconds: float, grouped: bool, threads: int) -> list[int]:
    """The answers that each process has given."""
    workers = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.benchmarks.commits",
                url,
                str(seconds),
                str(int(grouped)),
                str(threads),
                str(n),
            ],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for n in range(PROCESSES)
    ]
    return [int(worker.communicate(token)[0]) for worker in workers]


def _work(url: str, seconds: float, grouped: bool, threads: int, number: int) -> int:
    """Answer questions with so many threads, each a learner of her own; how many answers were acknowledged."""
    if not grouped:
        groups._MEMBERS = 1
    database = LibsqlDatabase(Settings(url, sys.stdin.read(), clock=CLOCK))
    db.initialize(database)  # type: ignore[attr-defined]  # of the proxy
    together = threading.Barrier(threads)

    def learner(n: int) -> int:
        together.wait()
        given, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            submission = Submission(1 + given % operations.QUESTIONS, "a", 5)
            once = Once(f"study:user:{n}", f"{n}-{given}", "digest", "answer")
            answers.submit(n, submission, _now(), once, UNLIMITED)
            given += 1
        db.close()
        return given

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(learner, range(1 + number * threads, 1 + (number + 1) * threads)))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=10.0)
    seconds = options.parse_args().seconds
    say(f"{PROCESSES} processes of {THREADS} threads, {RTT_S:.3f} s away, commits held for {COMMIT_S:.3f} s")
    for grouped in (True, False):
        with tempfile.TemporaryDirectory() as directory:
            name = "together" if grouped else "one by one"
            say(f"{name:12}{measure(Path(directory) / 'server', seconds, grouped=grouped)}")


if __name__ == "__main__":
    if len(sys.argv) > 4:
        url, seconds, grouped, threads, number = sys.argv[1:]
        say(str(_work(url, float(seconds), grouped == "1", int(threads), int(number))))
    else:
        main()
