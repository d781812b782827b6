"""An answer is graded from the stored key, counted once, and only then shows the key."""

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.conftest import client
from tests.study_service.conftest import answer, rows


@pytest.mark.parametrize(
    ("text", "selected", "right"),
    [
        ("Routing question 0", "a", True),
        ("Routing question 0", "b", False),
        ("Routing question 0", ["a"], True),
        ("Routing question 0", ["a", "a"], True),
        ("Routing question 3", "d", True),
        ("Glass conducts electricity.", "b", True),
        ("Glass conducts electricity.", "a", False),
        ("Which two are cables?", ["a", "c"], True),
        ("Which two are cables?", ["c", "a"], True),
        ("Which two are cables?", ["a"], False),
        ("Which two are cables?", "a", False),
        ("Which two are cables?", ["a", "a"], False),
        ("Which two are cables?", ["a", "b", "c"], False),
        ("Which two are cables?", ["a", "b", "c", "d"], False),
        ("Which two are cables?", ["b", "d"], False),
    ],
)
def test_answers_are_graded_as_sets(
    alice: FlaskClient, bank: dict[str, Any], text: str, selected: Any, right: bool
) -> None:
    result = answer(alice, bank[text]["id"], selected).json["result"]
    assert result["isCorrect"] is right
    assert result["score"] == (1.0 if right else 0.0)


def test_the_answer_has_the_documented_shape(alice: FlaskClient, bank: dict[str, Any]) -> None:
    response = answer(alice, bank["Routing question 1"]["id"], "b")
    assert response.status_code == 200
    assert set(response.json) == {"success", "result"}
    result = response.json["result"]
    assert set(result) == {
        "answerId", "isCorrect", "score", "correctAnswer", "explanation", "reference", "attemptNumber",
        "question", "progress", "session", "nextReviewAt",
    }  # fmt: skip
    assert result["correctAnswer"] == "b"
    assert result["explanation"] == "why 1"
    assert result["attemptNumber"] == 1
    assert result["question"] == {"totalAttempts": 1, "correctAttempts": 1}


def test_the_key_of_a_set_is_a_list(alice: FlaskClient, cables: dict[str, Any]) -> None:
    assert answer(alice, cables["id"], ["a"]).json["result"]["correctAnswer"] == ["a", "c"]


@pytest.mark.parametrize("selected", ["e", ["a", "zz"], [], "", ["a", "b"], 7, None, [1], {"a": 1}, True])
def test_what_the_question_does_not_offer_is_refused_and_not_counted(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, selected: Any
) -> None:
    response = answer(alice, bank["Routing question 0"]["id"], selected)
    assert response.status_code == 422
    assert "selectedAnswer" in str(response.json["errors"])
    assert database.execute_sql("SELECT count(*) FROM user_answers").fetchall() == [(0,)]


def test_attempts_statistics_and_progress_add_up(alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any]) -> None:
    question = bank["Routing question 0"]["id"]
    answer(alice, question, "a")
    second = answer(alice, question, "b").json["result"]
    third = answer(bob, question, "a").json["result"]
    assert second["attemptNumber"] == 2
    assert third["attemptNumber"] == 1
    assert third["question"] == {"totalAttempts": 3, "correctAttempts": 2}
    assert second["progress"]["totalQuestionsSeen"] == 2
    assert second["progress"]["uniqueQuestionsSeen"] == 1
    assert second["progress"]["overallAccuracy"] == 0.5
    assert third["progress"]["totalCorrect"] == 1


def test_a_repeated_key_is_the_same_answer(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    question = bank["Routing question 0"]["id"]
    first = answer(alice, question, "a", key="k1")
    answer(alice, question, "b")  # the world moves on; the replay does not
    again = answer(alice, question, "a", key="k1")
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert answer(alice, question, "b", key="k1").status_code == 409
    assert database.execute_sql("SELECT count(*) FROM user_answers").fetchall() == [(2,)]


def test_a_key_belongs_to_who_sent_it(alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any]) -> None:
    question = bank["Routing question 0"]["id"]
    answer(alice, question, "a", key="same")
    assert answer(bob, question, "a", key="same").json["result"]["question"]["totalAttempts"] == 2


def test_twenty_at_once_with_one_key_count_once(study_app: Any, alice: FlaskClient, bank: dict[str, Any]) -> None:
    question = bank["Routing question 0"]["id"]
    responses: list[Any] = []

    def send() -> None:
        responses.append(answer(client(study_app, "1", "user"), question, "a", key="double click"))

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {r.status_code for r in responses} == {200}
    assert {r.json["result"]["answerId"] for r in responses} == {responses[0].json["result"]["answerId"]}
    assert alice.get("/api/progress").json["progress"][0]["totalQuestionsSeen"] == 1


def test_answers_of_many_at_once_are_all_counted(
    study_app: Any, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    question = bank["Routing question 0"]["id"]

    def send(user: str) -> None:
        for n in range(10):
            assert answer(client(study_app, user, "user"), question, "ab"[n % 2]).status_code == 200

    threads = [threading.Thread(target=send, args=(str(1 + n % 2),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = "SELECT total_attempts, correct_attempts, total_time_seconds FROM questions WHERE id = ?"
    assert database.execute_sql(asked, (question,)).fetchall() == [(80, 40, 800)]
    seen = "SELECT total_questions_seen, unique_questions_seen, total_correct FROM user_progress"
    assert database.execute_sql(seen).fetchall() == [(40, 1, 20), (40, 1, 20)]
    numbers = "SELECT attempt_number FROM user_answers WHERE user_id = 1 ORDER BY 1"
    assert [n for (n,) in database.execute_sql(numbers).fetchall()] == list(range(1, 41))


def test_a_question_that_is_not_approved_cannot_be_answered(
    alice: FlaskClient, mo: FlaskClient, bank: dict[str, Any]
) -> None:
    question = bank["Routing question 0"]["id"]
    mo.put(f"/api/questions/{question}/review", json={"status": "needs_revision"})
    assert answer(alice, question, "a").status_code == 404
    unknown = answer(alice, 10**6, "a")
    assert (unknown.status_code, unknown.json["detail"]) == (404, "no such question")


def test_a_deactivated_user_cannot_answer(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    database.execute_sql("UPDATE users SET is_active = 0 WHERE id = 1")
    response = answer(alice, bank["Routing question 0"]["id"], "a")
    assert (response.status_code, response.json["code"]) == (401, "TOKEN_INVALID")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("timeSpentSeconds", value) for value in (-1, 86_401, 1.5, "10", True, None)),
        *(("confidenceLevel", value) for value in (0, 6, "3")),
        *(("studySessionId", value) for value in (0, "1")),
        *(("questionId", value) for value in (0, None, "1")),
        *(("flagged", value) for value in (1, "yes", None)),
        ("isCorrect", True),
    ],
)
def test_a_wrong_field_is_named_and_nothing_counted(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, field: str, value: Any
) -> None:
    body = {"questionId": bank["Routing question 0"]["id"], "selectedAnswer": "a", "timeSpentSeconds": 10}
    response = alice.post("/api/study/answer", json=body | {field: value})
    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert rows(database, "SELECT id FROM user_answers") == []


@pytest.mark.parametrize("missing", ["questionId", "selectedAnswer", "timeSpentSeconds"])
def test_an_answer_needs_its_question_choice_and_time(alice: FlaskClient, bank: dict[str, Any], missing: str) -> None:
    body = {"questionId": bank["Routing question 0"]["id"], "selectedAnswer": "a", "timeSpentSeconds": 10}
    response = alice.post("/api/study/answer", json={name: value for name, value in body.items() if name != missing})
    assert (response.status_code, list(response.json["errors"])) == (422, [missing])


def test_the_limits_themselves_are_fine(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    question = bank["Routing question 0"]["id"]
    for seconds, level in ((0, 1), (86_400, 5), (10, None)):
        assert answer(alice, question, "a", timeSpentSeconds=seconds, confidenceLevel=level).status_code == 200
    stored = rows(
        database, "SELECT time_spent_seconds AS time, confidence_level AS level FROM user_answers ORDER BY id"
    )
    assert stored == [{"time": 0, "level": 1}, {"time": 86_400, "level": 5}, {"time": 10, "level": None}]
