"""Services that beat on a migrated file."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from shared_schema.database import LibsqlDatabase
from tests import stages
from tests.deploy.heartbeats.beating import Service, Start


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:

        def starting(url: str, token: str = "", **variables: str) -> Service:
            quick = {"DEPLOYMENT_BEAT_SECONDS": "0.3", **variables}
            return running.enter_context(Service(url, token, tmp_path / "service.log", **quick))

        yield starting


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Iterator[LibsqlDatabase]:
    """A migrated file."""
    opened = LibsqlDatabase(stages.copied(migrated, tmp_path / "pingtopass.db"))
    yield opened
    opened.close()
