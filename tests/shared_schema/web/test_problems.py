"""Whatever is wrong with a request, the answer is one problem document, and nothing is half-written."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.web.bodies import MAX_BODY

GOOD = {"vendorId": "Acme", "code": "A-1", "name": "First"}
FIELDS = {"type", "title", "status", "instance", "code", "requestId"}


def send(ada: FlaskClient, data: Any, content_type: str = "application/json") -> Any:
    return ada.post("/api/exams", data=data, content_type=content_type)


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"{'single': 1}",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b"[]",
        b"null",
        b'"text"',
        b"123",
        b"\xff\xfe{}",
        b'{"name": "\\ud800"}',
        b"[" * 5000,
        b'{"a":' * 2000,
        b"",
        b"{}",
    ],
)
def test_a_body_that_is_no_good_is_one_problem(ada: FlaskClient, database: LibsqlDatabase, data: bytes) -> None:
    response = send(ada, data)
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert set(response.json) >= FIELDS | {"errors"}
    assert response.json["code"] == "VALIDATION_FAILED"
    assert response.json["status"] == 422
    assert all(isinstance(messages, list) for messages in response.json["errors"].values())
    assert database.execute_sql("SELECT count(*) FROM exams").fetchall() == [(0,)]


@pytest.mark.parametrize("number", [2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, -1, 1.5, 1e300])
def test_numbers_are_whole_and_within_bounds(ada: FlaskClient, number: float) -> None:
    response = send(ada, json.dumps(GOOD | {"priceCents": number}))
    assert response.status_code == 422
    assert list(response.json["errors"]) == ["priceCents"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_content_type_is_415(ada: FlaskClient, content_type: str) -> None:
    response = send(ada, json.dumps(GOOD), content_type)
    assert (response.status_code, response.json["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_too_large_is_413(ada: FlaskClient, mo: FlaskClient) -> None:
    response = send(ada, json.dumps(GOOD | {"description": "x" * MAX_BODY}))
    assert (response.status_code, response.json["code"]) == (413, "PAYLOAD_TOO_LARGE")
    bank = mo.post("/api/questions/import?format=gift&examId=1", data=b"x" * (20 * MAX_BODY + 1))
    assert bank.status_code == 413


def test_unknown_paths_and_methods(stranger: FlaskClient, ada: FlaskClient) -> None:
    lost = stranger.get("/api/näh/\u202e?x=1")
    assert (lost.status_code, lost.json["code"]) == (404, "NOT_FOUND")
    assert lost.json["instance"] == "/api/n%C3%A4h/%E2%80%AE"
    wrong = ada.put("/api/exams")
    assert (wrong.status_code, wrong.json["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert set(wrong.headers["Allow"].split(", ")) >= {"GET", "POST"}
    for impossible in ("0", "-1", "9223372036854775808", "99999999999999999999999999", "1.5", "x", "%00"):
        assert ada.get(f"/api/exams/{impossible}").status_code == 404


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\x7f"])
def test_an_impossible_key_is_refused(ada: FlaskClient, key: str) -> None:
    response = ada.post("/api/exams", json=GOOD, headers={"Idempotency-Key": key})
    assert response.status_code == 422
    assert response.json["errors"] == {"Idempotency-Key": ["1 to 255 printable characters"]}


def test_a_key_may_have_255_characters(ada: FlaskClient) -> None:
    assert ada.post("/api/exams", json=GOOD, headers={"Idempotency-Key": "k" * 255}).status_code == 201


@pytest.mark.only("file")  # a server gives the lock to who waits, after five seconds
def test_a_busy_database_is_503_with_retry_after(ada: FlaskClient, database: LibsqlDatabase) -> None:
    other = LibsqlDatabase(database.url)
    database.timeout = database.connection().timeout = 0.2
    with other.atomic():
        response = send(ada, json.dumps(GOOD))
    other.close()
    assert (response.status_code, response.json["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert response.headers["Retry-After"] == "1"
    assert send(ada, json.dumps(GOOD)).status_code == 201


def test_a_bug_shows_nothing_of_itself(study_app: Flask, ada: FlaskClient, database: LibsqlDatabase) -> None:
    database.execute_sql("DROP TABLE study_sessions")
    response = ada.get("/api/study/sessions")
    assert (response.status_code, response.json["code"]) == (500, "INTERNAL_ERROR")
    assert "study_sessions" not in response.text


def test_a_request_id_is_kept_if_it_is_one(stranger: FlaskClient) -> None:
    assert stranger.get("/healthz", headers={"X-Request-ID": "abc-1.2_3"}).headers["X-Request-ID"] == "abc-1.2_3"
    made = stranger.get("/healthz", headers={"X-Request-ID": "a b\u00e9"}).headers["X-Request-ID"]
    assert len(made) == 32
    problem = stranger.get("/nowhere", headers={"X-Request-ID": "abc"})
    assert problem.json["requestId"] == "abc"
