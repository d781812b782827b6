"""The study service under a real gunicorn says that it lives: who migrates sees it come, stay and go."""

import os
import signal
import socket
import time

from shared_schema.database import LibsqlDatabase
from shared_schema.releases import deployments, streams
from shared_schema.releases.files import Migration
from tests.deploy.heartbeats.beating import OF_TWO_WORKERS, Start, all_live
from tests.faults.hosts import wait_until

CONTRACT = Migration("study", "999_no_tips", "", "contract", "", goes_back=True)


def test_every_worker_is_there_with_what_its_code_knows(start: Start, database: LibsqlDatabase) -> None:
    service = start(database.url, RELEASE="3f2a91c")
    live = all_live(database)
    assert {int(process.instance.split(":")[1]) for process in live} == service.workers
    for process in live:
        assert (process.service, process.version, process.host) == ("study", "3f2a91c", socket.gethostname())
        assert process.knows == streams.known(("shared", "study"))
        assert process.silence_s == 1
    assert {process.instance for process in deployments.in_the_way(database, CONTRACT)} == {
        process.instance for process in live
    }


def test_it_goes_on_beating_in_the_same_rows(start: Start, database: LibsqlDatabase) -> None:
    start(database.url)
    before = {process.instance: process for process in all_live(database)}
    time.sleep(3)
    after = {process.instance: process for process in deployments.live(database)}
    assert after.keys() == before.keys()
    for name, process in after.items():
        assert process.seen_at >= before[name].seen_at + 2
        assert process.started_at == before[name].started_at


def test_a_service_that_is_stopped_is_gone_at_once(start: Start, database: LibsqlDatabase) -> None:
    service = start(database.url, DEPLOYMENT_BEAT_SECONDS="30")
    all_live(database)
    service.terminate()
    assert deployments.live(database, since=0) == []
    assert deployments.in_the_way(database, CONTRACT) == []


def test_a_killed_service_is_in_the_way_until_three_beats_are_missed(start: Start, database: LibsqlDatabase) -> None:
    service = start(database.url, DEPLOYMENT_BEAT_SECONDS="1")
    all_live(database)
    service.kill()
    assert len(deployments.in_the_way(database, CONTRACT)) == OF_TWO_WORKERS
    assert 2 < wait_until(lambda: not deployments.in_the_way(database, CONTRACT)) < 6


def test_a_killed_worker_is_followed_by_one_with_a_row_of_its_own(start: Start, database: LibsqlDatabase) -> None:
    service = start(database.url)
    before = {process.instance for process in all_live(database)}
    killed = min(service.workers)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: killed not in {int(process.instance.split(":")[1]) for process in deployments.live(database)})
    after = {process.instance for process in all_live(database)}
    assert len(after & before) == len(after - before) == 1


def test_it_serves_on_while_a_migration_holds_the_lock_and_still_counts_as_live(
    start: Start, database: LibsqlDatabase
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
