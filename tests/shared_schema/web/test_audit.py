"""`GET /api/audit`: the same at both services, for admins, latest first, all of it or that of one thing or user."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase, Statement
from tests.shared_schema.audit.conftest import ADA, BOT, rows
from tests.study_service.conftest import iso


@pytest.fixture
def log(database: LibsqlDatabase) -> None:
    """Six entries: two things that Ada changed twice, and the bot once."""
    steps = [audit.entry(ADA, "exam.change", "exam", thing, old={"n": 1}, new={"n": 2}) for thing in (1, 2, 1, 2)]
    refused = audit.entry(BOT, "exam.change", "exam", 1, success=False, error_code="CONFLICT")
    database.batch([*steps, refused, audit.entry(Actor("3", role="moderator"), "user.change", "user", 1)])


def ids(response: Any) -> list[int]:
    assert response.status_code == 200, response.json
    return [entry["id"] for entry in response.json["entries"]]


def test_an_admin_sees_every_column_of_an_entry(
    log: None, ada: FlaskClient, approver: FlaskClient, database: LibsqlDatabase
) -> None:
    assert ada.get("/api/audit").json == approver.get("/api/audit").json
    (entry,) = [entry for entry in ada.get("/api/audit").json["entries"] if entry["id"] == 4]
    (stored,) = rows(database, "SELECT created_at FROM audit_log WHERE id = 4")
    assert entry == {
        "id": 4,
        "userId": 4,
        "subject": "4",
        "role": "admin",
        "action": "exam.change",
        "entityType": "exam",
        "entityId": "2",
        "oldValues": {"n": 1},
        "newValues": {"n": 2},
        "requestId": "r-1",
        "method": "PATCH",
        "path": "/api/exams/1",
        "ipAddress": "192.0.2.7",
        "userAgent": "Firefox",
        "success": True,
        "errorCode": None,
        "createdAt": iso(stored["created_at"]),
    }
    (refused,) = [entry for entry in ada.get("/api/audit").json["entries"] if entry["id"] == 5]
    assert (refused["userId"], refused["subject"], refused["role"]) == (None, "growth-bot", "service")
    assert (refused["success"], refused["errorCode"], refused["oldValues"]) == (False, "CONFLICT", None)


def test_the_latest_come_first_and_pages_go_by_id(log: None, ada: FlaskClient) -> None:
    first = ada.get("/api/audit?limit=4")
    assert (ids(first), first.json["next"]) == ([6, 5, 4, 3], 3)
    second = ada.get("/api/audit?limit=4&after=3")
    assert (ids(second), second.json["next"]) == ([2, 1], None)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("entityType=exam&entityId=1", [5, 3, 1]),
        ("entityType=exam&entityId=1&after=5&limit=1", [3]),
        ("entityType=user&entityId=1", [6]),
        ("entityType=exam&entityId=9", []),
        ("userId=4", [4, 3, 2, 1]),
        ("userId=3", [6]),
        ("userId=4&after=3", [2, 1]),
        ("entityType=exam&entityId=1&userId=4", [3, 1]),
        ("entityType=user&entityId=1&userId=4", []),
    ],
)
def test_one_thing_or_one_user_is_asked_for(query: str, wanted: list[int], log: None, ada: FlaskClient) -> None:
    assert ids(ada.get(f"/api/audit?{query}")) == wanted


@pytest.mark.parametrize("query", ["entityType=exam", "entityId=1", "entityType=exam&userId=4", "entityId=1&userId=4"])
def test_a_question_that_no_index_answers_is_refused(query: str, ada: FlaskClient) -> None:
    response = ada.get(f"/api/audit?{query}")
    assert (response.status_code, response.json["code"]) == (422, "VALIDATION_FAILED")
    assert response.json["errors"] == {"entityId": ["Say entityType and entityId together, or neither."]}


@pytest.mark.parametrize(
    "query", ["", "entityType=exam&entityId=1&after=5", "userId=4", "entityType=exam&entityId=1&userId=4"]
)
def test_a_page_reads_its_own_rows_only(
    query: str, log: None, ada: FlaskClient, database: LibsqlDatabase, count_queries: Callable[[], Any]
) -> None:
    run: list[Any] = []
    database.query_hooks.append(run.append)
    assert ada.get(f"/api/audit?{query}").status_code == 200
    database.query_hooks.remove(run.append)
    (page,) = [event for event in run if "audit_log" in event.sql]
    plan = [row["detail"] for row in rows(database, f"EXPLAIN QUERY PLAN {page.sql}", *page.params)]
    assert len(plan) == 1, "no sorting"
    assert ("SCAN" in plan[0]) == (query == "")


def test_reading_the_log_leaves_no_entry(log: None, ada: FlaskClient, database: LibsqlDatabase) -> None:
    ada.get("/api/audit")
    assert rows(database, "SELECT max(id) AS n FROM audit_log") == [{"n": 6}]


@pytest.mark.parametrize("column", ["new_values", "old_values"])
def test_an_entry_that_cannot_be_read_does_not_spoil_the_others(
    column: str, log: None, ada: FlaskClient, database: LibsqlDatabase
) -> None:
    database.batch([Statement(f"INSERT INTO audit_log (action, {column}) VALUES ('x', '[')")])
    assert ids(ada.get("/api/audit")) == [6, 5, 4, 3, 2, 1]
