"""A service beats again when its database, which was empty, replaced or frozen, can take a beat."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.releases import streams
from tests import servers, stages
from tests.deploy.heartbeats.beating import OF_TWO_WORKERS, Service, Start, all_live
from tests.faults.hosts import has_open, state, wait_until
from tests.servers import Sqld


def test_it_serves_a_database_without_tables_and_beats_when_they_came(start: Start, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    service = start(f"file:{tmp_path}/empty.db")
    wait_until(lambda: service.complaints() == OF_TWO_WORKERS)
    time.sleep(1)
    assert service.complaints() == OF_TWO_WORKERS  # each worker once, not each beat
    assert service.get("/healthz").status == 200
    answer = service.get("/readyz")
    assert (answer.status, answer.json()["pendingMigrations"]["study"]) == (503, streams.names("study"))
    database = LibsqlDatabase(f"file:{tmp_path}/empty.db")
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
    database = LibsqlDatabase(f"file:{tmp_path}/empty.db")
    upgrade.up(database)
    all_live(database)
    database.close()


def test_it_beats_in_the_file_that_a_restore_puts_in_the_place_of_the_old(
    start: Start, database: LibsqlDatabase, migrated: Path, tmp_path: Path
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
def _server(directory: Path) -> Iterator[tuple[Sqld, LibsqlDatabase]]:
    servers.needed()
    with Sqld(directory) as server:
        database = LibsqlDatabase(Settings(server.url, server.token))
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
