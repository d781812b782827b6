"""The workers of a service share out new connections: none has all of them while another has nothing to do."""

import os
import socket
from pathlib import Path

from tests.faults.hosts import Service, children, wait_until


def connections(worker: int, port: int) -> int:
    """How many clients of a port a process has."""
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    served = {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01"}
    links = (os.readlink(link) for link in Path(f"/proc/{worker}/fd").iterdir())
    return sum(link.removeprefix("socket:[").rstrip("]") in served for link in links)


def test_connections_that_come_at_once_are_shared_out(service: Service) -> None:
    workers = children(service.pid)
    before = [connections(worker, service.port) for worker in workers]
    clients = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(60)]
    try:
        wait_until(lambda: sum(connections(worker, service.port) for worker in workers) >= sum(before) + 60)
        taken = [connections(worker, service.port) - held for worker, held in zip(workers, before, strict=True)]
    finally:
        for client in clients:
            client.close()
    assert (len(taken), sum(taken)) == (2, 60)
    assert min(taken) >= 15
