"""After a test its learner sees what the exam's rule shows; before its end, and in another that runs, nothing."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.attempts.conftest import Clock, answer_all, keys, save, start, submit
from tests.study_service.conftest import rows

DAY = 24 * 3600


def rule(ada: FlaskClient, score: str, correctness: str, key: str) -> None:
    body = {"reviewRule": {"score": score, "correctness": correctness, "key": key}}
    assert ada.patch("/api/exams/1", json=body).status_code == 200


def result(alice: FlaskClient, test: Any) -> Any:
    response = alice.get(f"/api/tests/{test['id']}/result")
    assert response.status_code == 200
    return response.json


def test_usually_all_is_shown_just_after(alice: FlaskClient, test: dict[str, Any], bank: Any) -> None:
    answer_all(alice, test, bank, right=1)
    submit(alice, test)
    shown = result(alice, test)
    assert [told["question"] for told in shown["questions"]] == test["questions"]
    assert [told["isCorrect"] for told in shown["questions"]] == [True] + [False] * 9
    assert [told["score"] for told in shown["questions"]] == [1.0] + [0.0] * 9
    by_id = {question["id"]: question for question in bank.values()}
    for told in shown["questions"]:
        question = by_id[told["question"]["id"]]
        assert told["correctAnswer"] == keys(bank)[question["id"]]
        assert (told["explanation"], told["reference"]) == (question["explanation"], question["reference"])


def test_a_question_that_was_skipped_shows_its_key_too(alice: FlaskClient, test: dict[str, Any], bank: Any) -> None:
    submit(alice, test)
    (first, *_) = result(alice, test)["questions"]
    assert (first["selectedAnswer"], first["isCorrect"], first["score"]) == (None, None, 0.0)
    assert first["correctAnswer"] == keys(bank)[first["question"]["id"]]


def test_each_thing_is_shown_from_its_moment(
    alice: FlaskClient, ada: FlaskClient, test: dict[str, Any], bank: Any, at: Clock
) -> None:
    rule(ada, "just_after", "later", "never")
    answer_all(alice, test, bank, right=10)
    submit(alice, test)
    shown = result(alice, test)
    assert shown["score"] == 1.0
    assert shown["review"] == {
        "score": "2026-11-23T09:00:00Z", "correctness": "2026-11-24T09:00:00Z", "key": None,
    }  # fmt: skip
    assert {told["isCorrect"] for told in shown["questions"]} == {None}
    at(DAY - 1)
    assert {told["isCorrect"] for told in result(alice, test)["questions"]} == {None}
    at(DAY)
    later = result(alice, test)["questions"]
    assert {told["isCorrect"] for told in later} == {True}
    assert {told["correctAnswer"] for told in later} == {told["explanation"] for told in later} == {None}


def test_a_score_that_is_never_shown_is_shown_nowhere(
    alice: FlaskClient, ada: FlaskClient, test: dict[str, Any], bank: Any
) -> None:
    rule(ada, "never", "never", "never")
    answer_all(alice, test, bank, right=10)
    for shown in (submit(alice, test).json, result(alice, test)):
        hidden = (
            "score",
            "passed",
            "correctCount",
            "incorrectCount",
            "skippedCount",
            "objectiveBreakdown",
            "percentile",
        )
        assert {shown[name] for name in hidden} == {None}
    (listed,) = alice.get("/api/tests").json["tests"]
    assert (listed["score"], listed["passed"]) == (None, None)


def test_an_attempt_may_have_its_review_switched_off(
    alice: FlaskClient, test: dict[str, Any], bank: Any, database: LibsqlDatabase
) -> None:
    submit(alice, test)
    database.execute_sql("UPDATE test_attempts SET review_enabled = 0")
    shown = result(alice, test)
    assert shown["score"] == 0.0
    assert {told["correctAnswer"] for told in shown["questions"]} == {None}


@pytest.mark.parametrize(
    "moments", [("later", "just_after", "never"), ("never", "never", "later"), ("during", "later", "later")]
)
def test_a_rule_that_contradicts_itself_is_refused(ada: FlaskClient, bank: Any, moments: tuple[str, ...]) -> None:
    body = {"reviewRule": dict(zip(("score", "correctness", "key"), moments, strict=True))}
    assert ada.patch("/api/exams/1", json=body).status_code == 422


def test_a_rule_that_cannot_be_read_shows_nothing(
    alice: FlaskClient, test: dict[str, Any], bank: Any, database: LibsqlDatabase
) -> None:
    submit(alice, test)
    database.execute_sql("UPDATE exams SET review_rule = '{}'")
    shown = result(alice, test)
    assert (shown["score"], {told["correctAnswer"] for told in shown["questions"]}) == (None, {None})


def test_what_is_in_a_running_test_tells_nothing_in_an_older_one(
    alice: FlaskClient, bank: Any, at: Clock, database: LibsqlDatabase
) -> None:
    test = start(alice, questionCount=14).json
    answer_all(alice, test, bank, right=14)
    submit(alice, test)
    assert all(told["correctAnswer"] for told in result(alice, test)["questions"])
    second = start(alice, questionCount=4, timeLimitMinutes=1).json
    asked = {question["id"] for question in second["questions"]}
    for told in result(alice, test)["questions"]:
        hidden = told["question"]["id"] in asked
        assert (told["correctAnswer"] is None, told["isCorrect"] is None, told["score"] is None) == (hidden,) * 3
        assert (told["explanation"] is None) == (hidden or told["question"]["text"] == "never")
    at(100)  # its time is over, whether or not anybody has ended it
    assert all(told["correctAnswer"] for told in result(alice, test)["questions"])
    assert rows(database, "SELECT status FROM test_attempts WHERE id = ?", second["id"]) == [{"status": "in_progress"}]


def test_a_save_does_not_tell_whether_it_is_right(alice: FlaskClient, test: dict[str, Any], bank: Any) -> None:
    question = next(q["id"] for q in test["questions"] if q["type"] == "multiple_choice")
    answers = [save(alice, test, question, option) for option in "abcd"]
    assert {frozenset(answer.json) for answer in answers} == {
        frozenset({"questionId", "selectedAnswer", "timeSpentSeconds", "flagged", "changed", "sequence", "savedAt"})
    }
    assert len({frozenset(dict(answer.headers)) for answer in answers}) == 1


@pytest.mark.parametrize("missing", ["score", "correctness", "key"])
def test_a_rule_is_changed_as_a_whole(ada: FlaskClient, bank: dict[str, Any], missing: str) -> None:
    """A change may leave out fields of the exam, but no part of its rule: without one it was a 500."""
    rule = {"score": "just_after", "correctness": "later", "key": "never"}
    before = ada.get("/api/exams/1").json
    del rule[missing]
    refused = ada.patch("/api/exams/1", json={"reviewRule": rule})
    assert (refused.status_code, refused.json["errors"]) == (
        422,
        {"reviewRule": [f"{missing}: Missing data for required field."]},
    )
    assert ada.get("/api/exams/1").json == before
