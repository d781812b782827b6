"""The workers of a service share out new connections: none has all of them while another has nothing to do."""

import mmap
import os
import socket
from pathlib import Path
from types import SimpleNamespace

from shared_schema.web import gunicorn_settings
from shared_schema.web.server.shares import Shares
from tests.faults.hosts import Service, children, wait_until


def connections(worker: int, port: int) -> int:
    """How many clients of a port a process has."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    served = {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"}
    links = (os.readlink(link) for link in Path(f"/proc/{worker}/fd").iterdir())
    return sum(link.removeprefix("socket:[").rstrip("]") in served for link in links)


def taken(service: Service, count: int) -> list[int]:
    """How many of so many connections each worker takes."""
    workers = children(service.pid)
    before = [connections(worker, service.port) for worker in workers]
    clients = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(count)]
    try:
        wait_until(lambda: sum(connections(worker, service.port) for worker in workers) >= sum(before) + count)
        return [connections(worker, service.port) - held for worker, held in zip(workers, before, strict=True)]
    finally:
        for client in clients:
            client.close()


def test_connections_that_come_at_once_are_shared_out(service: Service) -> None:
    wait_until(lambda: min(taken(service, 4)) > 0)  # both have started
    shares = taken(service, 60)
    assert (len(shares), sum(shares)) == (2, 60)
    assert min(shares) >= 20


def test_a_worker_knows_of_others_that_serve_and_have_fewer() -> None:
    memory = mmap.mmap(-1, 512)
    first, second, third = (Shares(memory, age) for age in (1, 2, 257))
    assert not first.another_has_fewer()
    first.tell(3)
    assert not first.another_has_fewer()  # the second has not begun
    second.tell(3)
    assert not first.another_has_fewer()
    second.tell(0)
    assert (first.another_has_fewer(), second.another_has_fewer()) == (True, False)
    second.leave()
    assert not first.another_has_fewer()
    first.tell(10**6)
    second.tell(10**6 - 1)
    assert not first.another_has_fewer()  # more than anybody counts
    third.tell(0)  # in the place of the first, which has ended
    assert second.another_has_fewer()


def test_a_worker_that_has_ended_has_no_place() -> None:
    """However it has ended: gunicorn's master clears it."""
    memory = mmap.mmap(-1, 512)
    survivor, killed = Shares(memory, 6), Shares(memory, 7)
    survivor.tell(5)
    killed.tell(0)
    assert survivor.another_has_fewer()
    gunicorn_settings.child_exit(None, SimpleNamespace(age=7, connections=memory))
    assert not survivor.another_has_fewer()
