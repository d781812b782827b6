"""Seconds from `make run` until both services say that they are ready, where everything is set up."""

import statistics
import time
import urllib.request
from functools import partial
from pathlib import Path

from tests.benchmarks.load.result import Result
from tests.deploy import shells
from tests.deploy.conftest import Run
from tests.faults.hosts import wait_until
from tests.servers import free_port

NAME = "start"
SECONDS = 3.0
SERVICES = ("study", "growth")


def measure(directory: Path, tries: int) -> Result:
    """So many starts, after one that makes the database, its demo content and the secret."""
    env = shells.environment(
        PINGTOPASS_VAR=str(directory / "var"), STUDY_PORT=str(free_port()), GROWTH_PORT=str(free_port())
    )
    _, *seconds = [_start_s(env) for _ in range(1 + tries)]
    median = statistics.median(seconds)
    figures = {"tries": tries, "s until both are ready, median": median, "longest": max(seconds)}
    return Result(NAME, figures, missed(median), {"seconds": seconds})


def missed(median: float) -> list[str]:
    return [f"{median:.1f} s until both are ready, less than {SECONDS:.0f} wanted"] if median >= SECONDS else []


def _start_s(env: dict[str, str]) -> float:
    began = time.monotonic()
    run = Run(env)
    try:
        for service in SERVICES:
            wait_until(partial(_is_ready, f"{run.url(service)}/readyz"))
        return time.monotonic() - began
    finally:
        run.wait_until_ready().stop()


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False
