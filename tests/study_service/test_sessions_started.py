"""A session starts with what the learner asked for, once per key, and not at all where a wish is wrong."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import audited, epoch, iso, row, rows


def test_a_new_session_is_stored_with_what_was_asked_for(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    routing, cabling = (bank[text]["objectiveId"] for text in ("Routing question 0", "Which two are cables?"))
    wish = {"examId": 1, "mode": "speed_drill", "objectiveIds": [routing, cabling], "difficulty": {"min": 1, "max": 2}}
    body = alice.post("/api/study/sessions", json=wish | {"questionCount": 3}).json
    stored = row(database, "study_sessions", body["id"])
    assert {name: value for name, value in body.items() if name != "questions"} == {
        "id": stored["id"],
        "examId": 1,
        "mode": "speed_drill",
        "status": "active",
        "questionCount": 3,
        "totalQuestions": 0,
        "correctAnswers": 0,
        "skippedQuestions": 0,
        "flaggedQuestions": 0,
        "timeSpentSeconds": 0,
        "avgTimePerQuestion": None,
        "accuracy": None,
        "streakCount": 0,
        "maxStreak": 0,
        "createdAt": iso(stored["created_at"]),
        "lastActivity": iso(stored["created_at"]),
        "completedAt": None,
        "timeBoxSeconds": 90,
        "timeBoxEndsAt": iso(stored["created_at"] + 90),
    }
    assert json.loads(stored.pop("question_ids")) == [question["id"] for question in body["questions"]]
    assert json.loads(stored.pop("question_versions")) == [1, 1, 1]
    assert (stored.pop("answers_before"), 0 <= stored.pop("seed") < 2**31) == (0, True)
    assert {question["difficulty"] for question in body["questions"]} <= {1, 2}
    assert json.loads(stored.pop("objectives")) == [routing, cabling]
    assert json.loads(stored.pop("difficulty_filter")) == {"min": 1, "max": 2}
    assert stored.pop("created_at") == stored.pop("last_activity") >= epoch("2026-01-01T00:00:00Z")
    counters = ("total_questions", "correct_answers", "skipped_questions", "flagged_questions", "time_spent_seconds")
    assert stored.pop("time_box_ends_at") == epoch(body["createdAt"]) + 90
    empty = ("avg_time_per_question", "accuracy", "current_question_id", "completed_at", "filters")
    assert stored == dict.fromkeys(counters, 0) | dict.fromkeys(empty) | {
        "id": body["id"], "user_id": 1, "exam_id": 1, "mode": "speed_drill", "status": "active", "question_count": 3,
        "time_box_seconds": 90, "streak_count": 0, "max_streak": 0, "objective_scores": "{}",
    }  # fmt: skip
    assert audited(database, "session.start") == [
        {
            "user": 1, "entity": "study_session", "id": str(body["id"]), "old": None, "subject": "1",
            "new": {"exam_id": 1, "mode": "speed_drill", "question_count": 3, "status": "active"},
            "method": "POST", "path": "/api/study/sessions",
        }
    ]  # fmt: skip


def test_without_wishes_a_session_is_twenty_questions_of_practice(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    body = alice.post("/api/study/sessions", json={"examId": 1}).json
    assert (body["mode"], body["questionCount"]) == ("practice", 14)
    assert {question["id"] for question in body["questions"]} == {question["id"] for question in bank.values()}
    stored = row(database, "study_sessions", body["id"])
    assert (stored["objectives"], json.loads(stored["difficulty_filter"])) == (None, {"min": 1, "max": 5})


def test_a_start_with_a_key_happens_once(alice: FlaskClient, bank: dict[str, Any]) -> None:
    body = {"examId": 1, "questionCount": 4}
    first = alice.post("/api/study/sessions", json=body, headers={"Idempotency-Key": "s"})
    again = alice.post("/api/study/sessions", json=body, headers={"Idempotency-Key": "s"})
    assert again.json == first.json
    assert again.status_code == 201
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert [started["id"] for started in alice.get("/api/study/sessions").json["sessions"]] == [first.json["id"]]


def test_a_deactivated_user_starts_no_session(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE users SET is_active = 0 WHERE id = 1")
    response = alice.post("/api/study/sessions", json={"examId": 1})
    assert (response.status_code, response.json["code"]) == (401, "TOKEN_INVALID")
    assert rows(database, "SELECT id FROM study_sessions") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"examId": 1, "objectiveIds": [99]}, "objectiveIds"),
        ({"examId": 1, "mode": "cram"}, "mode"),
        ({"examId": 1, "questionCount": 0}, "questionCount"),
        ({"examId": 1, "questionCount": 101}, "questionCount"),
        ({"examId": 1, "difficulty": {"min": 5, "max": 1}}, "difficulty"),
        ({"examId": 1, "difficulty": {"min": 0}}, "difficulty"),
        ({"examId": 1, "difficulty": {"max": 6}}, "difficulty"),
        ({"examId": 1, "difficulty": {"min": 1, "top": 3}}, "difficulty"),
        ({"examId": 0}, "examId"),
        ({"examId": "1"}, "examId"),
        ({"examId": True}, "examId"),
        ({}, "examId"),
    ],
)
def test_a_wrong_wish_names_its_field(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, body: dict[str, Any], field: str
) -> None:
    response = alice.post("/api/study/sessions", json=body)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert rows(database, "SELECT id FROM study_sessions") == []
    assert audited(database, "session.start") == []


def test_a_session_needs_an_exam_and_something_to_ask(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    assert alice.post("/api/study/sessions", json={"examId": 99}).status_code == 404
    hard = {"examId": 1, "objectiveIds": [2], "difficulty": {"min": 5, "max": 5}}
    response = alice.post("/api/study/sessions", json=hard)
    assert (response.status_code, response.json["detail"]) == (409, "there are no questions to ask: widen the filters")
    assert alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 100}).json["questionCount"] == 14
    assert len(rows(database, "SELECT id FROM study_sessions")) == 1
