"""A question of any type may have a picture, and a learner sees it wherever she sees the question."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.study_service.conftest import patch
from tests.study_service.editing.test_creation import OPTIONS, PAIRS, post

PICTURE = "https://img.example/rack.png"
SIZE = {"imageWidth": 200, "imageHeight": 100}
ANSWERS: dict[str, list[dict[str, Any]]] = {
    "multiple_choice": OPTIONS,
    "multi_select": OPTIONS,
    "true_false": OPTIONS,
    "drag_drop": PAIRS,
    "short_answer": [{"text": "ARP", "isCorrect": True}],
    "numeric": [{"text": "7", "isCorrect": True, "value": "7"}],
    "hotspot": [{"text": "port", "isCorrect": True, "region": "rect", "coords": [0, 0, 9, 9], **SIZE}],
}


@pytest.fixture
def pictured(ada: FlaskClient, alice: FlaskClient) -> set[int]:
    """An exam of one question of each type, all with the picture."""
    ada.post("/api/exams", json={"vendorId": "acme", "code": "P", "name": "Pictures", "questionCount": 7})
    ada.post("/api/exams/1/objectives", json={"code": "1", "name": "All", "weight": 1})
    made = [
        post(ada, text=f"{kind}?", type=kind, answers=answers, imageUrl=PICTURE, reviewStatus="approved").json
        for kind, answers in ANSWERS.items()
    ]
    return {question["id"] for question in made}


def test_it_is_shown_in_every_delivery(alice: FlaskClient, bob: FlaskClient, pictured: set[int]) -> None:
    assert len(pictured) == len(ANSWERS)
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 7}).json
    path = f"/api/study/sessions/{session['id']}"
    alice.post(f"{path}/pause")
    test = bob.post("/api/tests", json={"examId": 1, "questionCount": 7}).json
    shown = [
        alice.get("/api/study/questions?examId=1&limit=100").json["questions"],
        session["questions"],
        alice.get(path).json["questions"],
        alice.post(f"{path}/resume").json["questions"],
        test["questions"],
        bob.get(f"/api/tests/{test['id']}").json["questions"],
    ]
    bob.post(f"/api/tests/{test['id']}/submit")
    result = bob.get(f"/api/tests/{test['id']}/result").json["questions"]
    shown.append([reviewed["question"] for reviewed in result])
    for questions in shown:
        assert {question["id"] for question in questions} == pictured
        assert {question["imageUrl"] for question in questions} == {PICTURE}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x.example/p.png", "data:image/png;base64,AA", "/p.png", ""]
)
def test_it_is_on_the_web(ada: FlaskClient, pictured: set[int], url: str) -> None:
    assert post(ada, text="Another?", imageUrl=url).json["errors"].keys() == {"imageUrl"}
    assert patch(ada, min(pictured), imageUrl=url).json["errors"].keys() == {"imageUrl"}
    assert post(ada, text="Another?", imageUrl="http://img.example/p.png").status_code == 201
