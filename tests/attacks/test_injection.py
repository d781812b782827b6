"""OWASP API8 of 2019, injection: no text that a client sends becomes SQL, a pattern, a path in a document, or a header.

Each payload goes to every place of every operation: parts of the path, parameters and their names, texts and names in
bodies as deep as the schemas go, and the headers that we read.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.attacks import places
from tests.attacks.places import Place
from tests.attacks.rows import Stored, stored
from tests.contract import calls, people
from tests.contract.calls import Call
from tests.contract.people import People
from tests.growth_service.conftest import TWEETS, x_response, x_tweet
from tests.study_service.conftest import BANK, answer, post_bank

pytestmark = pytest.mark.only("file")  # the same SQL runs in every mode

PAYLOADS = (
    "' OR 1=1 --", "%", "_", "\\", "*", 'NEAR(a b) OR "x', "$[*]", '$."x', "[", "a\0b", "\r\nX-Injected: 1", "\ud800",
    "../../etc/passwd",
    "\"; DROP TABLE users; -- %(name)s %s {0.__class__} {{1234*5678}} ${jndi:ldap://127.0.0.1/a} $(id)`id`;|& <b> ?1",
)  # fmt: skip
COMPUTED = str(1234 * 5678)  # what a template would make of one of them
# All of it in one text that is short enough for a code, and that every column can hold.
STORED = "%_\\'\";--$.a[*]{{7}}${j}\u202e../<b>é😀?:a\r\n*"
# Accepted, but not kept: what X says beside the tweets, notes for the first sign-in, a draft to look at.
NOT_KEPT = {
    f"{call} body {place}" for call in ("ingestTweets", "ingestAccounts") for place in ("title", "detail", "errors.0")
} | {"scoreDraft body text"}
HEADERS = (
    "X-Request-ID", "Idempotency-Key", "X-Consistency-Token", "If-None-Match", "If-Match", "traceparent", "tracestate",
    "User-Agent", "Origin", "Accept", "Accept-Language", "Content-Language", "Range", "X-Forwarded-For", "Cookie",
    "Referer",
)  # fmt: skip
# The rows that the examples are about, by the first column; those of the callers go by user.
THEIRS = {
    "users": {1, 4}, "exams": {1}, "objectives": {1}, "questions": {1}, "question_bands": {1}, "learner_days": {4},
    "twitter_accounts": {"1723789047364882208"}, "tweets": {"1923456789012345678"},
    "tweet_metrics_days": {"1923456789012345678"}, "growth_metrics": {1}, "voice_profiles": {1},
    "ai_budgets": {"monthly"}, "ai_budget_periods": {"monthly"},
}  # fmt: skip


@pytest.fixture
def bystanders(crowd: People) -> Stored:
    """All rows, with things that no example is about: another exam and Bob's answers, or another account's tweets."""
    if crowd.service == "study":
        bob = people.client(crowd.app, "2", "user")
        assert post_bank(crowd.role("admin"), BANK | {"examCode": "T-2", "examName": "Other"}).status_code == 200
        session = bob.post("/api/study/sessions", json={"examId": 2}).json
        assert answer(bob, session["questions"][0]["id"], ["a"], studySessionId=session["id"]).status_code == 200
    else:
        assert crowd.role("service").post(TWEETS, json=x_response(x_tweet(1), x_tweet(2))).status_code == 200
        people.opportunity(crowd, "quote")
        assert crowd.role("service").put("/api/growth/metrics/2026-01-15", json={"impressions": 1}).status_code == 201
        assert crowd.role("service").put("/api/growth/metrics/2026-01-16", json={"impressions": 1}).status_code == 201
    return stored(crowd.database)


def lost(before: Stored, after: Stored) -> dict[str, set[Any]]:
    """The rows that are no longer what they were, of those that no example is about, by table and first column."""
    changed: dict[str, set[Any]] = {}
    for table, listed in before.items():
        left = {json.dumps(row, sort_keys=True) for row in after[table]}
        for row in listed:
            key = next(iter(row.values()))
            if json.dumps(row, sort_keys=True) not in left and key not in THEIRS.get(table, ()):
                changed.setdefault(table, set()).add(key)
    return changed


def listed(crowd: People, document: dict[str, Any]) -> Iterator[tuple[Call, Any]]:
    """Every call with somebody who may make it: first those that read, last those that retire something."""
    for call in sorted(
        calls.of(document), key=lambda call: ("get", "put", "patch", "post", "delete").index(call.method)
    ):
        yield call, crowd.of(call)


def check(place: Place | str, payload: str, response: Any) -> None:
    assert response.status_code < 500, (str(place), payload, response.text)
    assert "X-Injected" not in response.headers, (str(place), payload)
    assert not [value for value in response.headers.values() if re.search(r"[\r\n\0]", value)], (str(place), payload)
    assert COMPUTED not in response.text, str(place)


def test_no_text_in_any_place_is_more_than_a_text(crowd: People, document: dict[str, Any], bystanders: Stored) -> None:
    tried = 0
    for call, caller in listed(crowd, document):
        for place in places.of(document, call):
            for payload in PAYLOADS:
                try:
                    response = call.send(caller, **place.request(payload))
                except UnicodeEncodeError:  # half a character: the test's client cannot send it here
                    continue
                check(place, payload, response)
                if place.part == "query" and response.status_code == 200 and not _finds(place):
                    assert [rows for rows in response.json.values() if isinstance(rows, list)] == [[]], (place, payload)
                tried += 1
    assert tried > 700
    assert lost(bystanders, stored(crowd.database)) == {}


def _finds(place: Place) -> bool:
    """Whether such a text finds something: behind a key, or by the x that is one of its words (test_listing)."""
    return place.way[0] == "after" or (place.call.name, place.way) == ("listQuestions", ("q",))


def test_a_text_that_is_accepted_is_stored_and_given_back_as_it_was_sent(
    crowd: People, document: dict[str, Any], bystanders: Stored
) -> None:
    kept = set()
    for call, caller in listed(crowd, document):
        for place in places.of(document, call):
            response = call.send(caller, **place.request(STORED))
            check(place, STORED, response)
            if place.part == "body" and response.status_code < 300 and str(place) not in NOT_KEPT:
                told = STORED in list(_leaves(response.json))
                assert told or _is_in(stored(crowd.database)), str(place)
                kept.add(str(place))
    assert lost(bystanders, stored(crowd.database)) == {}
    assert len(kept) > 5


def _leaves(body: Any) -> Iterator[str]:
    if isinstance(body, dict):
        for name, value in body.items():
            yield name
            yield from _leaves(value)
    elif isinstance(body, list):
        for value in body:
            yield from _leaves(value)
    elif isinstance(body, str):
        yield body


def _is_in(rows: Stored) -> bool:
    """Whether the text is a value of a row, or within a JSON document that is one."""
    texts = {value for table in rows.values() for row in table for value in row.values() if isinstance(value, str)}
    documents = [json.loads(text) for text in texts if text.startswith(("[", "{"))]
    return STORED in texts or STORED in list(_leaves(documents))


def test_no_header_of_a_request_becomes_another_header_or_an_error(crowd: People, document: dict[str, Any]) -> None:
    for call, caller in listed(crowd, document):
        for payload in PAYLOADS:
            if payload.isascii():
                sent = {f"HTTP_{name.upper().replace('-', '_')}": payload for name in HEADERS}
                response = call.send(caller, environ_overrides=sent)
                check(f"{call.name} headers", payload, response)
                assert re.fullmatch(r"[\w.-]{1,64}", response.headers["X-Request-ID"]), payload
