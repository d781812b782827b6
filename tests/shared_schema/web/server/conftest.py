"""The study service as a process with short limits of time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import stages
from tests.faults.hosts import Service

OURS = "https://app.pingtopass.example"
SHORT = {
    "REQUEST_HEADER_SECONDS": "1",
    "REQUEST_BODY_SECONDS": "2",
    "REQUEST_SECONDS": "4",
    "CORS_ORIGINS": OURS,
}


@pytest.fixture(scope="module")
def service(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """On a file; one for all tests of a module."""
    place = tmp_path_factory.mktemp("served")
    with Service(stages.copied(migrated, place / "pingtopass.db").url, "", place / "service.log", **SHORT) as running:
        yield running


@pytest.fixture(scope="module")
def port(service: Service) -> int:
    return service.port
