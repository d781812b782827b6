"""A learner marks questions to find them again: her own alone, and only what may be asked."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import iso, rows


def ids(response: Any) -> list[int]:
    assert response.status_code == 200
    return [bookmark["questionId"] for bookmark in response.json["bookmarks"]]


def test_a_bookmark_is_put_once_and_taken_away(
    alice: FlaskClient, bob: FlaskClient, cables: dict[str, Any], database: LibsqlDatabase
) -> None:
    path = f"/api/questions/{cables['id']}/bookmark"
    first = alice.put(path)
    again = alice.put(path)
    assert (first.status_code, again.status_code, first.json) == (200, 200, again.json)
    (stored,) = rows(database, "SELECT * FROM bookmarks")
    assert first.json == {
        "id": stored["id"],
        "questionId": cables["id"],
        "examId": 1,
        "objectiveId": cables["objectiveId"],
        "text": "Which two are cables?",
        "difficulty": 2,
        "tags": [],
        "createdAt": iso(stored["created_at"]),
    }
    assert (stored["user_id"], stored["question_id"], stored["exam_id"]) == (1, cables["id"], 1)
    assert bob.delete(path).status_code == 204
    assert ids(alice.get("/api/bookmarks")) == [cables["id"]]
    assert ids(bob.get("/api/bookmarks")) == []
    assert alice.delete(path).status_code == 204
    assert alice.delete(path).status_code == 204
    assert ids(alice.get("/api/bookmarks")) == []
    assert rows(database, "SELECT * FROM bookmarks") == []


def test_bookmarks_are_listed_latest_first_by_key(
    alice: FlaskClient, bob: FlaskClient, routing: list[int], other_exam: list[dict[str, Any]]
) -> None:
    marked = [*routing[:3], other_exam[0]["id"], *routing[3:5]]
    for question in marked:
        alice.put(f"/api/questions/{question}/bookmark")
        bob.put(f"/api/questions/{question}/bookmark")
    alice.put(f"/api/questions/{marked[0]}/bookmark")  # it stays where it is
    first = alice.get("/api/bookmarks?limit=4")
    assert ids(first) == marked[:1:-1]
    rest = alice.get(f"/api/bookmarks?limit=4&after={first.json['next']}")
    assert (ids(rest), rest.json["next"]) == (marked[1::-1], None)
    assert ids(alice.get("/api/bookmarks?examId=2")) == [other_exam[0]["id"]]
    assert ids(alice.get("/api/bookmarks?examId=1")) == [*routing[4:2:-1], *routing[2::-1]]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE questions SET review_status = 'pending' WHERE id = ?",
        "UPDATE questions SET is_active = 0 WHERE id = ?",
        "UPDATE exams SET is_active = 0 WHERE id = (SELECT exam_id FROM questions WHERE id = ?)",
    ],
)
def test_what_is_not_asked_is_neither_marked_nor_shown(
    alice: FlaskClient, cables: dict[str, Any], database: LibsqlDatabase, change: str
) -> None:
    path = f"/api/questions/{cables['id']}/bookmark"
    assert alice.put(path).status_code == 200
    database.execute_sql(change, (cables["id"],))
    assert ids(alice.get("/api/bookmarks")) == []
    assert (alice.put(path).status_code, alice.put("/api/questions/99999/bookmark").status_code) == (404, 404)
    assert alice.delete(path).status_code == 204
    assert rows(database, "SELECT * FROM bookmarks") == []
