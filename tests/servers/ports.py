"""Ports on this host that nothing else uses."""

import itertools
import os
import random
import socket
from collections.abc import Iterator
from contextlib import suppress

HOST = "127.0.0.1"
_RANGE = range(10_000, 32_000)  # below the ports of outgoing connections


def free_port() -> int:
    """Never the same twice in this run of the tests, whichever of its processes asks.

    No outgoing connection gets it: one could hold it when its server comes back.
    """
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise RuntimeError("no port is left")


def _of_this_process() -> Iterator[int]:
    """The ports of one pytest-xdist worker; the run's start differs, since old runs linger."""
    share = len(_RANGE) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mine = _RANGE[share * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) :][:share]
    start = random.Random().randrange(share)
    return itertools.chain(mine[start:], mine[:start])


_ports = _of_this_process()
