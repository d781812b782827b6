"""A session asks its own questions in its own order, each once, until it is over."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer, audited, row


@pytest.fixture
def session(alice: FlaskClient, bank: dict[str, Any]) -> dict[str, Any]:
    response = alice.post("/api/study/sessions", json={"examId": 1, "mode": "practice", "questionCount": 5})
    assert response.status_code == 201
    return response.json


def key_of(mo: FlaskClient, question_id: int) -> list[str]:
    question = mo.get(f"/api/questions/{question_id}").json
    return [option["id"] for option in question["answers"] if option["isCorrect"]]


def test_a_session_keeps_its_questions_in_order(alice: FlaskClient, session: dict[str, Any]) -> None:
    assert session["questionCount"] == len(session["questions"]) == 5
    again = alice.get(f"/api/study/sessions/{session['id']}").json
    assert again == session | {"objectiveScores": {}, "answers": []}


def test_a_session_shows_its_answers_in_the_order_they_were_given(
    alice: FlaskClient, cables: dict[str, Any], bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    session, other = (alice.post("/api/study/sessions", json={"examId": 1}).json["id"] for _ in range(2))
    first, last = bank["Routing question 1"]["id"], bank["Routing question 0"]["id"]
    answer(alice, first, "b", studySessionId=session)
    answer(alice, bank["Routing question 2"]["id"], "a", studySessionId=other)
    answer(alice, cables["id"], ["c", "b"], studySessionId=session)
    answer(alice, last, "d", studySessionId=session)
    database.execute_sql("UPDATE user_answers SET answered_at = 1767225600 - id")
    answers = alice.get(f"/api/study/sessions/{session}").json["answers"]
    assert [
        (shown["questionId"], shown["selectedAnswer"], shown["isCorrect"], shown["score"]) for shown in answers
    ] == [
        (first, "b", True, 1.0),
        (cables["id"], ["b", "c"], False, 0.0),
        (last, "d", False, 0.0),
    ]
    assert [shown["answeredAt"][-4:] for shown in answers] == [":59Z", ":57Z", ":56Z"]


def test_a_question_taken_back_stays_in_the_sessions_that_have_it(
    alice: FlaskClient, mo: FlaskClient, session: dict[str, Any]
) -> None:
    mo.put(f"/api/questions/{session['questions'][1]['id']}/review", json={"status": "rejected"})
    assert alice.get(f"/api/study/sessions/{session['id']}").json["questions"] == session["questions"]


def test_answers_count_in_the_session_and_streaks_break(
    alice: FlaskClient, mo: FlaskClient, session: dict[str, Any]
) -> None:
    outcomes = [True, True, False, True]
    for question, wanted in zip(session["questions"], outcomes, strict=False):
        key = key_of(mo, question["id"])
        wrong = [option["id"] for option in question["answers"] if option["id"] not in key][:1]
        result = answer(alice, question["id"], key if wanted else wrong, studySessionId=session["id"]).json["result"]
        assert result["isCorrect"] is wanted
    counted = result["session"]
    assert alice.get("/api/study/sessions").json["sessions"] == [counted]
    assert (counted["totalQuestions"], counted["correctAnswers"], counted["accuracy"]) == (4, 3, 0.75)
    assert (counted["streakCount"], counted["maxStreak"], counted["timeSpentSeconds"]) == (1, 2, 40)


def test_a_question_is_answered_once_in_a_session(
    alice: FlaskClient, session: dict[str, Any], database: LibsqlDatabase
) -> None:
    question = session["questions"][0]["id"]
    assert answer(alice, question, "a", studySessionId=session["id"]).status_code == 200
    assert answer(alice, question, "b", studySessionId=session["id"]).status_code == 409
    assert database.execute_sql("SELECT total_attempts FROM questions WHERE id = ?", (question,)).fetchall() == [(1,)]
    assert alice.get("/api/progress").json["progress"][0]["totalQuestionsSeen"] == 1


def test_somebody_elses_session_is_not_there(
    alice: FlaskClient, bob: FlaskClient, session: dict[str, Any], database: LibsqlDatabase
) -> None:
    path = f"/api/study/sessions/{session['id']}"
    assert bob.get(path).status_code == 404
    assert bob.post(f"{path}/complete").status_code == 404
    assert answer(bob, session["questions"][0]["id"], "a", studySessionId=session["id"]).status_code == 404
    assert bob.get("/api/study/sessions").json == {"sessions": [], "next": None}
    assert row(database, "study_sessions", session["id"])["status"] == "active"
    assert audited(database, "session.complete") == []
    assert database.execute_sql("SELECT count(*) FROM user_answers").fetchall() == [(0,)]


def test_sessions_are_listed_latest_first_by_key(alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any]) -> None:
    ids = [alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 1}).json["id"] for _ in range(5)]
    bob.post("/api/study/sessions", json={"examId": 1})
    first = alice.get("/api/study/sessions?limit=3").json
    rest = alice.get(f"/api/study/sessions?limit=3&after={first['next']}").json
    assert [s["id"] for s in first["sessions"] + rest["sessions"]] == ids[::-1]
    assert rest["next"] is None
