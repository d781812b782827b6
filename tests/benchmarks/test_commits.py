"""Writes of many threads far away from their server: what was acknowledged is there once, and most go together."""

import pytest

from tests import servers
from tests.benchmarks import commits


@pytest.fixture(autouse=True)
def server() -> None:
    servers.needed()


@pytest.mark.parametrize("kind", commits.TABLES)
def test_writes_of_many_threads_share_their_trips(kind: str) -> None:
    measured = commits.in_processes(kind, 2.0, grouped=True, threads=16)
    assert measured.writes > 0
    assert measured.trips <= 0.25 * measured.writes


def test_one_by_one_each_has_a_trip_of_its_own() -> None:
    measured = commits.in_processes("rows", 0.5, grouped=False, threads=4)
    assert measured.writes == measured.trips > 0


def test_clients_of_a_service_share_trips_too() -> None:
    measured = commits.over_http(2.0)
    assert 0 < measured.trips < measured.writes
