"""What the study service says when it refuses: the learner's client shows these words beside its fields."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.study_service.conftest import BANK, answer, post_bank


@pytest.fixture
def session(alice: FlaskClient, bank: dict[str, Any]) -> dict[str, Any]:
    started: dict[str, Any] = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 2}).json
    return started


def refusal(response: Any) -> tuple[int, str, str, Any]:
    assert response.content_type == "application/problem+json"
    problem = response.json
    return problem["status"], problem["code"], problem.get("detail"), problem.get("errors")


def invalid(field: str, text: str) -> tuple[int, str, str, dict[str, list[str]]]:
    return 422, "VALIDATION_FAILED", f"{field}: {text}", {field: [text]}


def test_a_session_of_somebody_else_is_not_there(bob: FlaskClient, session: dict[str, Any]) -> None:
    path = f"/api/study/sessions/{session['id']}"
    gone = (404, "NOT_FOUND", "no such session", None)
    assert refusal(bob.get(path)) == gone
    assert refusal(bob.post(f"{path}/complete")) == gone
    assert refusal(answer(bob, session["questions"][0]["id"], "a", studySessionId=session["id"])) == gone


def test_a_question_that_was_not_served_in_the_session_is_named(
    alice: FlaskClient, bank: dict[str, Any], session: dict[str, Any]
) -> None:
    served = {question["id"] for question in session["questions"]}
    other = next(question["id"] for question in bank.values() if question["id"] not in served)
    response = answer(alice, other, "a", studySessionId=session["id"])
    assert refusal(response) == invalid("questionId", "Not a question of this session.")


def test_a_range_from_above_to_below_is_named(alice: FlaskClient, bank: dict[str, Any]) -> None:
    query = "/api/study/questions?examId=1&difficultyMin=4&difficultyMax=3"
    assert refusal(alice.get(query)) == invalid("difficultyMin", "Not above difficultyMax.")
    body = {"examId": 1, "difficulty": {"min": 4, "max": 3}}
    assert refusal(alice.post("/api/study/sessions", json=body)) == invalid("difficulty", "min is above max.")


def test_an_import_says_whose_word_names_the_exam(mo: FlaskClient, bank: dict[str, Any]) -> None:
    twice = post_bank(mo, BANK, "format=pingtopass&examId=1")
    assert refusal(twice) == invalid("examId", "A pingtopass file names its own exam.")
    never = mo.post("/api/questions/import?format=gift", data="BGP runs over TCP. {T}", content_type="text/plain")
    assert refusal(never) == invalid("examId", "Say which exam these questions are for.")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"objectiveTitle": "Nowhere"}, "objectiveTitle: no objective 'Nowhere' in this file"),
    ({"options": ["same", "other", "same"]}, "options: the same option twice"),
    ({"correctAnswer": [4]}, "correctAnswer: each must be a different option, counted from 0"),
    (
        {"questionType": "true-false", "options": ["Yes", "No"], "correctAnswer": [0]},
        "options: a true-false question has the options True and False",
    ),
    (
        {"questionType": "true-false", "options": ["True", "False"], "correctAnswer": [0, 1]},
        "correctAnswer: one of True and False",
    ),
    ({"questionText": "nul \0 inside"}, "questionText: NUL is not text."),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_an_import_says_what_is_wrong_with_an_item(ada: FlaskClient, change: dict[str, Any], message: str) -> None:
    questions = [BANK["questions"][0], BANK["questions"][1] | change]
    response = post_bank(ada, BANK | {"questions": questions})
    assert refusal(response) == (
        422,
        "VALIDATION_FAILED",
        "nothing was imported: mend every error, or import the other questions as partial",
        [{"item": 2, "line": None, "message": message}],
    )


def test_a_list_of_ids_in_a_query_is_explained(alice: FlaskClient, bank: dict[str, Any]) -> None:
    response = alice.get("/api/study/questions?examId=1&objectiveIds=1;2")
    assert response.json["errors"] == {"objectiveIds": ["Up to 100 ids with commas between them."]}
