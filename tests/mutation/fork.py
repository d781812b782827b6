"""A process that runs pytest in a fresh child each time it is asked.

Most of the time that a short test run takes goes into importing other people's packages. This process has imported
those and nothing of ours: a child begins with them, and imports our modules, opens databases and starts servers itself.

It is run as a script in the directory of the tree to test. Each line of its input is a JSON object with `files`,
`tests`, `options`, `output`, `seconds` and `record`; each line of its output is pytest's exit code, or "timeout".
"""

import contextlib
import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PACKAGES = (
    "flask",
    "flask_smorest",
    "genai_prices",
    "hypothesis",
    "jwt",
    "peewee",
    "peewee_migrate",
    "structlog",
    "urllib3",
)


class Chosen:
    """Of what pytest has collected, only these tests, in this order."""

    def __init__(self, tests: list[str]) -> None:
        self._place = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self._place), key=lambda i: self._place[i.nodeid])


class Recorder:
    """Writes down which test ran which lines of our packages, and how long each test took.

    What a fixture of the whole session runs, as it makes an app, is noted under the name "session".
    """

    def __init__(self, directory: Path, packages: list[str]) -> None:
        import coverage

        self._directory, self._seconds = directory, dict[str, float]()
        self._coverage = coverage.Coverage(str(directory / "lines"), source=packages, config_file=False)
        self._coverage.set_option("run:relative_files", True)
        self._coverage.start()
        self._test = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        begin = time.monotonic()
        self._run_for(item.nodeid)
        result = yield
        self._run_for("")
        self._seconds[item.nodeid] = time.monotonic() - begin
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        before = self._test
        self._run_for("session" if fixturedef.scope == "session" else before)
        try:
            return (yield)
        finally:
            self._run_for(before)

    def _run_for(self, test: str) -> None:
        self._test = test
        self._coverage.switch_context(test)

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        self._coverage.save()
        (self._directory / "seconds.json").write_text(json.dumps(self._seconds))


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for package in PACKAGES:
        importlib.import_module(package)
    sys.path.insert(0, os.getcwd())
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(request)
        sys.stdout.write(json.dumps(_wait(child, request["seconds"])) + "\n")
        sys.stdout.flush()


def _run(request: dict[str, Any]) -> None:
    """The child: its own process group, its output in a file, and no return."""
    code = int(pytest.ExitCode.INTERNAL_ERROR)
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        with open(request["output"], "w") as output, open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        plugins: list[object] = [Chosen(request["tests"])] if request["tests"] else []
        if request["record"]:
            plugins.append(Recorder(Path(request["record"]["directory"]), request["record"]["packages"]))
        code = int(pytest.main([*request["options"], *request["files"]], plugins=plugins))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int, seconds: float) -> int | str:
    """How the child ended. Whatever it has left running ends with it."""
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        return "timeout"
    finally:
        _kill_group(child)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(group, 0)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
