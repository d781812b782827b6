"""The audit log's row over HTTP: who did what to which thing, by which request, from where, and in the same batch."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.fields import dumps
from tests.conftest import caught_up
from tests.growth_service.conftest import QUEUE, TWEETS, approved, claim, run_out, tweet_id, x_response, x_tweet

EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}
COLUMNS = """
    user_id, role, action, entity_type, entity_id, old_values, new_values, metadata, request_id, method, path,
    ip_address, user_agent, success, error_code
"""


def entries(database: LibsqlDatabase) -> list[dict[str, Any]]:
    """The log, oldest first, its documents read."""
    (result,) = database.fetch([Statement(f"SELECT {COLUMNS} FROM audit_log ORDER BY id")], fresh=True)
    documents = ("old_values", "new_values", "metadata")
    return [row | {name: row[name] and json.loads(row[name]) for name in documents} for row in result.rows]


def test_an_admin_adds_an_exam_and_the_log_has_it_all(ada: FlaskClient, database: LibsqlDatabase) -> None:
    ada.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    headers = {"X-Request-ID": "req-1", "User-Agent": "Firefox " + "x" * 500}
    response = ada.post("/api/exams", json=EXAM, headers=headers)
    assert response.status_code == 201
    assert entries(database) == [
        {
            "user_id": 4,
            "role": "admin",
            "action": "exam.create",
            "entity_type": "exam",
            "entity_id": str(response.json["id"]),
            "old_values": None,
            "new_values": {"vendor_id": "Acme", "code": "A-1", "name": "First"},
            "metadata": {"subject": "4"},
            "request_id": "req-1",
            "method": "POST",
            "path": "/api/exams",
            "ip_address": "192.0.2.7",
            "user_agent": "Firefox " + "x" * 492,
            "success": 1,
            "error_code": None,
        }
    ]


def test_a_change_names_the_row_with_its_old_and_new_values(ada: FlaskClient, database: LibsqlDatabase) -> None:
    exam = ada.post("/api/exams", json=EXAM).json["id"]
    values = {"name": "Second", "isBeta": True, "description": "Für später"}
    changed = ada.patch(f"/api/exams/{exam}", json=values, headers={"X-Request-ID": "req-2"})
    assert changed.status_code == 200
    last = entries(database)[-1]
    assert (last["action"], last["entity_id"]) == ("exam.change", str(exam))
    assert last["old_values"] == {"name": "First", "is_beta": False, "description": None}
    assert last["new_values"] == {"name": "Second", "is_beta": True, "description": "Für später"}
    assert (last["request_id"], last["method"], last["path"]) == ("req-2", "PATCH", f"/api/exams/{exam}")
    assert (last["ip_address"], last["metadata"], last["user_id"]) == ("127.0.0.1", {"subject": "4"}, 4)


def test_a_change_that_only_sql_knows_is_logged_row_by_row(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase
) -> None:
    """The bot, whose token names no user of ours, lets two leases run out and claims again."""
    assert bot.post(TWEETS, json=x_response(x_tweet(1), x_tweet(2))).status_code == 200
    drafts = sorted(approved(bot, approver, tweet_id(number)) for number in (1, 2))
    assert len(claim(bot)) == 2
    for draft in drafts:
        run_out(database, draft)
    bot.environ_base["REMOTE_ADDR"] = "192.0.2.8"
    before = len(entries(database))
    claim(bot, **{"X-Request-ID": "req-3"})
    added = entries(database)[before:]
    assert sorted(entry["entity_id"] for entry in added) == drafts
    for entry in added:
        assert entry["entity_type"] == "opportunity"
        assert (entry["user_id"], entry["role"]) == (None, "service")
        assert entry["metadata"]["subject"] == "growth-bot"
        assert (entry["request_id"], entry["method"], entry["path"]) == ("req-3", "POST", f"{QUEUE}/claim")
        assert entry["ip_address"] == "192.0.2.8"


def test_a_refused_change_leaves_no_entry(ada: FlaskClient, database: LibsqlDatabase) -> None:
    assert ada.patch("/api/exams/99", json={"name": "x"}).status_code == 404
    assert ada.post("/api/exams", json=EXAM).status_code == 201
    assert ada.post("/api/exams", json=EXAM).status_code == 409
    assert [entry["action"] for entry in entries(database)] == ["exam.create"]


@pytest.mark.parametrize(
    ("subject", "role", "user"),
    [
        *(("4", role, 4) for role in ("user", "moderator", "admin")),
        *(("4", role, None) for role in ("service", "operator")),
        *((subject, "admin", None) for subject in ("growth-bot", "99", "-1", "9" * 18, "9" * 30, "", "04", "٤", "4²")),
    ],
)
def test_a_subject_is_a_user_only_if_a_person_acts_and_there_is_such_a_user(
    subject: str, role: str, user: int | None, database: LibsqlDatabase
) -> None:
    actor = Actor(subject, "r", "PUT", "/x", "::1", role=role, user_agent="curl")
    rows = "SELECT 7 AS id, :old AS old, NULL AS new"
    database.batch(
        [
            audit.entry(
                actor, "thing.change", "thing", 5, old={"a": 1}, new={"a": 2}, success=False, error_code="CONFLICT"
            ),
            audit.entries(actor, "thing.end", "thing", rows, {"old": dumps({"b": 1})}),
        ]
    )
    caught_up()
    common = {
        "user_id": user,
        "role": role,
        "entity_type": "thing",
        "metadata": {"subject": subject},
        "request_id": "r",
        "method": "PUT",
        "path": "/x",
        "ip_address": "::1",
        "user_agent": "curl",
    }
    one = {"action": "thing.change", "entity_id": "5", "old_values": {"a": 1}, "new_values": {"a": 2}}
    one |= {"success": 0, "error_code": "CONFLICT"}
    other = {"action": "thing.end", "entity_id": "7", "old_values": {"b": 1}, "new_values": None}
    other |= {"success": 1, "error_code": None}
    assert entries(database) == [common | one, common | other]


def test_an_actor_outside_a_request_leaves_its_columns_empty(database: LibsqlDatabase) -> None:
    database.batch([audit.entry(Actor("4", role="admin"), "exam.create", "exam", 41)])
    (entry,) = entries(database)
    assert (entry["entity_id"], entry["old_values"], entry["new_values"]) == ("41", None, None)
    outside = ("request_id", "method", "path", "ip_address", "user_agent")
    assert [entry[name] for name in outside] == [None] * len(outside)


def test_values_that_a_row_has_already_leave_no_entry(ada: FlaskClient, database: LibsqlDatabase) -> None:
    exam = ada.post("/api/exams", json=EXAM | {"passingScore": 0.7}).json["id"]
    for values in ({"name": "First", "passingScore": 0.7, "isBeta": False}, {}, {"name": "Second"}):
        assert ada.patch(f"/api/exams/{exam}", json=values).status_code == 200
    assert [entry["new_values"] for entry in entries(database)[1:]] == [{"name": "Second"}]


def test_no_rows_leave_no_entries(database: LibsqlDatabase) -> None:
    nothing = "SELECT 1 AS id, NULL AS old, NULL AS new WHERE 0"
    database.batch([audit.entries(Actor("4", role="admin"), "thing.end", "thing", nothing, {})])
    assert entries(database) == []
