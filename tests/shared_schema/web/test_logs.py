"""The log of a service: one JSON line a request, with the route and the id, and nothing of what was sent."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

import shared_schema.logs
from shared_schema.database import Database


@pytest.fixture
def lines(study_app: Flask) -> Iterator[Any]:
    """`lines()`: what has been logged, read."""
    stream = io.StringIO()
    shared_schema.logs.configure(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines() if line.startswith("{")]
    shared_schema.logs.configure(sys.stdout)


def test_a_request_is_one_line_with_its_route_and_its_id(lines: Any, alice: FlaskClient) -> None:
    response = alice.get("/api/exams/17?secret=1", headers={"X-Request-ID": "r-1"})
    (line,) = lines()
    assert 0 < line.pop("ms") < 10_000
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/api/exams/<id:exam_id>",
        "status": response.status_code,
        "request_id": "r-1",
    }


def test_nothing_of_a_token_a_body_or_a_path_is_logged(lines: Any, ada: FlaskClient) -> None:
    ada.post("/api/exams?q=quark", json={"vendorId": "boson"})
    ada.get("/lepton/?q=quark")
    text = json.dumps(lines())
    for secret in ("quark", "boson", "lepton", ada.environ_base["HTTP_AUTHORIZATION"].split()[1]):
        assert secret not in text
    assert [line["route"] for line in lines()] == ["/api/exams", None]


def test_a_bug_is_logged_with_its_traceback_under_the_same_id(
    lines: Any, alice: FlaskClient, database: Database
) -> None:
    database.execute_sql("DROP TABLE study_sessions")
    alice.get("/api/study/sessions", headers={"X-Request-ID": "r-2"})
    unhandled, request = lines()
    assert (unhandled["event"], unhandled["level"], unhandled["request_id"]) == ("unhandled", "error", "r-2")
    assert "no such table: study_sessions" in unhandled["exception"]
    assert (request["event"], request["status"], request["request_id"]) == ("request", 500, "r-2")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1.2_3", True), ("a" * 64, True), ("a" * 65, False), ("a b", False), ("", False), ("a/b", False)],
)
def test_an_id_of_the_client_is_kept_if_it_is_a_sensible_one(
    lines: Any, stranger: FlaskClient, given: str, kept: bool
) -> None:
    answered = stranger.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert (answered == given) == kept
    assert kept or len(answered) == 32
    assert lines()[-1]["request_id"] == answered
    assert stranger.get("/healthz").headers["X-Request-ID"] != answered


def test_the_id_of_one_request_is_not_on_the_lines_of_others(lines: Any, stranger: FlaskClient) -> None:
    stranger.get("/healthz", headers={"X-Request-ID": "r-3"})
    structlog.get_logger().info("between requests")
    assert [line.get("request_id") for line in lines()] == ["r-3", None]


def test_other_libraries_are_heard_from_warnings_on(lines: Any) -> None:
    stream = io.StringIO()
    shared_schema.logs.configure(stream)
    for level in (logging.INFO, logging.WARNING):
        logging.getLogger("gunicorn.error").log(level, "level %d", level)
    assert stream.getvalue() == "WARNING:gunicorn.error:level 30\n"
