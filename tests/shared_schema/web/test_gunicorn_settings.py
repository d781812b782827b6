"""gunicorn's settings as they are without any variable, and what the variables change."""

import json
import os
import runpy
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared_schema.web import gunicorn_settings
from tests.benchmarks.hot import floor
from tests.faults.hosts import wait_until
from tests.servers import HOST, ROOT, free_port

COLLECTED = """
import gc
from tests.benchmarks.hot import floor

WHILE_IMPORTED = gc.isenabled()

def create_app():
    app = floor.create_app()
    app.add_url_rule("/collected/now", view_func=lambda: [WHILE_IMPORTED, gc.isenabled(), gc.get_freeze_count()])
    return app
"""


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`settings(NAME="value")`: the module as gunicorn reads it, with no other variable set."""

    def read(**variables: str) -> SimpleNamespace:
        for name in ("WEB_WORKERS", "WEB_THREADS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return SimpleNamespace(**runpy.run_path(str(Path(gunicorn_settings.__file__))))

    return read


def test_what_an_operator_gets_without_a_word(settings: Any) -> None:
    read = settings()
    assert (read.workers, read.threads, read.worker_class.__name__) == (2, 8, "Worker")
    assert read.worker_connections == 2000
    assert (read.timeout, read.graceful_timeout, read.keepalive) == (30, 10, 5)
    assert (read.errorlog, read.loglevel) == ("-", "warning")


def test_nothing_is_opened_before_the_fork_and_no_path_is_shared(settings: Any) -> None:
    read = settings()
    assert read.preload_app is False
    assert read.control_socket_disable is True


def test_no_header_of_a_request_reaches_the_environment_of_the_app_by_another_name(settings: Any) -> None:
    read = settings()
    assert (read.forwarded_allow_ips, read.forwarder_headers, read.secure_scheme_headers) == ("", "", {})


def test_workers_and_threads_are_variables(settings: Any) -> None:
    read = settings(WEB_WORKERS="5", WEB_THREADS="3")
    assert (read.workers, read.threads) == (5, 3)


def test_garbage_is_not_collected_while_a_worker_imports_and_never_among_what_it_has_imported(tmp_path: Path) -> None:
    (tmp_path / "collected.py").write_text(COLLECTED)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", str(gunicorn_settings.__file__)]
    process = subprocess.Popen(
        [*command, "--bind", f"{HOST}:{port}", "collected:create_app()"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), floor.FOLDER: str(tmp_path), "WEB_WORKERS": "1"},
    )
    answers: list[list[int]] = []

    def answered() -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/collected/now", timeout=5) as response:
                answers.append(json.load(response))
        except urllib.error.URLError:
            return False
        return True

    try:
        wait_until(answered)
    finally:
        process.terminate()
        process.wait(30)
    ((while_imported, now, kept),) = answers
    assert (while_imported, now) == (False, True)
    assert kept > 10_000
