"""A small bank of our own, imported through the front door; what the tests read from the tables and the audit log."""

import contextvars
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from shared_schema.idempotency import Once
from shared_schema.tables import db
from shared_schema.web.config import Config, SignIn
from study_service import answers, app
from study_service.answers import Submission
from study_service.plans import DailyQuestions
from tests.conftest import KEYS, caught_up, tested
from tests.servers.issuer import CLIENT, Issuer
from tests.study_service.lists import Ask

BANK: dict[str, Any] = {
    "examCode": "T-1",
    "examName": "Test exam",
    "vendorName": "Acme",
    "objectives": [
        {"title": "Routing", "description": "Packets find their way", "weight": 60},
        {"title": "Cabling", "description": "Plugs fit", "weight": 40},
    ],
    "questions": [
        {
            "questionText": f"Routing question {n}",
            "questionType": "multiple-choice",
            "options": ["w", "x", "y", "z"],
            "correctAnswer": [n % 4],
            "explanation": f"why {n}",
            "reference": f"page {n}",
            "difficulty": 1 + n % 5,
            "objectiveTitle": "Routing",
        }
        for n in range(12)
    ]
    + [
        {
            "questionText": "Which two are cables?",
            "questionType": "multiple-select",
            "options": ["Cat 6", "OSPF", "OM4", "DNS"],
            "correctAnswer": [0, 2],
            "explanation": "the others are protocols",
            "difficulty": 2,
            "objectiveTitle": "Cabling",
        },
        {
            "questionText": "Glass conducts electricity.",
            "questionType": "true-false",
            "options": ["True", "False"],
            "correctAnswer": [1],
            "difficulty": 1,
            "objectiveTitle": "Cabling",
        },
    ],
}

DAILY = {"free": 2, "premium": 4, "enterprise": None}


def post_bank(moderator: FlaskClient, bank: Any, query: str = "format=pingtopass&reviewStatus=approved") -> Any:
    """The file as it was imported. Its options have the ids a, b, c then: see `letter`."""
    response = post_file(moderator, bank, query)
    if response.status_code == 200 and response.json["imported"] and "dryRun" not in query:
        letter()
    return response


def counted(response: Any) -> dict[str, Any]:
    """How many questions an import has stored."""
    return {name: response.json[name] for name in ("imported", "updated", "skipped")}


def post_file(moderator: FlaskClient, bank: Any, query: str = "format=pingtopass&reviewStatus=approved") -> Any:
    data = bank if isinstance(bank, bytes) else json.dumps(bank).encode()
    return moderator.post(f"/api/questions/import?{query}", data=data, content_type="application/json")


def post_gift(moderator: FlaskClient, text: str, query: str = "") -> Any:
    path = f"/api/questions/import?format=gift&examId=1{query}"
    response = moderator.post(path, data=text.encode(), content_type="text/plain")
    if response.status_code == 200 and response.json["imported"] and "dryRun" not in query:
        letter()
    return response


def letter() -> None:
    """Give options with the ids of their texts the ids a, b, c in the file's order, so that tests can be read.

    Options of pairs keep theirs, by which they name their targets.
    """
    lettered = """
        UPDATE questions AS q SET answers = (
            SELECT json_group_array(json(named)) FROM (
                SELECT json_set(o.value, '$.id', char(97 + o.key)) AS named FROM json_each(q.answers) o ORDER BY o.key))
        WHERE version = 1 AND length(answers->>'$[0].id') > 5 AND answers NOT LIKE '%"isTarget"%'
    """
    db.batch([Statement(lettered)])
    caught_up()


@pytest.fixture
def bank(ada: FlaskClient) -> dict[str, dict[str, Any]]:
    """The test bank, approved: every question as the moderator sees it, by its text. Its options are a, b, c."""
    assert post_bank(ada, BANK).json["imported"] == len(BANK["questions"])
    questions = ada.get("/api/questions?limit=100").json["questions"]
    return {question["text"]: question for question in questions}


@pytest.fixture
def cables(bank: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The multi_select question: a and c are right."""
    return bank["Which two are cables?"]


@pytest.fixture
def routing(bank: dict[str, dict[str, Any]]) -> list[int]:
    """The ids of eight questions for which a, b, c, d, a, b, c, d are right."""
    return [bank[f"Routing question {n}"]["id"] for n in range(8)]


@pytest.fixture
def other_exam(bank: dict[str, dict[str, Any]], ada: FlaskClient) -> list[dict[str, Any]]:
    """The questions of exam 2, which has one objective and two questions."""
    questions = [question | {"questionText": f"Elsewhere {n}"} for n, question in enumerate(BANK["questions"][:2])]
    post_bank(ada, BANK | {"examCode": "T-2", "examName": "Other exam", "questions": questions})
    questions: list[dict[str, Any]] = ada.get("/api/questions?examId=2").json["questions"]
    return questions


@pytest.fixture
def ask(alice: FlaskClient, bob: FlaskClient, mo: FlaskClient) -> Ask:
    people = {"alice": alice, "bob": bob, "mo": mo}
    return lambda who, path: people[who].get(path)


@pytest.fixture
def world(bank: dict[str, Any], other_exam: list[dict[str, Any]], alice: FlaskClient, bob: FlaskClient) -> None:
    """Two exams; a session of Alice's and one of Bob's in each, and an answer in every session."""
    for learner in (alice, bob):
        for exam in (1, 2):
            session = learner.post("/api/study/sessions", json={"examId": exam}).json
            answer(learner, session["questions"][0]["id"], ["a"], studySessionId=session["id"])


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    """Who vouches for people."""
    with Issuer() as running:
        yield running


@pytest.fixture(scope="session")
def door(issuer: Issuer) -> Flask:
    """The study service as people of this issuer may come in."""
    sign_in = SignIn((CLIENT,), issuer.url, issuer.keys_url)
    return tested(app.create_app(Config("study", 0, "127.0.0.1", Settings("file::memory:"), KEYS, sign_in=sign_in)))


@pytest.fixture(scope="session")
def plan_app() -> Flask:
    """The study service with few answers a day."""
    config = Config("study", 0, "127.0.0.1", Settings("file::memory:"), KEYS, daily_questions=DAILY)
    return tested(app.create_app(config))


def answer(learner: FlaskClient, question: int, selected: Any, *, key: str | None = None, **more: Any) -> Any:
    body = {"questionId": question, "selectedAnswer": selected, "timeSpentSeconds": 10, **more}
    return learner.post("/api/study/answer", json=body, headers={"Idempotency-Key": key} if key else {})


def plan_of(learner: FlaskClient) -> dict[str, Any]:
    """The plan as the learner is told it."""
    plan: dict[str, Any] = learner.get("/api/auth/me").json["plan"]
    return plan


def submit(
    moment: str,
    question: int,
    selected: str | list[str] = "a",
    *,
    user: int = 1,
    seconds: int = 10,
    daily: DailyQuestions | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An answer given at this moment, and the receipt: `graded`, `question`, `progress`, `session`."""
    caught_up()
    submission = Submission(question, selected, seconds, **more)
    receipt = answers.submit(user, submission, dt.datetime.fromisoformat(moment), Once(f"user:{user}"), daily or {})
    document: dict[str, Any] = receipt.document
    return document


def rows(database: LibsqlDatabase, sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """Rows as they are now, read past any replica."""
    stored: list[dict[str, Any]] = database.fetch([Statement(sql, parameters)], fresh=True)[0].rows
    return stored


def row(database: LibsqlDatabase, table: str, row_id: int) -> dict[str, Any]:
    """One row of a table, every column."""
    (stored,) = rows(database, f"SELECT * FROM {table} WHERE id = ?", row_id)
    return stored


def audited(database: LibsqlDatabase, action: str) -> list[dict[str, Any]]:
    """The audit log's entries of one action, the oldest first."""
    entries = rows(
        database,
        "SELECT user_id AS user, entity_type AS entity, entity_id AS id, old_values AS old, new_values AS new,"
        " metadata->>'subject' AS subject, method, path FROM audit_log WHERE action = ? ORDER BY audit_log.id",
        action,
    )
    return [
        entry | {side: json.loads(entry[side]) if entry[side] else None for side in ("old", "new")} for entry in entries
    ]


def everything(database: LibsqlDatabase) -> dict[str, list[dict[str, Any]]]:
    """All rows of the tables that an import may write."""
    tables = ("exams", "objectives", "questions", "audit_log", "receipts")
    return {table: rows(database, f"SELECT * FROM {table}") for table in tables}


@contextmanager
def meanwhile(
    database: LibsqlDatabase, settings: Settings, after: str, change: str | list[Statement], *parameters: Any
) -> Iterator[None]:
    """Let somebody else make this change, or these, as soon as a statement with `after` in it has run."""
    changes = [Statement(change, parameters)] if isinstance(change, str) else change
    other = LibsqlDatabase(settings)

    def interfere(event: Any) -> None:
        if after in event.sql:
            database.query_hooks.remove(interfere)
            # In a context of its own, or our next read would know of it.
            contextvars.copy_context().run(other.batch, changes)

    database.query_hooks.append(interfere)
    yield
    other.close()
    assert interfere not in database.query_hooks, f"no statement has {after!r} in it"


def epoch(moment: str) -> int:
    return int(dt.datetime.fromisoformat(moment).timestamp())


def iso(seconds: int) -> str:
    """A moment as it stands on the wire."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def etag(moderator: FlaskClient, question: int) -> str:
    """The state of a question, as If-Match names it."""
    tag: str = moderator.get(f"/api/questions/{question}").headers["ETag"]
    return tag


def patch(moderator: FlaskClient, question: int, *, match: str | None = None, **body: Any) -> Any:
    """An edit of what the moderator has just read, or of the state that `match` names."""
    headers = {"If-Match": match or etag(moderator, question)}
    return moderator.patch(f"/api/questions/{question}", json=body, headers=headers)


def review_version(moderator: FlaskClient, question: int, version: int, status: str, **body: Any) -> Any:
    path = f"/api/questions/{question}/versions/{version}/review"
    return moderator.put(path, json={"status": status, **body})
