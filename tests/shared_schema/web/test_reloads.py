"""SIGHUP, SIGTERM and a killed worker while people use the service: whom does it cost a request or a wait?"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import shared_schema
from shared_schema.web import tokens
from tests import servers, stages
from tests.faults.hosts import KEYS, Service, alive, children, wait_until
from tests.faults.processes import command
from tests.faults.visitors import Visitors
from tests.servers import ROOT

_BOOT_S = 6.0
Start = Callable[..., Service]


class Slow:
    """A package of ours that takes its time, which every worker imports when it starts, and which may be broken."""

    def __init__(self, place: Path) -> None:
        self._place, self._module = place, place / "flask_swagger_ui.py"
        place.mkdir()
        self.path = {"PYTHONPATH": f"{place}:{ROOT}"}

    def begin(self) -> None:
        """From the next start of a worker on."""
        self._module.write_text(
            f"import sys, time\ntime.sleep({_BOOT_S})\nsys.path.remove({str(self._place)!r})\n"
            "del sys.modules[__name__]\nimport flask_swagger_ui\n"
        )

    def fail(self) -> None:
        self._module.write_text("raise RuntimeError('broken on purpose')\n")

    def end(self) -> None:
        self._module.unlink()
        shutil.rmtree(self._place / "__pycache__", ignore_errors=True)


@pytest.fixture
def slow(tmp_path: Path) -> Slow:
    return Slow(tmp_path / "slow")


@pytest.fixture
def start(migrated: Path, tmp_path: Path) -> Iterator[Start]:
    """Start a service, on a file or with `replica` beside a server with a replica."""
    with ExitStack() as running:

        def starting(*, replica: bool = False, **variables: str) -> Service:
            if replica:
                servers.needed()
                primary = running.enter_context(stages.primary(tmp_path / "server"))
                primary.clear()
                url, token = primary.settings(replica=False).base_url, primary.settings(replica=False).token
                variables["TURSO_REPLICA_PATH"] = f"{tmp_path}/replica.db"
            else:
                url, token = stages.copied(migrated, tmp_path / "pingtopass.db").url, ""
            return running.enter_context(Service(url, token, tmp_path / "service.log", **variables))

        yield starting


def visitors(service: Service) -> Visitors:
    token = tokens.mint(KEYS, "study", "1", "user", ttl_s=3600)
    return Visitors(service.port, headers={"Authorization": f"Bearer {token}"})


def master(service: Service) -> int:
    """The process id of gunicorn's master: of the service's child where it keeps a replica beside."""
    known = [service.pid, *children(service.pid)]
    return max(known, key=lambda pid: sum(b"gunicorn" in command(worker) for worker in children(pid)))


def replaced(parent: int, before: list[int]) -> bool:
    workers = children(parent)
    return len(workers) == 2 and not set(before) & set(workers)


@pytest.mark.parametrize("to_master", [False, True], ids=["to the service", "to gunicorn"])
@pytest.mark.parametrize("replica", [False, True], ids=["file", "replica"])
def test_through_a_reload_every_request_is_answered_and_none_waits_for_the_new_workers(
    start: Start, slow: Slow, replica: bool, to_master: bool
) -> None:
    service = start(replica=replica, **slow.path)
    parent = master(service)
    before = children(parent)
    slow.begin()
    with visitors(service) as people:
        wait_until(lambda: len(people.answers) > 50)
        begin = time.monotonic()
        os.kill(parent if to_master else service.pid, signal.SIGHUP)
        wait_until(lambda: replaced(parent, before))
        assert time.monotonic() - begin > _BOOT_S
        seen = len(people.answers)
        wait_until(lambda: len(people.answers) > seen + 50)
    assert people.failed == []
    assert people.longest_gap_s(begin) < _BOOT_S / 2
    assert people.longest_wait_s(begin) < _BOOT_S / 2


def test_reloads_on_the_heels_of_each_other_end_with_the_workers_of_the_last(start: Start) -> None:
    service = start()
    before = children(service.pid)
    with visitors(service) as people:
        for _ in range(4):
            os.kill(service.pid, signal.SIGHUP)
            time.sleep(0.3)
        wait_until(lambda: replaced(service.pid, before))
        wait_until(lambda: len(people.answers) > 50)
        workers = children(service.pid)
        time.sleep(2.5)
        assert children(service.pid) == workers
    assert people.failed == []


def test_new_workers_that_cannot_start_leave_those_of_before_at_work(start: Start, slow: Slow) -> None:
    service = start(**slow.path)
    before = children(service.pid)
    slow.fail()
    with visitors(service) as people:
        os.kill(service.pid, signal.SIGHUP)
        wait_until(lambda: "the new workers cannot start, and those of before go on" in service.log)
        wait_until(lambda: sorted(children(service.pid)) == sorted(before))
        slow.end()
        os.kill(service.pid, signal.SIGHUP)
        wait_until(lambda: replaced(service.pid, before))
    assert people.failed == []
    assert service.call("GET", "/api/auth/me", user=1).status == 200


def test_a_stop_comes_through_a_reload(start: Start, slow: Slow) -> None:
    """Neither the old workers, which wait for the new ones, nor these hold it up."""
    service = start(**slow.path)
    slow.begin()
    os.kill(service.pid, signal.SIGHUP)
    wait_until(lambda: len(children(service.pid)) == 4)
    begin = time.monotonic()
    service.stop()
    assert time.monotonic() - begin < _BOOT_S
    assert service._process.returncode == 0


def test_a_stop_answers_all_who_came_before_and_then_refuses_at_once(start: Start) -> None:
    service = start()
    with visitors(service) as people:
        wait_until(lambda: len(people.answers) > 50)
        os.kill(service.pid, signal.SIGTERM)
        service._process.wait(30)
        wait_until(lambda: people.failed)
    assert {text.partition("(")[0] for text in people.failed} == {"ConnectionRefusedError"}
    assert service._process.returncode == 0


def test_a_killed_worker_costs_its_own_requests_alone(start: Start) -> None:
    service = start()
    before = children(service.pid)
    with visitors(service) as people:
        wait_until(lambda: len(people.answers) > 50)
        os.kill(before[0], signal.SIGKILL)
        wait_until(lambda: not alive(before[0]) and len(children(service.pid)) == 2)
        assert before[1] in children(service.pid)
        seen = len(people.answers)
        wait_until(lambda: len(people.answers) > seen + 50)
    assert len(people.failed) <= 4  # there are four clients


def test_a_second_master_is_refused(start: Start) -> None:
    service = start()
    before = sorted(children(service.pid))
    os.kill(service.pid, signal.SIGUSR2)
    wait_until(lambda: "USR2 is ignored. HUP takes the new code" in service.log)
    os.kill(service.pid, signal.SIGWINCH)
    assert service.call("GET", "/api/auth/me", user=1).status == 200
    assert sorted(children(service.pid)) == before


@pytest.mark.parametrize("replica", [False, True], ids=["file", "replica"])
def test_workers_are_added_and_taken_away_by_signals(start: Start, replica: bool) -> None:
    service = start(replica=replica)
    parent = master(service)
    before = set(children(parent))
    os.kill(service.pid, signal.SIGTTIN)
    wait_until(lambda: len(children(parent)) == 3 and before < set(children(parent)))
    os.kill(service.pid, signal.SIGTTOU)
    wait_until(lambda: len(children(parent)) == 2)
    assert len(before & set(children(parent))) == 1, "the oldest goes"
    assert service.call("GET", "/api/auth/me", user=1).status == 200


def test_settings_are_of_the_new_code_after_a_reload(start: Start, tmp_path: Path) -> None:
    release = tmp_path / "release" / "shared_schema"
    shutil.copytree(Path(shared_schema.__file__).parent, release, ignore=shutil.ignore_patterns("__pycache__"))
    service = start(PYTHONPATH=f"{release.parent}:{ROOT}", PYTHONSAFEPATH="1")
    source = release / "web" / "gunicorn_settings.py"
    source.write_text(source.read_text().replace("USR2 is ignored", "another release refuses USR2"))
    before = children(service.pid)
    os.kill(service.pid, signal.SIGHUP)
    wait_until(lambda: replaced(service.pid, before))
    os.kill(service.pid, signal.SIGUSR2)
    wait_until(lambda: "another release refuses USR2" in service.log)
