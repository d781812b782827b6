"""Two processes of eight threads on one database object lose nothing; a fork leaves both sides with a working one."""

import os
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Limits, Settings
from tests import servers
from tests.faults.conftest import PATIENT, Connect, Sqld, note
from tests.faults.hosts import Host

THREADS = 8
TIMES = 20
ADD = [Statement("UPDATE counters SET n = n + 1")]
READ = [Statement("SELECT n FROM counters")]

modes = pytest.mark.parametrize("reading", ["server", "replica"])


@pytest.fixture
def database(server: Sqld, connect: Connect, host: Callable[..., Host], reading: str) -> LibsqlDatabase:
    replica = host().replica if reading == "replica" else None
    own = connect(server, limits=Limits(2.0, 10.0, 20.0), replica=replica)
    own.execute_sql("CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
    own.batch([Statement("INSERT INTO counters VALUES (1, 0)")])
    return own


def _forked(work: Callable[[], None]) -> int:
    """Do it in a child of ours; its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return pid


def _well(pid: int) -> bool:
    return os.waitpid(pid, 0)[1] == 0


def _count_by_threads(database: LibsqlDatabase) -> None:
    failed: list[BaseException] = []

    def count() -> None:
        try:
            last = 0
            for _ in range(TIMES):
                database.batch(ADD)
                now = database.fetch(READ)[0].one(dict)["n"]
                assert now > last, "own writes are read"
                last = now
            database.close()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=count) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed


@modes
def test_processes_and_threads_lose_no_increment(database: LibsqlDatabase) -> None:
    pids = [_forked(lambda: _count_by_threads(database)) for _ in range(2)]
    assert [_well(pid) for pid in pids] == [True, True]
    assert database.fetch(READ, fresh=True)[0].one(dict)["n"] == 2 * THREADS * TIMES


@modes
def test_parent_and_child_go_on_after_a_fork(database: LibsqlDatabase) -> None:
    database.fetch(READ)
    _count_by_threads(database)
    before = THREADS * TIMES

    def child() -> None:
        assert database.fetch(READ, fresh=True)[0].one(dict)["n"] >= before
        for _ in range(10):
            database.batch(ADD)
        assert database.fetch(READ)[0].one(dict)["n"] >= before + 10

    pids = [_forked(child) for _ in range(3)]
    for _ in range(10):
        database.batch(ADD)
        database.fetch(READ)
    assert [_well(pid) for pid in pids] == [True, True, True]
    assert database.fetch(READ, fresh=True)[0].one(dict)["n"] == before + 40


@pytest.mark.parametrize("reading", ["server"])
def test_a_transaction_of_the_parent_is_not_the_childs(database: LibsqlDatabase) -> None:
    with database.atomic():
        database.execute_sql("UPDATE counters SET n = 100")
        assert database.in_transaction()

        def child() -> None:
            assert not database.in_transaction()
            assert database.fetch(READ)[0].one(dict)["n"] == 0

        assert _well(_forked(child))
        database.execute_sql("UPDATE counters SET n = n + 1")
    assert database.fetch(READ)[0].one(dict)["n"] == 101


def test_two_processes_of_eight_writers_do_not_stop_a_server(tmp_path: Path) -> None:
    """One that checkpoints after commits, as it does by itself: sixteen writers at once stopped such a one for good."""
    rounds, big = 60, [note("x" * 8000)] * 4
    with servers.Sqld(tmp_path / "usual") as server:
        database = LibsqlDatabase(Settings(server.url, server.token, limits=PATIENT, clock=None))
        database.execute_sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")

        def write(_: int) -> None:
            for _ in range(rounds):
                database.batch(big)
            database.close()

        def write_by_threads() -> None:
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(write, range(THREADS)))

        pids = [_forked(write_by_threads) for _ in range(2)]
        assert [_well(pid) for pid in pids] == [True, True]
        written = 2 * THREADS * rounds * len(big)
        assert database.execute_sql("SELECT count(*) FROM notes").fetchone() == (written,)
        database.close()
