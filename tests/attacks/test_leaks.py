"""While a timed test runs, nothing that its learner can ask for tells a key: not a byte of it, and nothing that depends
on it.

Every question has a canary wherever its key is told. Then the keys are moved to other options, and each answer must
stay as it was: bodies, headers, orders, places of options, and which statements are run.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.conftest import caught_up, client
from tests.contract import calls
from tests.contract.calls import Call
from tests.study_service.conftest import answer

CANARY = "canary"
# They end what the walk needs: the sign-in, or the test itself, which then shows its keys by the exam's review rule.
ENDING = {"signOut", "refreshTokens", "signInWithGoogle", "submitTest"}
# Of the headers, what belongs to one request alone.
OWN = {"X-Request-ID", "Date", "X-Consistency-Token", "Set-Cookie", "Server-Timing", "traceparent"}
_OWN = re.compile(r"(ratelimit|x-ratelimit)", re.IGNORECASE)
_PLANT = """
    UPDATE questions AS q SET explanation = 'canary explanation ' || id, reference = 'canary reference ' || id,
        external_link = 'https://canary.example/' || id, answers = (
        SELECT json_group_array(json(told)) FROM (
            SELECT json_set(o.value, '$.explanation', 'canary option ' || q.id) AS told
            FROM json_each(q.answers) o ORDER BY o.key))
"""
_MOVE = """
    UPDATE {table} AS q SET answers = (
        SELECT json_group_array(json(moved)) FROM (
            SELECT json_set(o.value, '$.isCorrect', json(CASE WHEN o.key = (
                SELECT (min(r.key) + 1) % json_array_length(q.answers) FROM json_each(q.answers) r
                WHERE r.value->>'isCorrect') THEN 'true' ELSE 'false' END)) AS moved
            FROM json_each(q.answers) o ORDER BY o.key))
"""


@dataclass
class World:
    """Alice's life before her test, and the test, which has every question of the exam."""

    learner: FlaskClient
    app: Flask
    database: LibsqlDatabase
    test: dict[str, Any]
    sessions: list[int]
    keys: dict[str, tuple[str, Any]] = field(default_factory=dict)  # what was sent before, by its Idempotency-Key

    @property
    def questions(self) -> list[int]:
        return [question["id"] for question in self.test["questions"]]


def _send(learner: FlaskClient, key: str, path: str, body: Any = None) -> Any:
    return learner.post(path, json=body, headers={"Idempotency-Key": key})


@pytest.fixture
def world(study_app: Flask, alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> World:
    database.execute_sql(_PLANT)
    caught_up()
    numbers = [question["id"] for question in bank.values()]
    sent: dict[str, tuple[str, Any]] = {
        "alone": ("/api/study/answer", {"questionId": numbers[0], "selectedAnswer": "a", "timeSpentSeconds": 9}),
        "begun": ("/api/study/sessions", {"examId": 1, "questionCount": 14, "excludeRecentHours": 0}),
        "offline": (
            "/api/study/answers",
            {
                "answers": [
                    {
                        "clientId": f"c{number}",
                        "answeredAt": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                        "questionId": number,
                        "selectedAnswer": ["b"],
                        "timeSpentSeconds": 5,
                    }
                    for number in numbers[1:4]
                ]
            },
        ),
    }
    for key, (path, body) in sent.items():
        assert _send(alice, key, path, body).status_code < 300, key
    sessions = []
    for key in ("paused", "open"):
        session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 14, "excludeRecentHours": 0})
        number = session.json["id"]
        sessions.append(number)
        for question in session.json["questions"][:3]:
            body = {
                "questionId": question["id"],
                "selectedAnswer": ["a"],
                "timeSpentSeconds": 3,
                "studySessionId": number,
            }
            response = _send(alice, f"{key} {question['id']}", "/api/study/answer", body)
            assert response.status_code == 200, response.json
            assert CANARY in response.text  # the control: it is there to be seen
            sent[f"{key} {question['id']}"] = ("/api/study/answer", body)
    for key, path in (
        ("pause", f"/api/study/sessions/{sessions[0]}/pause"),
        ("resume", f"/api/study/sessions/{sessions[0]}/resume"),
    ):
        assert _send(alice, key, path).status_code == 200
        sent[key] = (path, None)
    assert alice.post(f"/api/study/sessions/{sessions[0]}/pause").status_code == 200
    for number in numbers[:5]:
        assert alice.put(f"/api/questions/{number}/bookmark").status_code == 200
    test = alice.post("/api/tests", json={"examId": 1, "questionCount": 14})
    assert test.status_code == 201
    assert len(test.json["questions"]) == 14
    return World(alice, study_app, database, test.json, sessions, sent)


def _learners(app: Flask) -> Iterator[Call]:
    """The operations that a learner may call."""
    document = FlaskClient(app, app.response_class).get("/openapi.json").json
    for call in calls.of(document):
        roles = call.doc["description"].rstrip(".").split("For ")[-1].split(", ")
        if "user" in roles or call.doc["description"] == "Anyone may call this.":
            yield call


def _requests(world: World, call: Call) -> Iterator[tuple[str, Any]]:
    """What is sent for a call, and the answer: with each session, question and key that there is."""
    values = {
        "questionId": world.questions,
        "sessionId": world.sessions,
        "attemptId": [world.test["id"]],
        "key": [*world.keys],
        "examId": [1],
    }
    ways: list[dict[str, Any]] = [{}]
    for name in call.values:
        assert name in values, f"{call.name}: say which {name} a learner has"
        ways = [way | {name: value} for way in ways for value in values[name]]
    for way in ways:
        for body in _bodies(world, call, way):
            more = {"json": body} if call.kind == "application/json" else {}
            yield f"{call.name} {way} {body}", call.send(world.learner, path=way, **more)


def _bodies(world: World, call: Call, way: dict[str, Any]) -> list[Any]:
    about = {"timeSpentSeconds": 1, "selectedAnswer": ["a"]}
    if call.name == "answerQuestion":
        bodies = [{"questionId": number, **about} for number in world.questions]
        return bodies + [body | {"studySessionId": session} for body in bodies[:4] for session in world.sessions]
    if call.name == "answerQuestions":
        offline = {"answeredAt": "2026-11-22T08:00:00Z", **about}
        return [{"answers": [{"clientId": f"n{n}", "questionId": n, **offline} for n in world.questions]}]
    if call.name == "saveChoice":
        return [{"selectedAnswer": option, "timeSpentSeconds": 1} for option in ("a", "b")]
    return [call.body]


def _walk(world: World, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Every answer that a learner can get: its status, body, and headers, without what belongs to one request."""
    answers = {}
    for call in _learners(world.app):
        if call.name in ENDING | without:
            continue
        for name, response in _requests(world, call):
            answers[name] = _seen(response)
    for key, (path, body) in world.keys.items():
        answers[f"again {key}"] = _seen(_send(world.learner, key, path, body))
    for query in (
        "examId=1&limit=100&excludeRecentHours=0&mode=review",
        "examId=1&limit=100&excludeRecentHours=0&only=missed",
        "examId=1&limit=100&excludeRecentHours=0&only=bookmarked",
        "examId=1&limit=100&excludeRecentHours=0&mode=weak_areas",
    ):
        answers[query] = _seen(world.learner.get(f"/api/study/questions?{query}"))
    return answers


def _seen(response: Any) -> tuple[int, str, dict[str, str]]:
    headers = {name: value for name, value in response.headers.items() if name not in OWN and not _OWN.match(name)}
    return response.status_code, response.text, headers


def test_not_a_byte_of_a_key_is_told(world: World) -> None:
    for name, (status, body, headers) in _walk(world).items():
        assert status < 500, (name, body)
        assert status != 401, name
        assert CANARY not in body, (name, body)
        assert CANARY not in json.dumps(headers), name


def test_the_other_service_tells_nothing_either(world: World, growth_app: Flask) -> None:
    """A learner's token opens no route of it that needs one."""
    learner = client(growth_app, "1", "user")
    document = FlaskClient(growth_app, growth_app.response_class).get("/openapi.json").json
    for call in calls.of(document):
        response = call.send(learner)
        assert CANARY not in response.text + str(response.headers), call.name


def test_others_see_no_more_of_it(world: World, bob: FlaskClient) -> None:
    """Another learner may practise with the same questions; of Alice's test he sees nothing."""
    for path in (f"/api/tests/{world.test['id']}", f"/api/tests/{world.test['id']}/result"):
        assert bob.get(path).status_code == 404
    assert bob.get("/api/tests").json["tests"] == []
    for key in world.keys:
        assert bob.get(f"/api/requests/{key}").status_code == 404


def test_once_it_is_over_the_keys_are_told_again(world: World) -> None:
    assert world.learner.post(f"/api/tests/{world.test['id']}/submit").status_code == 200
    assert CANARY in world.learner.get(f"/api/study/sessions/{world.sessions[0]}").text
    assert CANARY in _send(world.learner, "alone", *world.keys["alone"]).text
    assert CANARY in world.learner.get("/api/requests/alone").text
    assert CANARY in answer(world.learner, world.questions[0], ["a"]).text


def test_nothing_depends_on_which_option_is_right(world: World, count_queries: Any) -> None:
    """The same requests before and after each key has moved to another option of its question.

    Saves are sent with the same choices, so the second of two equal ones changes nothing. What is drawn anew each time,
    questions to study, is compared without its order.
    """
    drawn = frozenset({"startSession"})
    _walk(world, drawn)  # what the first walk moves, such as the states of sessions, is moved for both
    with count_queries() as before:
        first = _walk(world, drawn)
    for table in ("questions", "question_versions"):
        world.database.execute_sql(_MOVE.format(table=table))
    caught_up()
    with count_queries() as after:
        second = _walk(world, drawn)
    assert first.keys() == second.keys()
    for name, seen in first.items():
        assert _steady(name, second[name]) == _steady(name, seen), name
    assert _shapes(after) == _shapes(before)


def _steady(name: str, seen: tuple[int, str, dict[str, str]]) -> Any:
    """An answer without what the moment changes, and what is drawn anew without its order."""
    status, body, headers = seen
    if not body.startswith("{"):
        return seen
    document = _timeless(json.loads(body))
    if name.startswith(("pickQuestions", "examId=")):
        document["questions"] = [
            {**question, "answers": sorted(option["id"] for option in question["answers"])}
            for question in sorted(document["questions"], key=lambda question: question["id"])
        ]
    return status, document, {name: value for name, value in headers.items() if name != "ETag"}


_MOMENTS = {"lastActivity", "createdAt", "completedAt", "savedAt", "requestId"}


def _timeless(document: Any) -> Any:
    if isinstance(document, dict):
        return {name: _timeless(value) for name, value in document.items() if name not in _MOMENTS}
    return [_timeless(value) for value in document] if isinstance(document, list) else document


def _shapes(statements: list[str]) -> list[str]:
    """Without the read of the caller's row, which comes once in half a minute."""
    return [" ".join(sql.split()) for sql in statements if not sql.startswith("SELECT role, is_active FROM users")]
