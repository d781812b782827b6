"""A process whose threads write at once: `python -m tests.benchmarks.committers`, with its order as JSON on its stdin.

It writes for some seconds, and prints how many writes were acknowledged, and within how many seconds.
"""

import datetime as dt
import json
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

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

UNLIMITED: DailyQuestions = {}


@dataclass(frozen=True, slots=True)
class Order:
    """`grouped`: what waits goes together. The threads have the numbers from `first`, and `kind` is one of KINDS."""

    url: str
    token: str
    kind: str
    seconds: float
    grouped: bool
    threads: int
    first: int


def answer(learner: int, n: int) -> None:
    """The data layer's part of POST /api/study/answer: one fetch, one batch."""
    once = Once(f"study:user:{learner}", f"{learner}-{n}", "digest", "answer")
    submission = Submission(1 + n % operations.QUESTIONS, "a", 5)
    answers.submit(learner, submission, dt.datetime.now(dt.UTC), once, UNLIMITED)


def day(learner: int, n: int) -> None:
    """A batch of one row."""
    given = "INSERT INTO learner_days (user_id, day, answered) VALUES (?, date(?, 'unixepoch'), 1)"
    db.batch([Statement(given, (learner, n * 86400))])


KINDS: dict[str, Callable[[int, int], None]] = {"answers": answer, "rows": day}


def work(order: Order) -> tuple[int, float]:
    """Write with all threads at once; how many writes in how many seconds."""
    if not order.grouped:
        groups._MEMBERS = 1
    db.initialize(LibsqlDatabase(Settings(order.url, order.token, clock=CLOCK)))  # type: ignore[attr-defined]
    together, write = threading.Barrier(order.threads + 1), KINDS[order.kind]

    def one(learner: int) -> int:
        together.wait()
        written, end = 0, time.monotonic() + order.seconds
        while time.monotonic() < end:
            write(learner, written)
            written += 1
        db.close()
        return written

    with ThreadPoolExecutor(order.threads) as pool:
        writers = [pool.submit(one, order.first + n) for n in range(order.threads)]
        together.wait()
        began = time.monotonic()
        return sum(writer.result() for writer in writers), time.monotonic() - began


if __name__ == "__main__":
    sys.stdout.write(json.dumps(work(Order(**json.loads(sys.stdin.readline())))))
