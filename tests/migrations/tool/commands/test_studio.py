"""`studio`: the page of a database, for the browser of this machine alone."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests import servers, stages
from tests.servers import HOST, ROOT


@pytest.fixture
def port(migrated, tmp_path) -> Iterator[int]:
    """Of a studio that runs."""
    chosen = servers.free_port()
    settings = stages.copied(migrated, tmp_path / "x.db")
    env = os.environ | {"PYTHONPATH": str(ROOT), "TURSO_DATABASE_URL": settings.url}
    command = [sys.executable, "-m", "migrations", "studio", "--port", str(chosen)]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as studio:
        try:
            _wait(chosen)
            yield chosen
        finally:
            studio.terminate()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def ask(port: int, method: str, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=20)
    connection.putrequest(method, "/", skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def test_only_this_machines_own_browser_is_answered(port: int) -> None:
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"LOCALHOST:{port}"):
        status, page = ask(port, "GET", Host=host)
        assert (status, "user_answers" in page) == (200, True), host
    assert ask(port, "GET", Host=f"localhost:{port}", Origin=f"http://localhost:{port}")[0] == 200

    own = f"127.0.0.1:{port}"
    foreign = [
        {"Host": f"evil.example:{port}"},
        {"Host": "evil.example"},
        {"Host": f"127.0.0.1:{port + 1}"},
        {"Host": "127.0.0.1"},
        {"Host": f"127.0.0.1.evil.example:{port}"},
        {"Host": f"evil.example:{port}", "X-Forwarded-Host": own},
        {},
        {"Host": own, "Origin": "http://evil.example"},
        {"Host": own, "Origin": f"http://evil.example:{port}"},
        {"Host": own, "Origin": f"https://127.0.0.1:{port}"},
        {"Host": own, "Origin": "null"},
    ]
    for headers in foreign:
        for method in ("GET", "POST"):
            status, page = ask(port, method, **headers)
            assert (status, "user_answers" in page) == (403, False), headers


def test_other_hosts_cannot_reach_it(port: int) -> None:
    """It listens on the loopback address, and there are others of this machine."""
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", port)) != 0
