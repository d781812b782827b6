"""gunicorn's settings as they are without any variable, and what the variables change."""

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from shared_schema.web import gunicorn_settings


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
