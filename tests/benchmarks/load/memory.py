"""Whether the memory of a worker of each service grows with the requests that it answers."""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.hot import serving, stage
from tests.benchmarks.hot.calls import raw
from tests.benchmarks.hot.load import Clients, Unexpected
from tests.benchmarks.hot.serving import Workers
from tests.benchmarks.hot.world import World
from tests.benchmarks.load import mix
from tests.benchmarks.load.mix import Wanted
from tests.benchmarks.load.result import Result
from tests.faults.hosts import alive

NAME = "memory"
SAMPLES = 20
FLAT = 0.05  # by less than this may the memory grow in the last half of the samples
SERVICES = ("study", "growth")
_CONNECTIONS = 16
_TOLD = 5
_AT_ONCE = 2000  # requests in the hands of the clients


def measure(directory: Path, ready: Path, world: World, requests: int, seed: int) -> Result:
    """So many requests, half of them to each service, which has one worker. `ready` is the file of a made database."""
    each = max(1, requests // len(SERVICES) // SAMPLES)
    samples: dict[str, list[float]] = {}
    trouble: list[str] = []
    with stage.database("file", ready, directory) as made, ThreadPoolExecutor(len(SERVICES)) as pool:

        def watch(name: str) -> None:
            with serving.service(name, made.settings, directory, workers=1) as worker, Clients() as clients:
                wanted = mix.requests(name, world, seed)
                samples[name] = list(_samples(name, worker, clients, wanted, each, trouble))
                trouble.extend(f"the worker of {name} has ended" for pid in worker.pids if not alive(pid))

        list(pool.map(watch, SERVICES))
    figures: dict[str, float] = {}
    for name in SERVICES:
        figures |= _figures(name, samples[name], each)
    missed = [sentence for name in SERVICES for sentence in verdict(name, samples[name])]
    return Result(NAME, figures, missed + trouble[:_TOLD], samples)


def _samples(
    name: str, worker: Workers, clients: Clients, wanted: Iterator[Wanted], each: int, trouble: list[str]
) -> Iterator[float]:
    """Megabytes of the worker after each part of its requests."""
    for _ in range(SAMPLES):
        left = each
        while left:
            now = min(left, _AT_ONCE)
            trouble.extend(_unexpected(name, worker, clients, itertools.islice(wanted, now)))
            left -= now
        yield sum(map(resident_mb, worker.pids))


def _unexpected(name: str, worker: Workers, clients: Clients, wanted: Iterator[Wanted]) -> Iterator[str]:
    """Send the requests. Of those that are answered with the same status, the first that had another one."""
    by_status: dict[int, list[bytes]] = defaultdict(list)
    for request, status in wanted:
        by_status[status].append(raw(name, request))
    for status, sent in by_status.items():
        try:
            clients.send(worker.port, sent, _CONNECTIONS, status)
        except Unexpected as answer:
            yield f"{name}: {answer}"


def resident_mb(pid: int) -> float:
    """What the kernel counts as resident for a process."""
    (kilobytes,) = re.findall(r"^Rss: +(\d+) kB$", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(kilobytes) / 1000


def growth(samples: Sequence[float]) -> float:
    """By which share the last sample is more than the one in the middle."""
    return samples[-1] / samples[_middle(samples)] - 1


def verdict(name: str, samples: Sequence[float]) -> list[str]:
    """A sentence unless the memory is flat."""
    if growth(samples) < FLAT:
        return []
    return [f"{name}: {growth(samples):.1%} more memory by the last half of the requests, flat is less than {FLAT:.0%}"]


def _figures(name: str, samples: Sequence[float], each: int) -> dict[str, float]:
    half = len(samples) - 1 - _middle(samples)
    more = samples[-1] - samples[_middle(samples)]
    return {
        f"{name}: requests to its worker": each * SAMPLES,
        f"{name}: MB after a twentieth": samples[0],
        f"{name}: MB after half": samples[_middle(samples)],
        f"{name}: MB in the end": samples[-1],
        f"{name}: growth in the last half, %": growth(samples) * 100,
        f"{name}: growth in the last half, MB per million requests": more / (each * half) * 1e6,
    }


def _middle(samples: Sequence[float]) -> int:
    return len(samples) // 2 - 1
