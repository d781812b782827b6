"""Browsers on the origins that are listed may call every route and read every answer; others may not."""

from collections.abc import Callable
from typing import Any

import peewee
import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import growth_service.app
import study_service.app
from shared_schema.database import LibsqlDatabase, errors
from shared_schema.database.settings import Settings
from shared_schema.environment import ConfigurationError
from shared_schema.web import cors
from shared_schema.web.auth import ANYONE, allow
from shared_schema.web.config import Config
from shared_schema.web.limits import Rate
from tests.conftest import KEYS, client
from tests.shared_schema.web.test_routes import routes, url

OURS, FOREIGN = "https://app.pingtopass.example", "https://evil.example"
ORIGINS = (OURS, "http://localhost:*")
ALLOW = "Access-Control-Allow-"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The study service for pages of OURS, with views that fail; an address may send 100 requests."""
    state, rates = tmp_path_factory.mktemp("state"), {name: Rate(name, 100, 3600) for name in ("address", "user")}
    config = Config("study", 0, "127.0.0.1", Settings("file::memory:"), KEYS, state=state, origins=ORIGINS, rates=rates)
    app = study_service.app.create_app(config)

    @app.get("/api/breaks")
    @allow(ANYONE)
    def breaks() -> str:
        raise RuntimeError("a bug")

    @app.get("/api/away")
    @allow(ANYONE)
    def away() -> str:
        error = peewee.OperationalError("away")
        error.orig = errors.Unreachable("away")  # type: ignore[attr-defined]
        raise error

    @app.get("/api/varies")
    @allow(ANYONE)
    def varies() -> Response:
        return Response(headers={"Vary": "Accept-Encoding"})

    return app


@pytest.fixture(scope="module")
def twin() -> Flask:
    config = Config("growth", 0, "127.0.0.1", Settings("file::memory:"), KEYS, origins=ORIGINS)
    return growth_service.app.create_app(config)


def preflight(app: Flask, path: str, method: str, origin: str = OURS) -> TestResponse:
    wanted = "authorization,content-type,idempotency-key,if-none-match"
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": wanted,
    }
    return app.test_client().options(path, headers=headers)


def listed(response: TestResponse, name: str) -> set[str]:
    return {part.strip().lower() for part in response.headers.get(name, "").split(",") if part}


def test_a_preflight_needs_no_token_and_names_what_the_request_may_have(app: Flask) -> None:
    response = preflight(app, "/api/study/answer", "POST")
    assert (response.status_code, response.data) == (204, b"")
    assert response.headers[f"{ALLOW}Origin"] == OURS
    assert listed(response, f"{ALLOW}Methods") == {"options", "post"}
    assert listed(response, f"{ALLOW}Headers") == {
        "authorization", "content-type", "idempotency-key", "if-none-match", "if-match", "x-consistency-token",
        "x-request-id", "traceparent", "tracestate",
    }  # fmt: skip
    assert response.headers["Access-Control-Max-Age"] == "7200"
    vary = {"origin", "access-control-request-method", "access-control-request-headers"}
    assert listed(response, "Vary") == vary
    assert f"{ALLOW}Credentials" not in response.headers
    assert "RateLimit" not in response.headers


def test_every_route_of_both_services_has_a_preflight(app: Flask, twin: Flask) -> None:
    for service in (app, twin):
        by_path: dict[str, set[str]] = {}
        for method, rule in routes(service):
            by_path.setdefault(rule, {"options"}).update({method.lower()} | ({"head"} if method == "GET" else set()))
        assert len(by_path) > 15
        for rule, methods in by_path.items():
            response = preflight(service, url(rule), "PUT")
            assert response.status_code == 204, rule
            assert response.headers[f"{ALLOW}Origin"] == OURS
            assert listed(response, f"{ALLOW}Methods") >= methods, rule


@pytest.mark.parametrize("origin", [FOREIGN, "null", f"{OURS}.evil.example", f"{OURS}:8443", "http://localhostx", ""])
def test_another_origin_is_allowed_nothing_and_answered_as_ever(app: Flask, origin: str) -> None:
    response = preflight(app, "/api/study/answer", "POST", origin)
    real = app.test_client().get("/healthz", headers={"Origin": origin})
    assert (response.status_code, real.status_code, real.json) == (204, 200, {"status": "ok"})
    for answered in (response, real):
        assert not [name for name in answered.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118  # iterating them gives pairs
        assert "origin" in listed(answered, "Vary")


@pytest.mark.parametrize("origin", ["http://localhost", "http://localhost:3000", "http://localhost:65535"])
def test_any_port_of_this_machine_may_be_allowed(app: Flask, origin: str) -> None:
    assert preflight(app, "/api/exams", "GET", origin).headers[f"{ALLOW}Origin"] == origin
    assert f"{ALLOW}Origin" not in preflight(app, "/api/exams", "GET", origin.replace("http", "https")).headers


def test_options_of_another_client_tells_the_methods(app: Flask) -> None:
    caller = app.test_client()
    response = caller.options("/api/exams", headers={"Origin": OURS})
    assert (response.status_code, listed(response, "Allow")) == (204, {"get", "head", "options", "post"})
    assert f"{ALLOW}Methods" not in response.headers
    missing = caller.options("/api/nothing")
    assert (missing.status_code, missing.json["code"]) == (404, "NOT_FOUND")


def test_a_path_without_a_route_lets_the_page_read_its_404(app: Flask) -> None:
    response = preflight(app, "/api/nothing", "PATCH")
    assert (response.status_code, "patch" in listed(response, f"{ALLOW}Methods")) == (204, True)


Call = Callable[[FlaskClient], Any]
FAILURES: dict[int, Call] = {
    401: lambda anyone: anyone.get("/api/exams", headers={"Authorization": "Bearer nonsense"}),
    404: lambda anyone: anyone.get("/api/nothing"),
    405: lambda anyone: anyone.put("/api/exams"),
    500: lambda anyone: anyone.get("/api/breaks"),
    503: lambda anyone: anyone.get("/api/away"),
}


def test_a_page_reads_every_error_and_its_headers(app: Flask, database: LibsqlDatabase) -> None:
    alice = client(app, "1", "user")
    huge = {"data": b" " * (1024 * 1024 + 1), "content_type": "application/json"}
    calls = FAILURES | {
        413: lambda _: alice.post("/api/study/answer", **huge),
        422: lambda _: alice.post("/api/study/answer", json={}),
    }
    anyone = app.test_client()
    anyone.environ_base["HTTP_ORIGIN"] = alice.environ_base["HTTP_ORIGIN"] = OURS
    for status, call in calls.items():
        readable(call(anyone), status)
    anyone.environ_base["REMOTE_ADDR"] = "192.0.2.7"  # or no other test could ask any more
    for _ in range(101):
        limited = anyone.get("/api/nothing")
    readable(limited, 429)


def readable(response: TestResponse, status: int) -> None:
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert response.headers[f"{ALLOW}Origin"] == OURS
    assert f"{ALLOW}Credentials" not in response.headers
    assert "origin" in listed(response, "Vary")
    assert listed(response, "Access-Control-Expose-Headers") == {
        "etag", "retry-after", "x-request-id", "idempotency-replayed", "x-consistency-token", "ratelimit",
        "ratelimit-policy", "warning", "location", "server-timing", "www-authenticate", "allow",
        "traceparent",
    }  # fmt: skip


def test_vary_joins_what_the_answer_varies_by_already(app: Flask) -> None:
    anyone = app.test_client()
    assert anyone.get("/healthz").headers.getlist("Vary") == ["Origin"]
    assert anyone.get("/api/varies").headers.getlist("Vary") == ["Accept-Encoding, Origin"]


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        (" https://App.Example ,http://10.0.0.1:8080", ("https://app.example", "http://10.0.0.1:8080")),
        (
            "https://a.example:443,http://a.example:80,http://a.example:81",
            ("https://a.example", "http://a.example", "http://a.example:81"),
        ),
        ("http://localhost:*,http://[::1]:*", ("http://localhost:*", "http://[::1]:*")),
    ],
)
def test_origins_are_read_as_browsers_send_them(
    monkeypatch: pytest.MonkeyPatch, text: str, origins: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", text)
    assert cors.from_env() == origins


@pytest.mark.parametrize(
    "text",
    ["*", "https://*", "https://*.example", "https://a.example/", "https://a.example/app", "a.example", "null",
     "ftp://a.example", "https://a.example:*", "https://a.example:0", "https://a.example:65536", "https://u@a.example"],
)  # fmt: skip
def test_what_is_no_origin_is_refused_at_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("CORS_ORIGINS", f"https://good.example,{text}")
    with pytest.raises(ConfigurationError, match=r"^CORS_ORIGINS: ") as refused:
        cors.from_env()
    assert repr(text) in str(refused.value)
