"""What `make run` starts, beside a libSQL server that has no table yet."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import urllib3

from tests import servers
from tests.servers import HOST, ROOT, Sqld, free_port


def test_an_empty_server_is_set_up_and_both_services_are_ready(tmp_path: Path) -> None:
    servers.needed()
    ports = {"STUDY_PORT": str(free_port()), "GROWTH_PORT": str(free_port())}
    with Sqld(tmp_path / "server") as server:
        place = {"TURSO_DATABASE_URL": server.url, "TURSO_AUTH_TOKEN": server.token, "TURSO_REPLICA_PATH": ""}
        env = (
            os.environ
            | ports
            | place
            | {"PINGTOPASS_VAR": str(tmp_path / "var"), "PINGTOPASS_DEMO": "1", "PYTHONPATH": str(ROOT)}
        )
        command = [sys.executable, "-m", "deploy.local"]
        with subprocess.Popen(command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            printed = []
            for line in process.stdout:
                printed.append(line)
                if "Ctrl-C stops" in line:
                    break
            ready = [urllib3.request("GET", f"http://{HOST}:{port}/readyz", retries=False) for port in ports.values()]
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, printed
    assert [(answer.status, answer.json()["status"]) for answer in ready] == [(200, "ready")] * 2
