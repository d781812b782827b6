"""`make audit-lock`, with a server that answers as OSV does, and without any."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy import audit_lock
from tests.servers import HOST, ROOT, free_port

HASH = "--hash=sha256:" + "0" * 64
LOCK = f"""\
click==8.5.1 \\
    {HASH} \\
    {HASH}
    # via flask
pyjwt[crypto]==2.15.1 ; python_version >= "3.11" \\
    {HASH}
"""
NPM = {"packages": {"": {"name": "x"}, "node_modules/typescript": {"version": "6.0.0"}}}


class Osv(BaseHTTPRequestHandler):
    """Knows one fault, of pyjwt 2.15.1; keeps what it was asked."""

    asked: list[Any]

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        self.asked += queries
        results = [{"vulns": [{"id": "PYSEC-1"}]} if query["package"]["name"] == "pyjwt" else {} for query in queries]
        body = json.dumps({"results": results} if self.path == "/v1/querybatch" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def osv(tmp_path: Path) -> Iterator[str]:
    Osv.asked = []
    with HTTPServer((HOST, free_port()), Osv) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


def audit(tmp_path: Path, url: str, lock: str = LOCK) -> tuple[int, list[str]]:
    (tmp_path / "requirements-dev.lock").write_text(lock)
    (tmp_path / "package-lock.json").write_text(json.dumps(NPM))
    env = os.environ | {"OSV_URL": url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "deploy.audit_lock"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_a_known_fault_is_named(tmp_path: Path, osv: str) -> None:
    assert audit(tmp_path, osv) == (audit_lock.FOUND, ["pyjwt 2.15.1 (PyPI): PYSEC-1"])
    assert [(query["package"]["ecosystem"], query["package"]["name"], query["version"]) for query in Osv.asked] == [
        ("PyPI", "click", "8.5.1"),
        ("PyPI", "pyjwt", "2.15.1"),
        ("npm", "typescript", "6.0.0"),
    ]


def test_without_a_fault_it_is_well(tmp_path: Path, osv: str) -> None:
    lock = LOCK.replace("pyjwt[crypto]", "flask")
    assert audit(tmp_path, osv, lock) == (audit_lock.OK, ["3 packages: no fault is known"])


def test_without_data_it_does_not_say_that_all_is_well(tmp_path: Path) -> None:
    nowhere = f"http://{HOST}:{free_port()}"
    code, lines = audit(tmp_path, nowhere)
    assert code == audit_lock.NOT_ASKED not in (audit_lock.OK, audit_lock.FOUND)
    assert lines[0].startswith(f"not asked whether faults are known of 3 packages: no data from {nowhere}: ")


def test_an_answer_of_something_else_is_no_data(tmp_path: Path, osv: str) -> None:
    assert audit(tmp_path, f"{osv}/elsewhere")[0] == audit_lock.NOT_ASKED


def test_what_is_not_pinned_or_has_no_hash_is_named(tmp_path: Path) -> None:
    loose = f"{LOCK}flask>=3\norjson==3.13.0\n"
    code, lines = audit(tmp_path, f"http://{HOST}:{free_port()}", loose)
    assert (code, lines[1:]) == (audit_lock.FOUND, ["not pinned: flask>=3", "orjson 3.13.0 has no hash"])


def test_our_own_locks_are_pinned_with_hashes() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        packages, wrong = audit_lock.of_python((ROOT / name).read_text())
        assert len(packages) > 20
        assert wrong == []
