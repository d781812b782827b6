"""The processes that other tests lean on do what they say."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.servers import HOST, ROOT, STOP_S, Proxy, Sqld, _Heads, binary

pytestmark = pytest.mark.skipif(binary() is None, reason="no libSQL server for this platform")

RTT_S = 0.02
IMPATIENT_S = 0.4
LONG_TEXT = "SELECT printf('%.*c', 200000, 'x')"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqld]:
    with Sqld(tmp_path_factory.mktemp("sqld")) as running:
        say(running, "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)")
        yield running


@pytest.fixture(scope="module")
def one_proxy(server: Sqld) -> Iterator[Proxy]:
    with Proxy(server.port) as running:
        yield running


@pytest.fixture
def proxy(one_proxy: Proxy) -> Proxy:
    one_proxy.heal()
    one_proxy.rtt_s = 0.0
    one_proxy.reset()
    return one_proxy


@pytest.fixture
def pool(proxy: Proxy) -> Iterator[urllib3.HTTPConnectionPool]:
    with urllib3.HTTPConnectionPool(HOST, proxy.port, maxsize=16, timeout=10) as own:
        yield own


def post(pool: urllib3.HTTPConnectionPool, token: str, sql: str, *, timeout: float = 10) -> urllib3.BaseHTTPResponse:
    requests = [{"type": "execute", "stmt": {"sql": sql}}, {"type": "close"}]
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return pool.request(
        "POST", "/v3/pipeline", json={"requests": requests}, headers=headers, timeout=timeout, retries=False
    )


def rows(response: urllib3.BaseHTTPResponse) -> list[list[Any]]:
    assert response.status == 200, response.data
    result = response.json()["results"][0]
    assert result["type"] == "ok", result
    return [[value.get("value") for value in row] for row in result["response"]["result"]["rows"]]


def say(server: Sqld, sql: str) -> list[list[Any]]:
    with urllib3.HTTPConnectionPool(HOST, server.port, timeout=10) as own:
        return rows(post(own, server.token, sql))


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def wait_until(true: Callable[[], bool], within_s: float = 10) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


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
        assert say(server, "SELECT 1") == [["1"]]


def test_killed_server_comes_back_with_its_data_and_tokens(tmp_path: Path) -> None:
    with Sqld(tmp_path) as server:
        token = server.token
        say(server, "CREATE TABLE t (a INTEGER)")
        say(server, "INSERT INTO t VALUES (7)")
        for end in (server.kill, server.stop):
            end()
            with pytest.raises(urllib3.exceptions.HTTPError):
                say(server, "SELECT 1")
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
        assert seconds(server.stop) < STOP_S  # so not by SIGKILL


def test_replica_server_forwards_writes(tmp_path: Path) -> None:
    with Sqld(tmp_path / "primary") as primary, Sqld(tmp_path / "replica", primary=primary) as replica:
        assert replica.token == primary.token
        say(replica, "CREATE TABLE t (a INTEGER)")
        say(replica, "INSERT INTO t VALUES (1)")
        assert say(primary, "SELECT a FROM t") == [["1"]]
        say(primary, "INSERT INTO t VALUES (2)")
        wait_until(lambda: say(replica, "SELECT 1 FROM sqlite_master WHERE name = 't'") == [["1"]])
        wait_until(lambda: say(replica, "SELECT a FROM t ORDER BY a") == [["1"], ["2"]])


def test_server_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    server = Sqld(tmp_path)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(server.start).result()
    time.sleep(0.1)
    assert say(server, "SELECT 1") == [["1"]]
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


def test_a_request_takes_one_round_trip_and_a_connection_another(
    server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool
) -> None:
    proxy.rtt_s = RTT_S
    first = seconds(lambda: post(pool, server.token, "SELECT 1"))
    warm = sorted(seconds(lambda: post(pool, server.token, "SELECT 1")) for _ in range(20))
    assert warm[0] >= RTT_S
    assert warm[0] < 1.75 * RTT_S
    assert first >= 2 * RTT_S
    proxy.rtt_s = 0.0
    near = [seconds(lambda: post(pool, server.token, "SELECT 1")) for _ in range(20)]
    assert min(near) < RTT_S / 2
    assert (proxy.connections, proxy.requests) == (1, 41)


def test_distance_narrows_nothing(server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool) -> None:
    """Sixteen callers wait at the same time, and a long answer waits once."""
    proxy.rtt_s = 0.1
    with ThreadPoolExecutor(16) as callers:
        said = [callers.submit(post, pool, server.token, LONG_TEXT) for _ in range(64)]
        took = seconds(lambda: [rows(one.result()) for one in said])
    assert took < 32 * 0.1  # 5 round trips, not 65
    assert (proxy.connections, proxy.requests) == (16, 64)


def test_counts_start_again(server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool) -> None:
    post(pool, server.token, "SELECT 1")
    proxy.reset()
    post(pool, server.token, "SELECT '" + "\\r\\n\\r\\nPOST / " * 10_000 + "'")
    assert (proxy.connections, proxy.requests) == (0, 1)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_heads_are_found_however_the_bytes_arrive(size: int) -> None:
    plain = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nPOST \r\n\r\n"
    chunked = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n1;x\r\n0\r\n0\r\n\r\n"
    said = (plain + chunked + b"GET /health HTTP/1.1\r\n\r\n") * 3
    heads = _Heads()
    assert sum(heads.feed(said[i : i + size]) for i in range(0, len(said), size)) == 9


def test_refused_until_accepted(server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool) -> None:
    post(pool, server.token, "SELECT 1")
    proxy.refuse()
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        post(pool, server.token, "SELECT 1")
    proxy.accept()
    assert rows(post(pool, server.token, "SELECT 1")) == [["1"]]


def test_cut_after_request_loses_the_answer_to_a_write_that_happened(
    server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool
) -> None:
    proxy.cut_after_request()
    with pytest.raises(urllib3.exceptions.ProtocolError, match="without response"):
        post(pool, server.token, "INSERT INTO notes (body) VALUES ('cut')")
    assert rows(post(pool, server.token, "SELECT count(*) FROM notes WHERE body = 'cut'")) == [["1"]]


@pytest.mark.parametrize("size", [10, 1000])
def test_half_response_ends_in_the_middle(
    server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool, size: int
) -> None:
    proxy.half_response(bytes=size)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        post(pool, server.token, LONG_TEXT)
    assert len(rows(post(pool, server.token, LONG_TEXT))[0][0]) == 200_000


def test_stalled_requests_pass_when_it_resumes(server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool) -> None:
    proxy.stall()
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        post(pool, server.token, "SELECT 1", timeout=IMPATIENT_S)
    with ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(post, pool, server.token, "SELECT 2")
        time.sleep(0.1)
        assert not waiting.done()
        proxy.resume()
        assert rows(waiting.result()) == [["2"]]
    assert proxy.connections == 2


def test_dripping_answer_outlasts_a_read_time_out(server: Sqld, proxy: Proxy, pool: urllib3.HTTPConnectionPool) -> None:
    """Each read is quick, so urllib3's time-out never fires: only a deadline for the whole call would."""
    proxy.drip(500)
    took = seconds(lambda: rows(post(pool, server.token, "SELECT 1", timeout=IMPATIENT_S)))
    assert took > 2 * IMPATIENT_S
    proxy.drip(None)
    assert seconds(lambda: rows(post(pool, server.token, "SELECT 1"))) < took / 2
