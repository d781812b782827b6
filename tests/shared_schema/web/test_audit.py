"""The audit log's row over HTTP: who did what to which thing, by which request, from where, and in the same batch."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Database, Statement
from shared_schema.fields import dumps
from tests.conftest import caught_up
from tests.growth_service.conftest import QUEUE, TWEETS, approved, claim, run_out, tweet_id, x_response, x_tweet

EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}
COLUMNS = """
    user_id, action, entity_type, entity_id, old_values, new_values, metadata, request_id, method, path, ip_address,
    success
"""


def entries(database: Database) -> list[dict[str, Any]]:
    """The log, oldest first, its documents read."""
    (result,) = database.fetch([Statement(f"SELECT {COLUMNS} FROM audit_log ORDER BY id")], fresh=True)
    documents = ("old_values", "new_values", "metadata")
    return [row | {name: row[name] and json.loads(row[name]) for name in documents} for row in result.rows]


def test_an_admin_adds_an_exam_and_the_log_has_it_all(ada: FlaskClient, database: Database) -> None:
    ada.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    response = ada.post("/api/exams", json=EXAM, headers={"X-Request-ID": "req-1"})
    assert response.status_code == 201
    assert entries(database) == [
        {
            "user_id": 4,
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
            "success": 1,
        }
    ]


def test_a_change_names_the_row_and_its_new_values(ada: FlaskClient, database: Database) -> None:
    exam = ada.post("/api/exams", json=EXAM).json["id"]
    changed = ada.patch(f"/api/exams/{exam}", json={"name": "Second"}, headers={"X-Request-ID": "req-2"})
    assert changed.status_code == 200
    last = entries(database)[-1]
    assert (last["action"], last["entity_id"], last["new_values"]) == ("exam.change", str(exam), {"name": "Second"})
    assert (last["request_id"], last["method"], last["path"]) == ("req-2", "PATCH", f"/api/exams/{exam}")
    assert (last["ip_address"], last["metadata"], last["user_id"]) == ("127.0.0.1", {"subject": "4"}, 4)


def test_a_change_that_only_sql_knows_is_logged_row_by_row(
    bot: FlaskClient, approver: FlaskClient, database: Database
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
        assert entry["user_id"] is None
        assert entry["metadata"]["subject"] == "growth-bot"
        assert (entry["request_id"], entry["method"], entry["path"]) == ("req-3", "POST", f"{QUEUE}/claim")
        assert entry["ip_address"] == "192.0.2.8"


def test_a_refused_change_leaves_no_entry(ada: FlaskClient, database: Database) -> None:
    assert ada.patch("/api/exams/99", json={"name": "x"}).status_code == 404
    assert ada.post("/api/exams", json=EXAM).status_code == 201
    assert ada.post("/api/exams", json=EXAM).status_code == 409
    assert [entry["action"] for entry in entries(database)] == ["exam.create"]


@pytest.mark.parametrize(
    ("subject", "user"),
    [("4", 4), ("growth-bot", None), ("99", None), ("-1", None), ("9" * 18, None), ("9" * 30, None), ("", None)],
)
def test_a_subject_is_a_user_only_if_there_is_such_a_user(subject: str, user: int | None, database: Database) -> None:
    actor = Actor(subject, "r", "PUT", "/x", "::1")
    rows = "SELECT 7 AS id, :old AS old, NULL AS new"
    database.batch(
        [
            audit.entry(actor, "thing.change", "thing", 5, old={"a": 1}, new={"a": 2}),
            audit.entries(actor, "thing.end", "thing", rows, {"old": dumps({"b": 1})}),
        ]
    )
    caught_up()
    common = {
        "user_id": user,
        "entity_type": "thing",
        "metadata": {"subject": subject},
        "request_id": "r",
        "method": "PUT",
        "path": "/x",
        "ip_address": "::1",
        "success": 1,
    }
    one = {"action": "thing.change", "entity_id": "5", "old_values": {"a": 1}, "new_values": {"a": 2}}
    other = {"action": "thing.end", "entity_id": "7", "old_values": {"b": 1}, "new_values": None}
    assert entries(database) == [common | one, common | other]


def test_an_actor_outside_a_request_leaves_its_columns_empty(database: Database) -> None:
    database.batch([audit.entry(Actor("4"), "exam.create", "exam", 41)])
    (entry,) = entries(database)
    assert (entry["entity_id"], entry["old_values"], entry["new_values"]) == ("41", None, None)
    assert [entry[name] for name in ("request_id", "method", "path", "ip_address")] == [None] * 4


def test_no_rows_leave_no_entries(database: Database) -> None:
    nothing = "SELECT 1 AS id, NULL AS old, NULL AS new WHERE 0"
    database.batch([audit.entries(Actor("4"), "thing.end", "thing", nothing, {})])
    assert entries(database) == []
