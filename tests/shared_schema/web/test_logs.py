"""The log of a service: one JSON line a request, with the route and the id, and nothing of what was sent."""

import io
import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask import Flask, Response
from flask.testing import FlaskClient

import shared_schema.logs
from shared_schema.database import LibsqlDatabase
from shared_schema.web import logs, tokens
from shared_schema.web.config import Observing
from tests.conftest import KEYS, client


@pytest.fixture
def lines(study_app: Flask) -> Iterator[Any]:
    """`lines()`: what has been logged, read."""
    stream = io.StringIO()
    shared_schema.logs.configure(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines() if line.startswith("{")]
    shared_schema.logs.configure(sys.stdout)


def test_a_request_is_one_line_with_its_route_and_its_id(lines: Any, alice: FlaskClient) -> None:
    response = alice.get("/api/exams/17", headers={"X-Request-ID": "r-1"})
    (line,) = lines()
    ms, db_ms = line.pop("ms"), line.pop("db_ms")
    assert 0 <= db_ms < ms < 10_000
    assert line.pop("timestamp").endswith("Z")
    assert line.pop("statements") >= 1
    assert line.pop("round_trips") >= 0
    assert line.pop("rows_read") >= 0
    assert f"00-{line.pop('trace_id')}-{line.pop('span_id')}-01" == response.headers["traceparent"]
    assert line == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/api/exams/<id:exam_id>",
        "status": 404,
        "code": "NOT_FOUND",
        "bytes": len(response.data),
        "role": "user",
        "subject": "1",
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
    lines: Any, alice: FlaskClient, database: LibsqlDatabase
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
    answered = stranger.get("/openapi.json", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert (answered == given) == kept
    assert kept or len(answered) == 32
    assert lines()[-1]["request_id"] == answered
    assert stranger.get("/healthz").headers["X-Request-ID"] != answered


def test_the_id_of_one_request_is_not_on_the_lines_of_others(lines: Any, stranger: FlaskClient) -> None:
    stranger.get("/nowhere", headers={"X-Request-ID": "r-3"})
    structlog.get_logger().info("between requests")
    assert [line.get("request_id") for line in lines()] == ["r-3", None]


def test_other_libraries_are_heard_from_warnings_on(lines: Any) -> None:
    stream = io.StringIO()
    shared_schema.logs.configure(stream)
    for level in (logging.INFO, logging.WARNING):
        logging.getLogger("urllib3").log(level, "level %d\nof two lines", level)
    (text,) = stream.getvalue().splitlines()
    line = json.loads(text)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "level 30\nof two lines", "level": "warning", "logger": "urllib3"}


def test_a_graver_level_leaves_out_the_requests_and_keeps_what_fails() -> None:
    stream = io.StringIO()
    shared_schema.logs.configure(stream, "ERROR")
    try:
        for level in ("info", "warning", "error"):
            getattr(structlog.get_logger(), level)(f"{level} of ours")
            logging.getLogger("urllib3").log(logging.getLevelNamesMapping()[level.upper()], f"{level} of theirs")
    finally:
        shared_schema.logs.configure(sys.stdout)
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == [
        "error of ours",
        "error of theirs",
    ]


def test_a_line_break_or_an_escape_of_a_client_ends_no_line(
    lines: Any, study_app: Flask, database: LibsqlDatabase
) -> None:
    forged = '1"}\n{"event": "request", "subject": "4"}\x1b[31m\u2028'
    for subject in (forged, "ada@example.com"):
        claims = {"sub": subject, "role": "user", "scope": "read", "aud": "study", "exp": time.time() + 60, "jti": "x"}
        caller = study_app.test_client()
        caller.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tokens.signed(KEYS, 'test', claims)}"
        caller.get("/api/exams", headers={"X-Request-ID": "r\tr", "traceparent": "00-\x1b-0-0"})
        caller.open("/api/exams", method="GET\x1b")
    assert len(lines()) == 4
    assert {line.get("subject") for line in lines()} == {None}
    assert [line["method"] for line in lines()] == ["GET", None] * 2
    assert "ada@" not in json.dumps(lines())


def test_probes_are_logged_when_they_fail_and_when_they_are_well_again(
    lines: Any, stranger: FlaskClient, study_app: Flask, database: LibsqlDatabase
) -> None:
    def probed() -> list[tuple[str, int]]:
        for path in ("/healthz", "/readyz", "/metrics"):
            stranger.get(path)
            client(study_app, "prometheus", "service").get(path)
        return [(line["route"], line["status"]) for line in lines()[before:]]

    stranger.get("/readyz")  # after whatever another test has done to it
    before = len(lines())
    stranger.get("/healthz")
    assert len(lines()) == before
    refused = [("/metrics", 401), ("/metrics", 200)]  # without a token, then with one
    assert probed() == refused
    database.execute_sql("ALTER TABLE migrations_study RENAME TO elsewhere")
    failing = probed()[len(refused) :]
    assert failing == [("/readyz", 503), *refused]
    database.execute_sql("ALTER TABLE elsewhere RENAME TO migrations_study")
    assert probed()[len(refused) + len(failing) :] == [("/readyz", 200), *refused]


def test_server_timing_is_told_only_where_it_is_switched_on() -> None:
    told = {}
    for switch in (False, True):
        app = Flask("probe")
        logs.follow(app, Observing(server_timing=switch))
        app.add_url_rule("/", view_func=lambda: Response("x"))
        told[switch] = app.test_client().get("/").headers.get("Server-Timing")
    assert told[False] is None
    assert re.fullmatch(r'db;dur=0\.0;desc="0 statements", app;dur=\d+\.\d+', told[True] or "")
