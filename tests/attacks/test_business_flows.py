"""OWASP API6, business flows: what a learner can see of keys is bounded by the plan, whatever way an answer is sent.

That the last answer of a day is given once to twenty who ask at the same time is in test_daily_limit. Here each
operation whose answers have a key in them must be one that the plan bounds, or one that shows answers given before.
"""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import study_service.app
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.web.config import Config
from tests import conftest
from tests.attacks import routes
from tests.contract import calls
from tests.contract.calls import Call
from tests.study_service.conftest import answer, rows

TELLS = {"correctAnswer", "isCorrect", "explanation", "reference", "correctCount", "score"}
# By the plan: of answers a day, of tests a month.
BOUNDED = {"answerQuestion", "answerQuestions", "submitTest", "getResult"}
# A word for something else: the moment from which the review rule of an exam shows it, the score of a whole test.
NO_KEY = {"listExams", "getExam", "listTests"}
# Tells the keys of what was answered in a session: test_no_leaks. A score in the progress is one of a whole exam.
GIVEN_BEFORE = {"getSession", "resumeSession", "getProgress"}


def tells(document: dict[str, Any], call: Call) -> bool:
    """Whether a good answer of a call has a field that tells something of a key."""
    good = [response.get("content") for status, response in call.doc["responses"].items() if status[0] == "2"]
    return bool(TELLS & set(_names(routes.resolved(document, good))))


def _names(schema: Any) -> Any:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from _names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _names(inner)


@pytest.fixture(scope="module")
def small_app() -> Flask:
    """The study service with three answers a day."""
    config = Config("study", 0, "127.0.0.1", Settings("file::memory:"), conftest.KEYS, daily_questions={"free": 3})
    return conftest.tested(study_service.app.create_app(config))


@pytest.mark.only("file")
def test_every_operation_that_tells_a_key_is_bounded_by_the_plan(study_app: Flask, database: LibsqlDatabase) -> None:
    document: Any = study_app.test_client().get("/openapi.json").json
    learners = [call for call in calls.of(document) if "user" in call.doc["description"]]
    assert {call.name for call in learners if tells(document, call)} == BOUNDED | GIVEN_BEFORE | NO_KEY


def test_new_keys_sessions_and_tokens_do_not_widen_the_plan(
    small_app: Flask, database: LibsqlDatabase, bank: dict[str, Any]
) -> None:
    ids = [question["id"] for question in bank.values()]
    told = []
    for number, question in enumerate(ids[:9]):
        learner = conftest.client(small_app, "1", "user")
        session = _session(learner, question)
        given = answer(learner, question, ["a"], key=f"key-{number}", studySessionId=session)
        told.append(given.status_code == 200)
        assert ("correctAnswer" in given.text) == told[-1]
    assert told == [True] * 3 + [False] * 6
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 3}]


def _session(learner: FlaskClient, question: int) -> int | None:
    """A new session that has the question, if there is one."""
    session = learner.post("/api/study/sessions", json={"examId": 1, "questionCount": 100, "mode": "custom"}).json
    return session["id"] if question in [served["id"] for served in session["questions"]] else None
