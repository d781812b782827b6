"""A thread that has nothing to do does not hold a replica file that was replaced."""

import os
import threading
import time
from contextlib import suppress

import pytest

from shared_schema.database import LibsqlDatabase
from shared_schema.database.replica import handles
from shared_schema.database.replica.reading import Replica
from tests.servers.conftest import wait_until
from tests.shared_schema.database.replica.conftest import MAX_AGE_S, PLACE, TICK, made


def open_files(path):
    """How many descriptors this process has on a file, also when it was unlinked."""
    count = 0
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            count += os.readlink(f"/proc/self/fd/{number}").removesuffix(" (deleted)") == path
    return count


@pytest.fixture
def reader(path, note, clock):
    file = LibsqlDatabase(f"file:{path}", read_only=True)
    yield Replica(path, file, file.fetch, MAX_AGE_S, clock)
    file.close()


def read(reader, primary):
    return reader.fetch([PLACE], primary)[0].value(str)


@pytest.fixture
def idle_threads(reader, primary):
    """Three threads that have read once and wait."""
    ended, ready = threading.Event(), threading.Barrier(4)

    def work():
        assert read(reader, primary) == "replica"
        ready.wait()
        ended.wait()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    ready.wait()
    yield threads
    ended.set()
    for thread in threads:
        thread.join()


def test_idle_threads_let_go_of_a_file_that_was_unlinked_though_nobody_reads(path, idle_threads):
    assert open_files(path) == 3
    os.unlink(path)
    took = wait_until(lambda: open_files(path) == 0)
    assert took > handles._IDLE_S / 4
    assert handles._IDLE_S == 2.0


def test_the_thread_that_closes_ends_with_the_last_connection(path, reader, primary, idle_threads, monkeypatch):
    monkeypatch.setattr(handles, "_IDLE_S", 0.05)
    wait_until(lambda: open_files(path) == 0)
    wait_until(lambda: "replica handles" not in [thread.name for thread in threading.enumerate()])
    assert read(reader, primary) == "replica"
    assert "replica handles" in [thread.name for thread in threading.enumerate()]


def test_thread_that_was_idle_opens_the_file_again(reader, primary, path, monkeypatch):
    monkeypatch.setattr(handles, "_IDLE_S", 0.02)
    for _ in range(3):
        assert read(reader, primary) == "replica"
        wait_until(lambda: open_files(path) == 0)
    assert primary.limits == []


def test_connections_are_closed_between_reads_and_not_within(reader, primary, monkeypatch):
    """Threads that pause for about as long as their connections may be idle."""
    monkeypatch.setattr(handles, "_IDLE_S", 0.002)
    places = []

    def work(pause_s):
        for _ in range(300):
            places.append(read(reader, primary))
            time.sleep(pause_s)

    threads = [threading.Thread(target=work, args=(n / 1000,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(places) == {"replica"}
    assert len(places) == 1800
    assert primary.limits == []


def test_busy_thread_keeps_its_connection(reader, primary, path, monkeypatch):
    opened = []
    connect = reader.file._connect
    monkeypatch.setattr(reader.file, "_connect", lambda: opened.append(1) or connect())
    end = time.monotonic() + 3 * handles._IDLE_S
    while time.monotonic() < end:
        assert read(reader, primary) == "replica"
        time.sleep(0.05)
    assert opened == [1]


def test_file_that_is_replaced_while_it_is_opened_is_not_read(reader, primary, path, tmp_path, monkeypatch):
    other = made(tmp_path / "other.db", "other", TICK)
    connect = reader.file._connect

    def late():
        os.replace(other, path)
        return connect()

    monkeypatch.setattr(reader.file, "_connect", late)
    assert read(reader, primary) == "primary"


def test_child_of_a_fork_reads_by_a_connection_of_its_own(reader, primary, path, idle_threads):
    """Though another thread, which the child does not have, was about to use a handle."""
    assert read(reader, primary) == "replica"
    with reader._handles.mine():  # as a thread in the middle of a read
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = 0 if read(reader, primary) == "replica" and primary.limits == [] else 2
            finally:
                os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert read(reader, primary) == "replica"
