"""Idempotency keys over HTTP: to whom a key belongs, and which requests count as the same one."""

import hashlib
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.tables.users import User
from tests.conftest import client
from tests.study_service.conftest import BANK

EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}
KEYED = {"Idempotency-Key": "k"}
IMPORT = "/api/questions/import?format=pingtopass"
BODY = json.dumps(BANK).encode()


def post(caller: FlaskClient, url: str, body: bytes = BODY) -> Any:
    return caller.post(url, data=body, content_type="application/json", headers=KEYED)


def rows(database: LibsqlDatabase, sql: str) -> list[dict[str, Any]]:
    (result,) = database.fetch([Statement(sql)], fresh=True)
    return result.rows


def test_the_same_request_is_answered_from_the_first(ada: FlaskClient, database: LibsqlDatabase) -> None:
    first = ada.post("/api/exams", json=EXAM, headers=KEYED)
    assert "Idempotency-Replayed" not in first.headers
    again = ada.post("/api/exams", json=EXAM, headers=KEYED)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert again.json == first.json
    assert rows(database, "SELECT code FROM exams") == [{"code": "A-1"}]
    assert rows(database, "SELECT action FROM audit_log") == [{"action": "exam.create"}]


def test_a_replay_shows_the_thing_as_it_was_made(ada: FlaskClient) -> None:
    first = ada.post("/api/exams", json=EXAM, headers=KEYED).json
    assert ada.patch(f"/api/exams/{first['id']}", json={"name": "Second"}).json["name"] == "Second"
    assert ada.post("/api/exams", json=EXAM, headers=KEYED).json == first


def test_what_is_kept_names_the_role_the_caller_and_the_whole_request(
    ada: FlaskClient, database: LibsqlDatabase
) -> None:
    """A release with another digest would refuse every request that is repeated after its deployment."""
    sent = b'{"vendorId": "Acme", "code": "A-1", "name": "First"}'
    counted = b'{"code":"A-1","name":"First","vendorId":"Acme"}'
    assert ada.post("/api/exams?", data=sent, content_type="application/json", headers=KEYED).status_code == 201
    digest = hashlib.sha256(hashlib.sha256(b"POST /api/exams?\n" + counted).hexdigest().encode()).digest()[:16]
    kept = rows(database, "SELECT subject, key, digest, created_at > unixepoch() - 60 AS new FROM receipts")
    assert kept == [{"subject": "study:admin:4", "key": "k", "digest": digest, "new": 1}]


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (f"{IMPORT}&dryRun=true", BODY),
        (f"{IMPORT}&reviewStatus=approved", BODY),
        (IMPORT, BODY.replace(b"why 1", b"why 01")),
        ("/api/exams", json.dumps(EXAM).encode()),
    ],
    ids=["another mode", "another status", "another body", "another path"],
)
def test_a_key_used_for_another_request_is_a_conflict(
    ada: FlaskClient, database: LibsqlDatabase, url: str, body: bytes
) -> None:
    assert post(ada, IMPORT).status_code == 200
    refused = post(ada, url, body)
    assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert refused.json["detail"] == "this Idempotency-Key was used for another request"
    assert rows(database, "SELECT DISTINCT review_status AS status FROM questions") == [{"status": "pending"}]


def test_a_dry_run_uses_no_key_up(ada: FlaskClient, database: LibsqlDatabase) -> None:
    assert post(ada, f"{IMPORT}&dryRun=true").json["imported"] == len(BANK["questions"])
    assert rows(database, "SELECT id FROM questions") == []
    response = post(ada, IMPORT)
    assert response.status_code == 200
    assert "Idempotency-Replayed" not in response.headers
    assert len(rows(database, "SELECT id FROM questions")) == len(BANK["questions"])


def test_two_people_may_use_the_same_key(study_app: Flask, ada: FlaskClient, database: LibsqlDatabase) -> None:
    with database.bind_ctx([User]):
        database.batch([User.insert(id=5, email="eve@example.com", name="Eve", role="admin")])
    other = client(study_app, "5", "admin")
    answers = [
        caller.post("/api/exams", json=EXAM | {"code": code}, headers=KEYED)
        for caller, code in ((ada, "A-1"), (other, "A-2"))
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert not any("Idempotency-Replayed" in answer.headers for answer in answers)
    assert rows(database, "SELECT code FROM exams ORDER BY code") == [{"code": "A-1"}, {"code": "A-2"}]


def test_one_person_in_two_roles_has_the_keys_of_each(study_app: Flask, database: LibsqlDatabase) -> None:
    """A role is part of who asks: what an admin has done is no answer to a moderator."""
    for role in ("admin", "moderator"):
        response = post(client(study_app, "4", role), IMPORT)
        assert response.status_code == 200
        assert "Idempotency-Replayed" not in response.headers
    subjects = rows(database, "SELECT subject FROM receipts ORDER BY subject")
    assert subjects == [{"subject": "study:admin:4"}, {"subject": "study:moderator:4"}]


def test_a_request_that_failed_leaves_its_key_free(ada: FlaskClient, database: LibsqlDatabase) -> None:
    assert ada.post("/api/exams", json=EXAM).status_code == 201
    assert ada.post("/api/exams", json=EXAM, headers=KEYED).status_code == 409
    assert rows(database, "SELECT key FROM receipts") == []
    assert ada.post("/api/exams", json=EXAM | {"code": "A-2"}, headers=KEYED).status_code == 201


def test_a_request_without_a_key_is_not_remembered(ada: FlaskClient, database: LibsqlDatabase) -> None:
    assert ada.post("/api/exams", json=EXAM).status_code == 201
    assert rows(database, "SELECT key FROM receipts") == []
