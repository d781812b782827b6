"""A question whose key is broken is never graded, and costs nobody anything: not a count, not a session, not a pick."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from study_service import selection
from study_service.selection import Wish
from tests.conftest import caught_up
from tests.damage import ASKED_FOR, ENDLESS, LEFT_OUT, TOO_LATE, about, logged, spoil
from tests.study_service.conftest import answer, rows

pytestmark = pytest.mark.only("file", "server")

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
NO_KEY = '[{"id":"a","text":"x","isCorrect":false},{"id":"b","text":"y","isCorrect":false}]'
FEWER = "fewer questions were picked than asked for: some cannot be used"
TWICE = '[{"id":"a","text":"x","isCorrect":true},{"id":"a","text":"y","isCorrect":false}]'
WRITTEN = ("user_answers", "user_progress", "study_sessions", "questions", "receipts", "audit_log")


def written(database: LibsqlDatabase) -> dict[str, list[dict[str, Any]]]:
    return {table: rows(database, f"SELECT * FROM {table}") for table in WRITTEN}


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("answers", NO_KEY, "has no right option"),
        ("answers", '["a","b"]', "has an option that is no object"),
        ("answers", "no JSON", "is not a list of options"),
        (
            "type",
            "essay",
            "is none of multiple_choice, multi_select, true_false, drag_drop, hotspot, short_answer, numeric",
        ),
    ],
)
@pytest.mark.parametrize("in_session", [False, True])
def test_an_answer_to_it_is_a_conflict_and_nothing_is_written(
    alice: FlaskClient,
    bank: dict[str, Any],
    database: LibsqlDatabase,
    column: str,
    value: str,
    problem: str,
    in_session: bool,
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1}).json
    question = session["questions"][0]["id"]
    spoil(database, "questions", column, value, question)
    before = written(database)
    with logged() as lines:
        response = answer(alice, question, "b", key="k", **{"studySessionId": session["id"]} if in_session else {})
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"] == f"row {question} of questions cannot be used until its {column} is mended"
    assert lines() == [about(ASKED_FOR, "questions", question, column, problem)]
    assert written(database) == before


def test_a_session_with_it_has_its_other_questions_and_they_are_answered(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1}).json
    bad, good = session["questions"][0]["id"], session["questions"][1]["id"]
    other = bob.post("/api/study/sessions", json={"examId": 1, "mode": "custom"}).json["id"]
    spoil(database, "study_sessions", "question_ids", f"[{good}]", other)
    spoil(database, "questions", "answers", NO_KEY, bad)
    with logged() as lines:
        shown = alice.get(f"/api/study/sessions/{session['id']}").json["questions"]
        assert bob.get(f"/api/study/sessions/{other}").status_code == 200
    assert shown == session["questions"][1:]
    assert lines() == [about(LEFT_OUT, "questions", bad, "answers", "has no right option")]
    assert answer(alice, good, ["a"], studySessionId=session["id"]).status_code == 200
    completed = alice.post(f"/api/study/sessions/{session['id']}/complete").json
    assert (completed["status"], completed["totalQuestions"]) == ("completed", 1)


@pytest.mark.parametrize("value", ["no JSON", '["1"]', "[1,null]", "[true]", '{"a":1}', "1"])
def test_a_session_without_a_list_of_questions_is_a_conflict(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, value: str
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1}).json
    spoil(database, "study_sessions", "question_ids", value, session["id"])
    before = written(database)
    for response in (
        alice.get(f"/api/study/sessions/{session['id']}"),
        answer(alice, session["questions"][0]["id"], ["a"], studySessionId=session["id"]),
    ):
        assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
        detail = f"row {session['id']} of study_sessions cannot be used until its question_ids is mended"
        assert response.json["detail"] == detail
    assert written(database) == before


@pytest.mark.parametrize(
    ("column", "value"), [("created_at", TOO_LATE), ("mode", "cramming"), ("completed_at", TOO_LATE)]
)
def test_a_session_that_cannot_be_shown_takes_no_answer_and_does_not_end(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, column: str, value: Any
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1}).json
    spoil(database, "study_sessions", column, value, session["id"])
    before = written(database)
    assert answer(alice, session["questions"][0]["id"], ["a"], studySessionId=session["id"]).status_code == 409
    assert written(database) == before
    # A session that ends gets a new time of its end.
    ended = alice.post(f"/api/study/sessions/{session['id']}/complete").status_code
    assert ended == (200 if column == "completed_at" else 409)
    assert (written(database) == before) == (column != "completed_at")


def test_an_answer_that_cannot_be_shown_is_left_out_of_its_session(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1}).json
    for question in session["questions"][:5]:
        answer(alice, question["id"], ["a"], studySessionId=session["id"])
    before = alice.get(f"/api/study/sessions/{session['id']}").json
    for row_id, column, value in (
        (1, "answered_at", TOO_LATE),
        (2, "selected_answer", "[1"),
        (3, "score", ENDLESS),
        (4, "selected_answer", "[1]"),
    ):
        spoil(database, "user_answers", column, value, row_id)
    with logged() as lines:
        after = alice.get(f"/api/study/sessions/{session['id']}").json
    assert after == before | {"answers": before["answers"][4:]}
    no_option = "is none of an option's id, a list of ids or pairs, and a point"
    assert lines() == [
        about(LEFT_OUT, "user_answers", 1, "answered_at", "is not a time between the years 1 and 9999"),
        about(LEFT_OUT, "user_answers", 2, "selected_answer", no_option),
        about(LEFT_OUT, "user_answers", 3, "score", "is not a finite number"),
        about(LEFT_OUT, "user_answers", 4, "selected_answer", no_option),
    ]


@pytest.mark.parametrize(("bad", "picked"), [(0, 8), (1, 8), (5, 8), (6, 7), (7, 6)])
def test_a_pick_has_what_was_asked_for_while_the_spare_questions_last(
    bank: dict[str, Any], database: LibsqlDatabase, bad: int, picked: int
) -> None:
    """The questions are in the order of their ids. Five more than the eight are read, in the same statement."""
    database.execute_sql("UPDATE questions SET shuffle_key = id")
    for question in range(1, bad + 1):
        spoil(database, "questions", "answers", "[]", question)
    caught_up()
    with logged() as lines:
        found = [question["id"] for question in selection.pick(1, Wish(1, 8), NOON, 0)]
    assert found == list(range(bad + 1, 14))[:8]
    fewer = [{"event": FEWER, "level": "warning", "exam": 1, "asked": 8, "picked": picked}] if picked < 8 else []
    left_out = [about(LEFT_OUT, "questions", row, "answers", "has no right option") for row in range(1, bad + 1)]
    assert lines() == left_out + fewer


def test_a_spare_question_is_not_looked_at_where_none_is_needed(bank: dict[str, Any], database: LibsqlDatabase) -> None:
    database.execute_sql("UPDATE questions SET shuffle_key = id")
    spoil(database, "questions", "answers", "[]", 9)
    with logged() as lines:
        assert [question["id"] for question in selection.pick(1, Wish(1, 8), NOON, 0)] == list(range(1, 9))
    assert lines() == []


@pytest.mark.parametrize("answers", [NO_KEY, "[]", TWICE])
def test_a_moderator_sees_a_question_without_a_key_and_cannot_approve_it(
    alice: FlaskClient, mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, answers: str
) -> None:
    (first, *others) = mo.get("/api/questions?examId=1").json["questions"]
    spoil(database, "questions", "answers", answers, first["id"])
    spoil(database, "questions", "review_status", "needs_revision", first["id"])
    (shown, *rest) = mo.get("/api/questions?examId=1").json["questions"]
    assert (shown["id"], len(shown["answers"]), rest) == (first["id"], answers.count('"id"'), others)
    assert mo.get(f"/api/questions/{first['id']}").json["answers"] == shown["answers"]
    before = written(database)
    path = f"/api/questions/{first['id']}/review"
    response = mo.put(path, json={"status": "approved"})
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert written(database) == before
    assert mo.put(path, json={"status": "rejected"}).json["reviewStatus"] == "rejected"
