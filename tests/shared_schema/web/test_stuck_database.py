"""`/readyz` of a real service whose database is stuck, gone, locked, full or too old: 503, and always in time."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.web import health
from tests import servers, stages
from tests.faults.hosts import Service, children, wait_until
from tests.servers import HOST
from tests.servers.small import Small

LATE_S = 3.0  # what an answer may take beyond its bound on a busy machine


class Probed:
    """A service, asked on connections of our own."""

    def __init__(self, service: Service) -> None:
        self._pool = urllib3.HTTPConnectionPool(HOST, service.port, maxsize=32, timeout=30)

    def get(self, path: str) -> tuple[int, Any, float]:
        """Status, body, seconds."""
        began = time.monotonic()
        response = self._pool.urlopen("GET", path, retries=False)
        return response.status, response.json(), time.monotonic() - began

    def ready(self) -> tuple[int, str]:
        status, body, took = self.get("/readyz")
        assert took < health.ANSWER_S + LATE_S
        return status, body["database"]

    def close(self) -> None:
        self._pool.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Small]:
    servers.needed()
    with Small(tmp_path / "primary") as running:
        database = LibsqlDatabase(Settings(running.url, running.token))
        upgrade.up(database)
        stages.populate(database)
        database.close()
        yield running


def probing(service: Service, check: Callable[[Probed], None]) -> None:
    probed = Probed(service)
    try:
        wait_until(lambda: probed.ready() == (200, "ok"))
        check(probed)
    finally:
        probed.close()


def test_a_server_that_hangs_is_told_in_time_and_probes_do_not_pile_up(server: Small, tmp_path: Path) -> None:
    def check(probed: Probed) -> None:
        server.freeze()
        try:
            with ThreadPoolExecutor(8) as many:
                answers = list(many.map(lambda _: probed.ready(), range(8)))
                assert set(answers) <= {(503, "silent"), (503, "unreachable")}
            began = time.monotonic()
            assert [probed.ready()[0] for _ in range(6)] == [503] * 6
            assert time.monotonic() - began < 2 * 2 * health.ANSWER_S + LATE_S, "each worker waits once a question"
            assert probed.get("/healthz")[:2] == (200, {"status": "ok"})
        finally:
            server.thaw()
        wait_until(lambda: probed.ready() == (200, "ok"))

    with Service(server.url, server.token, tmp_path / "log") as service:
        probing(service, check)


def test_probes_are_answered_while_every_thread_waits_for_the_database(server: Small, tmp_path: Path) -> None:
    """More learners than both workers have threads; a hundred probes at once wait for nobody but each other."""

    def check(probed: Probed) -> None:
        learners = ThreadPoolExecutor(48)
        server.freeze()
        try:
            stuck = [learners.submit(service.call, "GET", "/api/exams", user=1) for _ in range(48)]
            time.sleep(0.5)
            with ThreadPoolExecutor(16) as many:
                alive = list(many.map(lambda _: probed.get("/healthz"), range(100)))
            assert {(status, body["status"]) for status, body, _ in alive} == {(200, "ok")}
            assert max(took for *_, took in alive) < 1 + LATE_S
            assert probed.ready()[0] == 503
            assert not any(learner.done() for learner in stuck), "they were to wait all the time"
        finally:
            server.thaw()
            learners.shutdown()
        wait_until(lambda: probed.ready() == (200, "ok"))

    long = {"TURSO_READ_SECONDS": "20", "TURSO_TOTAL_SECONDS": "20"}
    with Service(server.url, server.token, tmp_path / "log", **long) as service:
        probing(service, check)


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """These processes do nothing meanwhile."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_server_without_room_is_told_from_the_first_write_that_found_none(server: Small, tmp_path: Path) -> None:
    exam = {"vendorId": "v", "code": "c", "name": "n", "description": "x" * 9000}

    def refused() -> bool:
        """Each of the workers finds out by itself."""
        service.reconnect()
        response = service.call("POST", "/api/exams", user=4, role="admin", body=exam)
        assert (response.status, response.json()["code"]) == (503, "DATABASE_UNAVAILABLE")
        again = Probed(service)
        try:
            return again.ready() == (503, "full")
        finally:
            again.close()

    with Service(server.url, server.token, tmp_path / "log") as service:
        probed = Probed(service)
        wait_until(lambda: probed.ready() == (200, "ok"))
        with stopped(children(service.pid)):  # streams that are open keep the room they had, so there may be none
            server.stop()
            server.start()
            server.fill_up()
        wait_until(lambda: probed.ready() == (200, "ok"))
        wait_until(refused)
        probed.close()


def test_a_file_that_is_locked_or_gone(migrated: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    settings = stages.copied(migrated, tmp_path / "data" / "pingtopass.db")
    path = Path(settings.path or "")

    def check(probed: Probed) -> None:
        holder = LibsqlDatabase(settings)
        holder.execute_sql("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute_sql("UPDATE users SET name = name")
        try:
            assert probed.ready() in ((503, "silent"), (503, "unreachable"))
        finally:
            holder.close()
        wait_until(lambda: probed.ready() == (200, "ok"))
        path.rename(path.with_suffix(".elsewhere"))
        assert probed.ready() == (503, "gone")
        time.sleep(1)  # the workers beat and read what is revoked meanwhile
        assert not path.exists(), "neither a probe nor a worker makes an empty database"
        path.with_suffix(".elsewhere").rename(path)
        assert probed.ready() == (200, "ok")

    quick = {"REVOCATION_SECONDS": "0.2", "DEPLOYMENT_BEAT_SECONDS": "0.2"}
    with Service(settings.url, "", tmp_path / "log", **quick) as service:
        probing(service, check)


def test_a_replica_that_is_too_old_while_the_primary_is_away(server: Small, tmp_path: Path) -> None:
    def check(probed: Probed) -> None:
        server.freeze()
        try:
            wait_until(lambda: probed.ready() == (503, "stale"))
        finally:
            server.thaw()
        wait_until(lambda: probed.ready() == (200, "ok"))

    replica = {"TURSO_REPLICA_PATH": str(tmp_path / "r.db"), "TURSO_MAX_STALENESS_SECONDS": "1"}
    with Service(server.url, server.token, tmp_path / "log", **replica) as service:
        probing(service, check)
