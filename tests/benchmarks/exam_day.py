"""Exam day: many learners start the same test within one second, on the machine that makes them. `make bench-exam-day`.

A real service of two workers on a file, or on a libSQL server that is killed in the middle and started again. Each of
the learners has a connection of her own, 16 questions and think time so that all are done when `--seconds` are over.
An operation's time goes from its first try to its answer, with all repetitions. In the end the database is compared
with what was acknowledged. Exit code 1 where anything is lost, wrong or answered with an error.

The service runs as it is deployed, but for some variables. RATE_LIMITS is off, and PLAN_DAILY_QUESTIONS and
PLAN_MONTHLY_TESTS have no limit, so that neither stops a learner; by GUNICORN_CMD_ARGS a worker takes 4,000 connections
and keeps them for 75 seconds while their learners think.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.web import tokens
from tests.benchmarks import exam_bank, exam_graded, learners
from tests.benchmarks.exam_meter import Meter
from tests.benchmarks.exam_table import Day, table
from tests.benchmarks.learners import Learner, Tally
from tests.faults.hosts import KEYS, Service
from tests.servers import Sqld

MODES = ("file", "server")
_FILES = 8192  # descriptors: a connection needs one at either end
_ENVIRONMENT = {
    "PLAN_MONTHLY_TESTS": "free=unlimited,premium=unlimited,enterprise=unlimited",
    "GUNICORN_CMD_ARGS": "--worker-connections=4000 --keep-alive=75 --backlog=4096",
}


def main() -> None:
    """A table for each mode, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=3000)
    parser.add_argument("--mode", choices=(*MODES, "both"), default="both")
    parser.add_argument("--seconds", type=float, default=120)
    chosen = parser.parse_args()
    days = []
    for mode in MODES if chosen.mode == "both" else (chosen.mode,):
        with tempfile.TemporaryDirectory() as directory:
            days.append(run(Path(directory), mode, chosen.learners, chosen.seconds))
        sys.stdout.write("".join(f"{line}\n" for line in table(days[-1])))
        sys.stdout.flush()
    sys.exit(not all(day.is_good for day in days))


def run(directory: Path, mode: str, number: int, seconds: float) -> Day:
    """So many learners on an exam day of about so many seconds, and what came of it."""
    allow_connections()
    with _server(directory, mode) as server:
        settings = Settings(server.url, server.token) if server else Settings(f"file:{directory}/study.db")
        database = LibsqlDatabase(settings)
        upgrade.up(database)
        bank = exam_bank.seed(database, number)
        database.close()
        with Service(
            settings.url, settings.token or "", directory / "service.log", PINGTOPASS_VAR=str(directory), **_ENVIRONMENT
        ) as service:
            tally = Tally()
            taking = [
                Learner(one, tokens.mint(KEYS, "study", str(one), "user", ttl_s=7200), service.port, bank, tally)
                for one in range(1, number + 1)
            ]
            meter = Meter(service.pid, server)
            began = time.monotonic()
            down_s = asyncio.run(_hold(taking, seconds, meter))
            total_s = time.monotonic() - began
            cpu_s, ended = meter.read(), meter.ended()
        findings = exam_graded.compare(database, taking, bank)
        database.close()
    return Day(mode, taking, bank, tally, findings, total_s, cpu_s, ended, down_s)


def allow_connections() -> None:
    """For this process and the service that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, max(hard, _FILES)))


@contextmanager
def _server(directory: Path, mode: str) -> Iterator[Sqld | None]:
    if mode == "file":
        yield None
        return
    with Sqld(directory / "server") as server:
        yield server


async def _hold(taking: list[Learner], seconds: float, meter: Meter) -> float:
    """The day itself. With a server, that is killed in the middle; the seconds for which it was away."""
    day = asyncio.create_task(learners.sit(taking, seconds))
    down_s = 0.0
    if meter.server:
        await asyncio.sleep(seconds / 2)
        down_s = await asyncio.to_thread(meter.kill_and_start)
    await day
    return down_s


if __name__ == "__main__":
    main()
