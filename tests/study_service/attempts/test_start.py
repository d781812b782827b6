"""A test is drawn by the blueprint, once: double clicks are harmless."""

import json
from collections import Counter
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.attempts.conftest import Clock, answer_all, attempt, start, submit
from tests.study_service.conftest import BANK, audited, post_bank, rows


def test_a_test_has_the_objectives_by_weight_and_says_when_it_ends(
    alice: FlaskClient, test: dict[str, Any], database: LibsqlDatabase
) -> None:
    assert (test["status"], test["startedAt"], test["expiresAt"]) == (
        "in_progress", "2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z",
    )  # fmt: skip
    assert (test["timeLimitMinutes"], test["extraTimeFactor"], test["graceSeconds"]) == (60, 1.0, 10)
    by_objective = Counter(question["objectiveId"] for question in test["questions"])
    assert by_objective == {1: 8, 2: 2}  # six and four wanted; Cabling has two questions
    assert {"objectiveId": 2, "difficulty": None, "wanted": 4, "drawn": 2} in test["shortfalls"]
    assert test["answers"] == []
    stored = attempt(database, test["id"])
    assert json.loads(stored["question_ids"]) == [question["id"] for question in test["questions"]]
    assert json.loads(stored["question_versions"]) == [1] * 10
    assert audited(database, "test.start")[0]["new"] == {
        "exam_id": 1, "status": "in_progress", "time_limit_minutes": 60, "extra_time_factor": 1.0,
    }  # fmt: skip


def test_a_test_of_the_exams_own_size_and_time(alice: FlaskClient, ada: FlaskClient, bank: Any, at: Clock) -> None:
    ada.patch("/api/exams/1", json={"questionCount": 5, "timeLimitMinutes": 30})
    test = start(alice).json
    assert (len(test["questions"]), test["timeLimitMinutes"]) == (5, 30)
    assert test["expiresAt"] == "2026-11-23T09:30:00Z"
    assert test["shortfalls"] == []


def test_nothing_tells_the_key(alice: FlaskClient, test: dict[str, Any]) -> None:
    for body in (test, alice.get(f"/api/tests/{test['id']}").json):
        for question in body["questions"]:
            shown = {"id", "version", "text", "type", "difficulty", "objectiveId", "tags", "imageUrl", "answers"}
            assert question.keys() == shown
            assert all(option.keys() == {"id", "text"} for option in question["answers"])


def test_a_second_start_answers_with_the_running_one(
    alice: FlaskClient, bob: FlaskClient, test: dict[str, Any], database: LibsqlDatabase
) -> None:
    again = start(alice, questionCount=3)
    assert (again.status_code, again.json) == (200, test)
    assert alice.get(f"/api/tests/{test['id']}").json == test
    other = start(bob, questionCount=3)
    assert (other.status_code, len(other.json["questions"])) == (201, 3)
    assert rows(database, "SELECT count(*) AS n FROM test_attempts") == [{"n": 2}]


def test_a_key_gives_the_first_answer_again(alice: FlaskClient, bank: Any, at: Clock, database: LibsqlDatabase) -> None:
    first = start(alice, key="k", questionCount=3)
    again = start(alice, key="k", questionCount=3)
    assert (again.status_code, again.json, again.headers["Idempotency-Replayed"]) == (201, first.json, "true")
    submit(alice, first.json)
    assert start(alice, key="k", questionCount=3).json == first.json
    assert start(alice, key="k", questionCount=4).status_code == 409
    assert rows(database, "SELECT count(*) AS n FROM test_attempts") == [{"n": 1}]


def test_a_repeated_double_click_starts_no_test_after_the_first_has_ended(
    alice: FlaskClient, test: dict[str, Any], database: LibsqlDatabase
) -> None:
    second = start(alice, key="click")
    assert (second.status_code, second.json) == (200, test)
    submit(alice, test)
    replayed = start(alice, key="click")
    assert (replayed.status_code, replayed.json) == (200, test)
    assert rows(database, "SELECT count(*) AS n FROM test_attempts") == [{"n": 1}]


def test_after_a_test_the_next_one_may_start(alice: FlaskClient, test: dict[str, Any]) -> None:
    submit(alice, test)
    assert start(alice).status_code == 201


def test_a_test_that_is_over_does_not_keep_the_next_one_from_starting(
    alice: FlaskClient, test: dict[str, Any], at: Clock
) -> None:
    at(3600 + 9)
    assert start(alice).status_code == 200
    at(3600 + 11)
    following = start(alice)
    assert following.status_code == 201
    assert following.json["id"] != test["id"]
    assert alice.get(f"/api/tests/{test['id']}").json["status"] == "completed"


def test_one_test_of_each_exam_runs(alice: FlaskClient, test: dict[str, Any], other_exam: Any) -> None:
    assert start(alice, examId=2).status_code == 201


def test_without_questions_there_is_no_test(alice: FlaskClient, ada: FlaskClient, at: Clock) -> None:
    assert start(alice).status_code == 404
    exam = ada.post("/api/exams", json={"vendorId": "v", "code": "c", "name": "n"}).json["id"]
    assert start(alice, examId=exam).status_code == 409
    ada.delete(f"/api/exams/{exam}")
    assert start(alice, examId=exam).status_code == 404


def test_questions_that_cannot_be_used_are_replaced(
    alice: FlaskClient, bank: Any, at: Clock, database: LibsqlDatabase
) -> None:
    for n in (2, 7):
        database.execute_sql("UPDATE questions SET answers = '[]' WHERE id = ?", (bank[f"Routing question {n}"]["id"],))
    test = start(alice, questionCount=11).json
    broken = {bank[f"Routing question {n}"]["id"] for n in (2, 7)}
    ids = [question["id"] for question in test["questions"]]
    assert not broken & set(ids)
    assert len(ids) == len(set(ids)) >= 10


@pytest.mark.parametrize(
    ("mix", "levels"), [({"5": 1}, {5: 2}), ({"1": 1, "4": 1}, {1: 1, 4: 1})]
)  # fmt: skip
def test_an_exam_may_have_a_mix_of_its_own(
    alice: FlaskClient, ada: FlaskClient, bank: Any, at: Clock, mix: dict[str, int], levels: dict[int, int]
) -> None:
    ada.patch("/api/exams/1/objectives/2", json={"weight": 0})
    assert ada.patch("/api/exams/1", json={"difficultyMix": mix}).json["difficultyMix"] == mix
    test = start(alice, questionCount=2).json
    assert Counter(question["difficulty"] for question in test["questions"]) == levels


@pytest.mark.parametrize("mix", [{}, {"6": 1}, {"1": 0}, {"1": -1}, {"x": 1}])
def test_a_mix_must_say_something(ada: FlaskClient, bank: Any, mix: dict[str, int]) -> None:
    assert ada.patch("/api/exams/1", json={"difficultyMix": mix}).status_code == 422


def test_the_right_option_is_anywhere(
    alice: FlaskClient, ada: FlaskClient, at: Clock, database: LibsqlDatabase
) -> None:
    """In a bank whose right options stand first, they do so in a quarter of the deliveries."""
    questions = [
        BANK["questions"][0] | {"questionText": f"First {n}", "correctAnswer": [0]} for n in range(200)
    ]  # fmt: skip
    post_bank(ada, BANK | {"questions": questions})
    texts = {q["id"]: q["text"] for q in ada.get("/api/questions?limit=100").json["questions"]}
    assert len(texts) == 100
    test = start(alice, questionCount=200).json
    right = [next(o["text"] for o in q["answers"]) == "w" for q in test["questions"]]
    assert 0.15 <= sum(right) / 200 <= 0.35
    assert alice.get(f"/api/tests/{test['id']}").json == test


def test_tests_are_listed_latest_first(alice: FlaskClient, bob: FlaskClient, test: dict[str, Any], bank: Any) -> None:
    answer_all(alice, test, bank, right=7)
    submit(alice, test)
    second = start(alice, questionCount=2).json
    response = alice.get("/api/tests")
    assert response.status_code == 200, response.json
    listed = response.json
    assert [(t["id"], t["status"], t["score"], t["passed"]) for t in listed["tests"]] == [
        (second["id"], "in_progress", None, None), (test["id"], "completed", 0.7, True),
    ]  # fmt: skip
    assert alice.get("/api/tests?limit=1").json["next"] == second["id"]
    assert [t["id"] for t in alice.get(f"/api/tests?after={second['id']}").json["tests"]] == [test["id"]]
    assert bob.get("/api/tests").json["tests"] == []
