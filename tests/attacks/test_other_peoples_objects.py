"""OWASP API1, object level: what belongs to somebody else is, for everybody, what does not exist.

A new operation fails here until `whose.WHOSE` says of each id in its path, query and body whose thing that is.
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.attacks import places, whose
from tests.attacks.routes import operations
from tests.attacks.rows import stored
from tests.conftest import client
from tests.contract import calls, people
from tests.contract.calls import Call
from tests.contract.people import People
from tests.growth_service.conftest import TWEETS, approved, claim, tweet_id, x_response, x_tweet
from tests.study_service.conftest import answer

NOBODYS = 999_999


@pytest.mark.only("file")
def test_of_every_id_it_is_known_whose_it_is(crowd: People) -> None:
    described = document(crowd.app)
    named = {call.name: whose.references(described, call) for call in calls.of(described)}
    table = {name: set(owners) for name, owners in whose.WHOSE[crowd.service].items()}
    assert {name: ids for name, ids in named.items() if ids} == table


@pytest.mark.only("file")
def test_no_path_names_a_thing_outside_of_the_document(crowd: People) -> None:
    others = [operation for operation in operations(crowd.app) if not operation.rule.startswith("/api/")]
    assert [str(operation) for operation in others if "<" in operation.rule] == ["GET /docs/<path:path>"]


def document(app: Flask) -> Any:
    return app.test_client().get("/openapi.json").json


def of_alice(alice: FlaskClient, call: Call, reference: str) -> int:
    """A thing of Alice's that a call may refer to: a session, a test that runs, one with a result."""
    if reference != "attemptId":
        session: int = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 100}).json["id"]
        return session
    test: int = alice.post("/api/tests", json={"examId": 1, "questionCount": 100}).json["id"]
    if call.name == "getResult":
        alice.post(f"/api/tests/{test}/submit")
    return test


def aimed(call: Call, reference: str, target: int) -> dict[str, Any]:
    """The request of a call, so that it is about this target."""
    if reference in call.values:
        return {"path": {reference: target}}
    if call.kind:
        return {"json": call.body | {reference: target}}
    return {"query_string": call.query | {reference: target}}


def told(response: Any, target: int) -> tuple[Any, ...]:
    """What a response tells, but for the id that was asked for and the request's own ids."""
    body = {name: value for name, value in response.json.items() if name != "requestId"}
    own = ("X-Request-ID", "traceparent", "Content-Length", "RateLimit", "X-Consistency-Token", "Set-Cookie")
    headers = {name: value for name, value in response.headers.items() if name not in own}
    text = json.dumps([body, headers], sort_keys=True).replace(f"/{target}", "/<id>", 1)
    return response.status_code, text


def test_an_object_of_another_learner_is_one_that_does_not_exist(
    door: Flask, issuer: Any, database: LibsqlDatabase
) -> None:
    crowd = People(door, database, issuer)
    people.prepare(crowd)
    alice = client(door, "1", "user")
    others = [client(door, subject, role) for subject, role in (("2", "user"), ("3", "moderator"), ("4", "admin"))]
    attacked = 0
    for call, reference in whose.owned(document(door), "study", whose.MINE):
        target = of_alice(alice, call, reference)
        if call.name == "resumeSession":
            assert alice.post(f"/api/study/sessions/{target}/pause").status_code == 200
        before = stored(database)
        for other in others:
            nobodys = told(call.send(other, **aimed(call, reference, NOBODYS)), NOBODYS)
            assert nobodys[0] == 404, call.name
            assert told(call.send(other, **aimed(call, reference, target)), target) == nobodys, call.name
            attacked += 1
        assert stored(database) == before, call.name
        assert call.send(alice, **aimed(call, reference, target)).status_code == 200, call.name
    assert attacked >= 3 * len(others)


def test_a_lease_token_does_nothing_to_what_another_claim_has_leased(
    growth_app: Flask, database: LibsqlDatabase, bot: FlaskClient, approver: FlaskClient
) -> None:
    described = document(growth_app)
    reports = list(whose.owned(described, "growth", whose.LEASED))
    bot.post(TWEETS, json=x_response(*map(x_tweet, range(2 * len(reports)))))
    other_bot = client(growth_app, "other-bot", "service")
    for number, (call, reference) in enumerate(reports):
        mine, theirs = (_leased(who, bot, approver, 2 * number + n) for n, who in enumerate((bot, other_bot)))
        spliced = f"{mine['leaseToken'].partition('.')[0]}.{theirs['id']}"
        before = stored(database)
        wrong = (mine["leaseToken"], spliced, theirs["leaseToken"].upper(), f"{theirs['leaseToken']} ", "%")
        for token, body in itertools.product(wrong, variants(described, call)):
            sent = {"path": {reference: theirs["id"]}, "json": body | {"leaseToken": token}}
            response = call.send(bot, **sent)
            assert (response.status_code, response.json["detail"]) == (409, "it is not under this lease"), call.name
        assert stored(database) == before, call.name
        good = {"path": {reference: theirs["id"]}, "json": call.body | {"leaseToken": theirs["leaseToken"]}}
        assert call.send(other_bot, **good).status_code == 200, call.name
    assert len(reports) >= 2


def variants(described: dict[str, Any], call: Call) -> Iterator[dict[str, Any]]:
    """The body of a call's example, with each word that a field of it may have."""
    yield call.body
    for name, field in places.schema_of(described, call)["properties"].items():
        yield from (call.body | {name: word} for word in field.get("enum", ()))


def _leased(who: FlaskClient, bot: FlaskClient, approver: FlaskClient, number: int) -> dict[str, Any]:
    """An opportunity of one tweet, leased to one bot."""
    opportunity = approved(bot, approver, tweet_id(number), 0.5 + number / 1000)
    (leased,) = claim(who, limit=1)
    assert leased["id"] == opportunity
    return leased


def shown(caller: FlaskClient, listed: list[Call]) -> dict[str, Any]:
    """What a learner is shown by every operation that reads, in an order that is always the same."""
    bodies = {call.name: call.send(caller).json for call in listed}
    return {name: _sorted(body) for name, body in bodies.items()}


def _sorted(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _sorted(value) for name, value in body.items() if name != "requestId"}
    return sorted(map(_sorted, body), key=json.dumps) if isinstance(body, list) else body


def test_nothing_that_a_learner_does_is_shown_to_another(door: Flask, database: LibsqlDatabase, issuer: Any) -> None:
    crowd = People(door, database, issuer)
    people.prepare(crowd)
    alice, bob = client(door, "1", "user"), client(door, "2", "user")
    reads = [call for call in calls.of(document(door)) if call.method == "get" and "user" in call.doc["description"]]
    before, hers = shown(bob, reads), shown(alice, reads)
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 100}).json["id"]
    assert answer(alice, 1, "a", studySessionId=session, flagged=True).status_code == 200
    assert alice.post(f"/api/study/sessions/{session}/complete").status_code == 200
    test = alice.post("/api/tests", json={"examId": 1, "questionCount": 100}).json
    choice = {"selectedAnswer": None, "timeSpentSeconds": 1, "flagged": True}
    assert alice.put(f"/api/tests/{test['id']}/answers/1", json=choice).status_code == 200
    assert alice.post(f"/api/tests/{test['id']}/submit").status_code == 200
    assert alice.patch("/api/auth/me", json={"name": "Alicia", "timezone": "UTC"}).status_code == 200
    assert shown(bob, reads) == before
    changed = {name for name, body in shown(alice, reads).items() if body != hers[name]}
    assert changed >= {
        "getMe",
        "listSessions",
        "getSession",
        "listProgress",
        "getProgress",
        "listTests",
    }
