"""Every answer of both services tells browsers and caches what they may do with it."""

from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse

from shared_schema.database import LibsqlDatabase
from shared_schema.web import docs, headers
from tests.conftest import client
from tests.shared_schema.web.test_routes import routes, url

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"


@pytest.fixture(params=["study", "growth"])
def app(request: pytest.FixtureRequest, study_app: Flask, growth_app: Flask) -> Flask:
    return study_app if request.param == "study" else growth_app


def check(response: TestResponse, policy: str, caching: str) -> None:
    assert {name: response.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert response.headers.getlist("Content-Security-Policy") == [policy]
    assert response.headers.getlist("Cache-Control") == [caching]
    assert "Strict-Transport-Security" not in response.headers


def test_every_route_and_every_refusal_has_them(app: Flask, database: LibsqlDatabase) -> None:
    callers = (app.test_client(), client(app, "4", "admin"), client(app, "growth-bot", "service"))
    seen = set()
    for method, rule in [*routes(app), ("GET", "/nothing"), ("PUT", "/healthz"), ("OPTIONS", "/healthz")]:
        for caller in callers:
            response = caller.open(url(rule), method=method)
            seen.add(response.status_code)
            if rule == "/docs/":
                check(response, docs.POLICY, "no-cache")
            elif "ETag" in response.headers:
                check(response, JSON_POLICY, "private, no-cache")
            else:
                check(response, JSON_POLICY, "private, no-store")
    assert seen >= {200, 204, 401, 403, 404, 405, 422}


def test_the_files_of_the_docs_page_may_be_kept(app: Flask) -> None:
    caller = app.test_client()
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js"):
        with caller.get(f"/docs/{name}") as response:
            assert response.status_code == 200
            check(response, docs.POLICY, "no-cache")
    with caller.get("/docs/../docs.py") as response:
        assert response.status_code == 404


def test_a_catalog_that_has_not_changed_keeps_its_headers(study_app: Flask, database: LibsqlDatabase) -> None:
    alice = client(study_app, "1", "user")
    tag = alice.get("/api/exams").headers["ETag"]
    unchanged = alice.get("/api/exams", headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.data, unchanged.headers["ETag"]) == (304, b"", tag)
    check(unchanged, JSON_POLICY, "private, no-cache")


def test_an_answer_with_an_etag_alone_is_kept_by_no_shared_cache() -> None:
    tagging = Flask("probe")
    headers.follow(tagging)

    @tagging.get("/")
    def tagged() -> Response:
        response = Response("body")
        response.set_etag("v1")
        return response

    check(tagging.test_client().get("/"), JSON_POLICY, "private, no-cache")


def test_https_alone_promises_https(app: Flask) -> None:
    secure: Any = app.test_client().get("/healthz", base_url="https://api.pingtopass.example")
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_docs_page_takes_nothing_from_the_host_header(app: Flask) -> None:
    page = app.test_client().get("/docs/", base_url="https://evil.example")
    assert b"evil" not in page.data
    assert b"<script>" not in page.data
    assert page.data.count(b"<script src=") == 3
