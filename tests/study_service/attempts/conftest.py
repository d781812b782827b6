"""A test of Alice's, the clock of the service, and what the tables have of both."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from study_service.routes import people
from study_service.routes import tests as routes
from tests.study_service.conftest import rows

Clock = Callable[[float], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """`at(seconds)` sets the clock of the tests' routes to so many seconds after 9:00."""

    def set_to(seconds: float) -> None:
        now = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
        for module in (routes, people):
            monkeypatch.setattr(module, "_now", lambda: now)

    set_to(0)
    return set_to


@pytest.fixture
def test(alice: FlaskClient, bank: dict[str, Any], at: Clock) -> dict[str, Any]:
    """Alice's test of ten questions and an hour, begun at 9:00."""
    response = start(alice, questionCount=10, timeLimitMinutes=60)
    assert response.status_code == 201
    return response.json


def start(learner: FlaskClient, *, key: str | None = None, **more: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return learner.post("/api/tests", json={"examId": 1, **more}, headers=headers)


def save(learner: FlaskClient, test: Any, question: int, selected: Any, seconds: int = 10, **more: Any) -> Any:
    body = {"selectedAnswer": selected, "timeSpentSeconds": seconds, **more}
    return learner.put(f"/api/tests/{test['id']}/answers/{question}", json=body)


def submit(learner: FlaskClient, test: Any, *, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return learner.post(f"/api/tests/{test['id']}/submit", headers=headers)


def keys(bank: dict[str, Any]) -> dict[int, Any]:
    """What is right, by question."""
    right = {q["id"]: [o["id"] for o in q["answers"] if o["isCorrect"]] for q in bank.values()}
    kinds = {q["id"]: q["type"] for q in bank.values()}
    return {number: ids if kinds[number] == "multi_select" else ids[0] for number, ids in right.items()}


def wrong(bank: dict[str, Any], question: int) -> str:
    """An option that is wrong."""
    (options,) = [q["answers"] for q in bank.values() if q["id"] == question]
    return next(option["id"] for option in options if not option["isCorrect"])


def answer_all(learner: FlaskClient, test: Any, bank: dict[str, Any], right: int) -> None:
    """Save a choice for each question; the first `right` ones are right."""
    key = keys(bank)
    for place, question in enumerate(test["questions"]):
        number = question["id"]
        chosen = key[number] if place < right else wrong(bank, number)
        assert save(learner, test, number, chosen).status_code == 200


def attempt(database: LibsqlDatabase, number: int) -> dict[str, Any]:
    (row,) = rows(database, "SELECT * FROM test_attempts WHERE id = ?", number)
    return row
