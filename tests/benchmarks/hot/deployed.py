"""What a request costs over HTTP, on the services as they are deployed, beside a bare Flask view on the same server."""

import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.hot import serving
from tests.benchmarks.hot.calls import raw
from tests.benchmarks.hot.load import Clients, Load
from tests.benchmarks.hot.operations import Operation
from tests.benchmarks.hot.serving import Workers
from tests.benchmarks.hot.world import World

CONNECTIONS = 32
ROUNDS = 8
ENOUGH_S = 10.0  # of requests one after the other; where that is fewer than were asked for, so many are enough


@dataclass(frozen=True, slots=True)
class Deployed:
    """Milliseconds of one client alone; microseconds of CPU in the workers and requests a second under 32 connections.
    `bare_us` is the CPU of the bare view. Both are measured in turns; `ratio` is the median of the rounds' own.
    `server_us` is the CPU of the libSQL server, where there is one.
    """

    p50_ms: float
    p95_ms: float
    cpu_us: float
    bare_us: float
    ratio: float
    server_us: float | None
    per_second: float


@dataclass(frozen=True, slots=True)
class Sent:
    """What the clients saw of a number of requests, and microseconds of CPU for each."""

    load: Load
    cpu_us: float
    server_us: float


class Stand:
    """Services to be measured, with their database, the floor, and the clients of both. `answers` is the folder that
    the floor reads.
    """

    def __init__(
        self,
        services: dict[str, Workers],
        database: LibsqlDatabase,
        server: int | None,
        floor: Workers,
        answers: Path,
        clients: Clients,
    ) -> None:
        self._services, self._database, self._server, self._floor = services, database, server, floor
        self._answers, self._clients = answers, clients

    def measure(self, operation: Operation, world: World, numbers: Iterator[int], requests: int) -> Deployed:
        """Send about so many requests, after some that open connections and fill caches, and do not count."""
        first = self._ours(operation, world, numbers, 5, 1).load
        each = max(1, round(min(requests * operation.part, ENOUGH_S / first.p50_s) / ROUNDS))
        warm = self._ours(operation, world, numbers, min(8 * each, 4 * CONNECTIONS), CONNECTIONS)
        name = "".join(filter(str.isalnum, operation.name))
        (self._answers / name).write_text(warm.load.answer)
        self._bare(operation, world, name, each)
        alone = self._ours(operation, world, numbers, max(5, 2 * each), 1).load
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(self._ours(operation, world, numbers, each, CONNECTIONS))
            bare.append(self._bare(operation, world, name, max(2 * each, 40)))
        return Deployed(
            alone.p50_s * 1e3,
            alone.p95_s * 1e3,
            statistics.median(sent.cpu_us for sent in ours),
            statistics.median(sent.cpu_us for sent in bare),
            statistics.median(sent.cpu_us / other.cpu_us for sent, other in zip(ours, bare, strict=True)),
            statistics.median(sent.server_us for sent in ours) if self._server else None,
            statistics.median(each / sent.load.seconds for sent in ours),
        )

    def _ours(self, operation: Operation, world: World, numbers: Iterator[int], many: int, connections: int) -> Sent:
        if operation.takes:
            world.approve(self._database, operation.takes * many)
        requests = [raw(operation.service, operation.request(world, n)) for n in itertools.islice(numbers, many)]
        return self._sent(self._services[operation.service], requests, connections, operation.status)

    def _bare(self, operation: Operation, world: World, name: str, many: int) -> Sent:
        requests = [raw(operation.service, operation.request(world, 0), f"/{name}")] * many
        return self._sent(self._floor, requests, CONNECTIONS, 200)

    def _sent(self, workers: Workers, requests: list[bytes], connections: int, status: int) -> Sent:
        before, of_server = workers.cpu_s(), self._server_s()
        load = self._clients.send(workers.port, requests, connections, status)
        us = 1e6 / len(requests)
        return Sent(load, (workers.cpu_s() - before) * us, (self._server_s() - of_server) * us)

    def _server_s(self) -> float:
        return serving.cpu_s(self._server) if self._server else 0.0
