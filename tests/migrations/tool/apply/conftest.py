"""A family in a stream of the test's own: two parents and three children, for the tests of `up` and `down`."""

import pytest

from migrations.tool.apply import upgrade
from tests.migrations.tool.apply.family import FIRST, NO_FIRST


@pytest.fixture
def family(database, story):
    """Two parents and three children, in a stream whose first migration has been applied."""
    story(FIRST, NO_FIRST)
    upgrade.up(database)
    database.execute_sql("INSERT INTO parent VALUES (1, 'Alice'), (2, 'Bob')")
    database.execute_sql("INSERT INTO child VALUES (1, 1), (2, 1), (3, 2)")
    return database


@pytest.fixture
def backups(tmp_path):
    return tmp_path / "backups"
