"""A family in a stream of the test's own: two parents and three children, for the tests of `up` and `down`."""

import pytest

from tests.migrations.tool.apply.family import settle


@pytest.fixture
def family(database, story):
    """Two parents and three children, in a stream whose first migration has been applied."""
    settle(database, story)
    return database


@pytest.fixture
def backups(tmp_path):
    return tmp_path / "backups"
