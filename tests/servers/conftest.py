"""One server and one proxy for a module of tests, and requests to them as a client sends them."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.servers import HOST, Proxy, Sqld, needed

IMPATIENT_S = 0.4


@pytest.fixture(scope="session", autouse=True)
def _server_to_start() -> None:
    needed()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqld]:
    with Sqld(tmp_path_factory.mktemp("sqld")) as running:
        read(running, "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)")
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


def read(server: Sqld, sql: str) -> list[list[Any]]:
    with urllib3.HTTPConnectionPool(HOST, server.port, timeout=10) as own:
        return rows(post(own, server.token, sql))


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def wait_until(true: Callable[[], bool], within_s: float = 60) -> float:
    """Wait for a state. The seconds it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s
        time.sleep(0.02)
    return time.monotonic() - began


def gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"
