"""How many round trips an operation takes, and how long: ours beside the bare driver. `make bench-roundtrips`.

A real server with a token, behind a proxy that is as far away as the table says. The services run in this process, so
what is timed is everything but the way from the client to us. The replica is kept by the real replicator, which has a
proxy of its own: its requests do not count as ours.
"""

import itertools
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from migrations.tool.apply import upgrade
from shared_schema.database import LibsqlDatabase
from shared_schema.database.replica.notes import read_note
from shared_schema.database.settings import Settings
from shared_schema.environment import CLOCK
from tests.benchmarks import bare, operations
from tests.benchmarks.operations import Apps, Operation
from tests.servers import ROOT, Proxy, Sqld

MODES = ("server", "replica")
ROUNDS = {0.0: 41, 0.02: 25, 0.08: 25}  # by round-trip time
BARE_ROUNDS = {0.0: 3, 0.02: 1, 0.08: 1}
CAUGHT_UP_S = 60.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds and requests, one of each per round."""

    seconds: list[float]
    requests: list[int]

    @property
    def p50_s(self) -> float:
        return statistics.median(self.seconds)


class Stage:
    """The server with the operations' rows in it, the ways to it, and the databases of both modes."""

    def __init__(self, directory: Path, server: Sqld, way: Proxy, replicators_way: Proxy) -> None:
        self.server = server
        self.way = way
        self.replicators_way = replicators_way
        self.apps = Apps()
        self._replica = str(directory / "replica.db")
        self._numbers = itertools.count(1)
        self._databases = {
            mode: LibsqlDatabase(
                Settings(way.url, server.token, self._replica if mode == "replica" else None, clock=CLOCK)
            )
            for mode in MODES
        }

    def number(self) -> int:
        """Of somebody who has not done anything yet."""
        return next(self._numbers)

    def distance(self, rtt_s: float) -> None:
        self.way.rtt_s = self.replicators_way.rtt_s = rtt_s

    def measure(self, operation: Operation, mode: str, rounds: int) -> Measured:
        """Run an operation so many times, after one round that opens connections and does not count."""
        self.apps.use(self._databases[mode])
        done = [self._once(operation) for _ in range(rounds + 1)][1:]
        return Measured([seconds for seconds, _ in done], [requests for _, requests in done])

    def _once(self, operation: Operation) -> tuple[float, int]:
        prepared = operation.prepare(self.apps, self.number())
        self.way.reset()
        start = time.perf_counter()
        prepared()
        return time.perf_counter() - start, self.way.requests

    def migrate(self, learners: int, claims: int) -> None:
        nearby = LibsqlDatabase(Settings(self.server.url, self.server.token, clock=CLOCK))
        upgrade.up(LibsqlDatabase(Settings(self.server.url, self.server.token)))  # the clock comes with it
        operations.seed(nearby, learners, claims)
        nearby.close()

    @contextmanager
    def replicator(self) -> Iterator[None]:
        """Runs, and has caught up."""
        environment = os.environ | {
            "TURSO_DATABASE_URL": self.replicators_way.url,
            "TURSO_AUTH_TOKEN": self.server.read_only_token,
            "TURSO_REPLICA_PATH": self._replica,
            "RUST_LOG": "off",
        }
        command = [sys.executable, "-m", "shared_schema.replicate"]
        now, deadline = time.time(), time.monotonic() + CAUGHT_UP_S
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=2, start_new_session=True)
        try:
            while (note := read_note(self._replica)) is None or note.fresh_at < now:
                assert time.monotonic() < deadline, "the replica does not catch up"
                time.sleep(0.05)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # the process that pulls, too: its directory goes next
            process.wait()


@contextmanager
def stage(directory: Path, *, learners: int, claims: int) -> Iterator[Stage]:
    with Sqld(directory / "server") as server, Proxy(server.port) as way, Proxy(server.port) as replicators_way:
        ready = Stage(directory, server, way, replicators_way)
        ready.migrate(learners, claims)
        with ready.replicator():
            yield ready


class Bare:
    """The statements that the bare driver runs, recorded from our code on a file with the same rows."""

    def __init__(self, directory: Path, stage: Stage, *, learners: int, claims: int) -> None:
        self._stage = stage
        self._replica = str(directory / "bare.db")
        self._file = LibsqlDatabase(f"file:{directory}/recorded.db")
        upgrade.up(self._file)
        operations.seed(self._file, learners, claims)

    def measure(self, operation: Operation, mode: str) -> dict[float, float | None]:
        """The p50 by round-trip time; None where the driver was too slow to wait for."""
        stage = self._stage
        stage.apps.use(self._file)
        recordings = {
            rtt_s: [bare.record(operation, stage.apps, self._file, stage.number()) for _ in range(rounds)]
            for rtt_s, rounds in BARE_ROUNDS.items()
        }
        stage.distance(0)
        p50_s: dict[float, float | None] = dict.fromkeys(BARE_ROUNDS)
        replica = self._replica if mode == "replica" else None
        with bare.Driver(stage.way.url, stage.server.token, replica) as driver:
            try:
                for rtt_s, recorded in recordings.items():
                    stage.distance(rtt_s)
                    p50_s[rtt_s] = statistics.median(driver.seconds(statements) for statements in recorded)
            except TimeoutError:
                pass
        return p50_s


HEAD = ("operation", "mode", "RTT ms", "round trips", "p50 ms", "p50 ÷ RTT", "target", "bare p50 ms", "bare ÷ ours")


def row(operation: Operation, mode: str, rtt_s: float, ours: Measured, bare_s: float | None) -> tuple[str, ...]:
    few, many = min(ours.requests), max(ours.requests)
    return (
        operation.name,
        mode,
        f"{rtt_s * 1000:.0f}",
        f"{few}" if few == many else f"{few} to {many}",
        f"{ours.p50_s * 1000:.1f}",
        f"{ours.p50_s / rtt_s:.2f}" if rtt_s else "",
        f"{operation.target(mode):.2f}" if rtt_s == max(ROUNDS) else "",
        f"{bare_s * 1000:.1f}" if bare_s is not None else f"> {bare.LIMIT_S:.0f} s",
        f"{bare_s / ours.p50_s:.1f}" if bare_s is not None else "",
    )


def main() -> None:
    """The table, as Markdown, row by row."""
    table = sys.stdout
    with open(os.devnull, "w") as log, redirect_stdout(log), tempfile.TemporaryDirectory() as directory:
        for cells in rows(Path(directory)):
            table.write(f"| {' | '.join(cells)} |\n")
            table.flush()


def rows(directory: Path) -> Iterator[tuple[str, ...]]:
    yield HEAD
    yield ("---", "---", *["---:"] * (len(HEAD) - 2))
    pairs = [(operation, mode) for operation in operations.OPERATIONS for mode in MODES]
    pairs.append((operations.HURRIED, "replica"))
    rounds = sum(ROUNDS.values()) + sum(BARE_ROUNDS.values()) + len(ROUNDS)
    enough = {"learners": rounds * len(pairs), "claims": rounds * len(MODES)}
    with stage(directory, **enough) as ready:
        other = Bare(directory, ready, **enough)
        for operation, mode in pairs:
            bare_s = other.measure(operation, mode)
            for rtt_s, rounds in ROUNDS.items():
                ready.distance(rtt_s)
                yield row(operation, mode, rtt_s, ready.measure(operation, mode, rounds), bare_s[rtt_s])


if __name__ == "__main__":
    main()
