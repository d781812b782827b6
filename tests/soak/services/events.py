"""What happens to the services, the replica beside them, and the primary."""

import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.faults.hosts import Service, alive, end, wait_until
from tests.faults.processes import below, beside_replica, is_free
from tests.soak import disks
from tests.soak.replica import events
from tests.soak.services.stage import Stage
from tests.soak.turns import Event

_PATIENCE_S = 120.0
_ENDED_S = 30.0  # 15 are stated; the machine may be busy


def happened(stage: Stage, name: str, services: Sequence[Service]) -> Event:
    """Let it happen, to one of these services where it is of that kind, and wait until both are well and the replica
    has everything.
    """
    began, found_s, of = time.monotonic(), None, ""
    if name in DAMAGES:
        found_s = events.damaged(stage.machine, name, DAMAGES[name]).found_s
    elif name in ELSEWHERE:
        ELSEWHERE[name](stage)
        began = time.monotonic()
    else:
        service = random.choice(services)
        TO_A_SERVICE[name](service)
        of, began = service.name, time.monotonic()
    wait_until(stage.is_well, _PATIENCE_S)
    stage.machine.caught_up(_PATIENCE_S)
    return Event(name, found_s, time.monotonic() - began, of)


def server_killed(stage: Stage) -> None:
    stage.server.kill()
    time.sleep(1.0)
    stage.server.start()


def server_down(stage: Stage) -> None:
    stage.server.stop()
    time.sleep(stage.down_s)
    stage.server.start()


def server_frozen(stage: Stage) -> None:
    stage.server.freeze()
    time.sleep(stage.frozen_s)
    stage.server.thaw()


def disk_full(stage: Stage) -> None:
    """For longer than the replica counts as fresh."""
    disks.fill(Path(stage.machine.replica).parent, 4.0)


def replicator_killed(service: Service) -> None:
    end(*beside_replica(service.pid)["replicator"])


def worker_killed(service: Service) -> None:
    end(random.choice(beside_replica(service.pid)["worker"]))


def reloaded(service: Service) -> None:
    """Until all workers are others."""
    before = beside_replica(service.pid)["worker"]
    os.kill(service.pid, signal.SIGHUP)
    wait_until(lambda: not set(before) & set(beside_replica(service.pid)["worker"]), _PATIENCE_S)


def gunicorn_killed(service: Service) -> None:
    _end_and_start(service, lambda: end(*beside_replica(service.pid)["gunicorn"]))


def service_killed(service: Service) -> None:
    _end_and_start(service, lambda: end(service.pid))


def stopped_and_started(service: Service) -> None:
    _end_and_start(service, lambda: os.kill(service.pid, signal.SIGTERM))


def _end_and_start(service: Service, ending: Callable[[], None]) -> None:
    """Start the service again, as who supervises it does, when nothing of it is left and its port is free."""
    before = below(service.pid)
    ending()
    wait_until(lambda: service.has_ended and not any(map(alive, before)) and is_free(service.port), _ENDED_S)
    service.start()


DAMAGES = {name: events.DAMAGES[name] for name in ("halved", "emptied", "unlinked", "without -wal", "half zeroed")}
ELSEWHERE: dict[str, Callable[[Stage], None]] = {
    "server killed": server_killed,
    "server down": server_down,
    "server frozen": server_frozen,
    "disk full": disk_full,
}
TO_A_SERVICE: dict[str, Callable[[Service], None]] = {
    "replicator killed": replicator_killed,
    "worker killed": worker_killed,
    "HUP": reloaded,
    "gunicorn killed": gunicorn_killed,
    "service killed": service_killed,
    "TERM and start": stopped_and_started,
}
NAMES = (*DAMAGES, *ELSEWHERE, *TO_A_SERVICE)
