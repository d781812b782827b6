"""A mended key and a regrade: a new result beside the old, and the counts of tests follow."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.study_service.attempts.conftest import answer_all, attempt, keys, save, start, submit, wrong
from tests.study_service.conftest import audited, meanwhile, rows


def mend(database: LibsqlDatabase, question: int, right: str) -> None:
    """The key of a question becomes this option, in a new version."""
    change = """
        UPDATE questions AS q SET version = version + 1, answers = (
            SELECT json_group_array(json(json_set(o.value, '$.isCorrect',
                json(iif(o.value->>'id' = ?, 'true', 'false')))))
            FROM json_each(q.answers) o) WHERE id = ?
    """
    database.execute_sql(change, (right, question))


@pytest.fixture
def graded(alice: FlaskClient, test: dict[str, Any], bank: Any) -> dict[str, Any]:
    """Six of ten: failed at 0.65."""
    answer_all(alice, test, bank, right=6)
    result: dict[str, Any] = submit(alice, test).json
    assert (result["score"], result["passed"]) == (0.6, False)
    return result


def test_a_regrade_adds_a_result(
    alice: FlaskClient, ada: FlaskClient, test: dict[str, Any], graded: dict[str, Any], database: LibsqlDatabase
) -> None:
    answers = rows(database, "SELECT * FROM user_answers")
    questions = rows(database, "SELECT id, total_attempts, correct_attempts FROM questions")
    told = alice.get(f"/api/tests/{test['id']}/result").json["questions"]
    mistaken = next(t for t in told if not t["isCorrect"] and t["question"]["type"] == "multiple_choice")
    mend(database, mistaken["question"]["id"], mistaken["selectedAnswer"])
    questions = [q if q["id"] != mistaken["question"]["id"] else q | {"total_attempts": 0} for q in questions]
    response = ada.post(f"/api/tests/{test['id']}/regrade")
    assert response.status_code == 201
    again = response.json
    assert (again["score"], again["passed"], again["number"], again["correctCount"]) == (0.7, True, 2, 7)
    (old,) = again["earlier"]
    assert (old["number"], old["score"], old["passed"], old["gradedAt"]) == (1, 0.6, False, graded["gradedAt"])
    mine = alice.get(f"/api/tests/{test['id']}/result").json
    assert {name: mine[name] for name in again} == again
    kept = rows(database, "SELECT number, share, graded_by, question_versions FROM test_results ORDER BY number")
    assert [(k["number"], k["share"], k["graded_by"]) for k in kept] == [(1, "3/5", None), (2, "7/10", 4)]
    assert json.loads(kept[0]["question_versions"]) == [1] * 10
    assert sorted(json.loads(kept[1]["question_versions"])) == [1] * 9 + [2]
    assert rows(database, "SELECT * FROM user_answers") == answers
    assert rows(database, "SELECT id, total_attempts, correct_attempts FROM questions") == questions
    scores = "SELECT permille, attempts, passed FROM exam_scores WHERE attempts > 0"
    assert rows(database, scores) == [{"permille": 700, "attempts": 1, "passed": 1}]
    (progress,) = rows(database, "SELECT tests_taken, tests_passed, best_score, last_test_date FROM user_progress")
    assert progress == {"tests_taken": 1, "tests_passed": 1, "best_score": 0.7, "last_test_date": "2026-11-23"}
    (entry,) = audited(database, "test.regrade")
    assert (entry["user"], entry["old"], entry["new"]) == (
        4, {"score": 0.6, "passed": False}, {"score": 0.7, "passed": True},
    )  # fmt: skip


def test_a_regrade_can_take_a_pass_back(
    alice: FlaskClient, ada: FlaskClient, test: dict[str, Any], bank: Any, database: LibsqlDatabase
) -> None:
    answer_all(alice, test, bank, right=7)
    assert submit(alice, test).json["passed"]
    told = alice.get(f"/api/tests/{test['id']}/result").json["questions"]
    right = next(t["question"] for t in told if t["isCorrect"] and t["question"]["type"] == "multiple_choice")
    mend(database, right["id"], wrong(bank, right["id"]))
    again = ada.post(f"/api/tests/{test['id']}/regrade").json
    assert (again["score"], again["passed"]) == (0.6, False)
    assert rows(database, "SELECT permille, attempts, passed FROM exam_scores ORDER BY permille") == [
        {"permille": 600, "attempts": 1, "passed": 0},
        {"permille": 700, "attempts": 0, "passed": 0},
    ]
    assert rows(database, "SELECT tests_taken, tests_passed, best_score FROM user_progress") == [
        {"tests_taken": 1, "tests_passed": 0, "best_score": 0.6}
    ]


def test_an_answer_whose_options_are_gone_keeps_its_grade(
    ada: FlaskClient, test: dict[str, Any], graded: dict[str, Any], bank: Any, database: LibsqlDatabase
) -> None:
    other = json.dumps([{"id": "new", "text": "n", "isCorrect": True}, {"id": "old", "text": "o", "isCorrect": False}])
    database.execute_sql("UPDATE questions SET version = version + 1, answers = ?", (other,))
    assert ada.post(f"/api/tests/{test['id']}/regrade").json["correctCount"] == 6


@pytest.mark.parametrize(
    "change", ["review_status = 'rejected'", "is_active = 0", "type = 'true_false'", "answers = '[]'", None]
)
def test_only_a_question_that_is_asked_as_it_was_is_graded_by_its_present_key(
    ada: FlaskClient, alice: FlaskClient, test: dict[str, Any], graded: dict[str, Any], database: LibsqlDatabase,
    change: str | None,
) -> None:  # fmt: skip
    told = alice.get(f"/api/tests/{test['id']}/result").json["questions"]
    mistaken = next(t for t in told if not t["isCorrect"] and t["question"]["type"] == "multiple_choice")
    mend(database, mistaken["question"]["id"], mistaken["selectedAnswer"])
    if change:
        database.execute_sql(f"UPDATE questions SET {change} WHERE id = ?", (mistaken["question"]["id"],))
    assert ada.post(f"/api/tests/{test['id']}/regrade").json["correctCount"] == (6 if change else 7)


def test_a_regrade_is_by_the_present_rule(
    alice: FlaskClient, ada: FlaskClient, test: dict[str, Any], cables: dict[str, Any], database: LibsqlDatabase
) -> None:
    assert save(alice, test, cables["id"], ["a"]).status_code == 200
    assert submit(alice, test).json["score"] == 0
    database.execute_sql("UPDATE exams SET grading_rule = 'partial'")
    again = ada.post(f"/api/tests/{test['id']}/regrade").json
    assert (again["score"], again["gradingRule"], again["correctCount"]) == (0.05, "partial", 0)
    assert [earlier["gradingRule"] for earlier in again["earlier"]] == ["all_or_nothing"]


def test_a_keyed_regrade_is_done_once(
    ada: FlaskClient, test: dict[str, Any], graded: dict[str, Any], database: LibsqlDatabase
) -> None:
    headers = {"Idempotency-Key": "r"}
    first, again = (ada.post(f"/api/tests/{test['id']}/regrade", headers=headers) for _ in range(2))
    assert first.json == again.json
    assert attempt(database, test["id"])["results"] == 2


def test_a_running_test_is_not_regraded_and_an_overdue_one_ends_first(
    alice: FlaskClient, ada: FlaskClient, bank: Any, at: Any, database: LibsqlDatabase
) -> None:
    test = start(alice, questionCount=2, timeLimitMinutes=1).json
    answer_all(alice, test, bank, right=2)
    refused = ada.post(f"/api/tests/{test['id']}/regrade")
    assert (refused.status_code, refused.json["detail"]) == (409, "the test is in_progress")
    at(3600)
    assert ada.post(f"/api/tests/{test['id']}/regrade").json["number"] == 2
    assert keys(bank)


def test_of_two_regrades_at_once_one_is_told(
    ada: FlaskClient, test: dict[str, Any], graded: dict[str, Any], database: LibsqlDatabase, settings: Settings
) -> None:
    other = "UPDATE test_attempts SET results = results + 1 WHERE id = ?"
    with meanwhile(database, settings, "e.grading_rule AS rule", other, test["id"]):
        refused = ada.post(f"/api/tests/{test['id']}/regrade")
    assert (refused.status_code, refused.json["detail"]) == (409, "somebody else has just graded this test")
    assert rows(database, "SELECT count(*) AS n FROM test_results") == [{"n": 1}]
