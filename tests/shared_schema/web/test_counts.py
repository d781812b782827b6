"""Counts of requests are exact over threads and processes; a file that cannot be used stops nobody."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from shared_schema.web import counts
from shared_schema.web.counts import Counts
from tests.servers import ROOT

UNCOUNTED = "requests are not counted, all are let through"
_WORKER = """
import sys, threading
from pathlib import Path
from shared_schema.web.counts import Counts

counts = Counts(Path(sys.argv[1]), 3600)
used = []
threads = [threading.Thread(target=lambda: used.extend(counts.count("alice", 3600).used for _ in range(50)))
           for _ in range(8)]
print("ready", flush=True)
sys.stdin.readline()
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(*used)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "study-rates.db"


@pytest.fixture
def counter(path: Path) -> Iterator[Counts]:
    own = Counts(path, 60)
    yield own
    own.close()


def used(counter: Counts, key: str = "alice") -> int | None:
    count = counter.count(key, 60)
    return count.used if count else None


def change(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(sql)
    connection.close()


def test_two_processes_of_eight_threads_count_each_number_once(path: Path) -> None:
    command = [sys.executable, "-c", _WORKER, str(path)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
    numbers = [int(number) for worker in workers for number in _told(worker)]
    assert sorted(numbers) == list(range(1, 801))


def _told(worker: "subprocess.Popen[str]") -> list[str]:
    said, _ = worker.communicate("go\n", timeout=60)
    return said.split()


def test_each_key_has_a_window_of_its_own(counter: Counts) -> None:
    assert [used(counter), used(counter), used(counter, "bob")] == [1, 2, 1]
    count = counter.count("alice", 60)
    assert count
    assert count.used == 3
    assert 59 < count.left_s <= 60


def test_a_window_does_not_move_on_with_what_is_counted_in_it(counter: Counts, path: Path) -> None:
    used(counter)
    change(path, "UPDATE counts SET ends = ends - 30")
    for n in (2, 3):
        count = counter.count("alice", 60)
        assert count
        assert count.used == n
        assert 29 < count.left_s <= 30


def test_a_window_that_has_ended_begins_anew(counter: Counts, path: Path) -> None:
    used(counter)
    used(counter)
    change(path, "UPDATE counts SET ends = ends - 60")
    count = counter.count("alice", 60)
    assert count
    assert count.used == 1
    assert 59 < count.left_s <= 60


def test_a_window_from_before_a_reboot_keeps_nobody_out(counter: Counts, path: Path) -> None:
    used(counter)
    used(counter)
    change(path, "UPDATE counts SET ends = ends + 1000000")
    assert [used(counter), used(counter)] == [1, 2]


def test_a_worker_that_read_the_clock_before_another_counts_on(
    counter: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert used(counter) == 1
    earlier = time.monotonic() - 5
    monkeypatch.setattr(time, "monotonic", lambda: earlier)
    assert used(counter) == 2


def test_old_windows_are_removed(counter: Counts, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "PRUNE_EVERY", 5)
    for key in ("over", "rebooted", "alice"):
        used(counter, key)
    change(path, "UPDATE counts SET ends = ends - 61 WHERE key = 'over'")
    change(path, "UPDATE counts SET ends = ends + 121 WHERE key = 'rebooted'")
    assert [used(counter), used(counter), used(counter)] == [2, 3, 4]
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT key, used FROM counts").fetchall() == [("alice", 4)]
    connection.close()


def test_the_file_is_its_owners_alone(counter: Counts, path: Path) -> None:
    used(counter)
    files = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert files == dict.fromkeys(("study-rates.db", "study-rates.db-wal", "study-rates.db-shm"), "0o600")
    assert oct(path.parent.stat().st_mode & 0o777) == "0o700"


def test_a_lost_file_is_made_anew_and_shared_again(counter: Counts, path: Path) -> None:
    other = Counts(path, 60)
    assert [used(counter), used(other)] == [1, 2]
    for file in path.parent.iterdir():
        file.unlink()
    assert [used(counter), used(other), used(counter)] == [1, 2, 3]
    other.close()


@pytest.mark.parametrize("damage", ["no database at all", ""], ids=["foreign", "empty"])
def test_a_file_that_is_no_database_stops_nobody_and_is_replaced(
    path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "REST_S", 0)
    path.parent.mkdir()
    path.write_text(damage * 100)
    counter = Counts(path, 60)
    with capture_logs() as logs:
        assert used(counter) is None
        assert [used(counter), used(counter)] == [1, 2]
    assert [line["event"] for line in logs] == [UNCOUNTED, "requests are counted again"]
    counter.close()


def test_a_locked_file_stops_nobody_and_is_tried_again(
    counter: Counts, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "BUSY_S", 0.01)
    assert used(counter) == 1
    counter.close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with capture_logs() as logs:
        assert [used(counter), used(counter), used(counter)] == [None, None, None]
    assert [(line["event"], line["error"]) for line in logs] == [(UNCOUNTED, "database is locked")]
    holder.execute("ROLLBACK")
    holder.close()
    assert used(counter) is None  # it rests
    monkeypatch.setattr(counter, "_rests_until", 0.0)
    assert used(counter) == 2


def test_a_place_that_takes_no_file_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    counter = Counts(tmp_path / "var" / "study-rates.db", 60)
    with capture_logs() as logs:
        assert [used(counter), used(counter)] == [None, None]
    assert [line["event"] for line in logs] == [UNCOUNTED]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_stops_nobody(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert used(Counts(tmp_path / "study-rates.db", 60)) is None
    tmp_path.chmod(0o700)


def test_workers_that_start_at_once_make_one_file(path: Path) -> None:
    start, numbers = threading.Barrier(8), []

    def work() -> None:
        counter = Counts(path, 60)
        start.wait()
        numbers.append(used(counter))
        counter.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number or 0 for number in numbers) == list(range(1, 9))
    assert [file.name for file in path.parent.iterdir()] == [path.name]
