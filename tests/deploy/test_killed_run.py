"""`make run` whose processes are killed: both services end, and the next start has its ports and its own services."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import urllib3

from tests.deploy.conftest import Run
from tests.faults.hosts import alive, children, wait_until
from tests.faults.processes import below, command, is_free
from tests.servers import HOST

WITHIN_S = 30


def local(run: Run) -> int:
    """The process id of `python -m deploy.local`, which make has started."""
    return next(pid for pid in [run.process.pid, *below(run.process.pid)] if b"deploy.local" in command(pid))


def free(run: Run) -> bool:
    ports = (int(run.env[name]) for name in ("STUDY_PORT", "GROWTH_PORT"))
    return all(map(is_free, ports))


def test_with_make_run_killed_both_services_end_and_the_next_start_has_its_own(start: Callable[[], Run]) -> None:
    run = start().wait_until_ready()
    started = below(local(run))
    assert len(started) == 6  # two services of two workers
    os.kill(local(run), signal.SIGKILL)
    wait_until(lambda: free(run) and not any(map(alive, started)), WITHIN_S)
    run.wait()
    again = start().wait_until_ready()
    assert not set(started) & set(below(local(again)))
    assert urllib3.request("GET", f"{again.url('growth')}/readyz").json()["status"] == "ready"


def test_with_one_service_killed_the_other_ends_in_order_and_the_exit_code_says_so(start: Callable[[], Run]) -> None:
    run = start().wait_until_ready()
    started = below(local(run))
    study = next(pid for pid in children(local(run)) if b"study_service" in command(pid))
    os.kill(study, signal.SIGKILL)
    assert run.wait() != 0
    wait_until(lambda: free(run) and not any(map(alive, started)), WITHIN_S)


def test_a_start_whose_port_a_stranger_has_says_so_and_harms_nobody(start: Callable[[], Run]) -> None:
    """Also a stranger who answers every request with 200, and on the second port, when the first one is free."""
    run = start().wait_until_ready()
    tokens = (Path(run.env["PINGTOPASS_VAR"]) / "demo.env").read_text()
    study = Run(run.env | {"STUDY_PORT": run.env["GROWTH_PORT"], "GROWTH_PORT": run.env["STUDY_PORT"]})
    assert study.wait() == 2
    told = [line for line in study.printed if not line.startswith("make: ***")]
    assert told == [f"STUDY_PORT: another process listens on {HOST}:{run.env['GROWTH_PORT']}\n"]
    assert (Path(run.env["PINGTOPASS_VAR"]) / "demo.env").read_text() == tokens
    for service in ("study", "growth"):
        assert urllib3.request("GET", f"{run.url(service)}/readyz").json()["status"] == "ready"
