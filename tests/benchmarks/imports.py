"""What an import of 10,000 questions takes, in each format. `make bench-import`; ARGS="--questions 1000 --format csv".

A real service on a file, one worker. Each file goes to an exam of its own: first with new questions, then again without
a change, then, where the format carries ids, with every text changed. CPU and peak memory are those of the worker, as
the kernel counts them; the peak begins anew with each import, and what the worker has had before is beside it. `locked`
is the longest time in which another process was refused the write lock, looked at every 2 ms.
"""

import argparse
import json
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared_schema.web import tokens
from study_service.banks import FORMATS
from study_service.banks.bank import Bank, Choice, Exam, Objective, Question
from tests.benchmarks.served import KEYS, Served, cpu_s, served
from tests.servers import ROOT

_LOOK_S = 0.002
_WORDS = (
    *("subnet", "router", "prefix", "gateway", "broadcast", "switch", "trunk", "vlan", "frame"),
    *("packet", "segment", "socket", "lease", "cache"),
)
_TEXT = 48  # words of a question and of its explanation: 10,000 have just under 20 MB in Moodle XML


_COUNTED = {"new": "imported", "changed": "updated", "unchanged": "skipped"}  # as the report has it


@dataclass(frozen=True, slots=True)
class Taken:
    """What one import took, in seconds and megabytes."""

    wall: float
    cpu: float
    locked: float
    peak: float
    before: float
    report: dict[str, Any]


class Lock:
    """Another process's view of the write lock: the longest time for which it was refused."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done = threading.Event()
        self.longest = 0.0

    def watch(self) -> None:
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        since: float | None = None
        while not self._done.wait(_LOOK_S):
            try:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
            except sqlite3.OperationalError:
                since = since or time.perf_counter()
                continue
            if since is not None:
                self.longest = max(self.longest, time.perf_counter() - since)
                since = None
        connection.close()

    @contextmanager
    def watched(self) -> Iterator[None]:
        watching = threading.Thread(target=self.watch)
        watching.start()
        try:
            yield
            time.sleep(0.1)  # so that it sees the end of the last lock
        finally:
            self._done.set()
            watching.join()


def bank(size: int, edition: str = "") -> Bank:
    """Choices of four options, of ten objectives, with explanations, tags and ids."""
    questions = [_question(number, edition) for number in range(1, size + 1)]
    objectives = [Objective(f"Objective {n}", None, 0.1, code=f"{n}") for n in range(10)]
    return Bank(questions, objectives=objectives, exam=Exam("Bench", "B-1", "Bench"))


def _question(number: int, edition: str) -> Question:
    words = [_WORDS[(number * step + step) % len(_WORDS)] for step in range(_TEXT)]
    options = [Choice(f"{words[n]} {number + n}", n == number % 4, name=f"{n}") for n in range(4)]
    return Question(
        item=number,
        line=None,
        text=f"Question {number}{edition}: {' '.join(words)}?",
        type="multiple_choice",
        choices=tuple(options),
        objective=f"Objective {number % 10}",
        explanation=" ".join(reversed(words)),
        tags=("networks",),
        external_id=f"bench-{number}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--format", choices=sorted(FORMATS), action="append", help="only this; may be repeated")
    wanted = parser.parse_args()
    first, second = bank(wanted.questions), bank(wanted.questions, ", second edition")
    sys.stdout.write(f"{'':<24}{'MB':>7}{'time s':>9}{'CPU s':>8}{'locked s':>10}{'peak MB':>9}{'before':>8}\n")
    for name in wanted.format or FORMATS:
        _measure(name, first, second)


def _measure(name: str, first: Bank, second: Bank) -> None:
    form = FORMATS[name]
    new = form.write(first).data
    files = {"new": new, "unchanged": new}
    if form.read(new).questions[0].external_id is not None:
        files["changed"] = form.write(second).data
    with served(ROOT, name) as service:
        exam = None if name == "pingtopass" else _exam(service)
        query = f"format={name}&reviewStatus=approved" + (f"&examId={exam}" if exam else "")
        for what, data in files.items():
            taken = _import(service, query, data)
            counts = [taken.report[count] for count in ("imported", "updated", "skipped")]
            if counts != [
                len(first.questions) if what == outcome else 0 for outcome in ("new", "changed", "unchanged")
            ]:
                raise SystemExit(f"{name}, {what}: imported, updated, skipped were {counts}")
            sys.stdout.write(
                f"{name + ', ' + what:<24}{len(data) / 1e6:>7.1f}{taken.wall:>9.1f}{taken.cpu:>8.1f}"
                f"{taken.locked:>10.2f}{taken.peak:>9.0f}{taken.before:>8.0f}\n"
            )
            sys.stdout.flush()


def _exam(service: Served) -> int:
    exam = {"vendorId": "Bench", "code": "B-1", "name": "Bench"}
    answer = _send(service, "/api/exams", json.dumps(exam).encode(), "application/json")
    number: int = answer["id"]
    return number


def _import(service: Served, query: str, data: bytes) -> Taken:
    lock = Lock(service.directory / "pingtopass.db")
    before, cpu = _peak_mb(service.worker), cpu_s(service.worker)
    with lock.watched():
        start = time.perf_counter()
        report = _send(service, f"/api/questions/import?{query}", data, "application/octet-stream")
        wall = time.perf_counter() - start
    used = cpu_s(service.worker) - cpu
    return Taken(wall, used, lock.longest, _peak_mb(service.worker, anew=False), before, report)


def _send(service: Served, path: str, body: bytes, kind: str) -> dict[str, Any]:
    token = tokens.mint(KEYS, "study", "1", "admin", ttl_s=3600)
    service.client.close()
    service.client.timeout = 300
    service.client.request("POST", path, body, {"Authorization": f"Bearer {token}", "Content-Type": kind})
    response = service.client.getresponse()
    text = response.read()
    if response.status not in (200, 201):
        raise SystemExit(f"{service.name}: {path} answered {response.status}: {text[:500].decode()}")
    document: dict[str, Any] = json.loads(text)
    return document


def _peak_mb(pid: int, *, anew: bool = True) -> float:
    """The most resident memory that a process has had since the last call; it begins `anew` with what it has now."""
    if anew:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000


if __name__ == "__main__":
    main()
