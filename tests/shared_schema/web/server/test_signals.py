"""A stop, a reload and a worker that hangs: requests that run are answered, and the next release is really the next."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

import shared_schema
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.faults.hosts import Service, children, wait_until
from tests.shared_schema.web.server.wire import Wire, ask, head


@pytest.mark.only("file")
def test_a_stop_answers_what_runs_and_what_is_on_its_way(settings: Settings, tmp_path: Path) -> None:
    with Service(settings.url, "", tmp_path / "service.log") as service:
        half = head("GET", "/api/auth/me")
        with Wire(service.port, half[:-2]) as sending, Wire(service.port, half) as kept:
            assert kept.reply().headers["connection"] == "keep-alive"
            os.kill(service.pid, signal.SIGTERM)
            time.sleep(0.3)
            sending.send(half[-2:])
            kept.send(half)
            for wire in (sending, kept):
                reply = wire.reply()
                assert (reply.status, reply.headers["connection"], reply.json["id"]) == (200, "close", 1)
        wait_until(lambda: not children(service.pid), 15)


@pytest.mark.only("file")
def test_a_client_that_keeps_its_connection_does_not_hold_up_a_stop(settings: Settings, tmp_path: Path) -> None:
    """The answer to a request from before the stop says keep-alive. Then the server waits for the next request for two
    seconds, not for the sixty of its setting.
    """
    body = b'{"vendorId": "Acme", "code": "K-1", "name": "First"}'
    post = head(
        "POST", "/api/exams", "Content-Type: application/json", f"Content-Length: {len(body)}", role="admin", user=4
    )
    holder = LibsqlDatabase(settings)
    with Service(
        settings.url, "", tmp_path / "service.log", GUNICORN_CMD_ARGS="--keep-alive 60 --graceful-timeout 60"
    ) as service:
        with Wire(service.port) as wire:
            with holder.atomic():
                holder.execute_sql("UPDATE users SET name = name")
                wire.send(post + body)
                time.sleep(0.5)
                os.kill(service.pid, signal.SIGTERM)
                time.sleep(0.5)
            reply = wire.reply()
            assert (reply.status, reply.headers["connection"]) == (201, "keep-alive")
            answered = time.monotonic()
            wire.sock.settimeout(60)
            assert wire.is_closed()
            assert time.monotonic() - answered < 20
        wait_until(lambda: not children(service.pid), 15)
    holder.close()


@pytest.mark.only("file")
def test_after_a_reload_the_server_is_that_of_the_next_release(settings: Settings, tmp_path: Path) -> None:
    """The master process has kept no module of the last one."""
    release = tmp_path / "release" / "shared_schema"
    shutil.copytree(Path(shared_schema.__file__).parent, release, ignore=shutil.ignore_patterns("__pycache__"))
    path = {"PYTHONPATH": f"{release.parent}:{Path.cwd()}", "PYTHONSAFEPATH": "1"}
    with Service(settings.url, "", tmp_path / "service.log", **path) as service:
        assert ask(service.port, b"nonsense\r\n\r\n")[0].json["detail"] == "the request line is malformed"
        source = release / "web" / "server" / "refusals.py"
        source.write_text(source.read_text().replace("the request line is malformed", "another release says no"))
        before = children(service.pid)
        os.kill(service.pid, signal.SIGHUP)
        wait_until(lambda: len(children(service.pid)) == 2 and not set(before) & set(children(service.pid)))
        wait_until(lambda: ask(service.port, b"nonsense\r\n\r\n")[0].json["detail"] == "another release says no", 10)


@pytest.mark.only("file")
def test_a_worker_that_hangs_is_replaced(settings: Settings, tmp_path: Path) -> None:
    with Service(settings.url, "", tmp_path / "service.log", GUNICORN_CMD_ARGS="--workers 1 --timeout 2") as service:
        (hanging,) = children(service.pid)
        os.kill(hanging, signal.SIGSTOP)
        wait_until(lambda: children(service.pid) not in ([hanging], []), 30)
        assert ask(service.port, head("GET", "/api/auth/me"))[0].json["id"] == 1
