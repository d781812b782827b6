"""A study frontend in a real browser, on another origin than the service: what its page may send and read."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from shared_schema.web import tokens
from tests import browsers, stages
from tests.faults import hosts
from tests.servers import HOST
from tests.study_service.conftest import BANK

# What the page knows: the service, a token, and `call`, which gives all of an answer that a page can read.
_PAGE = """
([service, token]) => {
  window.call = async (path, options = {}) => {
    const headers = {Authorization: `Bearer ${token}`, ...options.headers};
    const response = await fetch(service + path, {cache: "no-store", ...options, headers});
    const text = await response.text();
    return {status: response.status, type: response.headers.get("content-type"),
      body: text ? JSON.parse(text) : null, headers: Object.fromEntries(response.headers)};
  };
}
"""
_CALL = "([path, options]) => call(path, options).catch((error) => String(error))"


class Stage(NamedTuple):
    """A service with one exam, the origin that it lets in, another one, and a browser with all that it asked for."""

    service: str
    ours: str
    foreign: str
    browser: BrowserContext
    requested: list[str]

    def page(self, origin: str, token: str = "") -> Page:
        page = self.browser.new_page()
        page.goto(origin)
        page.evaluate(_PAGE, [self.service, token or tokens.mint(hosts.KEYS, "study", "1", "user", ttl_s=600)])
        return page


def call(page: Page, path: str, **options: Any) -> Any:
    """An answer as the page reads it; the error, a text, where the browser keeps it from the page."""
    return page.evaluate(_CALL, [path, options])


def post(page: Page, path: str, body: str, **headers: str) -> Any:
    return call(page, path, method="POST", body=body, headers={"Content-Type": "application/json", **headers})


def answered(page: Page) -> str:
    """The body of an answer to a question that is not answered yet."""
    (question,) = call(page, "/api/study/questions?examId=1&limit=1")["body"]["questions"]
    chosen = question["answers"][0]["id"]
    selected = [chosen] if question["type"] == "multi_select" else chosen
    return json.dumps({"questionId": question["id"], "selectedAnswer": selected, "timeSpentSeconds": 5})


@pytest.fixture(scope="module")
def stage(primary: stages.Primary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """On a server, since only there a write is answered with a consistency token."""
    browsers.needed()
    primary.clear()
    log: Path = tmp_path_factory.mktemp("service") / "log"
    with ExitStack() as running:
        ours, foreign = running.enter_context(browsers.origin()), running.enter_context(browsers.origin())
        variables = {"CORS_ORIGINS": ours, "RATE_LIMITS": "user=1000/60", "PINGTOPASS_VAR": str(log.parent)}
        service = running.enter_context(hosts.Service(primary.server.url, primary.server.token, log, **variables))
        imported = "/api/questions/import?format=pingtopass&reviewStatus=approved"
        assert service.call("POST", imported, user=4, role="admin", body=BANK).status == 200
        browser = running.enter_context(browsers.browser())
        requested: list[str] = []
        browser.on("request", lambda request: requested.append(request.url))
        yield Stage(f"http://{HOST}:{service.port}", ours, foreign, browser, requested)


def test_a_page_of_ours_studies(stage: Stage) -> None:
    page = stage.page(stage.ours)
    catalog = call(page, "/api/exams")
    assert (catalog["status"], catalog["body"]["exams"][0]["code"]) == (200, "T-1")
    tag = catalog["headers"]["etag"]
    unchanged = call(page, "/api/exams", headers={"If-None-Match": tag})
    assert (unchanged["status"], unchanged["body"], unchanged["headers"]["etag"]) == (304, None, tag)

    body = answered(page)
    first, again = (post(page, "/api/study/answer", body, **{"Idempotency-Key": "from-a-browser"}) for _ in range(2))
    assert (first["status"], first["body"]["result"]["attemptNumber"]) == (200, 1)
    assert first["body"] == again["body"]
    assert "idempotency-replayed" not in first["headers"]
    assert again["headers"]["idempotency-replayed"] == "true"

    seen = call(page, "/api/progress", headers={"X-Consistency-Token": first["headers"]["x-consistency-token"]})
    assert seen["body"]["progress"][0]["totalQuestionsSeen"] == 1
    assert seen["headers"]["ratelimit-policy"] == '"user";q=1000;w=60'
    assert seen["headers"]["ratelimit"].startswith('"user";r=99')
    assert len(seen["headers"]["x-request-id"]) == 32
    assert page.context.cookies() == []  # the cookie of another origin is neither kept nor sent


def test_a_page_of_ours_reads_what_went_wrong(stage: Stage) -> None:
    refused = call(stage.page(stage.ours, token="nonsense"), "/api/exams")
    assert (refused["status"], refused["type"]) == (401, "application/problem+json")
    assert refused["body"]["code"] == "TOKEN_INVALID"
    assert refused["headers"]["www-authenticate"] == "Bearer"
    page = stage.page(stage.ours)
    invalid = post(page, "/api/study/answer", '{"questionId": 1}')
    assert (invalid["status"], invalid["body"]["code"]) == (422, "VALIDATION_FAILED")
    assert set(invalid["body"]["errors"]) == {"selectedAnswer", "timeSpentSeconds"}
    missing = call(page, "/api/nothing", method="PATCH")
    assert (missing["status"], missing["body"]["code"]) == (404, "NOT_FOUND")


def test_a_foreign_page_reads_nothing_and_writes_nothing(stage: Stage) -> None:
    page = stage.page(stage.foreign)
    blocked = "TypeError: Failed to fetch"
    assert call(page, "/api/exams") == blocked
    assert call(page, "/healthz") == blocked
    body = answered(stage.page(stage.ours))
    assert post(page, "/api/study/answer", body) == blocked
    assert page.evaluate("(url) => fetch(url).then(String, String)", f"{stage.service}/healthz") == blocked
    progress = call(stage.page(stage.ours), "/api/progress")["body"]["progress"]
    assert sum(exam["totalQuestionsSeen"] for exam in progress) <= 1  # what the page of ours has answered


def test_the_docs_page_works_under_its_policy(stage: Stage) -> None:
    page = stage.browser.new_page()
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(f"{stage.service}/docs/")
    page.locator(".opblock-summary-path", has_text="/api/study/answer").first.click()
    page.locator(".opblock-body", has_text="Idempotency-Key").first.wait_for()
    assert page.title() == "PingToPass study"
    assert trouble == []


def test_no_request_has_left_the_host(stage: Stage) -> None:
    stage.page(stage.ours)
    assert {urlsplit(url).hostname for url in stage.requested if urlsplit(url).scheme != "data"} == {HOST}
