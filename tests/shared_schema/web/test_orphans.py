"""A service whose processes are killed one at a time leaves none behind, and the next start has the port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from shared_schema import processes
from shared_schema.database.settings import Settings
from shared_schema.environment import ConfigurationError
from shared_schema.web import gunicorn_settings, listening
from shared_schema.web.config import Config
from tests import servers, stages
from tests.faults.hosts import KEYS, QUICK, Service, alive, children, end, wait_until
from tests.faults.processes import below, is_free
from tests.servers import HOST, ROOT, free_port
from tests.shared_schema.web.server.wire import Wire, ask, head

WITHIN_S = 30  # 15 are stated; the machine may be busy
HALF = head("GET", "/api/auth/me")


def of_session(leader: int) -> list[int]:
    """The processes that run in a session, whoever their parents are now."""
    members = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(session) == leader and state != "Z":
                members.append(int(entry.name))
    return members


@pytest.fixture
def server(tmp_path: Path) -> Iterator[stages.Primary]:
    servers.needed()
    with stages.primary(tmp_path / "server") as running:
        running.clear()
        yield running


def variables(url: str, token: str, port: int, **more: str) -> dict[str, str]:
    keys = ",".join(f"{kid}:{secret}" for kid, secret in KEYS.items())
    place = {"TURSO_DATABASE_URL": url, "TURSO_AUTH_TOKEN": token, "TOKEN_KEYS": keys, "STUDY_PORT": str(port)}
    return {**os.environ, **QUICK, **place, **more}


def test_a_killed_service_beside_a_replica_leaves_nothing_and_what_runs_is_answered(
    server: stages.Primary, tmp_path: Path
) -> None:
    settings = server.settings(replica=False)
    with Service(
        settings.base_url, settings.token, tmp_path / "service.log", TURSO_REPLICA_PATH=f"{tmp_path}/r.db"
    ) as service:
        wait_until(lambda: len(below(service.pid)) == 5)  # gunicorn, two workers, the replicator, its puller
        started = below(service.pid)
        with Wire(service.port, HALF[:-2]) as sending:
            time.sleep(0.3)
            end(service.pid)
            wait_until(lambda: is_free(service.port), WITHIN_S)
            sending.send(HALF[-2:])
            assert sending.reply().json["id"] == 1
        wait_until(lambda: not any(map(alive, started)), WITHIN_S)
        with Service(
            settings.base_url, settings.token, tmp_path / "next.log", TURSO_REPLICA_PATH=f"{tmp_path}/r.db"
        ) as after:
            assert ask(after.port, HALF)[0].json["id"] == 1


@pytest.mark.parametrize("after_s", [0.2, 0.5, 0.8, 1.1, 1.4, 1.7, 2.0])
def test_one_that_is_killed_while_it_starts_leaves_nothing_either(
    server: stages.Primary, tmp_path: Path, after_s: float
) -> None:
    settings, port = server.settings(replica=False), free_port()
    env = variables(settings.base_url, settings.token, port, TURSO_REPLICA_PATH=f"{tmp_path}/r.db")
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "study_service"]
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
    time.sleep(after_s)
    process.kill()
    process.wait()
    wait_until(lambda: not of_session(process.pid), WITHIN_S)
    assert is_free(port)


def test_a_killed_gunicorn_leaves_no_worker_and_what_runs_is_answered(migrated: Path, tmp_path: Path) -> None:
    url = stages.copied(migrated, tmp_path / "pingtopass.db").url
    with Service(url, "", tmp_path / "service.log") as service:
        workers = children(service.pid)
        assert len(workers) == 2
        with Wire(service.port, HALF[:-2]) as sending:
            time.sleep(0.3)
            end(service.pid)
            wait_until(lambda: is_free(service.port), WITHIN_S)
            sending.send(HALF[-2:])
            assert sending.reply().json["id"] == 1
        wait_until(lambda: not any(map(alive, workers)), WITHIN_S)


def test_with_its_gunicorn_killed_a_service_ends_with_an_error_and_leaves_nothing(
    server: stages.Primary, tmp_path: Path
) -> None:
    settings = server.settings(replica=False)
    with Service(
        settings.base_url, settings.token, tmp_path / "service.log", TURSO_REPLICA_PATH=f"{tmp_path}/r.db"
    ) as service:
        wait_until(lambda: len(below(service.pid)) == 5)
        started = below(service.pid)
        gunicorn = next(pid for pid in children(service.pid) if len(children(pid)) == 2)
        end(gunicorn)
        assert service._process.wait(WITHIN_S) == 256 - signal.SIGKILL
        wait_until(lambda: not any(map(alive, started)) and is_free(service.port), WITHIN_S)


def test_a_worker_that_hangs_does_not_outlive_a_killed_master(migrated: Path, tmp_path: Path) -> None:
    """A thread of it never ends, so the process waits for that, and no master is there to end it."""
    (tmp_path / "flask_swagger_ui.py").write_text(
        "import sys, threading, time\nthreading.Thread(target=time.sleep, args=[600]).start()\n"
        f"sys.path.remove({str(tmp_path)!r})\ndel sys.modules[__name__]\nimport flask_swagger_ui\n"
    )
    url = stages.copied(migrated, tmp_path / "pingtopass.db").url
    options = {"GUNICORN_CMD_ARGS": "--graceful-timeout 1 --workers 1", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    with Service(url, "", tmp_path / "service.log", **options) as service:
        (worker,) = children(service.pid)
        end(service.pid)
        wait_until(lambda: not alive(worker), WITHIN_S)


def test_where_no_signal_tells_of_the_parents_end_a_service_sees_it(migrated: Path, tmp_path: Path) -> None:
    """As on macOS: it has the parent's id from its first moment on, and so cannot miss an early end."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    env = variables(
        stages.copied(migrated, tmp_path / "x.db").url, "", free_port(), **{processes.PARENT: str(gone.pid)}
    )
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "study_service"], env=env, stdout=log, stderr=log)
    assert process.wait(WITHIN_S) == 0
    assert of_session(process.pid) == []


def test_of_two_starts_at_once_on_one_port_one_serves_and_the_other_says_why_not(
    migrated: Path, tmp_path: Path
) -> None:
    url, port = stages.copied(migrated, tmp_path / "pingtopass.db").url, free_port()
    env = variables(url, "", port, GROWTH_PORT=str(port))
    with ExitStack() as stack:
        logs = [tmp_path / service for service in ("study", "growth")]
        started = []
        for path in logs:
            log = stack.enter_context(path.open("wb"))
            command = [sys.executable, "-m", f"{path.name}_service"]
            process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
            started.append(process)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        wait_until(lambda: any(process.poll() is not None for process in started))
        loser = next(number for number, process in enumerate(started) if process.poll() is not None)
        assert started[loser].returncode == 2
        sentence = f"{logs[loser].name.upper()}_PORT: another process listens on {HOST}:{port}\n"
        assert logs[loser].read_text() == sentence
        wait_until(lambda: not is_free(port) and ask(port, head("GET", "/readyz"))[0].status == 200)


def test_a_port_that_is_taken_after_it_was_looked_at_is_told_in_the_same_words() -> None:
    config = Config("study", free_port(), HOST, Settings("file::memory:"), KEYS)
    listening.check(config)
    with socket.create_server((HOST, config.port)):
        with pytest.raises(ConfigurationError) as refused:
            listening.listen(config)
        assert str(refused.value) == f"STUDY_PORT: another process listens on {HOST}:{config.port}"
    listener = listening.listen(config)
    assert listener
    with listener, pytest.raises(ConfigurationError):
        listening.check(config)


def test_folders_of_figures_are_removed_when_nobody_keeps_them(tmp_path: Path) -> None:
    """The lock of a folder is held by a master and its workers, so also by workers without a master."""
    left, kept, new = (tmp_path / f"pingtopass-metrics-{name}" for name in ("left", "kept", "new"))
    for folder in (left, kept, new):
        folder.mkdir()
        (folder / "counter_1.db").touch()
    for folder in (left, kept):
        os.utime(folder, (0, 0))
    holding = "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX); print(); input()"
    command = [sys.executable, "-c", holding, str(kept)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        gunicorn_settings._sweep(tmp_path)
        assert sorted(tmp_path.iterdir()) == [kept, new]
        assert holder.stdin
        holder.stdin.write(b"\n")
    gunicorn_settings._sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [new]
