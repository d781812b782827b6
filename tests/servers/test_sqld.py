"""The server that other tests start: its tokens, its ends, and that nothing of it is left behind."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from tests.servers import HOST, ROOT, Sqld
from tests.servers.conftest import IMPATIENT_S, gone, post, read, rows, wait_until


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_server_wants_a_token(pool: urllib3.HTTPConnectionPool, token: str) -> None:
    """One request a pool: the server refuses before it has read the body, and mostly closes the connection."""
    assert post(pool, token, "SELECT 1").status == 401


def test_read_only_token_cannot_write(server: Sqld, pool: urllib3.HTTPConnectionPool) -> None:
    assert rows(post(pool, server.read_only_token, "SELECT 1")) == [["1"]]
    assert post(pool, server.read_only_token, "INSERT INTO notes (body) VALUES ('no')").status == 403
    assert rows(post(pool, server.token, "INSERT INTO notes (body) VALUES ('yes') RETURNING body")) == [["yes"]]


def test_server_without_auth_wants_none(tmp_path: Path) -> None:
    with Sqld(tmp_path, auth=False) as server:
        assert server.token == ""
        assert read(server, "SELECT 1") == [["1"]]


def test_killed_server_comes_back_with_its_data_and_tokens(tmp_path: Path) -> None:
    with Sqld(tmp_path) as server:
        token = server.token
        read(server, "CREATE TABLE t (a INTEGER)")
        read(server, "INSERT INTO t VALUES (7)")
        for end in (server.kill, server.stop):
            end()
            with pytest.raises(urllib3.exceptions.HTTPError):
                read(server, "SELECT 1")
            server.start()
            with urllib3.HTTPConnectionPool(HOST, server.port) as own:
                assert rows(post(own, token, "SELECT a FROM t")) == [["7"]]


def test_frozen_server_answers_after_it_thaws(server: Sqld, pool: urllib3.HTTPConnectionPool) -> None:
    server.freeze()
    try:
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            post(pool, server.token, "SELECT 1", timeout=IMPATIENT_S)
    finally:
        server.thaw()
    assert rows(post(pool, server.token, "SELECT 1")) == [["1"]]


def test_frozen_server_can_be_stopped(tmp_path: Path) -> None:
    with Sqld(tmp_path) as server:
        server.freeze()
        assert server.stop() not in (None, -signal.SIGKILL)


def test_replica_server_forwards_writes(tmp_path: Path) -> None:
    with Sqld(tmp_path / "primary") as primary, Sqld(tmp_path / "replica", primary=primary) as replica:
        assert replica.token == primary.token
        read(replica, "CREATE TABLE t (a INTEGER)")
        read(replica, "INSERT INTO t VALUES (1)")
        assert read(primary, "SELECT a FROM t") == [["1"]]
        read(primary, "INSERT INTO t VALUES (2)")
        wait_until(lambda: read(replica, "SELECT 1 FROM sqlite_master WHERE name = 't'") == [["1"]])
        wait_until(lambda: read(replica, "SELECT a FROM t ORDER BY a") == [["1"], ["2"]])


def test_server_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    server = Sqld(tmp_path)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(server.start).result()
    time.sleep(0.1)
    assert read(server, "SELECT 1") == [["1"]]
    server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_nothing_is_left_when_the_tests_are_killed(tmp_path: Path) -> None:
    script = """
import pathlib, sys, time
from tests.servers import Proxy, Sqld
server = Sqld(pathlib.Path(sys.argv[1]))
server.start()
proxy = Proxy(server.port)
proxy.start()
print(server._process.pid, proxy._process.pid, flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as tests:
        assert tests.stdout
        pids = [int(pid) for pid in tests.stdout.readline().split()]
        assert len(pids) == 2
        assert not any(gone(pid) for pid in pids)
        os.kill(tests.pid, signal.SIGKILL)
    wait_until(lambda: all(gone(pid) for pid in pids))
