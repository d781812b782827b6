"""A session ends once: what was not answered is skipped, and each objective has its score."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.study_service.conftest import answer, audited, epoch, iso, letter, meanwhile, row, rows

WEIGHTED = b"$CATEGORY: $course$/top/Cabling\n\nFibre? { ~%50%OM4 ~%50%OS2 ~Cat 6 }"


@pytest.fixture
def session(alice: FlaskClient, bank: dict[str, Any]) -> int:
    """Alice's session with every question of the bank."""
    started: int = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    return started


def complete(learner: FlaskClient, session: int) -> Any:
    return learner.post(f"/api/study/sessions/{session}/complete")


def test_a_completed_session_says_what_came_of_it(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, session: int
) -> None:
    answer(alice, bank["Routing question 0"]["id"], "a", studySessionId=session)
    answer(alice, bank["Routing question 1"]["id"], "a", studySessionId=session)
    database.execute_sql("UPDATE study_sessions SET last_activity = last_activity - 60")
    before = row(database, "study_sessions", session)
    body = complete(alice, session).json
    after = row(database, "study_sessions", session)
    assert body == {
        "id": session,
        "examId": 1,
        "mode": "practice",
        "status": "completed",
        "questionCount": 14,
        "totalQuestions": 2,
        "correctAnswers": 1,
        "skippedQuestions": 12,
        "flaggedQuestions": 0,
        "timeSpentSeconds": 20,
        "avgTimePerQuestion": 10.0,
        "accuracy": 0.5,
        "streakCount": 0,
        "maxStreak": 1,
        "createdAt": iso(after["created_at"]),
        "lastActivity": iso(after["last_activity"]),
        "completedAt": iso(after["completed_at"]),
        "timeBoxSeconds": None,
        "timeBoxEndsAt": None,
        "objectiveScores": {str(bank["Routing question 0"]["objectiveId"]): 0.5},
    }
    assert body.items() <= alice.get(f"/api/study/sessions/{session}").json.items()
    assert after["completed_at"] == after["last_activity"] >= epoch("2026-01-01T00:00:00Z")
    assert {column for column in after if after[column] != before[column]} == {
        "status", "completed_at", "last_activity", "skipped_questions", "objective_scores",
    }  # fmt: skip


def test_scores_by_objective_are_shares_of_right_answers(
    alice: FlaskClient, mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    """Partial credit does not count as right, and neither do the answers outside of the session."""
    path = "/api/questions/import?format=gift&examId=1&reviewStatus=approved"
    assert mo.post(path, data=WEIGHTED, content_type="text/plain").json["imported"] == 1
    letter()
    fibre = rows(database, "SELECT id FROM questions WHERE text = 'Fibre?'")[0]["id"]
    session = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    for text, selected in (("Routing question 0", "b"), ("Routing question 1", "b"), ("Routing question 2", "c")):
        answer(alice, bank[text]["id"], selected, studySessionId=session)
    assert answer(alice, fibre, "a", studySessionId=session).json["result"]["score"] == 0.5
    answer(alice, bank["Glass conducts electricity."]["id"], "b", studySessionId=session)
    answer(alice, bank["Routing question 3"]["id"], "d")
    routing, cabling = (bank[text]["objectiveId"] for text in ("Routing question 0", "Which two are cables?"))
    scores = complete(alice, session).json["objectiveScores"]
    assert scores == {str(routing): pytest.approx(2 / 3), str(cabling): 0.5}


def test_a_session_without_answers_has_no_scores(alice: FlaskClient, session: int) -> None:
    body = complete(alice, session).json
    assert (body["objectiveScores"], body["skippedQuestions"], body["totalQuestions"]) == ({}, 14, 0)


@pytest.mark.parametrize("status", ["active", "paused"])
def test_an_open_session_can_be_completed(
    alice: FlaskClient, database: LibsqlDatabase, session: int, status: str
) -> None:
    other = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    database.execute_sql("UPDATE study_sessions SET status = ?", (status,))
    assert complete(alice, session).status_code == 200
    assert row(database, "study_sessions", other)["status"] == status
    assert audited(database, "session.complete") == [
        {
            "user": 1, "entity": "study_session", "id": str(session), "old": {"status": status},
            "new": {"status": "completed"}, "subject": "1", "method": "POST",
            "path": f"/api/study/sessions/{session}/complete",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("status", ["completed", "abandoned"])
def test_a_session_that_is_over_stays_as_it_is(
    alice: FlaskClient, database: LibsqlDatabase, session: int, status: str
) -> None:
    database.execute_sql("UPDATE study_sessions SET status = ?", (status,))
    before = row(database, "study_sessions", session)
    response = complete(alice, session)
    assert (response.status_code, response.json["detail"]) == (409, f"the session is {status}")
    assert row(database, "study_sessions", session) == before
    assert audited(database, "session.complete") == []


def test_an_unknown_session_cannot_be_completed(alice: FlaskClient, session: int) -> None:
    assert complete(alice, session + 1).status_code == 404


def test_completing_takes_no_body(alice: FlaskClient, session: int) -> None:
    path = f"/api/study/sessions/{session}/complete"
    assert alice.post(path, json={"status": "abandoned"}).json["errors"] == {"status": ["Unknown field."]}
    assert alice.post(path, json={}).json["status"] == "completed"


def test_an_answer_that_comes_while_the_session_ends_is_not_counted(
    alice: FlaskClient, bank: dict[str, Any], session: int, database: LibsqlDatabase, settings: Settings
) -> None:
    """The answer has read that the session is active; before it writes, somebody completes it."""
    change = "UPDATE study_sessions SET status = 'completed' WHERE id = ?"
    with meanwhile(database, settings, "AS told", change, session):
        response = answer(alice, bank["Routing question 0"]["id"], "a", studySessionId=session)
    assert response.status_code == 409
    assert database.execute_sql("SELECT count(*) FROM user_answers").fetchall() == [(0,)]
    assert database.execute_sql("SELECT sum(total_attempts) FROM questions").fetchall() == [(0,)]
    assert alice.get("/api/progress").json["progress"] == []
