"""Answers sent by a client that was offline, and what became of them."""

import datetime as dt
import time
from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import rows

URL = "/api/study/answers"


CABLING = {"examId": 1, "questionCount": 1, "objectiveIds": [2]}  # one of no routing question


def ago(seconds: float) -> str:
    return dt.datetime.fromtimestamp(time.time() - seconds, dt.UTC).isoformat()


def given(name: str, question: int, selected: Any = "a", *, when: str | None = None, **more: Any) -> dict[str, Any]:
    body = {"clientId": name, "questionId": question, "selectedAnswer": selected, "timeSpentSeconds": 9}
    return body | {"answeredAt": when or ago(3600)} | more


def send(learner: FlaskClient, *items: Any, key: str | None = None) -> list[dict[str, Any]]:
    response = learner.post(URL, json={"answers": items}, headers={"Idempotency-Key": key} if key else {})
    assert response.status_code == 200, response.json
    outcomes: list[dict[str, Any]] = response.json["answers"]
    return outcomes


def statuses(outcomes: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(outcome["clientId"], (outcome["problem"] or {}).get("code") or outcome["status"]) for outcome in outcomes]


def stored(database: LibsqlDatabase) -> list[dict[str, Any]]:
    return rows(
        database,
        "SELECT question_id AS question, selected_answer AS selected, attempt_number AS attempt, answered_at AS at"
        " FROM user_answers ORDER BY id",
    )


def kept(statements: list[str]) -> int:
    """How many answers were written, also by batches that were given up."""
    return sum(statement.startswith("INSERT INTO client_answers") for statement in statements)
