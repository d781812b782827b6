"""What a request asks of the database, counted in this process, and its statements for `replay`."""

import itertools
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from shared_schema.database import LibsqlDatabase, binding
from shared_schema.database.sql import shape
from tests.benchmarks.hot.inside import Inside
from tests.benchmarks.hot.operations import Operation
from tests.benchmarks.hot.replay import Run, Statements
from tests.benchmarks.hot.world import World

RUNS, WARM = 60, 3
ENOUGH_S = 10.0  # where an operation is slow, so that its runs take longer, fewer are enough


@dataclass(frozen=True, slots=True)
class Asked:
    """Medians of the runs. `ms` is the time in the database, with all waiting for a server."""

    statements: float
    rows_read: float
    round_trips: float
    ms: float


def measure(
    inside: Inside, operation: Operation, world: World, numbers: Iterator[int], requests: int
) -> tuple[Asked, list[Run]]:
    """Run an operation some times. The first runs do not count, but are among those that are given back."""
    runs, began = [], time.monotonic()
    for n in itertools.islice(numbers, WARM + max(1, round(min(requests, RUNS) * operation.part))):
        runs.append(_run(inside, operation, world, n))
        if len(runs) > WARM and time.monotonic() - began > ENOUGH_S:
            break
    uses = inside.uses[-len(runs) :][WARM:]
    asked = Asked(
        statistics.median(use.statements for use in uses),
        statistics.median(use.rows_read for use in uses),
        statistics.median(use.round_trips for use in uses),
        statistics.median(use.seconds for use in uses) * 1e3,
    )
    return asked, runs


def _run(inside: Inside, operation: Operation, world: World, n: int) -> Run:
    with _recording(inside.database) as statements:
        inside.send(operation.service, operation.request(world, n), operation.status)
    before = list(itertools.takewhile(lambda statement: shape(statement[0]).reads, statements))
    return before, statements[len(before) :]


@contextmanager
def _recording(database: LibsqlDatabase) -> Iterator[Statements]:
    statements: Statements = []

    def note(event: Any) -> None:
        statements.append(binding.plain(event.sql, event.params or ()))

    database.query_hooks.append(note)
    try:
        yield statements
    finally:
        database.query_hooks.remove(note)


def pragmas(database: LibsqlDatabase) -> dict[str, Any]:
    """What a connection of ours to a file is set to, for one of the other program that is to be like it."""
    names = ("synchronous", "foreign_keys", "cache_size", "mmap_size", "temp_store", "recursive_triggers")
    rows = {name: database.execute_sql(f"PRAGMA {name}").fetchone() for name in names}
    return {name: row[0] for name, row in rows.items() if row}
