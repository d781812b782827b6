"""A session is active or paused, then completed or abandoned: every action in every state, and two at once."""

import json
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from study_service import session_states
from tests import conftest
from tests.study_service.conftest import answer, audited, row, rows

AFTER = {
    ("active", "pause"): "paused",
    ("active", "complete"): "completed",
    ("active", "abandon"): "abandoned",
    ("paused", "resume"): "active",
    ("paused", "complete"): "completed",
    ("paused", "abandon"): "abandoned",
}
STATES = ("active", "paused", "completed", "abandoned")
ACTIONS = ("pause", "resume", "complete", "abandon")
ACTIONS_LOGGED = ("session.pause", "session.resume", "session.complete", "session.abandon", "session.end")


@pytest.fixture
def session(alice: FlaskClient, bank: dict[str, Any]) -> int:
    """Alice's session with every question of the bank."""
    started: int = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    return started


def act(learner: FlaskClient, session: int, action: str) -> Any:
    return learner.post(f"/api/study/sessions/{session}/{action}")


def moves(database: LibsqlDatabase) -> list[tuple[str, Any, Any]]:
    """Every move of a session in the log: the action, the state before and after."""
    return [
        (action, entry["old"], entry["new"])
        for action in ACTIONS_LOGGED
        for entry in audited(database, action)
    ]  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", STATES)
def test_every_action_in_every_state(
    alice: FlaskClient, session: int, database: LibsqlDatabase, state: str, action: str
) -> None:
    other = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    database.execute_sql("UPDATE study_sessions SET status = ?", (state,))
    before, others = row(database, "study_sessions", session), row(database, "study_sessions", other)
    response = act(alice, session, action)
    after = row(database, "study_sessions", session)
    wanted = AFTER.get((state, action))
    assert row(database, "study_sessions", other) == others
    if wanted is None:
        assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
        assert response.json["detail"] == f"the session is {state}"
        assert after == before
        assert moves(database) == []
        return
    assert (response.status_code, response.json["status"], after["status"]) == (200, wanted, wanted)
    assert moves(database) == [(f"session.{action}", {"status": state}, {"status": wanted})]
    assert audited(database, f"session.{action}")[0] | {"old": 0, "new": 0} == {
        "user": 1, "entity": "study_session", "id": str(session), "old": 0, "new": 0, "subject": "1",
        "method": "POST", "path": f"/api/study/sessions/{session}/{action}",
    }  # fmt: skip
    over = wanted in ("completed", "abandoned")
    assert (after["completed_at"] is not None) is over
    assert after["skipped_questions"] == (14 if over else 0)


@pytest.mark.parametrize("action", ACTIONS)
def test_somebody_elses_session_is_not_there(
    alice: FlaskClient, bob: FlaskClient, session: int, database: LibsqlDatabase, action: str
) -> None:
    database.execute_sql("UPDATE study_sessions SET status = ?", ("paused" if action == "resume" else "active",))
    before = row(database, "study_sessions", session)
    assert act(bob, session, action).status_code == 404
    assert act(alice, session + 1, action).status_code == 404
    assert row(database, "study_sessions", session) == before
    assert moves(database) == []


def test_a_pause_and_a_resume_show_the_same_questions_with_the_key_of_what_is_answered(
    alice: FlaskClient, mo: FlaskClient, bank: dict[str, Any], session: int, database: LibsqlDatabase
) -> None:
    shown = alice.get(f"/api/study/sessions/{session}").json
    first = bank[shown["questions"][0]["text"]]
    key = [option["id"] for option in first["answers"] if option["isCorrect"]]
    assert answer(alice, first["id"], key, studySessionId=session).status_code == 200
    assert act(alice, session, "pause").json["status"] == "paused"
    refused = answer(alice, shown["questions"][1]["id"], ["x"], studySessionId=session)
    assert (refused.status_code, refused.json["detail"]) == (409, "the session is paused")
    assert (
        mo.put(f"/api/questions/{shown['questions'][2]['id']}/review", json={"status": "rejected"}).status_code == 200
    )
    resumed = act(alice, session, "resume").json
    assert resumed["questions"] == shown["questions"]
    (given,) = resumed["answers"]
    right = given.pop("correctAnswer")
    assert ([right] if isinstance(right, str) else right) == key
    assert (given["explanation"], given["reference"]) == (first["explanation"], first["reference"])
    assert given["isCorrect"] is True
    assert alice.get(f"/api/study/sessions/{session}").json == resumed | {"answers": [given | {"correctAnswer": right}]}
    told = json.dumps(resumed["questions"])
    assert "isCorrect" not in told
    assert "explanation" not in told


def test_an_abandoned_session_keeps_its_answers_and_its_scores(
    alice: FlaskClient, bank: dict[str, Any], session: int, database: LibsqlDatabase
) -> None:
    question = bank["Routing question 1"]
    key = [option["id"] for option in question["answers"] if option["isCorrect"]]
    answer(alice, question["id"], key, studySessionId=session)
    body = act(alice, session, "abandon").json
    assert (body["status"], body["totalQuestions"], body["correctAnswers"], body["skippedQuestions"]) == (
        "abandoned", 1, 1, 13,
    )  # fmt: skip
    assert body["objectiveScores"] == {str(question["objectiveId"]): 1.0}
    assert (body["accuracy"], body["maxStreak"], body["timeSpentSeconds"]) == (1.0, 1, 10)
    assert len(rows(database, "SELECT id FROM user_answers")) == 1


@pytest.mark.parametrize("forgotten", [False, True])
def test_scores_are_of_the_objectives_that_the_questions_had_in_the_version_that_was_answered(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, forgotten: bool
) -> None:
    """Its second version is given and answered; the first and the third are of another objective. An older release
    stores an answer without its objective.
    """
    question, other = bank["Routing question 1"], bank["Which two are cables?"]["objectiveId"]
    move = "UPDATE questions SET version = version + 1, objective_id = ? WHERE id = ?"
    database.execute_sql("UPDATE questions SET objective_id = ? WHERE id = ?", (other, question["id"]))
    database.execute_sql(move, (question["objectiveId"], question["id"]))
    session = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    assert answer(alice, question["id"], [question["answers"][0]["id"]], studySessionId=session).status_code == 200
    database.execute_sql(move, (other, question["id"]))
    if forgotten:
        database.execute_sql("UPDATE user_answers SET objective_id = NULL")
    assert list(act(alice, session, "complete").json["objectiveScores"]) == [str(question["objectiveId"])]


@pytest.mark.parametrize(
    ("before", "mine", "after", "status"),
    [("paused", "pause", "active", "paused"), ("completed", "complete", "paused", "completed")],
)
def test_a_session_that_can_be_moved_when_it_is_looked_at_is_moved(
    alice: FlaskClient, session: int, database: LibsqlDatabase, settings: Settings, monkeypatch: pytest.MonkeyPatch,
    before: str, mine: str, after: str, status: str,
) -> None:  # fmt: skip
    """Somebody else moves it between the batch that found it elsewhere and the look at where it is."""
    database.execute_sql("UPDATE study_sessions SET status = ? WHERE id = ?", (before, session))
    other = LibsqlDatabase(settings)
    look = session_states._read

    def looked(*whose: int) -> Statement:
        other.execute_sql("UPDATE study_sessions SET status = ? WHERE id = ?", (after, session))
        return look(*whose)

    monkeypatch.setattr(session_states, "_read", looked)
    assert act(alice, session, mine).status_code == 200
    other.close()
    assert row(database, "study_sessions", session)["status"] == status
    assert [move[1:] for move in moves(database)] == [({"status": after}, {"status": status})]


@pytest.mark.parametrize("actions", [("complete", "complete"), ("complete", "abandon"), ("pause", "complete")])
def test_of_two_at_once_each_move_is_made_and_logged_once(
    study_app: Flask, session: int, database: LibsqlDatabase, actions: tuple[str, str]
) -> None:
    """Whatever the order: the log is a chain of moves from active to the state that the session is in."""
    outcomes: list[int] = []
    together = threading.Barrier(4)

    def go(action: str) -> None:
        learner = conftest.client(study_app, "1", "user")
        together.wait()
        outcomes.append(act(learner, session, action).status_code)

    threads = [threading.Thread(target=go, args=(action,)) for action in actions * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    logged = rows(
        database,
        "SELECT action, old_values ->> 'status' AS old, new_values ->> 'status' AS new FROM audit_log"
        " WHERE entity_type = 'study_session' AND action <> 'session.start' ORDER BY id",
    )
    assert set(outcomes) <= {200, 409}
    assert outcomes.count(200) == len(logged)
    states = ["active", *(entry["new"] for entry in logged)]
    assert [entry["old"] for entry in logged] == states[:-1]
    assert row(database, "study_sessions", session)["status"] == states[-1]
    assert states[-1] in ("completed", "abandoned") or "pause" in actions
