"""What the hot operations ask of a small database, recorded once."""

from pathlib import Path

import pytest

from tests.benchmarks.hot.plans import recording
from tests.benchmarks.hot.plans.recording import Recorded
from tests.benchmarks.hot.world import World


@pytest.fixture(scope="session")
def recorded(ready: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return recording.record(*ready, tmp_path_factory.mktemp("recorded"))
