"""Answers that were given offline in a session: whether it was still open counts at the time of the answer."""

import datetime as dt
from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import audited, epoch, row, rows

URL = "/api/study/answers"


def item(question: dict[str, Any], session: int, at: str) -> dict[str, Any]:
    first = question["answers"][0]["id"]
    return {
        "clientId": f"c-{question['id']}-{at}",
        "answeredAt": at,
        "questionId": question["id"],
        "selectedAnswer": [first] if question["type"] == "multi_select" else first,
        "timeSpentSeconds": 5,
        "studySessionId": session,
    }


def ago(**span: int) -> str:
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(**span)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_learner_who_was_offline_for_long_loses_no_answer(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    """Begun five hours ago, answered until three hours ago, sent now; one more came after two hours of nothing."""
    session = alice.post("/api/study/sessions", json={"examId": 1}).json
    database.execute_sql("UPDATE study_sessions SET last_activity = ?", (epoch(ago(hours=5)),))
    moments = [ago(hours=4), ago(hours=3), ago(minutes=5)]
    items = [item(question, session["id"], at) for question, at in zip(session["questions"], moments, strict=False)]
    for sent, status in zip(items, ("recorded", "recorded", "refused"), strict=True):
        (outcome,) = alice.post(URL, json={"answers": [sent]}).json["answers"]
        assert outcome["status"] == status
    assert outcome["problem"]["detail"] == "the session is completed"
    assert row(database, "study_sessions", session["id"])["total_questions"] == 2
    assert len(rows(database, "SELECT id FROM user_answers")) == 2
    assert len(audited(database, "session.end")) == 1


def test_an_adaptive_session_goes_on_after_answers_in_one_batch(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "mode": "adaptive", "questionCount": 6}).json
    items = [item(question, session["id"], ago(seconds=9 - n)) for n, question in enumerate(session["questions"])]
    outcomes = alice.post(URL, json={"answers": items}).json["answers"]
    assert [outcome["status"] for outcome in outcomes] == ["recorded", "recorded"]
    listed = alice.get(f"/api/study/sessions/{session['id']}").json["questions"]
    assert len({question["id"] for question in listed}) == len(listed) == 4
    assert listed[:2] == session["questions"]


def test_the_same_key_pauses_and_resumes_once(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    for action in ("pause", "resume", "abandon"):
        path = f"/api/study/sessions/{session}/{action}"
        first, again = (alice.post(path, headers={"Idempotency-Key": f"k-{action}"}) for _ in range(2))
        assert (first.status_code, again.status_code, first.json) == (200, 200, again.json)
        assert "Idempotency-Replayed" in again.headers
        assert len(audited(database, f"session.{action}")) == 1
