"""What a pick and an answer cost does not grow with the bank or the learner's past: rows read, as the server counts."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database
from shared_schema.database.server import Server
from tests.study_service.conftest import answer

PATH = "/api/study/questions?examId=1&limit=20"
RowsRead = Callable[[Callable[[], Any]], int]

pytestmark = pytest.mark.only("server")  # Hrana tells with each result how many rows were read


@pytest.fixture
def rows_read(monkeypatch: pytest.MonkeyPatch) -> RowsRead:
    """How many rows the server reads for one request of ours."""

    def count(request: Callable[[], Any]) -> int:
        counted: list[int] = []
        call = Server.call

        def counting(server: Server, requests: Sequence[Any], **options: Any) -> Any:
            results, baton = call(server, requests, **options)
            counted.append(_rows_read(results))
            return results, baton

        with monkeypatch.context() as patch:
            patch.setattr(Server, "call", counting)
            assert request().status_code == 200
        return sum(counted)

    return count


def _rows_read(node: Any) -> int:
    """The sum of every `rows_read` in the results of a pipeline."""
    if isinstance(node, list):
        return sum(map(_rows_read, node))
    if isinstance(node, dict):
        return sum(value if name == "rows_read" else _rows_read(value) for name, value in node.items())
    return 0


def fill(database: Database, questions: int, answers: int) -> None:
    """A bank and a learner's past of the given sizes, straight into the tables."""
    many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
    options = json.dumps([{"id": "a", "text": "yes", "isCorrect": True}, {"id": "b", "text": "no", "isCorrect": False}])
    database.execute_sql(
        many + "INSERT INTO questions (exam_id, objective_id, text, answers, difficulty, review_status)"
        " SELECT exam_id, objective_id, 'question ' || i, ?, 1 + i % 5, 'approved' FROM n"
        " JOIN (SELECT exam_id, id AS objective_id FROM objectives LIMIT 1)",
        (questions, options),
    )
    database.execute_sql(
        many
        + "INSERT INTO user_answers (user_id, question_id, selected_answer, is_correct, attempt_number, answered_at)"
        " SELECT 1, (SELECT max(id) FROM questions) - i % ?, 'a', i % 2, (SELECT count(*) FROM user_answers) + i,"
        " unixepoch() - 864000 FROM n",
        (answers, questions),
    )


def test_the_cost_of_a_pick_and_of_an_answer_does_not_grow(
    alice: FlaskClient, bank: dict[str, Any], database: Database, rows_read: RowsRead
) -> None:
    """Twenty are wanted of each stretch: 5 difficulties, 2 laps, for each objective. A question takes up to 5 rows, a
    mistake in a review up to 7: entries of indexes, the last answer of the learner, the row itself.
    """
    fill(database, 20_000, 5_000)
    fresh = alice.get(PATH).json["questions"][0]["id"]
    assert 20 < rows_read(lambda: alice.get(PATH)) <= 5 * 2 * 20 * 5
    assert 20 < rows_read(lambda: alice.get(f"{PATH}&mode=weak_areas")) <= 2 * 5 * 2 * 20 * 5
    assert 500 < rows_read(lambda: alice.get(f"{PATH}&mode=review")) <= 500 * 7
    assert 5 < rows_read(lambda: answer(alice, fresh, "a")) <= 25
