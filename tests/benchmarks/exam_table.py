"""What an exam day came to, as a table."""

import os
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.exam_bank import QUESTIONS, Bank
from tests.benchmarks.exam_graded import Findings
from tests.benchmarks.learners import OPERATIONS, RESULT, Learner, Tally


@dataclass(frozen=True, slots=True)
class Day:
    """What came of a run. `cpu_s` has the seconds of CPU by who had them; `ended` are workers that have died."""

    mode: str
    learners: list[Learner]
    bank: Bank
    tally: Tally
    findings: Findings
    total_s: float
    cpu_s: dict[str, float]
    ended: int
    down_s: float

    @property
    def is_good(self) -> bool:
        """Everybody has a result, and nothing went wrong on the way."""
        complete = len(self.tally.seconds[RESULT]) == len(self.learners)
        trouble = any(self.tally.errors.values()) or self.findings.lost or self.findings.wrong or self.ended
        return complete and not trouble


def table(day: Day) -> Iterator[str]:
    """The lines of the table, and a sentence for each of the first problems."""
    tally, findings = day.tally, day.findings
    where = f"{os.cpu_count()} cores, on which the learners run, too"
    yield f"{len(day.learners)} learners, {QUESTIONS} questions, mode {day.mode}, {where}"
    yield ""
    yield "| operation | count | errors | retries | p50 ms | p95 ms | p99 ms | max ms |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name in OPERATIONS:
        times = tally.seconds[name]
        parts = [f"{ms:.0f}" for ms in shares(times)] or ["-"] * 4
        cells = (len(times), len(tally.errors[name]), tally.retries[name], *parts)
        yield f"| {name} | {' | '.join(map(str, cells))} |"
    yield ""
    yield "| | |"
    yield "|---|---:|"
    yield f"| total time, s | {day.total_s:.1f} |"
    for who, seconds in day.cpu_s.items():
        yield f"| CPU of the {who}, s | {seconds:.1f} |"
    if day.mode == "server":
        yield f"| the server was killed and away for, s | {day.down_s:.1f} |"
    yield f"| connections opened again | {sum(max(0, learner.line.opened - 1) for learner in day.learners)} |"
    yield f"| workers that ended | {day.ended} |"
    yield f"| answers lost | {len(findings.lost)} |"
    yield f"| wrong results | {len(findings.wrong)} |"
    yield ""
    problems = [f"{name}: {problem}" for name, listed in tally.errors.items() for problem in listed[:5]]
    yield from (problems + findings.lost[:5] + findings.wrong[:5])


def shares(times: list[float]) -> list[float]:
    """p50, p95, p99 and the longest of seconds, in milliseconds; nothing of nothing."""
    if len(times) < 2:
        return [second * 1000 for second in times] * 4
    parts = statistics.quantiles(times, n=100, method="inclusive")
    return [second * 1000 for second in (parts[49], parts[94], parts[98], max(times))]
