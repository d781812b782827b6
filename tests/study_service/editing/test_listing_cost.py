"""What a moderator's search costs does not grow with the bank: rows read, as the server counts."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.test_rows_read import RowsRead, fill, rows_read

__all__ = ["rows_read"]  # the fixture

pytestmark = pytest.mark.only("server")  # Hrana tells with each result how many rows were read
PATH = "/api/questions?limit=20&q="
PATH = "/api/questions?limit=20&q="
FEW, MANY = 60, 6_000


@pytest.mark.parametrize("where", ["", "&examId=1", "&examId=1&reviewStatus=approved", "&after=30"])
def test_a_page_of_a_search_reads_the_rows_that_it_shows(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, rows_read: RowsRead, where: str
) -> None:
    """A word that every question has, and one of a question alone."""
    costs = []
    for size in (FEW, MANY):
        fill(database, size, 0)
        costs.append(rows_read(lambda: mo.get(PATH + f"question{where}")))
        assert 20 < costs[-1] <= 20 * 4
        assert 0 < rows_read(lambda words=f"question {size}": mo.get(PATH + words + where)) <= 20 * 4
        assert rows_read(lambda: mo.get(PATH + "question&examId=1&reviewStatus=rejected")) <= 4  # none is
    assert costs[0] == costs[1]
