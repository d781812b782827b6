"""A study service with quick beats, and what the database says of its workers."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import urllib3

from shared_schema.database import LibsqlDatabase
from shared_schema.releases import deployments
from shared_schema.releases.deployments import Deployment
from tests.faults import hosts
from tests.faults.hosts import children, wait_until
from tests.servers import HOST

OF_TWO_WORKERS = 2
Start = Callable[..., "Service"]


class Service(hosts.Service):
    """With quick beats: one in 0.3 s, so that a second of silence is the end."""

    @property
    def workers(self) -> set[int]:
        return set(children(self._process.pid))

    def get(self, path: str, timeout: float = 5.0) -> Any:
        return urllib3.request("GET", f"http://{HOST}:{self.port}{path}", timeout=timeout, retries=False)

    def terminate(self) -> float:
        """The seconds it took to end."""
        self._pool.close()
        began = time.monotonic()
        self._process.terminate()
        self._process.wait(30)
        return time.monotonic() - began

    def kill(self) -> None:
        """As when the machine is gone: nobody says goodbye."""
        for pid in (self._process.pid, *self.workers):
            os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def complaints(self) -> int:
        return self.log.count("heartbeat fails")


def all_live(database: LibsqlDatabase) -> list[Deployment]:
    """Wait until both workers are."""
    wait_until(lambda: len(deployments.live(database)) == OF_TWO_WORKERS)
    return deployments.live(database)
