"""An active session ends by itself after two hours without a touch, or with its time box, when somebody comes next."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer, audited, epoch, iso, row, rows, submit

HOURS = 3600
LEFT = "UPDATE study_sessions SET last_activity = unixepoch() - ? WHERE id = ?"
END = "session.end"


@pytest.fixture
def session(alice: FlaskClient, bank: dict[str, Any]) -> int:
    started: int = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    return started


@pytest.fixture
def begun(alice: FlaskClient, bank: dict[str, Any], session: int) -> int:
    """The session with one answer, a right one."""
    question = bank["Routing question 0"]
    key = [option["id"] for option in question["answers"] if option["isCorrect"]]
    assert answer(alice, question["id"], key, studySessionId=session).status_code == 200
    return session


def touches(session: int, question: int) -> dict[str, Any]:
    """Everything by which somebody comes next, and the status of its answer where the session is over by then."""
    path = f"/api/study/sessions/{session}"
    return {
        "list": (lambda learner: learner.get("/api/study/sessions"), 200),
        "get": (lambda learner: learner.get(path), 200),
        "start": (lambda learner: learner.post("/api/study/sessions", json={"examId": 1}), 201),
        "answer": (lambda learner: answer(learner, question, ["x"], studySessionId=session), 409),
        "pause": (lambda learner: learner.post(f"{path}/pause"), 409),
        "resume": (lambda learner: learner.post(f"{path}/resume"), 409),
        "complete": (lambda learner: learner.post(f"{path}/complete"), 409),
        "abandon": (lambda learner: learner.post(f"{path}/abandon"), 409),
    }


WAYS = ("list", "get", "start", "answer", "pause", "resume", "complete", "abandon")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("answered", [True, False])
def test_whoever_comes_next_ends_an_idle_session(
    alice: FlaskClient,
    bank: dict[str, Any],
    session: int,
    database: LibsqlDatabase,
    request: Any,
    way: str,
    answered: bool,
) -> None:
    if answered:
        request.getfixturevalue("begun")
    touch, status = touches(session, bank["Routing question 1"]["id"])[way]
    database.execute_sql(LEFT, (2 * HOURS, session))
    before = row(database, "study_sessions", session)
    response = touch(alice)
    after, state = row(database, "study_sessions", session), "completed" if answered else "abandoned"
    assert response.status_code == status
    if status == 409:
        assert response.json["detail"] == f"the session is {state}"
    if way == "get":
        assert (response.json["status"], response.json["id"]) == (state, session)
    if way == "list":
        assert [shown["status"] for shown in response.json["sessions"]] == [state]
    assert (after["status"], after["completed_at"]) == (state, before["last_activity"] + 2 * HOURS)
    assert after["skipped_questions"] == (13 if answered else 0 + 14)
    assert after["last_activity"] == before["last_activity"]
    scored = {str(bank["Routing question 0"]["objectiveId"]): 1.0} if answered else {}
    assert alice.get(f"/api/study/sessions/{session}").json["objectiveScores"] == scored
    (entry,) = audited(database, END)
    assert (entry["id"], entry["old"], entry["new"]) == (str(session), {"status": "active"}, {"status": state})
    assert (entry["subject"], entry["user"]) == ("study_service", None)
    assert len(rows(database, "SELECT id FROM user_answers")) == answered


@pytest.mark.parametrize("way", WAYS)
def test_a_session_touched_less_than_two_hours_ago_goes_on(
    alice: FlaskClient, bank: dict[str, Any], begun: int, database: LibsqlDatabase, way: str
) -> None:
    database.execute_sql(LEFT, (2 * HOURS - 15, begun))
    touches(begun, bank["Routing question 1"]["id"])[way][0](alice)
    assert audited(database, END) == []
    assert row(database, "study_sessions", begun)["status"] == {
        "pause": "paused", "complete": "completed", "abandon": "abandoned",
    }.get(way, "active")  # fmt: skip


def test_a_paused_session_waits(alice: FlaskClient, bank: dict[str, Any], begun: int, database: LibsqlDatabase) -> None:
    alice.post(f"/api/study/sessions/{begun}/pause")
    database.execute_sql(LEFT, (90 * 24 * HOURS, begun))
    assert alice.get(f"/api/study/sessions/{begun}").json["status"] == "paused"
    assert alice.post(f"/api/study/sessions/{begun}/resume").json["status"] == "active"
    assert audited(database, END) == []
    question = bank["Routing question 1"]
    assert answer(alice, question["id"], [question["answers"][0]["id"]], studySessionId=begun).status_code == 200


def test_an_answer_is_a_touch(bank: dict[str, Any], begun: int, database: LibsqlDatabase) -> None:
    questions = [bank[f"Routing question {number}"] for number in (1, 2, 3)]
    database.execute_sql("UPDATE study_sessions SET last_activity = ?", (epoch("2026-03-01T10:00:00+00:00"),))
    for question, moment in zip(questions, ("11:59:59", "13:59:58", "15:59:57"), strict=True):
        chosen = [question["answers"][0]["id"]]
        submit(f"2026-03-01T{moment}+00:00", question["id"], chosen, study_session_id=begun)
    assert row(database, "study_sessions", begun)["total_questions"] == 4


def test_other_peoples_sessions_and_those_that_are_over_stay(
    alice: FlaskClient, bob: FlaskClient, session: int, database: LibsqlDatabase
) -> None:
    bobs = bob.post("/api/study/sessions", json={"examId": 1}).json["id"]
    over = [alice.post("/api/study/sessions", json={"examId": 1}).json["id"] for _ in range(2)]
    for number, action in zip(over, ("complete", "abandon"), strict=True):
        alice.post(f"/api/study/sessions/{number}/{action}")
    database.execute_sql("UPDATE study_sessions SET last_activity = unixepoch() - 9000")
    before = [row(database, "study_sessions", number) for number in (bobs, *over)]
    alice.get("/api/study/sessions")
    assert [row(database, "study_sessions", number) for number in (bobs, *over)] == before
    assert [entry["id"] for entry in audited(database, END)] == [str(session)]


def test_a_session_ends_once(alice: FlaskClient, session: int, database: LibsqlDatabase) -> None:
    database.execute_sql(LEFT, (2 * HOURS, session))
    for _ in range(3):
        alice.get("/api/study/sessions")
        alice.get(f"/api/study/sessions/{session}")
    assert len(audited(database, END)) == 1


def drill(learner: FlaskClient, **more: Any) -> dict[str, Any]:
    response = learner.post("/api/study/sessions", json={"examId": 1, "mode": "speed_drill", **more})
    assert response.status_code == 201, response.json
    started: dict[str, Any] = response.json
    return started


def test_a_speed_drill_has_its_time_box(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    given = drill(alice, timeBoxSeconds=90)
    stored = row(database, "study_sessions", given["id"])
    assert (given["timeBoxSeconds"], stored["time_box_seconds"]) == (90, 90)
    assert given["timeBoxEndsAt"] == iso(stored["created_at"] + 90)
    usual = drill(alice, questionCount=4)
    assert usual["timeBoxSeconds"] == 4 * 30
    assert drill(alice, questionCount=100)["timeBoxSeconds"] == 14 * 30  # of the questions that there are
    assert drill(alice, questionCount=4, timeBoxSeconds=None)["timeBoxSeconds"] == 4 * 30
    other = alice.post("/api/study/sessions", json={"examId": 1}).json
    assert (other["timeBoxSeconds"], other["timeBoxEndsAt"]) == (None, None)


@pytest.mark.parametrize("way", WAYS)
def test_a_speed_drill_ends_with_its_time_box(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, way: str
) -> None:
    session = drill(alice, timeBoxSeconds=60)["id"]
    database.execute_sql("UPDATE study_sessions SET time_box_ends_at = unixepoch() - 3")
    ends_at = row(database, "study_sessions", session)["time_box_ends_at"]
    touch, status = touches(session, bank["Routing question 1"]["id"])[way]
    assert touch(alice).status_code == status
    after = row(database, "study_sessions", session)
    assert (after["status"], after["completed_at"]) == ("abandoned", ends_at)
    assert len(audited(database, END)) == 1
    assert rows(database, "SELECT id FROM user_answers") == []


def test_a_pause_moves_the_end_of_the_time_box(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    session = drill(alice, timeBoxSeconds=60)["id"]
    ends_at = row(database, "study_sessions", session)["time_box_ends_at"]
    alice.post(f"/api/study/sessions/{session}/pause")
    earlier = "UPDATE study_sessions SET last_activity = last_activity - 600, time_box_ends_at = time_box_ends_at - 600"
    database.execute_sql(earlier)
    resumed = alice.post(f"/api/study/sessions/{session}/resume").json
    moved = row(database, "study_sessions", session)["time_box_ends_at"]
    assert resumed["status"] == "active"
    assert 0 <= moved - ends_at <= 3
    assert resumed["timeBoxEndsAt"] == iso(moved)
