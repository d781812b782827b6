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


def remember(database: LibsqlDatabase) -> None:
    """What an answer counts beside itself, for the learner of `fill`: memories, progress, a rating of each question."""
    database.execute_sql(
        "INSERT INTO memory_states (user_id, question_id, exam_id, stability, difficulty, state, due_at,"
        " last_review_at, reps, algorithm) SELECT 1, question_id, 1, 10, 5, 'review', unixepoch() - 60,"
        " max(answered_at), 2, 1 FROM user_answers WHERE user_id = 1 GROUP BY question_id"
    )
    database.execute_sql(
        "INSERT INTO user_progress (user_id, exam_id, unique_questions_seen, points, is_shared)"
        " VALUES (1, 1, 3000, 0.5, 1)"
    )
    database.execute_sql("INSERT INTO question_ratings SELECT id, 1500, 9 FROM questions")
    database.execute_sql("UPDATE exams SET questions_available = (SELECT count(*) FROM questions)")


# What a learner asks for who has answered 2,995 of 3,000 questions, all today, and how many rows more than three for
# each question are read: a tag is looked up beside its question, and weak objectives are read from in turn.
LEARNER = [
    ("", 0),
    ("&limit=1", 0),
    ("&limit=100", 0),
    ("&mode=custom", 0),
    ("&mode=speed_drill", 0),
    ("&mode=adaptive", 0),
    ("&mode=adaptive&limit=2", 0),
    ("&mode=weak_areas", 5),
    ("&mode=review", 0),
    ("&only=missed", 0),
    ("&only=bookmarked", 0),
    ("&objectiveIds=1", 0),
    ("&objectiveIds=1,2", 5),
    ("&difficultyMin=3&difficultyMax=3", 0),
    ("&difficultyMin=2&difficultyMax=4", 5),
    ("&tags=tag", 30),
]


@pytest.mark.parametrize(("query", "more"), LEARNER)
def test_a_pick_reads_three_rows_a_question_for_a_learner_who_has_seen_nearly_everything(
    alice: FlaskClient, nearly: None, rows_read: RowsRead, query: str, more: int
) -> None:
    path = f"/api/study/questions?examId=1{query}"
    asked = int(query.partition("limit=")[2] or 20)
    assert len(alice.get(path).json["questions"]) == asked
    assert rows_read(lambda: alice.get(path)) <= max(50, 3 * asked) + more


@pytest.fixture
def nearly(bank: dict[str, Any], database: LibsqlDatabase) -> None:
    """Alice has answered all but a few of 3,000 questions, once or twice, today."""
    fill(database, 2_990, 5_000)
    database.execute_sql("UPDATE user_answers SET answered_at = unixepoch() - id")
    remember(database)


# What people read beside picks, and where in the answer its list is.
READS = [
    ("alice", "/api/progress", "progress"),
    ("alice", "/api/progress/exams/1", "objectives"),
    ("alice", "/api/exams", "exams"),
    ("alice", "/api/exams/1/leaderboard", "learners"),
    ("alice", "/api/bookmarks", "bookmarks"),
    ("alice", "/api/bookmarks?examId=1", "bookmarks"),
    ("alice", "/api/study/sessions", "sessions"),
    ("alice", "/api/study/sessions/1", "questions"),
    ("alice", "/api/tests", "tests"),
    ("mo", "/api/questions?limit=20", "questions"),
    ("mo", "/api/questions?limit=20&examId=1", "questions"),
    ("mo", "/api/questions?limit=20&objectiveId=1", "questions"),
    ("mo", "/api/questions?limit=20&examId=1&reviewStatus=approved", "questions"),
    ("mo", "/api/questions?limit=20&reviewStatus=pending", "questions"),
    ("mo", "/api/questions?limit=20&aiGenerated=true", "questions"),
    ("mo", "/api/questions?limit=20&aiGenerated=false&reviewStatus=approved", "questions"),
    ("mo", "/api/questions?limit=20&flagged=true", "questions"),
    ("mo", "/api/questions?limit=20&deleted=true", "questions"),
    ("mo", "/api/questions?limit=20&q=question", "questions"),
    ("mo", "/api/questions?limit=20&q=question&examId=1", "questions"),
    ("mo", "/api/questions/queue?limit=20", "questions"),
    ("mo", "/api/analytics/questions?examId=1", "questions"),
]


def test_other_reads_take_three_rows_for_each_that_they_show(
    alice: FlaskClient, mo: FlaskClient, nearly: None, rows_read: RowsRead
) -> None:
    """Those of what it shows, and two of its exam: that it is there, and whether its figures are up to date."""
    mo.get("/api/analytics/questions?examId=1")  # the first one computes them
    for _ in range(3):
        assert alice.post("/api/study/sessions", json={"examId": 1}).status_code == 201
    for who, path, listed in READS:
        client = {"alice": alice, "mo": mo}[who]
        shown = len(client.get(path).json[listed])
        assert rows_read(lambda client=client, path=path: client.get(path)) <= max(50, 3 * shown + 2), path


# Rows read at most, of twenty that are asked for: of a learner who has answered everything, but not today.
WAYS = {
    "": 60,
    "&mode=weak_areas": 65,
    "&mode=speed_drill": 60,
    "&mode=adaptive": 60,
    "&tags=tag": 90,
    "&tags=tag&mode=adaptive": 90,
    "&mode=review": 60,
    "&only=missed": 60,
    "&only=bookmarked": 60,
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
