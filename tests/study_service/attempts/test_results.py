"""A test is graded once, exactly; the result is counted for the exam, the learner, the questions and her answers."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.attempts.conftest import Clock, answer_all, attempt, keys, save, start, submit, wrong
from tests.study_service.conftest import BANK, letter, post_bank, row, rows


def test_a_submitted_test_has_its_result(
    alice: FlaskClient, test: dict[str, Any], bank: Any, at: Clock, database: LibsqlDatabase
) -> None:
    answer_all(alice, test, bank, right=7)
    at(1800)
    response = submit(alice, test)
    assert response.status_code == 200
    result = response.json
    assert (result["score"], result["passed"], result["passingScore"]) == (0.7, True, 0.65)
    assert (result["correctCount"], result["incorrectCount"], result["skippedCount"]) == (7, 3, 0)
    assert (result["questionCount"], result["totalTimeSeconds"], result["number"]) == (10, 1800, 1)
    assert (result["percentile"], result["gradingRule"], result["earlier"]) == (50.0, "all_or_nothing", [])
    objective = {str(q["objectiveId"]): 0 for q in test["questions"]}
    for place, question in enumerate(test["questions"]):
        objective[str(question["objectiveId"])] += place < 7
    totals = {"1": 8, "2": 2}
    assert result["objectiveBreakdown"] == {
        name: {"correct": right, "total": totals[name], "percentage": int(right * 10000 / totals[name]) / 100}
        for name, right in objective.items()
    }
    stored = attempt(database, test["id"])
    assert (stored["status"], stored["score"], stored["passed"], stored["results"]) == ("completed", 0.7, 1, 1)
    assert json.loads(stored["time_per_question"]) == {str(q["id"]): 10 for q in test["questions"]}
    (kept,) = rows(database, "SELECT * FROM test_results")
    assert (kept["share"], kept["number"], kept["graded_by"]) == ("7/10", 1, None)
    assert json.loads(kept["question_versions"]) == [1] * 10
    assert json.loads(kept["marks"]) == [1.0] * 7 + [0.0] * 3


def test_each_answer_is_counted_once_everywhere(
    alice: FlaskClient, test: dict[str, Any], bank: Any, at: Clock, database: LibsqlDatabase
) -> None:
    first = test["questions"][0]["id"]
    save(alice, test, first, wrong(bank, first), sequence=1)
    at(40)
    save(alice, test, first, keys(bank)[first], seconds=30, sequence=2, flagged=True)
    second = test["questions"][1]["id"]
    save(alice, test, second, wrong(bank, second), seconds=20)
    for _ in range(3):
        submit(alice, test)
    answers = rows(database, "SELECT * FROM user_answers ORDER BY question_id")
    by_question = {answer["question_id"]: answer for answer in answers}
    assert by_question.keys() == {first, second}
    kept = by_question[first]
    assert (kept["user_id"], kept["test_attempt_id"], kept["study_session_id"]) == (1, test["id"], None)
    assert (kept["is_correct"], kept["score"], kept["time_spent_seconds"]) == (1, 1.0, 30)
    assert (kept["flagged"], kept["changed_answer"], kept["attempt_number"], kept["question_version"]) == (1, 1, 1, 1)
    assert (kept["day"], kept["answered_at"]) == ("2026-11-23", 1795424440)
    for question, right, seconds in ((first, 1, 30), (second, 0, 20)):
        counted = row(database, "questions", question)
        assert (counted["total_attempts"], counted["correct_attempts"]) == (1, right)
        assert (counted["total_time_seconds"], counted["avg_time_seconds"]) == (seconds, seconds)
    (progress,) = rows(database, "SELECT * FROM user_progress")
    assert (progress["total_questions_seen"], progress["unique_questions_seen"], progress["total_correct"]) == (2, 2, 1)
    assert progress["total_study_seconds"] == 50
    assert (progress["tests_taken"], progress["tests_passed"], progress["best_score"]) == (1, 0, 0.1)
    assert progress["last_test_date"] == "2026-11-23"
    exam = row(database, "exams", 1)
    assert (exam["total_attempts"], exam["pass_rate"], exam["avg_score"]) == (1, 0.0, 0.1)
    assert rows(database, "SELECT * FROM exam_scores") == [{"exam_id": 1, "permille": 100, "attempts": 1, "passed": 0}]
    assert rows(database, "SELECT answered FROM learner_days") == []


def test_an_answer_is_of_the_learners_day(alice: FlaskClient, bank: Any, at: Clock, database: LibsqlDatabase) -> None:
    at(13 * 3600)  # 22:00 UTC, 23:00 in Berlin
    test = start(alice, questionCount=2, timeLimitMinutes=120).json
    save(alice, test, test["questions"][0]["id"], ["a"])
    at(14 * 3600)
    save(alice, test, test["questions"][1]["id"], ["a"])
    submit(alice, test)
    days = rows(database, "SELECT day FROM user_answers ORDER BY answered_at")
    assert [answer["day"] for answer in days] == ["2026-11-23", "2026-11-24"]


def test_a_second_attempt_at_a_question_is_its_second(
    alice: FlaskClient, bank: Any, at: Clock, database: LibsqlDatabase
) -> None:
    for n in range(2):
        at(n * 100_000)
        test = start(alice, questionCount=14).json
        answer_all(alice, test, bank, right=14)
        submit(alice, test)
    numbers = rows(
        database, "SELECT attempt_number AS n, days_since_last_seen AS d, count(*) AS c FROM user_answers GROUP BY 1"
    )
    assert numbers == [{"n": 1, "d": None, "c": 14}, {"n": 2, "d": 1, "c": 14}]
    (progress,) = rows(database, "SELECT total_questions_seen AS seen, unique_questions_seen AS u FROM user_progress")
    assert progress == {"seen": 28, "u": 14}


def test_an_empty_test_is_graded_too(alice: FlaskClient, test: dict[str, Any], database: LibsqlDatabase) -> None:
    result = submit(alice, test).json
    assert (result["score"], result["passed"], result["skippedCount"]) == (0.0, False, 10)
    assert rows(database, "SELECT tests_taken FROM user_progress") == [{"tests_taken": 1}]


@pytest.mark.parametrize(
    ("places", "right", "passing", "passed", "score"),
    [(56, 39, 0.7, False, 0.6964), (10, 7, 0.7, True, 0.7), (200, 199, 0.7, True, 0.995)],
)
def test_the_number_never_contradicts_the_verdict(
    alice: FlaskClient, ada: FlaskClient, at: Clock, places: int, right: int, passing: float, passed: bool, score: float
) -> None:
    """Case pass-mark-rounding."""
    questions = [
        BANK["questions"][0] | {"questionText": f"Q {n}", "difficulty": 3, "correctAnswer": [0]} for n in range(places)
    ]
    post_bank(ada, BANK | {"questions": questions})
    letter()
    ada.patch("/api/exams/1", json={"passingScore": passing})
    test = start(alice, questionCount=places).json
    assert len(test["questions"]) == places
    for place, question in enumerate(test["questions"]):
        save(alice, test, question["id"], "a" if place < right else "b")
    result = submit(alice, test).json
    assert (result["passed"], result["score"]) == (passed, score)
    assert result["objectiveBreakdown"]["1"]["percentage"] == score * 100


def test_the_percentile_is_among_all_completed_tests(
    alice: FlaskClient, bob: FlaskClient, bank: Any, at: Clock, database: LibsqlDatabase
) -> None:
    ranks = []
    for learner, right in ((alice, 2), (bob, 8), (alice, 5), (bob, 8)):
        test = start(learner, questionCount=10).json
        answer_all(learner, test, bank, right)
        ranks.append(submit(learner, test).json["percentile"])
    assert ranks == [50.0, 75.0, 50.0, 75.0]
    assert alice.get("/api/tests/1/result").json["percentile"] == 12.5
    assert rows(database, "SELECT permille, attempts, passed FROM exam_scores ORDER BY permille") == [
        {"permille": 200, "attempts": 1, "passed": 0},
        {"permille": 500, "attempts": 1, "passed": 0},
        {"permille": 800, "attempts": 2, "passed": 2},
    ]
    exam = row(database, "exams", 1)
    assert (exam["total_attempts"], exam["pass_rate"], exam["avg_score"]) == (4, 0.5, 0.575)
    columns = "user_id, tests_taken, tests_passed, best_score, avg_test_score"
    assert [tuple(r.values()) for r in rows(database, f"SELECT {columns} FROM user_progress ORDER BY user_id")] == [
        (1, 2, 0, 0.5, 0.35),
        (2, 2, 2, 0.8, 0.8),
    ]


def test_a_test_that_was_invalidated_does_not_count_for_its_learner(
    alice: FlaskClient, bank: Any, at: Clock, database: LibsqlDatabase
) -> None:
    for right in (9, 4):
        test = start(alice, questionCount=10).json
        answer_all(alice, test, bank, right)
        submit(alice, test)
        database.execute_sql("UPDATE test_attempts SET status = 'invalidated' WHERE score > 0.8")
    assert rows(database, "SELECT tests_taken, tests_passed, best_score, avg_test_score FROM user_progress") == [
        {"tests_taken": 1, "tests_passed": 0, "best_score": 0.4, "avg_test_score": 0.4}
    ]


def test_a_keyed_submit_gives_its_first_answer_again(
    alice: FlaskClient, bob: FlaskClient, test: dict[str, Any], bank: Any
) -> None:
    first = submit(alice, test, key="s")
    other = start(bob, questionCount=2).json
    answer_all(bob, other, bank, 2)
    submit(bob, other)
    again = submit(alice, test, key="s")
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert submit(alice, test).json["percentile"] == 25.0


def test_a_running_test_has_no_result(alice: FlaskClient, test: dict[str, Any]) -> None:
    refused = alice.get(f"/api/tests/{test['id']}/result")
    assert (refused.status_code, refused.json["detail"]) == (409, "the test is in_progress")


@pytest.mark.parametrize("state", ["abandoned", "invalidated"])
def test_a_test_that_ended_otherwise_names_its_state(
    alice: FlaskClient, ada: FlaskClient, test: dict[str, Any], state: str, database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE test_attempts SET status = ?", (state,))
    question = test["questions"][0]["id"]
    for refused in (
        submit(alice, test),
        save(alice, test, question, "a"),
        alice.get(f"/api/tests/{test['id']}/result"),
        ada.post(f"/api/tests/{test['id']}/regrade"),
        ada.put(f"/api/tests/{test['id']}/accommodation", json={"extraTimeFactor": 2}),
    ):
        assert (refused.status_code, refused.json["detail"]) == (409, f"the test is {state}")
    assert alice.get(f"/api/tests/{test['id']}").json["status"] == state


def test_a_question_withdrawn_or_edited_meanwhile_is_graded_as_it_was_given(
    alice: FlaskClient, mo: FlaskClient, test: dict[str, Any], bank: Any, database: LibsqlDatabase
) -> None:
    key = keys(bank)
    first, second = (question["id"] for question in test["questions"][:2])
    mo.put(f"/api/questions/{first}/review", json={"status": "rejected"})
    turned = """
        UPDATE questions AS q SET version = 2, answers = (
            SELECT json_group_array(json(json_set(o.value, '$.isCorrect',
                json(iif(o.value->>'isCorrect', 'false', 'true')))))
            FROM json_each(q.answers) o) WHERE id = ?
    """
    database.execute_sql(turned, (second,))
    assert alice.get(f"/api/tests/{test['id']}").json == test
    for question in (first, second):
        assert save(alice, test, question, key[question]).status_code == 200
    result = submit(alice, test).json
    assert result["correctCount"] == 2
    versions = rows(database, "SELECT question_version AS v FROM user_answers")
    assert versions == [{"v": 1}, {"v": 1}]
    assert row(database, "questions", second)["total_attempts"] == 0  # its counters are of the second version
    assert row(database, "questions", first)["total_attempts"] == 1
