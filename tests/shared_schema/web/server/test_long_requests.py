"""A request that waits without telling holds up those behind it for a moment only."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from shared_schema.web import gunicorn_settings
from tests.faults.hosts import wait_until
from tests.servers import HOST, ROOT, free_port

SLEEPS_S = 4.0


@pytest.fixture
def port() -> Iterator[int]:
    """Of a service with one worker."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(gunicorn_settings.__file__),
        "--bind",
        f"{HOST}:{port}",
    ]
    process = subprocess.Popen(
        [*command, "tests.shared_schema.web.server.sleeping:create_app()"],
        cwd=ROOT,
        env=os.environ | {"WEB_WORKERS": "1"},
    )
    try:
        wait_until(lambda: is_there(port))
        yield port
    finally:
        process.terminate()
        process.wait(30)


def is_there(port: int) -> bool:
    try:
        asked(port, "/now").close()
    except OSError:
        return False
    return True


def asked(port: int, path: str) -> http.client.HTTPConnection:
    """A connection on which this was sent."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.request("GET", path)
    return connection


def read(connection: http.client.HTTPConnection) -> str:
    text = connection.getresponse().read().decode()
    connection.close()
    return text


@pytest.mark.parametrize("apart_s", [0.0, 0.1])
def test_a_request_behind_one_that_sleeps_is_answered_meanwhile(port: int, apart_s: float) -> None:
    """Also where it comes so soon that the first has not taken long yet: the loop of the worker looks again."""
    took = []
    for _ in range(3):
        sleeps = asked(port, f"/sleep/{SLEEPS_S}")
        time.sleep(apart_s)
        began = time.monotonic()
        assert read(asked(port, "/now")) == "now"
        took.append(time.monotonic() - began)
        assert read(sleeps) == "slept"
    assert min(took) < 0.5
