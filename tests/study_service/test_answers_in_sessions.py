"""An answer in a session is counted there once, and only while the session is active."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.problems import Conflict
from tests.study_service.conftest import answer, epoch, row, rows, submit

NOON = "2026-03-01T12:00:00+00:00"


@pytest.fixture
def session(alice: FlaskClient, bank: dict[str, Any]) -> int:
    """Alice's session with all fourteen questions."""
    started: int = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    return started


def test_each_answer_moves_the_session_on(bank: dict[str, Any], database: LibsqlDatabase, session: int) -> None:
    """Right, right, wrong, right; the first and the third with a flag."""
    counters = ("total_questions", "correct_answers", "flagged_questions", "time_spent_seconds")
    shares = ("avg_time_per_question", "accuracy", "streak_count", "max_streak")
    place = ("current_question_id", "last_activity")
    database.execute_sql("UPDATE study_sessions SET last_activity = ?", (epoch(NOON),))
    before, seen = row(database, "study_sessions", session), []
    for n, (selected, flagged, seconds) in enumerate(
        (("a", True, 10), ("b", False, 11), ("a", True, 9), ("d", False, 10))
    ):
        question, moment = bank[f"Routing question {n}"]["id"], f"2026-03-01T12:00:0{n}+00:00"
        submit(moment, question, selected, seconds=seconds, study_session_id=session, flagged=flagged)
        after = row(database, "study_sessions", session)
        seen.append(tuple(after[column] for column in counters + shares))
        assert [after[column] for column in place] == [question, epoch(moment)]
    assert seen == [
        (1, 1, 1, 10, 10.0, 1.0, 1, 1),
        (2, 2, 1, 21, 10.5, 1.0, 2, 2),
        (3, 2, 2, 30, 10.0, 2 / 3, 0, 2),
        (4, 3, 2, 40, 10.0, 0.75, 1, 2),
    ]
    others = before.keys() - {*counters, *shares, *place}
    assert {column: after[column] for column in others} == {column: before[column] for column in others}


def test_an_answer_counts_in_its_own_session_alone(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, session: int
) -> None:
    other = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    before = row(database, "study_sessions", other)
    answer(alice, bank["Routing question 0"]["id"], "a", studySessionId=session)
    answer(alice, bank["Routing question 1"]["id"], "b")
    assert row(database, "study_sessions", other) == before
    assert row(database, "study_sessions", session)["total_questions"] == 1


@pytest.mark.parametrize("status", ["paused", "completed", "abandoned"])
def test_only_an_active_session_takes_answers(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, session: int, status: str
) -> None:
    database.execute_sql("UPDATE study_sessions SET status = ?", (status,))
    response = answer(alice, bank["Routing question 0"]["id"], "a", studySessionId=session)
    assert (response.status_code, response.json["detail"]) == (409, f"the session is {status}")
    assert rows(database, "SELECT id FROM user_answers") == []


def test_a_second_answer_in_a_session_says_what_is_wrong(
    alice: FlaskClient, bank: dict[str, Any], session: int
) -> None:
    question = bank["Routing question 0"]["id"]
    answer(alice, question, "a", studySessionId=session)
    again = answer(alice, question, "a", studySessionId=session)
    assert (again.status_code, again.json["detail"]) == (409, "this question was answered in this session already")
    with pytest.raises(Conflict):
        submit(NOON, question, "b", study_session_id=session)
    assert answer(alice, question, "a").status_code == 200  # outside of the session it may be asked again
