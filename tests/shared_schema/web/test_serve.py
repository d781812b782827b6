"""A service as a process: gunicorn alone, or beside the replicator of its host; reloads and ends when told."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests import servers, stages
from tests.faults import hosts
from tests.faults.hosts import alive, children, end, wait_until
from tests.servers import Sqld

Start = Callable[..., "Service"]


class Service(hosts.Service):
    """The process that was started, and those that it started."""

    def child(self, module: str) -> int | None:
        """The pid of the child that runs a module, if there is one. gunicorn may have changed its command line."""
        for pid in children(self.pid):
            with suppress(OSError):  # it has ended just now
                if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        return None

    def end(self, number: int) -> int:
        """Its exit code after a signal."""
        self._pool.close()
        os.kill(self.pid, number)
        return self._process.wait(30)

    def reload(self) -> None:
        os.kill(self.pid, signal.SIGHUP)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:

        def starting(url: str, token: str = "", **variables: str) -> Service:
            return running.enter_context(Service(url, token, tmp_path / "service.log", **variables))

        yield starting


def test_gunicorn_takes_the_place_of_the_process_and_reloads_its_workers(
    start: Start, migrated: Path, tmp_path: Path
) -> None:
    service = start(stages.copied(migrated, tmp_path / "pingtopass.db").url)
    before = children(service.pid)
    assert len(before) == 2
    service.reload()
    wait_until(lambda: len(children(service.pid)) == 2 and not set(before) & set(children(service.pid)), 30)
    assert service.call("GET", "/api/auth/me", user=1).status == 200
    assert service.end(signal.SIGTERM) == 0


def test_workers_and_other_settings_come_from_variables(start: Start, migrated: Path, tmp_path: Path) -> None:
    url = stages.copied(migrated, tmp_path / "pingtopass.db").url
    service = start(url, GUNICORN_CMD_ARGS="--workers 3 --log-level info")
    wait_until(lambda: len(children(service.pid)) == 3)
    assert "Using worker: Worker" in service.log
    assert "Control socket" not in service.log


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_beside_a_replica_the_replicator_is_kept_running_and_ends_with_the_service(
    start: Start, tmp_path: Path, number: int
) -> None:
    servers.needed()
    with Sqld(tmp_path / "primary") as server:
        service = start(server.url, server.token, TURSO_REPLICA_PATH=f"{tmp_path}/r.db")
        wait_until(lambda: service.child("shared_schema.replicate"))
        first, gunicorn = service.child("shared_schema.replicate"), service.child("gunicorn")
        assert first
        assert gunicorn
        end(first)
        wait_until(lambda: service.child("shared_schema.replicate") not in (None, first))
        second = service.child("shared_schema.replicate")
        assert second
        workers = children(gunicorn)
        service.reload()
        wait_until(lambda: len(children(gunicorn)) == 2 and not set(workers) & set(children(gunicorn)), 30)
        assert service.child("gunicorn") == gunicorn
        assert service.end(number) == 0
        wait_until(lambda: not alive(second))
        assert not alive(gunicorn)


def test_a_service_whose_server_fails_fails_with_it(start: Start, tmp_path: Path) -> None:
    servers.needed()
    with Sqld(tmp_path / "primary") as server:
        service = start(server.url, server.token, TURSO_REPLICA_PATH=f"{tmp_path}/r.db")
        gunicorn = service.child("gunicorn")
        assert gunicorn
        end(gunicorn)
        assert service.end(0) == 256 - signal.SIGKILL
