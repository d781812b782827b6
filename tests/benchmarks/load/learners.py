"""Many learners study at once, on connections of their own, with time to think; then the rows of their answers."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from tests.benchmarks import exam_bank
from tests.benchmarks.exam_day import allow_connections
from tests.benchmarks.exam_graded import chosen
from tests.benchmarks.exam_meter import Meter
from tests.benchmarks.exam_table import shares
from tests.benchmarks.hot.serving import cpu_s
from tests.benchmarks.learners import Tally
from tests.benchmarks.load.result import Result
from tests.benchmarks.load.student import KINDS, Answered, Books, Student
from tests.faults.hosts import Service, children, wait_until

NAME = "learners"
P99_MS = 500
_TOLD = 5
_REST_S = 0.5
_ROWS = "SELECT id, user_id, question_id, selected_answer, is_correct FROM user_answers"


@dataclass(frozen=True, slots=True)
class Plan:
    """So many learners, for so many seconds, of which they think between `thinks_s` before each request."""

    learners: int
    seconds: float
    thinks_s: tuple[float, float]
    seed: int


def measure(directory: Path, plan: Plan, books: Books) -> Result:
    """The service is as it is deployed, but for the limits of rates and plans. `books` are written."""
    allow_connections()
    settings = Settings(f"file:{directory}/study.db")
    database = LibsqlDatabase(settings)
    upgrade.up(database)
    bank = exam_bank.seed(database, plan.learners)
    database.close()
    tally = Tally()
    with Service(settings.url, "", directory / "service.log", PINGTOPASS_VAR=str(directory)) as service:
        students = [
            Student(number, service.port, bank, plan.thinks_s, plan.seed, tally, books)
            for number in range(1, plan.learners + 1)
        ]
        wait_until(lambda: _is_at_rest(service.pid))
        meter, began = Meter(service.pid, None), time.monotonic()
        asyncio.run(_together(students, plan.seconds))
        took_s, cpu_s, ended = time.monotonic() - began, meter.read(), meter.ended()
    wrong = compare(database, books)
    database.close()
    figures = _figures(tally, took_s) | {
        "CPU of the workers, s": cpu_s["workers"],
        "CPU of the learners, s": cpu_s["learners"],
        "connections opened again": sum(student.line.opened - 1 for student in students),
        "answers acknowledged": len(books.acknowledged),
        "rows that are lost or wrong": len(wrong),
    }
    return Result(NAME, figures, [*missed(tally), *wrong[:_TOLD], *[f"{ended} workers have died"][: ended > 0]])


def _is_at_rest(master: int) -> bool:
    """Whether the workers have done their imports: a service is ready when the first of them is."""
    workers = children(master)
    before = sum(map(cpu_s, workers))
    time.sleep(_REST_S)
    return sum(map(cpu_s, workers)) - before < _REST_S / 20


async def _together(students: list[Student], seconds: float) -> None:
    await asyncio.gather(*(student.study(seconds) for student in students))


def _figures(tally: Tally, took_s: float) -> dict[str, float]:
    figures: dict[str, float] = {"requests a second": sum(map(len, tally.seconds.values())) / took_s}
    for kind in KINDS:
        figures[f"{kind}: requests"] = len(tally.seconds[kind])
        figures |= {
            f"{kind}: {name} ms": ms
            for name, ms in zip(("p50", "p95", "p99", "longest"), shares(tally.seconds[kind]), strict=False)
        }
        figures[f"{kind}: sent again"] = tally.retries[kind]
        figures[f"{kind}: errors"] = len(tally.errors[kind])
    return figures


def missed(tally: Tally) -> Iterator[str]:
    """A sentence for each kind of request that had other answers than the expected, or too late ones."""
    for kind in KINDS:
        kinds = Counter(problem[:80] for problem in tally.errors[kind])
        yield from (f"{kind}: {count} times {problem}" for problem, count in kinds.most_common(_TOLD))
        _, _, p99, _ = shares(tally.seconds[kind]) or [0.0] * 4
        if not tally.seconds[kind]:
            yield f"{kind}: nothing was answered"
        elif p99 > P99_MS:
            yield f"{kind}: p99 is {p99:.0f} ms, at most {P99_MS}"


def compare(database: LibsqlDatabase, books: Books) -> list[str]:
    """A sentence for each acknowledged answer that is not there as it was given, and each row that nobody was told of.

    An answer that was sent and never acknowledged may be there or not.
    """
    stored = {
        row["id"]: Answered(row["user_id"], row["question_id"], chosen(row), bool(row["is_correct"]))
        for row in database.fetch([Statement(_ROWS)])[0].rows
    }
    wrong = [
        f"answer {number} was acknowledged as {given} and is {stored.get(number)}"
        for number, given in books.acknowledged.items()
        if stored.get(number) != given
    ]
    unknown = Counter(given for number, given in stored.items() if number not in books.acknowledged)
    return wrong + [f"{given} was not acknowledged" for given in (unknown - Counter(books.unanswered)).elements()]
