"""The short run of the simulation; `make simulate-replies` is the long one."""

import subprocess
import sys

import pytest

from tests.servers.sqld import ROOT


@pytest.mark.only("file")
def test_none_is_sent_twice_and_nearly_all_settle_without_a_person(mode: str) -> None:
    command = [sys.executable, "-m", "tests.simulations.replies", "--runs", "250", "--seed", "11"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "wrong: 0" in ran.stdout
    assert "settled by timeline, sent" in ran.stdout
    assert "settled by timeline, not_sent" in ran.stdout
