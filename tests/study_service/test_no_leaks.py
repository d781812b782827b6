"""Before an answer is given, nothing that a learner can ask for tells the key."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.study_service.conftest import answer

PUBLIC = {"id", "text", "type", "difficulty", "objectiveId", "tags", "answers"}


def test_questions_to_study_have_exactly_the_public_fields(alice: FlaskClient, bank: dict[str, Any]) -> None:
    body = alice.get("/api/study/questions?examId=1&limit=100").json
    assert set(body) == {"questions"}
    assert len(body["questions"]) == len(bank)
    for question in body["questions"]:
        assert set(question) == PUBLIC
        assert all(set(option) == {"id", "text"} for option in question["answers"])


def test_a_session_shows_no_key_before_nor_after_its_answers(alice: FlaskClient, bank: dict[str, Any]) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 3}).json
    answer(alice, session["questions"][0]["id"], "a", studySessionId=session["id"])
    seen = alice.get(f"/api/study/sessions/{session['id']}").json
    for question in session["questions"] + seen["questions"]:
        assert set(question) == PUBLIC
    assert [given["questionId"] for given in seen["answers"]] == [session["questions"][0]["id"]]


@pytest.mark.parametrize("path", ["/api/questions", "/api/questions/1"])
def test_learners_cannot_read_the_full_question(alice: FlaskClient, bank: dict[str, Any], path: str) -> None:
    assert alice.get(path).status_code == 403


def test_a_refused_answer_tells_nothing(alice: FlaskClient, bank: dict[str, Any]) -> None:
    for selected in ("nope", ["a", "b"], []):
        text = json.dumps(answer(alice, bank["Routing question 0"]["id"], selected).json)
        assert "why 0" not in text
        assert "isCorrect" not in text
        assert "correctAnswer" not in text


def test_the_order_and_ids_of_options_do_not_depend_on_the_key(mo: FlaskClient, bank: dict[str, Any]) -> None:
    for question in bank.values():
        assert [option["id"] for option in question["answers"]] == list("abcdef")[: len(question["answers"])]
