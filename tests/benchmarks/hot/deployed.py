"""What a request costs over HTTP, on the services as they are deployed, beside a bare Flask view on the same server."""

import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.hot.calls import raw
from tests.benchmarks.hot.load import Clients, Load
from tests.benchmarks.hot.operations import Operation
from tests.benchmarks.hot.serving import Workers
from tests.benchmarks.hot.world import World

CONNECTIONS = 32
ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Deployed:
    """Milliseconds of one client alone; microseconds of CPU in the workers and requests a second under 32 connections.
    `floor_us` is the CPU of the bare view. Both are measured in turns; `ratio` is the median of the rounds' own.
    """

    p50_ms: float
    p95_ms: float
    cpu_us: float
    floor_us: float
    ratio: float
    per_second: float


class Stand:
    """Services to be measured, with their database, the floor, and the clients of both. `answers` is the folder that
    the floor reads.
    """

    def __init__(
        self,
        services: dict[str, Workers],
        database: LibsqlDatabase,
        floor: Workers,
        answers: Path,
        clients: Clients,
    ) -> None:
        self._services, self._database, self._floor = services, database, floor
        self._answers, self._clients = answers, clients

    def measure(self, operation: Operation, world: World, numbers: Iterator[int], requests: int) -> Deployed:
        """Send about so many requests, after some that open connections and fill caches, and do not count."""
        each = max(1, round(requests * operation.part / ROUNDS))
        warm, _ = self._ours(operation, world, numbers, min(8 * each, 4 * CONNECTIONS), CONNECTIONS)
        name = "".join(filter(str.isalnum, operation.name))
        (self._answers / name).write_text(warm.answer)
        self._bare(operation, world, name, each)
        alone, _ = self._ours(operation, world, numbers, max(5, 2 * each), 1)
        ours, bare_us = [], []
        for _ in range(ROUNDS):
            ours.append(self._ours(operation, world, numbers, each, CONNECTIONS))
            bare_us.append(self._bare(operation, world, name, 2 * each))
        return Deployed(
            alone.p50_s * 1e3,
            alone.p95_s * 1e3,
            statistics.median(cpu_us for _, cpu_us in ours),
            statistics.median(bare_us),
            statistics.median(cpu_us / floor_us for (_, cpu_us), floor_us in zip(ours, bare_us, strict=True)),
            statistics.median(each / load.seconds for load, _ in ours),
        )

    def _ours(
        self, operation: Operation, world: World, numbers: Iterator[int], many: int, connections: int
    ) -> tuple[Load, float]:
        if operation.takes:
            world.approve(self._database, operation.takes * many)
        requests = [raw(operation.service, operation.request(world, n)) for n in itertools.islice(numbers, many)]
        return self._sent(self._services[operation.service], requests, connections, operation.status)

    def _bare(self, operation: Operation, world: World, name: str, many: int) -> float:
        requests = [raw(operation.service, operation.request(world, 0), f"/{name}")] * many
        return self._sent(self._floor, requests, CONNECTIONS, 200)[1]

    def _sent(self, workers: Workers, requests: list[bytes], connections: int, status: int) -> tuple[Load, float]:
        """What the clients saw, and microseconds of CPU of all workers per request."""
        before = workers.cpu_s()
        load = self._clients.send(workers.port, requests, connections, status)
        return load, (workers.cpu_s() - before) / len(requests) * 1e6
