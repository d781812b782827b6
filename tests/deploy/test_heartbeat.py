"""The study service under a real gunicorn says that it lives: who migrates sees it come, stay and go."""

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from migrations.tool.apply import upgrade
from shared_schema.audit import seal, verify
from shared_schema.database import Database, Statement
from shared_schema.database.settings import Settings
from shared_schema.releases import deployments, streams
from shared_schema.releases.deployments import Deployment
from shared_schema.releases.files import Migration
from tests import damage as damages
from tests import servers, stages
from tests.faults import hosts
from tests.faults.hosts import children, has_open, state, wait_until
from tests.servers import HOST, Sqld
from tests.shared_schema.audit.conftest import fill

OF_TWO_WORKERS = 2
CONTRACT = Migration("study", "999_no_tips", "", "contract", "", goes_back=True)
Start = Callable[..., "Service"]


class Service(hosts.Service):
    """With quick beats: one in 0.3 s, so that a second of silence is the end."""

    @property
    def workers(self) -> set[int]:
        return set(children(self._process.pid))

    def get(self, path: str, timeout: float = 5.0) -> Any:
        return urllib3.request("GET", f"http://{HOST}:{self.port}{path}", timeout=timeout, retries=False)

    def terminate(self) -> float:
        """The seconds it took to end."""
        self._pool.close()
        began = time.monotonic()
        self._process.terminate()
        self._process.wait(30)
        return time.monotonic() - began

    def kill(self) -> None:
        """As when the machine is gone: nobody says goodbye."""
        for pid in (self._process.pid, *self.workers):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def complaints(self) -> int:
        return self.log.count("heartbeat fails")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:

        def starting(url: str, token: str = "", **variables: str) -> Service:
            quick = {"DEPLOYMENT_BEAT_SECONDS": "0.3", **variables}
            return running.enter_context(Service(url, token, tmp_path / "service.log", **quick))

        yield starting


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated file."""
    opened = Database(stages.copied(migrated, tmp_path / "pingtopass.db"))
    yield opened
    opened.close()


def all_live(database: Database) -> list[Deployment]:
    """Wait until both workers are."""
    wait_until(lambda: len(deployments.live(database)) == OF_TWO_WORKERS)
    return deployments.live(database)


def test_every_worker_is_there_with_what_its_code_knows(start: Start, database: Database) -> None:
    service = start(database.url, RELEASE="3f2a91c")
    live = all_live(database)
    assert {int(process.instance.split(":")[1]) for process in live} == service.workers
    for process in live:
        assert (process.service, process.version, process.host) == ("study", "3f2a91c", socket.gethostname())
        assert process.knows == streams.known(("shared", "study"))
        assert process.silence_s == 1
    assert deployments.in_the_way(database, CONTRACT) == live


def test_it_goes_on_beating_in_the_same_rows(start: Start, database: Database) -> None:
    start(database.url)
    before = {process.instance: process for process in all_live(database)}
    time.sleep(3)
    after = {process.instance: process for process in deployments.live(database)}
    assert after.keys() == before.keys()
    for name, process in after.items():
        assert process.seen_at >= before[name].seen_at + 2
        assert process.started_at == before[name].started_at


def test_the_workers_seal_the_audit_log_as_they_beat(start: Start, database: Database) -> None:
    """More than they seal at one beat, and both at it: one chain. The head is in their log, where no SQL can change it.

    Verification at the same time finds nothing wrong.
    """
    fill(database, 6000)
    service = start(database.url)
    wait_until(lambda: verify.walk(database).head["sequence"] == 6000)
    fill(database, 1)
    wait_until(lambda: verify.walk(database).head["sequence"] == 6001)
    head = verify.walk(database).head["hash"]
    wait_until(lambda: f'"hash":"{head}"' in service.log)
    assert service.complaints() == 0


def chain_changes(service: Service) -> int:
    """How often the workers have met a chain that is not the one they knew."""
    figures = service.call("GET", "/metrics", user=4, role="admin").data.decode()
    (count,) = re.findall(r"^pingtopass_audit_chain_changes_total\S* (\d+)", figures, re.MULTILINE)
    return int(count)


@pytest.mark.parametrize(
    "damage", ["UPDATE audit_seals SET hash = hex(randomblob(32))", "DELETE FROM audit_seals WHERE sequence > 2"]
)
def test_seals_that_are_changed_or_taken_away_are_counted_once_by_each_worker(
    start: Start, database: Database, damage: str
) -> None:
    service = start(database.url)
    all_live(database)
    fill(database, 3)
    time.sleep(2)  # some beats of each worker
    assert (seal.lag_s(database), chain_changes(service)) == (0, 0)
    database.batch(damages.without_triggers([Statement(damage)]))
    wait_until(lambda: chain_changes(service) == OF_TWO_WORKERS)
    time.sleep(1)
    assert chain_changes(service) == OF_TWO_WORKERS
    assert service.log.count("the audit log's chain has changed") == OF_TWO_WORKERS


def test_a_service_that_is_stopped_is_gone_at_once(start: Start, database: Database) -> None:
    service = start(database.url, DEPLOYMENT_BEAT_SECONDS="30")
    all_live(database)
    service.terminate()
    assert deployments.live(database, since=0) == []
    assert deployments.in_the_way(database, CONTRACT) == []


def test_a_killed_service_is_in_the_way_until_three_beats_are_missed(start: Start, database: Database) -> None:
    service = start(database.url, DEPLOYMENT_BEAT_SECONDS="1")
    all_live(database)
    service.kill()
    assert len(deployments.in_the_way(database, CONTRACT)) == OF_TWO_WORKERS
    assert 2 < wait_until(lambda: not deployments.in_the_way(database, CONTRACT)) < 6


def test_a_killed_worker_is_followed_by_one_with_a_row_of_its_own(start: Start, database: Database) -> None:
    service = start(database.url)
    before = {process.instance for process in all_live(database)}
    killed = min(service.workers)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: killed not in {int(process.instance.split(":")[1]) for process in deployments.live(database)})
    after = {process.instance for process in all_live(database)}
    assert len(after & before) == len(after - before) == 1


def test_it_serves_a_database_without_tables_and_beats_when_they_came(start: Start, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    service = start(f"file:{tmp_path}/empty.db")
    wait_until(lambda: service.complaints() == OF_TWO_WORKERS)
    time.sleep(1)
    assert service.complaints() == OF_TWO_WORKERS  # each worker once, not each beat
    assert service.get("/healthz").status == 200
    answer = service.get("/readyz")
    assert (answer.status, answer.json()["pendingMigrations"]["study"]) == (503, streams.names("study"))
    database = Database(f"file:{tmp_path}/empty.db")
    workers = service.workers
    upgrade.up(database)
    assert {int(process.instance.split(":")[1]) for process in all_live(database)} == workers
    assert service.get("/readyz").status == 200
    assert service.log.count("heartbeat is back") == OF_TWO_WORKERS
    database.close()


def test_after_an_outage_it_beats_before_the_next_beat_is_due(start: Start, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    service = start(f"file:{tmp_path}/empty.db", DEPLOYMENT_BEAT_SECONDS="600")
    wait_until(lambda: service.complaints() == OF_TWO_WORKERS)
    database = Database(f"file:{tmp_path}/empty.db")
    upgrade.up(database)
    all_live(database)
    database.close()


def test_it_serves_on_while_a_migration_holds_the_lock_and_still_counts_as_live(
    start: Start, database: Database
) -> None:
    service = start(database.url)
    all_live(database)
    began = deployments.now(database)
    with database.atomic("IMMEDIATE"):
        for _ in range(20):
            assert service.get("/healthz", timeout=1).status == 200
            time.sleep(0.2)
        assert deployments.live(database) == []
        assert len(deployments.live(database, since=began)) == OF_TWO_WORKERS
        assert len(deployments.in_the_way(database, CONTRACT, since=began)) == OF_TWO_WORKERS
    all_live(database)


def test_it_beats_in_the_file_that_a_restore_puts_in_the_place_of_the_old(
    start: Start, database: Database, migrated: Path, tmp_path: Path
) -> None:
    service = start(database.url)
    all_live(database)
    database.close()
    stages.copied(migrated, tmp_path / "restored.db")
    with _stopped_between_beats(service, tmp_path / "pingtopass.db"):
        for part in ("-wal", "-shm"):
            (tmp_path / f"pingtopass.db{part}").unlink(missing_ok=True)
        os.replace(tmp_path / "restored.db", tmp_path / "pingtopass.db")
    all_live(database)


@contextmanager
def _stopped_between_beats(service: Service, file: Path) -> Iterator[None]:
    """Inside, the workers are stopped and none has the file open.

    A worker that closed the old file afterwards would delete the WAL of the new one, since both have the same name.
    """

    def stopped() -> bool:
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: {state(pid) for pid in workers} == {"T"})
        if not any(has_open(pid, str(file)) for pid in workers):
            return True
        go_on()
        return False

    def go_on() -> None:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)

    workers = service.workers
    try:
        wait_until(stopped)
        yield
    finally:
        go_on()


@contextmanager
def _server(directory: Path) -> Iterator[tuple[Sqld, Database]]:
    servers.needed()
    with Sqld(directory) as server:
        database = Database(Settings(server.url, server.token))
        upgrade.up(database)
        yield server, database
        database.close()


IMPATIENT = {"TURSO_CONNECT_SECONDS": "0.5", "TURSO_READ_SECONDS": "0.5", "TURSO_TOTAL_SECONDS": "1"}


def test_a_frozen_database_neither_kills_nor_blocks_a_worker(start: Start, tmp_path: Path) -> None:
    with _server(tmp_path / "primary") as (server, database):
        service = start(server.url, server.token, **IMPATIENT)
        before = {process.instance for process in all_live(database)}
        workers = service.workers
        server.freeze()
        wait_until(lambda: service.complaints() >= OF_TWO_WORKERS)
        for _ in range(20):
            assert service.get("/healthz", timeout=1).status == 200
            time.sleep(0.1)
        server.thaw()
        assert {process.instance for process in all_live(database)} == before
        assert service.workers == workers


def test_a_frozen_database_does_not_keep_a_service_from_ending(start: Start, tmp_path: Path) -> None:
    with _server(tmp_path / "primary") as (server, database):
        service = start(server.url, server.token)
        all_live(database)
        server.freeze()
        assert service.terminate() < 6
        server.thaw()


def test_a_service_beside_a_replica_beats_at_the_primary(start: Start, tmp_path: Path) -> None:
    with _server(tmp_path / "primary") as (server, database):
        start(server.url, server.token, TURSO_REPLICA_PATH=f"{tmp_path}/replica.db")
        all_live(database)
