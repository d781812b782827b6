"""The soaks of the replica and of both services, in short: everything happens once."""

import subprocess
import sys

from tests.faults.conftest import LATE_S
from tests.servers import ROOT
from tests.soak.replica.events import DAMAGES, EVENTS
from tests.soak.services.events import NAMES


def test_no_read_is_wrong_whatever_happens_to_the_replica() -> None:
    late_s = 10 + 2 * LATE_S  # readers, writer, server and replicator share the machine with other tests
    command = [sys.executable, "-m", "tests.soak.replica", "--minutes", "0", "--late", str(late_s)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert ran.returncode == 0, ran.stdout + ran.stderr[-3000:]
    assert "\n0 wrong, 0 late\n" in ran.stdout
    left_out = {"disk full"} if "disk full: left out" in ran.stdout else set()
    assert {name for name in (*DAMAGES, *EVENTS) if f"\n{name}  " in ran.stdout} == {*DAMAGES, *EVENTS} - left_out


def test_no_write_is_lost_or_double_and_no_read_is_stale_whatever_happens_to_the_services() -> None:
    command = [sys.executable, "-m", "tests.soak.services", "--minutes", "0"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580)
    assert ran.returncode == 0, ran.stdout + ran.stderr[-3000:]
    assert "\n0 wrong, 0 stale, 0 unexpected, 0 grown\n" in ran.stdout
    assert " were acknowledged, 0 were given up, of which 0 are there\n" in ran.stdout
    assert ran.stdout.count(": all agree\n") == 2
    left_out = {"disk full"} if "disk full: left out" in ran.stdout else set()
    assert {name for name in NAMES if f"\n{name}  " in ran.stdout} == {*NAMES} - left_out
