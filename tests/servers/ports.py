"""Ports on this host that nothing else uses."""

import os
import random
import socket
from collections.abc import Iterator
from contextlib import suppress

HOST = "127.0.0.1"


def free_port() -> int:
    """Never the same twice in this run of the tests, whichever of its processes asks.

    Below the range of outgoing connections, or one of those may hold it when its server comes back.
    """
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise RuntimeError("no port is left")


def _of_this_process() -> Iterator[int]:
    """The ports of one pytest-xdist worker of at most eight; the run's start differs, since old runs linger."""
    mine = 10_000 + 750 * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8)
    start = random.Random().randrange(750)
    return (mine + (start + n) % 750 for n in range(750))


_ports = _of_this_process()
