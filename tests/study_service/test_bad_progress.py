"""Counters that cannot be used: answers go on, the rest is counted, and what is broken stays for an operator to see."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests.damage import LEFT_OUT, TOO_LATE, about, logged, spoil
from tests.study_service.conftest import answer, row, submit

pytestmark = pytest.mark.only("file", "server")

MOMENT = "2026-03-01T12:00:00+00:00"


@pytest.fixture
def begun(alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any]) -> None:
    for number in (0, 1):
        submit(MOMENT, bank[f"Routing question {number}"]["id"], user=1)
        submit(MOMENT, bank[f"Routing question {number}"]["id"], user=2)


@pytest.mark.parametrize("document", ["no JSON", "[]", "null", '{"1":3}', '{"1":{"level":"x"}}'])
def test_a_column_for_other_readers_breaks_nothing(
    begun: None, alice: FlaskClient, database: LibsqlDatabase, document: str
) -> None:
    before = alice.get("/api/progress/exams/1").json, alice.get("/api/progress").json
    spoil(database, "user_progress", "objective_mastery", document, 1)
    with logged() as lines:
        assert (alice.get("/api/progress/exams/1").json, alice.get("/api/progress").json) == before
    assert lines() == []


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("last_answered_at", TOO_LATE, "is not a time between the years 1 and 9999"),
        ("weighted_correct", "9e999", "is not a finite number"),
        ("weighted_total", "-9e999", "is not a finite number"),
    ],
)
def test_an_objective_whose_mastery_cannot_be_used_has_none(
    begun: None, alice: FlaskClient, bob: FlaskClient, database: LibsqlDatabase, column: str, value: Any, problem: str
) -> None:
    before = bob.get("/api/progress/exams/1").json
    database.batch([Statement(f"UPDATE objective_mastery SET {column} = {value} WHERE user_id = 1")])
    with logged() as lines:
        shown = alice.get("/api/progress/exams/1").json["objectives"][0]
        assert bob.get("/api/progress/exams/1").json == before
    assert (shown["level"], shown["questionsAnswered"], shown["lastStudied"]) == (None, 0, None)
    assert lines() == [about(LEFT_OUT, "objective_mastery", 1, column, problem)]


@pytest.mark.parametrize("column", ["answered", "weighted_total", "weighted_correct"])
@pytest.mark.parametrize("value", [-3, 0, 10**12])
def test_counts_that_cannot_be_break_no_readiness(
    begun: None, alice: FlaskClient, database: LibsqlDatabase, column: str, value: int
) -> None:
    database.batch([Statement("INSERT INTO objective_mastery VALUES (1, 2, 9, 5, 5, 9, 0)")])
    database.batch([Statement("UPDATE objective_mastery SET answered = 9 WHERE objective_id = 1")])
    database.batch([Statement(f"UPDATE objective_mastery SET {column} = {value} WHERE objective_id = 1")])
    readiness = alice.get("/api/progress/exams/1").json["readiness"]
    assert 0 <= readiness["low"] <= readiness["score"] <= readiness["high"] <= 1


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", ""])
def test_a_day_of_a_streak_that_is_no_day_is_a_conflict(
    begun: None, alice: FlaskClient, database: LibsqlDatabase, day: str
) -> None:
    spoil(database, "user_progress", "streak_day", day, 1)
    response = alice.get("/api/progress/exams/1")
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"] == "row 1 of user_progress cannot be used until its streak_day is mended"
    assert alice.get("/api/progress").json["progress"] == []


def test_an_answer_counts_and_leaves_what_is_no_json(
    begun: None, alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    spoil(database, "user_progress", "objective_mastery", "no JSON", 1)
    spoil(database, "user_progress", "readiness_score", "9e999", 1)
    response = answer(alice, bank["Routing question 2"]["id"], "c")
    assert (response.status_code, response.json["result"]["progress"]["totalQuestionsSeen"]) == (200, 3)
    counted = row(database, "user_progress", 1)
    assert (counted["objective_mastery"], counted["total_questions_seen"]) == ("no JSON", 3)


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", ""])
def test_a_last_day_that_is_no_day_is_left_behind(
    begun: None, bank: dict[str, Any], database: LibsqlDatabase, day: str
) -> None:
    spoil(database, "user_progress", "last_study_date", day, 1)
    spoil(database, "user_progress", "current_streak", 7, 1)
    progress = submit("2026-03-05T12:00:00+00:00", bank["Routing question 2"]["id"])["progress"]
    assert (progress["last_study_date"], progress["current_streak"]) == ("2026-03-05", 0)


def test_weak_areas_are_all_where_the_levels_are_no_json(
    begun: None, alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    path = "/api/study/questions?examId=1&limit=100&mode=weak_areas&excludeRecentHours=0"
    spoil(database, "user_progress", "objective_mastery", "no JSON", 1)
    with logged() as lines:
        bob.get(path)
        alice.get("/api/study/questions?examId=1")
    assert lines() == []
    with logged() as lines:
        picked = alice.get(path).json["questions"]
    assert {question["id"] for question in picked} == {question["id"] for question in bank.values()}
    problem = "is not JSON: every objective counts as weak"
    assert lines() == [about(LEFT_OUT, "user_progress", 1, "objective_mastery", problem)]


def test_me_is_a_conflict_where_the_row_cannot_be_shown(
    begun: None, alice: FlaskClient, database: LibsqlDatabase
) -> None:
    spoil(database, "users", "created_at", TOO_LATE, 1)
    response = alice.get("/api/auth/me")
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"] == "row 1 of users cannot be used until its created_at is mended"
    assert alice.get("/api/progress").status_code == 200


@pytest.mark.parametrize("path", ["/api/exams/1", "/api/exams/1/objectives/1"])
def test_what_cannot_be_shown_is_changed_only_into_what_can(
    begun: None, ada: FlaskClient, database: LibsqlDatabase, path: str
) -> None:
    table, column = ("objectives", "weight") if "objectives" in path else ("exams", "passing_score")
    spoil(database, table, column, "9e999", 1)
    before = row(database, table, 1)
    refused = ada.patch(path, json={"name": "New"})
    assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert {name: value for name, value in row(database, table, 1).items() if name != column} == {
        name: value for name, value in before.items() if name != column
    }
    wire = "weight" if column == "weight" else "passingScore"
    assert ada.patch(path, json={"name": "New", wire: 0.5}).json[wire] == 0.5
    spoil(database, table, column, "9e999", 1)
    assert ada.delete(path).status_code == 204
    assert row(database, table, 1)["is_active"] == 0
