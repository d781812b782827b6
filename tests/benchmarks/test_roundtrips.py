"""Nobody adds a round trip without noticing: the requests and the new connections of every operation are counted."""

import os
from collections.abc import Iterator

import pytest

from tests.benchmarks.operations import HURRIED, OPERATIONS, Operation
from tests.benchmarks.roundtrips import MODES, Stage, stage
from tests.servers import binary

pytestmark = pytest.mark.skipif(
    binary() is None and os.environ.get("CI") != "true", reason="no libSQL server for this platform"
)

COUNTED = 3


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    rounds = (COUNTED + 1) * len(MODES)
    with stage(tmp_path_factory.mktemp("roundtrips"), learners=rounds * len(OPERATIONS) + 2, claims=rounds) as ready:
        yield ready


@pytest.mark.parametrize("served_by", MODES)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_takes_its_round_trips_and_no_more(far: Stage, operation: Operation, served_by: str) -> None:
    far.distance(0)
    assert far.measure(operation, served_by, COUNTED).requests == [operation.trips(served_by)] * COUNTED
    assert far.way.connections == 0  # in the last round: a new one would cost a round trip, too


def test_a_replica_without_the_callers_last_write_costs_one_round_trip_more(far: Stage) -> None:
    far.distance(0)
    far.replicators_way.stall()
    try:
        assert far.measure(HURRIED, "replica", 1).requests == [HURRIED.trips("replica")]
    finally:
        far.replicators_way.resume()
