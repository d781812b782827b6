"""The processes of a service: what each of them is, how much memory it has, and whether the port is free."""

import os
import socket
from contextlib import suppress
from pathlib import Path

from tests.faults.hosts import REPLICATOR, children
from tests.servers import HOST

_PAGE = os.sysconf("SC_PAGE_SIZE")
KINDS = ("service", "gunicorn", "worker", "replicator", "puller")


def below(pid: int) -> list[int]:
    """The processes that this one has started, and those that they have."""
    return [deeper for child in children(pid) for deeper in (child, *below(child))]


def beside_replica(service: int) -> dict[str, list[int]]:
    """The processes of a service with a replica, by their kind. Of two services one has the puller."""
    started = children(service)
    masters = [pid for pid in started if b"gunicorn" in command(pid)]
    replicators = [pid for pid in started if REPLICATOR.encode() in command(pid)]
    workers = [worker for pid in masters for worker in children(pid)]
    pullers = [puller for pid in replicators for puller in children(pid)]
    return dict(zip(KINDS, ([service], masters, workers, replicators, pullers), strict=True))


def command(pid: int) -> bytes:
    """Its command line; b"" where there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def resident(pid: int) -> int:
    """The bytes of it that are in memory; 0 where there is no such process."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0
