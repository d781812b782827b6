"""A small database for the tests of the benchmarks, made once."""

import shutil
import time
from pathlib import Path

import pytest

from tests.benchmarks import scale
from tests.benchmarks.hot import world
from tests.benchmarks.hot.world import World


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of size S."""
    file = tmp_path_factory.mktemp("made") / "s.db"
    scale.make(scale.SIZES["S"], file, int(time.time()))
    return file


@pytest.fixture(scope="session")
def ready(made: Path) -> tuple[Path, World]:
    """A copy of it with all that is asked for. Tests take copies of their own."""
    file = Path(shutil.copy(made, made.with_name("ready.db")))
    return file, world.prepared(file)
