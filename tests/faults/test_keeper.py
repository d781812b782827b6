"""The replicator as a part of another program: its settings are arguments, and its token is shown to nobody."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shared_schema.database.replica import keep
from shared_schema.database.replica.notes import read_note
from shared_schema.database.settings import Settings
from tests.faults.conftest import Connect, Sqld, note
from tests.faults.hosts import Host, children, end, wait_until
from tests.servers import ROOT

Hosts = Callable[..., Host]
PROGRAM = """
import json, logging, sys
from shared_schema.database.replica import keep
from shared_schema.database.settings import Settings
logging.basicConfig(format="my own log: %(name)s: %(message)s")
url, token, replica = json.load(sys.stdin)
keep.keep(Settings(url, token, replica=replica, clock="consistency_clock"), sync_s=0.02)
"""


def test_another_program_keeps_a_replica_without_our_variables(server: Sqld, connect: Connect, tmp_path: Path) -> None:
    """With a log of its own; its environment has a database of somebody else."""
    connect(server).batch([note("one")])
    replica, log = str(tmp_path / "its own" / "r?.db"), tmp_path / "log"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "RUST_LOG": "off", "TURSO_DATABASE_URL": "nonsense"}
    with log.open("wb") as stderr:
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stderr=stderr, env=environment, text=True
        )
    assert program.stdin
    with program.stdin:
        program.stdin.write(json.dumps([server.url, server.token, replica]))
    try:
        wait_until(lambda: read_note(replica))
        end(*children(program.pid))
        wait_until(lambda: "my own log" in log.read_text())
        now = time.time()
        wait_until(lambda: (latest := read_note(replica)) is not None and latest.fresh_at > now)
    finally:
        pullers = children(program.pid)
        program.kill()
        program.wait()
        wait_until(lambda: not any(map(os.path.exists, (f"/proc/{pid}" for pid in pullers))))
    lines = log.read_text().splitlines()
    assert lines == ["my own log: shared_schema.database.replica.keep: replica puller ended with exit code -9"]


def test_the_token_is_not_among_what_ps_shows_of_the_puller(server: Sqld, host: Hosts) -> None:
    machine = host()
    (puller,) = machine.pullers
    shown = Path(f"/proc/{puller}/cmdline").read_bytes() + Path(f"/proc/{puller}/environ").read_bytes()
    assert b"PYTHONPATH=" in shown
    assert server.token.encode() not in shown


def test_the_log_of_our_command_is_json_lines(server: Sqld, host: Hosts) -> None:
    """Also of what the inner process has to say."""
    machine = host()
    server.stop()
    wait_until(lambda: "not synced" in machine.log.read_text())
    end(*machine.pullers)
    wait_until(lambda: "exit code -9" in machine.log.read_text())
    wait_until(lambda: "exit code 1" in machine.log.read_text())
    server.start()
    machine.caught_up()
    lines = [json.loads(line) for line in machine.log.read_text().splitlines()]
    assert {line["level"] for line in lines} == {"warning"}
    assert any(line["event"].startswith("replica cannot be opened to sync: ") for line in lines)
    assert server.token not in machine.log.read_text()


def test_settings_without_a_replica_are_refused() -> None:
    with pytest.raises(ValueError, match="the settings name no replica"):
        keep.keep(Settings("http://127.0.0.1:9"))
