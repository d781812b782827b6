"""A session asks its own questions in its own order, each once, until it is over."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database, Statement
from shared_schema.database.settings import Settings
from tests.study_service.conftest import answer


@pytest.fixture
def session(alice: FlaskClient, bank: dict[str, Any]) -> dict[str, Any]:
    response = alice.post("/api/study/sessions", json={"examId": 1, "mode": "practice", "questionCount": 5})
    assert response.status_code == 201
    return response.json


def right(mo: FlaskClient, question_id: int) -> list[str]:
    question = mo.get(f"/api/questions/{question_id}").json
    return [option["id"] for option in question["answers"] if option["isCorrect"]]


def test_a_session_keeps_its_questions_in_order(alice: FlaskClient, session: dict[str, Any]) -> None:
    assert session["questionCount"] == len(session["questions"]) == 5
    again = alice.get(f"/api/study/sessions/{session['id']}").json
    assert [q["id"] for q in again["questions"]] == [q["id"] for q in session["questions"]]


def test_answers_count_in_the_session_and_streaks_break(
    alice: FlaskClient, mo: FlaskClient, session: dict[str, Any]
) -> None:
    outcomes = [True, True, False, True]
    for question, wanted in zip(session["questions"], outcomes, strict=False):
        key = right(mo, question["id"])
        wrong = [option["id"] for option in question["answers"] if option["id"] not in key][:1]
        result = answer(alice, question["id"], key if wanted else wrong, studySessionId=session["id"]).json["result"]
        assert result["isCorrect"] is wanted
    counted = result["session"]
    assert (counted["totalQuestions"], counted["correctAnswers"], counted["accuracy"]) == (4, 3, 0.75)
    assert (counted["streakCount"], counted["maxStreak"], counted["timeSpentSeconds"]) == (1, 2, 40)


def test_a_question_is_answered_once_in_a_session(
    alice: FlaskClient, session: dict[str, Any], database: Database
) -> None:
    question = session["questions"][0]["id"]
    assert answer(alice, question, "a", studySessionId=session["id"]).status_code == 200
    assert answer(alice, question, "b", studySessionId=session["id"]).status_code == 409
    assert database.execute_sql("SELECT total_attempts FROM questions WHERE id = ?", (question,)).fetchall() == [(1,)]
    assert alice.get("/api/progress").json["progress"][0]["totalQuestionsSeen"] == 1


def test_a_question_of_another_session_is_refused(
    alice: FlaskClient, bank: dict[str, Any], session: dict[str, Any]
) -> None:
    inside = {question["id"] for question in session["questions"]}
    outside = next(question["id"] for question in bank.values() if question["id"] not in inside)
    response = answer(alice, outside, "a", studySessionId=session["id"])
    assert response.status_code == 422
    assert "questionId" in response.json["errors"]


def test_a_completed_session_rejects_answers(alice: FlaskClient, session: dict[str, Any]) -> None:
    first, second, *_ = (question["id"] for question in session["questions"])
    answer(alice, first, "a", studySessionId=session["id"])
    done = alice.post(f"/api/study/sessions/{session['id']}/complete")
    assert done.status_code == 200
    assert (done.json["status"], done.json["skippedQuestions"]) == ("completed", 4)
    assert done.json["completedAt"] is not None
    assert len(done.json["objectiveScores"]) == 1
    assert answer(alice, second, "a", studySessionId=session["id"]).status_code == 409
    assert alice.post(f"/api/study/sessions/{session['id']}/complete").status_code == 409


def test_somebody_elses_session_is_not_there(
    alice: FlaskClient, bob: FlaskClient, session: dict[str, Any], database: Database
) -> None:
    path = f"/api/study/sessions/{session['id']}"
    assert bob.get(path).status_code == 404
    assert bob.post(f"{path}/complete").status_code == 404
    assert answer(bob, session["questions"][0]["id"], "a", studySessionId=session["id"]).status_code == 404
    assert bob.get("/api/study/sessions").json == {"sessions": [], "next": None}
    assert database.execute_sql("SELECT count(*) FROM user_answers").fetchall() == [(0,)]


def test_a_start_with_a_key_happens_once(alice: FlaskClient, bank: dict[str, Any]) -> None:
    body = {"examId": 1, "questionCount": 4}
    first = alice.post("/api/study/sessions", json=body, headers={"Idempotency-Key": "s"})
    again = alice.post("/api/study/sessions", json=body, headers={"Idempotency-Key": "s"})
    assert again.json == first.json
    assert again.status_code == 201
    assert len(alice.get("/api/study/sessions").json["sessions"]) == 1


def test_sessions_are_listed_latest_first_by_key(alice: FlaskClient, bank: dict[str, Any]) -> None:
    ids = [alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 1}).json["id"] for _ in range(5)]
    first = alice.get("/api/study/sessions?limit=3").json
    rest = alice.get(f"/api/study/sessions?limit=3&after={first['next']}").json
    assert [s["id"] for s in first["sessions"] + rest["sessions"]] == ids[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"examId": 99}, 404),
        ({"examId": 1, "objectiveIds": [99]}, 422),
        ({"examId": 1, "mode": "cram"}, 422),
        ({"examId": 1, "questionCount": 0}, 422),
        ({"examId": 1, "questionCount": 101}, 422),
        ({"examId": 1, "difficulty": {"min": 5, "max": 1}}, 422),
        ({"examId": 1, "difficulty": {"min": 1, "top": 3}}, 422),
        ({"examId": "1"}, 422),
        ({"examId": True}, 422),
        ({}, 422),
        ({"examId": 1, "objectiveIds": [2], "difficulty": {"min": 5, "max": 5}}, 409),
    ],
)
def test_a_session_that_cannot_be_is_not_begun(
    alice: FlaskClient, bank: dict[str, Any], body: dict[str, Any], status: int
) -> None:
    assert alice.post("/api/study/sessions", json=body).status_code == status
    assert alice.get("/api/study/sessions").json["sessions"] == []


def test_an_answer_that_comes_while_the_session_ends_is_not_counted(
    alice: FlaskClient, session: dict[str, Any], database: Database, settings: Settings
) -> None:
    """The answer has read that the session is active; before it writes, somebody completes it."""
    other = Database(settings)

    def complete(event: Any) -> None:
        if "FROM study_sessions WHERE id" in event.sql:
            database.query_hooks.remove(complete)
            other.batch([Statement("UPDATE study_sessions SET status = 'completed' WHERE id = ?", (session["id"],))])

    database.query_hooks.append(complete)
    response = answer(alice, session["questions"][0]["id"], "a", studySessionId=session["id"])
    other.close()
    assert response.status_code == 409
    assert database.execute_sql("SELECT count(*) FROM user_answers").fetchall() == [(0,)]
    assert database.execute_sql("SELECT sum(total_attempts) FROM questions").fetchall() == [(0,)]
    assert alice.get("/api/progress").json["progress"] == []
