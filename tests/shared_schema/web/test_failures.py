"""What each failure becomes on the wire: its status, its code, its title, and the headers that go with it."""

from collections.abc import Callable
from typing import Any

import peewee
import pytest
import structlog
from flask import Flask, abort
from werkzeug.exceptions import HTTPException

from shared_schema.database import LibsqlDatabase, Statement, errors
from shared_schema.problems import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TokenExpired,
    TokenInvalid,
    Unauthenticated,
    invalid,
)
from shared_schema.web import errors as web_errors
from shared_schema.web import logs
from shared_schema.web.config import Observing

BODY = {"type": "about:blank", "instance": "/it%20fails", "requestId": "r-1"}


@pytest.fixture
def answer() -> Callable[[Exception], Any]:
    """`answer(error)`: the response of a view that raises it."""
    app = Flask("probe")
    logs.follow(app, Observing())
    web_errors.register(app)
    raised: list[Exception] = []

    @app.get("/it fails")
    def fail() -> str:
        raise raised.pop()

    def get(error: Exception) -> Any:
        raised.append(error)
        return app.test_client().get("/it%20fails?x=1", headers={"X-Request-ID": "r-1"})

    return get


def database_error(kind: type[errors.Error], peewees: type[peewee.PeeweeException]) -> Exception:
    """As peewee raises it: its own exception, with ours as `orig`."""
    error = peewees("database is locked")
    error.orig = kind("database is locked")  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize(
    ("problem", "status", "code", "title"),
    [
        (NotFound("why"), 404, "NOT_FOUND", "Not found"),
        (Conflict("why"), 409, "CONFLICT", "In conflict with what is there"),
        (Invalid("why"), 422, "VALIDATION_FAILED", "The request is not valid"),
        (Unauthenticated("why"), 401, "AUTH_REQUIRED", "A token is needed"),
        (TokenExpired("why"), 401, "TOKEN_EXPIRED", "The token has expired"),
        (TokenInvalid("why"), 401, "TOKEN_INVALID", "The token does not count"),
        (Forbidden("why"), 403, "PERMISSION_DENIED", "Not allowed"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Problem) else "",
)
def test_a_problem_of_the_rules(answer: Any, problem: Problem, status: int, code: str, title: str) -> None:
    response = answer(problem)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert response.json == BODY | {"status": status, "code": code, "title": title, "detail": "why"}
    assert response.headers.get("WWW-Authenticate") == ("Bearer" if status == 401 else None)
    assert "Retry-After" not in response.headers


def test_more_about_a_problem_stands_beside_it(answer: Any) -> None:
    assert answer(Conflict("why", status_now="retired")).json["statusNow"] == "retired"
    one = answer(invalid("time_spent_seconds", "Too long.")).json
    assert (one["detail"], one["errors"]) == ("timeSpentSeconds: Too long.", {"timeSpentSeconds": ["Too long."]})
    two = answer(Invalid("Two wrong.", fields={"exam_id": ["No."], "3.exam_id": ["No.", "Never."]})).json
    assert (two["detail"], two["errors"]) == ("Two wrong.", {"examId": ["No."], "3.examId": ["No.", "Never."]})


@pytest.mark.parametrize(
    ("status", "becomes", "code", "title"),
    [
        (400, 422, "VALIDATION_FAILED", "The request is not valid"),
        (401, 401, "AUTH_REQUIRED", "A token is needed"),
        (403, 403, "PERMISSION_DENIED", "Not allowed"),
        (404, 404, "NOT_FOUND", "Not found"),
        (405, 405, "METHOD_NOT_ALLOWED", "Not a method of this resource"),
        (409, 409, "CONFLICT", "In conflict with what is there"),
        (413, 413, "PAYLOAD_TOO_LARGE", "The body is too large"),
        (415, 415, "UNSUPPORTED_MEDIA_TYPE", "Not a content type of this resource"),
        (422, 422, "VALIDATION_FAILED", "The request is not valid"),
        (429, 429, "RATE_LIMIT_EXCEEDED", "Too many requests"),
        (500, 500, "INTERNAL_ERROR", "Something went wrong here"),
        (503, 503, "DATABASE_UNAVAILABLE", "The database cannot be reached"),
    ],
)
def test_an_error_of_the_framework(answer: Any, status: int, becomes: int, code: str, title: str) -> None:
    with pytest.raises(HTTPException) as raised:
        abort(status, description="why")
    response = answer(raised.value)
    told = {"detail": "why"} if status < 500 else {}
    assert response.status_code == becomes
    assert response.json == BODY | {"status": becomes, "code": code, "title": title} | told


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (errors.Busy, "the database is busy"),
        (errors.Unreachable, "the database cannot be reached"),
        (errors.OutcomeUnknown, "the database was lost after the request was sent; whether it was done is not known"),
        (errors.StreamExpired, "the database gave up the transaction"),
        (errors.Full, "the database has no room left; nothing was done"),
        (errors.AccessDenied, "the database does not let this service in"),
    ],
)
def test_a_database_that_is_away(answer: Any, kind: type[errors.Error], detail: str) -> None:
    with structlog.testing.capture_logs() as lines:
        response = answer(database_error(kind, peewee.OperationalError))
    assert ("database unavailable", "database is locked", kind.__name__) in [
        (line["event"], line.get("error"), line.get("kind")) for line in lines
    ]
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    title = "The database cannot be reached"
    assert response.json == BODY | {"status": 503, "code": "DATABASE_UNAVAILABLE", "title": title, "detail": detail}


def test_a_bug_and_sql_that_does_not_compile_show_nothing(answer: Any) -> None:
    for error in (KeyError("secret"), database_error(errors.NoSuchTable, peewee.OperationalError)):
        response = answer(error)
        assert (response.status_code, response.headers.get("Retry-After")) == (500, None)
        expected = {"status": 500, "code": "INTERNAL_ERROR", "title": "Something went wrong here"}
        assert response.json == BODY | expected


def test_a_value_that_cannot_be_stored_and_a_broken_rule(answer: Any, database: LibsqlDatabase) -> None:
    with pytest.raises(peewee.DataError) as unstorable:
        database.batch([Statement("INSERT INTO exams (vendor_id, code, name) VALUES (?, 'c', 'n')", ("\0",))])
    response = answer(unstorable.value)
    assert (response.status_code, response.json["code"]) == (422, "VALIDATION_FAILED")
    assert response.json["detail"] == str(unstorable.value)
    with pytest.raises(peewee.IntegrityError) as refused:
        database.batch([Statement("INSERT INTO objectives (exam_id, code, name) VALUES (99, 'c', 'n')")])
    with structlog.testing.capture_logs() as lines:
        response = answer(refused.value)
    logged = [(line["event"], line.get("error")) for line in lines]
    assert ("constraint refused", "FOREIGN KEY constraint failed") in logged
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"] == "a rule of the database refuses this"


@pytest.mark.parametrize(
    ("messages", "flat"),
    [
        ({"json": {"examId": ["No."]}}, {"examId": ["No."]}),
        ({"query": {"limit": ["No."], "after": ["No.", "Never."]}}, {"limit": ["No."], "after": ["No.", "Never."]}),
        ({"json": ["Invalid input type."]}, {"body": ["Invalid input type."]}),
        ({"json": {"_schema": ["Invalid input type."]}}, {"body": ["Invalid input type."]}),
        ({"json": {"difficulty": {"min": ["No."], "max": ["No."]}}}, {"difficulty": ["min: No.", "max: No."]}),
        ({"json": {"a": {"b": {"c": ["No."]}}}}, {"a": ["b: c: No."]}),
        ({"json": {"ids": {0: ["No."], 4: ["Never."]}}}, {"ids": ["0: No.", "4: Never."]}),
        ({"json": {"a": "No."}}, {"a": ["No."]}),
        (["No."], {"body": ["No."]}),
    ],
)
def test_messages_of_the_fields_are_lists_by_their_name(answer: Any, messages: Any, flat: Any) -> None:
    with pytest.raises(HTTPException) as raised:
        abort(422)
    raised.value.data = {"messages": messages}  # type: ignore[attr-defined]
    response = answer(raised.value)
    assert response.json["errors"] == flat
    assert "detail" not in response.json
