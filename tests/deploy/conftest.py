"""`make run` as a real process on free ports with state of its own."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy import shells
from tests.servers import free_port

ROOT = Path(__file__).parents[2]


def _as_from_a_terminal() -> None:
    """A shell starts its background jobs with this signal ignored, and the tests may be one."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Run:
    """One `make run`: its process, its environment, and what it has printed."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.printed: list[str] = []
        self.process = subprocess.Popen(
            ["make", "--no-print-directory", "run"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_as_from_a_terminal,
        )
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """Take what it prints as it comes: a pipe that nobody empties stops it after some hundred lines of its log."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)
            if "Ctrl-C stops" in line:
                self._ready.set()
        self._ready.set()

    def wait_until_ready(self) -> "Run":
        assert self._ready.wait(120)
        assert any("Ctrl-C stops" in line for line in self.printed), "".join(self.printed)
        return self

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.env[f'{service.upper()}_PORT']}"

    def token(self, name: str) -> str:
        lines = (Path(self.env["PINGTOPASS_VAR"]) / "demo.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)[name]

    def stop(self, number: int = signal.SIGTERM) -> int:
        os.killpg(self.process.pid, number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(60)
        self._reader.join(60)
        return code


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Run]]:
    """Start the services; again with the same state at each call. What still runs in the end is killed."""
    env = shells.environment(
        PINGTOPASS_VAR=str(tmp_path / "var"),
        STUDY_PORT=str(free_port()),
        GROWTH_PORT=str(free_port()),
        PLAN_DAILY_QUESTIONS="free=unlimited,premium=unlimited,enterprise=unlimited",
        PLAN_MONTHLY_TESTS="free=unlimited,premium=unlimited,enterprise=unlimited",
        RATE_LIMITS="off",
    )
    runs: list[Run] = []

    def starting() -> Run:
        runs.append(Run(env))
        return runs[-1]

    yield starting
    for run in runs:
        if run.process.poll() is None:
            run.stop(signal.SIGTERM)
