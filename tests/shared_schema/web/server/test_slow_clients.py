"""Clients that send or read slowly are cut at their limits, and hold up nobody meanwhile."""

import json
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from shared_schema.database.settings import Settings
from tests.faults.hosts import Service, children
from tests.shared_schema.web.server.wire import Wire, head, is_problem_of_the_server, timed

MANY = 500
BODY = ("POST", "/api/study/answer", "Content-Type: application/json", "Content-Length: 5000")
FILE = head("GET", "/docs/swagger-ui-bundle.js")
LATE_S = 5  # the server looks once a second, and the machine may be busy


def within(began: float, limit_s: float) -> bool:
    return limit_s - 0.1 <= time.monotonic() - began <= limit_s + LATE_S


def test_a_head_that_does_not_end_in_time_is_408_and_what_is_no_line_is_closed(port: int) -> None:
    began = time.monotonic()
    with Wire(port, b"GET /he%20y?q=1 HTTP/1.1\r\nX: ") as slow, Wire(port, b"GET /he") as less, Wire(port) as silent:
        for _ in range(4):  # bytes that come do not put it off
            time.sleep(0.2)
            slow.send(b"x")
        assert is_problem_of_the_server(slow.reply(), 408, "REQUEST_TIMEOUT", "/he%20y")
        assert within(began, 1)
        assert slow.is_closed()
        assert less.is_closed()
        assert silent.is_closed()
        assert within(began, 1)


def test_a_body_that_does_not_end_in_time_is_408(port: int) -> None:
    began = time.monotonic()
    chunked = head("POST", "/api/exams", "Transfer-Encoding: chunked") + b"9\r\n{"
    with Wire(port, head(*BODY) + b"{") as announced, Wire(port, chunked) as other:
        for _ in range(4):
            time.sleep(0.4)
            announced.send(b" ")
        assert is_problem_of_the_server(announced.reply(), 408, "REQUEST_TIMEOUT", "/api/study/answer")
        assert is_problem_of_the_server(other.reply(), 408, "REQUEST_TIMEOUT", "/api/exams")
        assert within(began, 2)
        assert announced.is_closed()


def _held(workers: list[int], wires: list[Wire]) -> int:
    """How many of these connections, and of the copies of the file that they ask for, the workers have open."""
    time.sleep(0.05)
    ports = {wire.sock.getsockname()[1] for wire in wires}
    # Columns of proc(5), net/tcp: the third is the other end's address, the tenth the inode of the socket.
    table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    theirs = {f"socket:[{row[9]}]" for row in table if int(row[2].rpartition(":")[2], 16) in ports}
    targets = []
    for pid in workers:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                targets.append(str(entry.readlink()))
    return sum(target in theirs or target.endswith("swagger-ui-bundle.js") for target in targets)


def test_an_answer_that_is_not_read_in_time_is_cut(service: Service) -> None:
    workers = children(service.pid)
    began = time.monotonic()
    with ExitStack() as open_:
        wires = [open_.enter_context(Wire(service.port, FILE * 3, receives=4096)) for _ in range(8)]
        while _held(workers, wires) < 2 * len(wires):  # a connection and a file for each
            assert time.monotonic() - began < 3.9
        while _held(workers, wires):
            assert time.monotonic() - began < 4 + 2 * LATE_S
        assert time.monotonic() - began > 3.9
        with pytest.raises((AssertionError, ConnectionResetError)):
            while True:
                wires[0].reply()


@pytest.fixture
def patient(settings: Settings, tmp_path: Path) -> Iterator[Service]:
    """The service with its usual limits, in each mode of the database."""
    with Service(settings.url, settings.token or "", tmp_path / "service.log") as running:
        yield running


@pytest.mark.only("file", "server")
def test_with_five_hundred_slow_clients_a_probe_and_a_learner_are_answered_at_once(patient: Service) -> None:
    kinds = (head("GET", "/healthz")[:-2] + b"X: ", head(*BODY) + b'{"a":', FILE)
    with ExitStack() as open_:
        wires = [
            open_.enter_context(Wire(patient.port, kinds[n % 3] + FILE * (n % 3 == 2), receives=4096))
            for n in range(MANY)
        ]
        assert patient.call("GET", "/healthz", user=1).status == 200  # after all of these have come
        seconds: dict[str, list[float]] = {"/healthz": [], "/api/auth/me": []}
        for _ in range(5):
            for wire in wires[::3] + wires[1::3]:
                wire.send(b" ")
            for path, taken in seconds.items():
                status, took = timed(patient.port, head("GET", path))
                assert status == 200
                taken.append(took)
        assert {path: statistics.median(taken) < 1 for path, taken in seconds.items()} == dict.fromkeys(seconds, True)


@pytest.mark.only("file")
def test_where_too_many_connect_those_who_wait_longest_go_first(
    migrated: Path, tmp_path: Path, settings: Settings
) -> None:
    few = {"GUNICORN_CMD_ARGS": "--workers 1 --worker-connections 20"}
    with Service(settings.url, "", tmp_path / "service.log", **few) as service, ExitStack() as open_:
        idle = open_.enter_context(Wire(service.port))
        first = open_.enter_context(Wire(service.port, b"GET /first HTTP/1.1\r\n"))
        for _ in range(30):
            open_.enter_context(Wire(service.port, b"GET /later HTTP/1.1\r\n"))
        assert idle.is_closed()
        assert is_problem_of_the_server(first.reply(), 503, "OVERLOADED", "/first")
        assert timed(service.port, head("GET", "/healthz"))[0] == 200


@pytest.mark.only("file")
def test_many_large_bodies_at_once_are_bounded_in_memory(settings: Settings, tmp_path: Path) -> None:
    large = head(
        "POST", "/api/questions/import?format=gift&examId=1", "Content-Length: 16000000", user=3, role="moderator"
    )
    with (
        Service(settings.url, "", tmp_path / "service.log", GUNICORN_CMD_ARGS="--workers 1") as service,
        ExitStack() as open_,
    ):
        (worker,) = children(service.pid)
        before = resident(worker)
        wires = []
        for _ in range(10):
            wires.append(open_.enter_context(Wire(service.port, large)))
            try:
                wires[-1].send(b"x" * 12_000_000)
            except (BrokenPipeError, ConnectionResetError):
                continue  # it was cut meanwhile
        assert resident(worker) - before < 64 + 64  # megabytes; 120 were sent
        assert is_problem_of_the_server(wires[0].reply(), 503, "OVERLOADED", "/api/questions/import")
        answer = service.call("GET", "/api/auth/me", user=1)
        assert (answer.status, json.loads(answer.data)["id"]) == (200, 1)


def resident(pid: int) -> float:
    """The memory of a process, in megabytes."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
