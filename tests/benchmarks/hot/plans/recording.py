"""The statements of each hot operation, with the plans that the engine makes of them: without statistics, as a database
is deployed, and with those of the large one.
"""

import itertools
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from shared_schema.database.sql import shape
from tests.benchmarks.hot.inside import Inside
from tests.benchmarks.hot.operations import OPERATIONS, Operation
from tests.benchmarks.hot.plans import schema, statistics, triggers
from tests.benchmarks.hot.plans.schema import Schema
from tests.benchmarks.hot.world import World

REQUESTS = 12
_FIRST_THROW = 11  # of an eight or a sixteen
# No learner is near the answer that makes a day count, so that the same statements run at every hour.
_NO_DAYS = "DELETE FROM study_days WHERE day >= date('now', '-2 days')"


class Step(NamedTuple):
    """A line of a plan, and how far it is indented."""

    depth: int
    text: str


Plan = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A statement, how often each request of its operation has run it, and its plans."""

    sql: str
    runs: tuple[int, ...]
    deployed: Plan
    large: Plan


@dataclass(frozen=True, slots=True)
class Recorded:
    """The statements of each operation, in the order in which they were run first, and those of the triggers that
    they fire.
    """

    operations: dict[str, list[Planned]]
    triggers: dict[str, list[Planned]]
    schema: Schema


def record(ready: Path, people: World, directory: Path) -> Recorded:
    """Send each operation some times to services on a copy of the database `ready`."""
    deployed, large = (Path(shutil.copy(ready, directory / name)) for name in ("deployed.db", "large.db"))
    statistics.give(large, statistics.FILE.read_text().splitlines())
    inside, planner = Inside(Settings(f"file:{deployed}")), LibsqlDatabase(f"file:{large}", must_exist=True)
    inside.database.execute_sql(_NO_DAYS)
    operations = {one.name: _operation(inside, planner, one, people) for one in OPERATIONS}
    run = {one.sql for statements in operations.values() for one in statements}
    fired = {
        trigger.name: [_planned(inside, planner, sql, [None] * len(shape(sql).marks)) for sql in trigger.sql]
        for trigger in triggers.fired(planner, run)
    }
    recorded = Recorded(operations, fired, schema.read(planner))
    inside.close()
    planner.close()
    return recorded


def _operation(inside: Inside, planner: LibsqlDatabase, operation: Operation, people: World) -> list[Planned]:
    inside.forget()
    with _same_chances():
        requests = [_request(inside, operation, people, n) for n in range(REQUESTS)]
    counts = [Counter(sql for sql, _ in request) for request in requests]
    parameters = {sql: values for request in requests for sql, values in request}
    return [
        _planned(inside, planner, sql, values, tuple(count[sql] for count in counts))
        for sql, values in parameters.items()
    ]


def _planned(inside: Inside, planner: LibsqlDatabase, sql: str, values: Any, runs: tuple[int, ...] = (1, 1)) -> Planned:
    return Planned(sql, runs, _plan(inside.database, sql, values), _plan(planner, sql, values))


def _request(inside: Inside, operation: Operation, people: World, n: int) -> list[tuple[str, Any]]:
    """The statements of one request, with their parameters."""
    events: list[Any] = []
    inside.database.query_hooks.append(events.append)
    try:
        inside.send(operation.service, operation.request(people, n), operation.status)
    finally:
        inside.database.query_hooks.remove(events.append)
    return [(event.sql, event.params or ()) for event in events]


@contextmanager
def _same_chances() -> Iterator[None]:
    """Some statements run one time in eight: with the same throws at each recording, of which the sixth is 0."""
    throws: dict[int, Iterator[int]] = defaultdict(lambda: itertools.count(_FIRST_THROW))
    with mock.patch.object(random, "randrange", lambda most: next(throws[most]) % most):
        yield


def _plan(database: LibsqlDatabase, sql: str, parameters: Any) -> Plan:
    (result,) = database.fetch([Statement(f"EXPLAIN QUERY PLAN {sql}", parameters)])
    depths = {0: -1}
    for row in result.rows:
        depths[row["id"]] = depths[row["parent"]] + 1
    return tuple(Step(depths[row["id"]], row["detail"].strip()) for row in result.rows)
