"""What a pick and an answer cost does not grow with the bank or the learner's past: rows read, as the server counts."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.server.calls import Server
from tests.study_service.conftest import answer

PATH = "/api/study/questions?examId=1&limit=20"
RowsRead = Callable[[Callable[[], Any]], int]

pytestmark = pytest.mark.only("server")  # Hrana tells with each result how many rows were read


@pytest.fixture
def rows_read(monkeypatch: pytest.MonkeyPatch) -> RowsRead:
    """How many rows the server reads for one request of ours."""

    def count(request: Callable[[], Any]) -> int:
        counted: list[int] = []
        call = Server.send

        def counting(server: Server, requests: Sequence[Any], **options: Any) -> Any:
            results, baton = call(server, requests, **options)
            counted.append(_rows_read(results))
            return results, baton

        with monkeypatch.context() as patch:
            patch.setattr(Server, "send", counting)
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


def fill(database: LibsqlDatabase, questions: int, answers: int) -> None:
    """A bank and a learner's past of the given sizes, straight into the tables. Every second answer is wrong, and so is
    every second question's latest; every third question is marked and has a tag.
    """
    many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
    options = json.dumps([{"id": "a", "text": "yes", "isCorrect": True}, {"id": "b", "text": "no", "isCorrect": False}])
    first = database.execute_sql("SELECT max(id) FROM questions").fetchone()[0] + 1
    database.execute_sql(
        many + "INSERT INTO questions (exam_id, objective_id, text, answers, difficulty, review_status, tags)"
        " SELECT exam_id, objective_id, 'question ' || i, ?, 1 + i % 5, 'approved',"
        " iif(i % 3, '[]', '[\"tag\"]') FROM n"
        " JOIN (SELECT exam_id, id AS objective_id FROM objectives LIMIT 1)",
        (questions, options),
    )
    database.execute_sql(
        many
        + "INSERT INTO user_answers (user_id, question_id, selected_answer, is_correct, attempt_number, answered_at)"
        " SELECT 1, ? + i % ?, 'a', i % 2, 1 + i / ?, unixepoch() - 864000 FROM n",
        (answers, first, questions, questions),
    )
    database.execute_sql(
        "INSERT INTO missed (user_id, question_id, exam_id, answer_id)"
        " SELECT 1, question_id, 1, max(id) FROM user_answers WHERE is_correct = 0 GROUP BY question_id"
    )
    database.execute_sql(
        "INSERT INTO bookmarks (user_id, question_id, exam_id)"
        " SELECT 1, id, 1 FROM questions WHERE id >= ? AND id % 3 = 0 AND id < ? + ?",
        (first, first, answers),
    )


WAYS = {
    # Twenty are wanted of each stretch: 5 difficulties, 2 laps, for each objective. A question takes up to 5 rows:
    # entries of indexes, the last answer of the learner, the row itself; the 24 that are taken are read once more.
    "": 5 * 2 * 20 * 5 + 100,
    "&mode=weak_areas": 2 * 5 * 2 * 20 * 5 + 100,
    "&mode=speed_drill": 5 * 2 * 20 * 5 + 100,
    # and three ratings of each
    "&mode=adaptive": 5 * 2 * 20 * 9 + 100,
    "&tags=tag": 5 * 2 * 20 * 6 + 100,
    "&tags=tag&mode=adaptive": 5 * 2 * 20 * 9 + 100,
    # Of the learner's own, as many as are asked for and spare, in two laps, or the latest ones.
    "&mode=review": 24 * 8 + 100,
    "&only=missed": 2 * 24 * 8 + 100,
    "&only=bookmarked": 2 * 24 * 8 + 100,
    # of every fifth question, and of every third
    "&mode=review&difficultyMin=2&difficultyMax=2": 24 * 5 * 8 + 100,
    "&only=missed&tags=tag": 2 * 24 * 3 * 9 + 100,
}


def test_the_cost_of_a_pick_and_of_an_answer_does_not_grow(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, rows_read: RowsRead
) -> None:
    """The same bounds hold for a small bank and a short past, and for a large one: 20,001 questions, 50,000 answers."""
    for questions, answers in ((501, 500), (20_001, 50_000)):
        database.execute_sql("DELETE FROM user_answers")
        database.execute_sql("DELETE FROM missed")
        database.execute_sql("DELETE FROM bookmarks")
        fill(database, questions, answers)
        for way, most in WAYS.items():
            cost = rows_read(lambda path=PATH + way: alice.get(path))
            assert 20 < cost <= most, (way, questions)
    fresh = alice.get(PATH).json["questions"][0]["id"]
    assert 5 < rows_read(lambda: answer(alice, fresh, "a")) <= 100
