"""While a test runs, its questions tell their keys nowhere; as soon as it is over, they do."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.study_service.attempts.conftest import start, submit
from tests.study_service.conftest import answer, meanwhile, rows


@pytest.fixture
def running(alice: FlaskClient, bank: Any) -> dict[str, Any]:
    """A test with all fourteen questions, begun just now."""
    test: dict[str, Any] = start(alice, questionCount=14).json
    assert len(test["questions"]) == 14
    return test


def test_its_questions_are_not_answered_elsewhere(
    alice: FlaskClient, bob: FlaskClient, running: dict[str, Any], database: LibsqlDatabase
) -> None:
    question = running["questions"][0]["id"]
    refused = answer(alice, question, ["a"])
    assert (refused.status_code, "in_progress" in refused.json["detail"]) == (409, True)
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 0}]
    assert answer(bob, question, ["a"]).status_code == 200
    submit(alice, running)
    assert answer(alice, question, ["a"]).status_code == 200


def test_nor_in_a_session_begun_before(alice: FlaskClient, bank: Any) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 14}).json
    first, second = (question["id"] for question in session["questions"][:2])
    answer(alice, first, ["a"], studySessionId=session["id"])
    running = start(alice, questionCount=14).json
    assert answer(alice, second, ["a"], studySessionId=session["id"]).status_code == 409
    shown = alice.get(f"/api/study/sessions/{session['id']}").json
    assert shown["answers"] == []
    submit(alice, running)
    assert [told["questionId"] for told in alice.get(f"/api/study/sessions/{session['id']}").json["answers"]] == [first]


def test_nor_by_repeating_an_earlier_request(alice: FlaskClient, bank: Any) -> None:
    question = bank["Routing question 0"]["id"]
    first = answer(alice, question, "a", key="before")
    running = start(alice, questionCount=14).json
    refused = answer(alice, question, "a", key="before")
    assert (refused.status_code, "explanation" in refused.text) == (409, False)
    submit(alice, running)
    assert answer(alice, question, "a", key="before").json == first.json


def test_a_test_that_begins_meanwhile_stops_the_answer(
    alice: FlaskClient, bank: Any, database: LibsqlDatabase, settings: Settings
) -> None:
    question = bank["Routing question 0"]["id"]
    begins = """
        INSERT INTO test_attempts (user_id, exam_id, question_ids, started_at, expires_at)
        VALUES (1, 1, json_array(?), unixepoch(), unixepoch() + 3600)
    """
    with meanwhile(database, settings, "FROM questions q JOIN question_versions", begins, question):
        assert answer(alice, question, "a").status_code == 409
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 0}]


def test_a_test_whose_time_is_over_blocks_nothing(alice: FlaskClient, running: Any, database: LibsqlDatabase) -> None:
    past = int(dt.datetime.now(dt.UTC).timestamp()) - 11
    database.execute_sql("UPDATE test_attempts SET expires_at = ?", (past,))
    assert answer(alice, running["questions"][0]["id"], ["a"]).status_code == 200
