"""A small bank of our own, imported through the front door."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

BANK: dict[str, Any] = {
    "examCode": "T-1",
    "examName": "Test exam",
    "vendorName": "Acme",
    "objectives": [
        {"title": "Routing", "description": "Packets find their way", "weight": 60},
        {"title": "Cabling", "description": "Plugs fit", "weight": 40},
    ],
    "questions": [
        {
            "questionText": f"Routing question {n}",
            "questionType": "multiple-choice",
            "options": ["w", "x", "y", "z"],
            "correctAnswer": [n % 4],
            "explanation": f"why {n}",
            "difficulty": 1 + n % 5,
            "objectiveTitle": "Routing",
        }
        for n in range(12)
    ]
    + [
        {
            "questionText": "Which two are cables?",
            "questionType": "multiple-select",
            "options": ["Cat 6", "OSPF", "OM4", "DNS"],
            "correctAnswer": [0, 2],
            "explanation": "the others are protocols",
            "difficulty": 2,
            "objectiveTitle": "Cabling",
        },
        {
            "questionText": "Glass conducts electricity.",
            "questionType": "true-false",
            "options": ["True", "False"],
            "correctAnswer": [1],
            "difficulty": 1,
            "objectiveTitle": "Cabling",
        },
    ],
}


def post_bank(moderator: FlaskClient, bank: Any, query: str = "format=pingtopass&reviewStatus=approved") -> Any:
    data = bank if isinstance(bank, bytes) else json.dumps(bank).encode()
    return moderator.post(f"/api/questions/import?{query}", data=data, content_type="application/json")


@pytest.fixture
def bank(mo: FlaskClient) -> dict[str, dict[str, Any]]:
    """The test bank, approved: every question as the moderator sees it, by its text."""
    assert post_bank(mo, BANK).json["imported"] == len(BANK["questions"])
    questions = mo.get("/api/questions?limit=100").json["questions"]
    return {question["text"]: question for question in questions}


@pytest.fixture
def cables(bank: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The multi_select question: a and c are right."""
    return bank["Which two are cables?"]


def answer(learner: FlaskClient, question: int, selected: Any, *, key: str | None = None, **more: Any) -> Any:
    body = {"questionId": question, "selectedAnswer": selected, "timeSpentSeconds": 10, **more}
    return learner.post("/api/study/answer", json=body, headers={"Idempotency-Key": key} if key else {})
