"""Case key-position-tells: neither the place of an option nor its id tells that it is right."""

from collections import Counter
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.study_service.conftest import BANK, answer, post_file

COUNT = 200
PROTOCOLS = ("OSPF", "RIP", "BGP", "IS-IS")


@pytest.fixture
def first_right(ada: FlaskClient) -> dict[int, str]:
    """A bank whose authors always put the right option first: the id of the right option by question."""
    questions = [
        BANK["questions"][0]
        | {"questionText": f"Question {n}", "options": [f"{name} {n}" for name in PROTOCOLS], "correctAnswer": [0]}
        for n in range(COUNT)
    ]
    assert post_file(ada, BANK | {"questions": questions}).json["imported"] == COUNT
    key = {}
    for after in (0, 100):
        for question in ada.get(f"/api/questions?limit=100&after={after}").json["questions"]:
            (key[question["id"]],) = [option["id"] for option in question["answers"] if option["isCorrect"]]
    return key


def places(questions: list[dict[str, Any]], key: dict[int, str]) -> Counter[int]:
    return Counter([option["id"] for option in q["answers"]].index(key[q["id"]]) for q in questions)


def ranks(questions: list[dict[str, Any]], key: dict[int, str]) -> Counter[int]:
    """The place of the right option when the options are sorted by their ids."""
    return Counter(sorted(option["id"] for option in q["answers"]).index(key[q["id"]]) for q in questions)


def check(counts: Counter[int]) -> None:
    """A quarter each, within four standard deviations."""
    total = counts.total()
    assert total >= 400
    assert all(abs(counts[place] / total - 0.25) < 4 * (0.1875 / total) ** 0.5 for place in range(4)), counts


def test_in_questions_to_study(alice: FlaskClient, first_right: dict[int, str]) -> None:
    path = "/api/study/questions?examId=1&limit=100&excludeRecentHours=0"
    served = [question for _ in range(10) for question in alice.get(path).json["questions"]]
    check(places(served, first_right))
    assert len({question["id"] for question in served}) > 150
    seen = {question["id"]: question for question in served}
    check(ranks([*seen.values(), *seen.values(), *seen.values()], first_right))


def test_in_sessions(alice: FlaskClient, first_right: dict[int, str]) -> None:
    served = []
    for _ in range(5):
        session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 100}).json
        assert alice.get(f"/api/study/sessions/{session['id']}").json["questions"] == session["questions"]
        served += session["questions"]
    check(places(served, first_right))


def test_in_timed_tests(alice: FlaskClient, first_right: dict[int, str]) -> None:
    served = []
    for _ in range(3):
        begun = alice.post("/api/tests", json={"examId": 1, "questionCount": COUNT}).json
        assert alice.get(f"/api/tests/{begun['id']}").json["questions"] == begun["questions"]
        alice.post(f"/api/tests/{begun['id']}/submit")
        served += begun["questions"]
    check(places(served, first_right))


def test_an_answer_by_id_is_right_wherever_the_option_stood(alice: FlaskClient, first_right: dict[int, str]) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 8}).json
    again = alice.get(f"/api/study/sessions/{session['id']}").json
    for question in again["questions"]:
        result = answer(alice, question["id"], first_right[question["id"]], studySessionId=session["id"]).json["result"]
        assert (result["isCorrect"], result["correctAnswer"]) == (True, first_right[question["id"]])
