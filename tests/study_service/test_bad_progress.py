"""Counters that cannot be used: answers go on, the rest is counted, and what is broken stays for an operator to see."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database
from tests.damage import ASKED_FOR, LEFT_OUT, TOO_LATE, about, logged, spoil
from tests.study_service.conftest import answer, row, submit

pytestmark = pytest.mark.only("file", "server")

MOMENT = "2026-03-01T12:00:00+00:00"
NO_LEVELS = "is not an object of levels by objective"
ENTRY = '{"1":{"level":0.5,"questionsAnswered":2,"correct":1%s}}'


@pytest.fixture
def begun(alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any]) -> None:
    for number in (0, 1):
        submit(MOMENT, bank[f"Routing question {number}"]["id"], user=1)
        submit(MOMENT, bank[f"Routing question {number}"]["id"], user=2)


@pytest.mark.parametrize(
    "document",
    [
        "no JSON", "[]", "null", '{"1":3}', '{"1":{}}', '{"1":{"level":"x","questionsAnswered":1}}',
        '{"1":{"level":0.5,"questionsAnswered":"1"}}', ENTRY % ',"lastStudied":"x"',
        ENTRY % f',"lastStudied":{TOO_LATE}',
    ],
)  # fmt: skip
def test_progress_by_objective_is_a_conflict_and_bobs_is_as_before(
    begun: None, alice: FlaskClient, bob: FlaskClient, database: Database, document: str
) -> None:
    before = bob.get("/api/progress/exams/1").json, alice.get("/api/progress").json
    spoil(database, "user_progress", "objective_mastery", document, 1)
    with logged() as lines:
        response = alice.get("/api/progress/exams/1")
        assert (bob.get("/api/progress/exams/1").json, alice.get("/api/progress").json) == before
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    detail = "row 1 of user_progress cannot be used until its objective_mastery is mended"
    assert response.json["detail"] == detail
    assert lines() == [about(ASKED_FOR, "user_progress", 1, "objective_mastery", NO_LEVELS)]


@pytest.mark.parametrize("more", ["", ',"lastStudied":null'])
def test_levels_of_an_older_writer_that_knew_no_times_are_shown(
    begun: None, alice: FlaskClient, database: Database, more: str
) -> None:
    spoil(database, "user_progress", "objective_mastery", ENTRY % more, 1)
    shown = alice.get("/api/progress/exams/1").json["objectives"][0]
    assert (shown["level"], shown["questionsAnswered"], shown["lastStudied"]) == (0.5, 2, None)


def test_an_answer_counts_and_leaves_what_is_no_json(
    begun: None, alice: FlaskClient, bank: dict[str, Any], database: Database
) -> None:
    spoil(database, "user_progress", "objective_mastery", "no JSON", 1)
    spoil(database, "user_progress", "readiness_score", "9e999", 1)
    response = answer(alice, bank["Routing question 2"]["id"], "c")
    assert (response.status_code, response.json["result"]["progress"]["totalQuestionsSeen"]) == (200, 3)
    counted = row(database, "user_progress", 1)
    assert (counted["objective_mastery"], counted["total_questions_seen"]) == ("no JSON", 3)


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", ""])
def test_a_last_day_that_is_no_day_begins_a_new_streak(
    begun: None, bank: dict[str, Any], database: Database, day: str
) -> None:
    spoil(database, "user_progress", "last_study_date", day, 1)
    spoil(database, "user_progress", "current_streak", 7, 1)
    progress = submit("2026-03-05T12:00:00+00:00", bank["Routing question 2"]["id"])["progress"]
    assert (progress["last_study_date"], progress["current_streak"]) == ("2026-03-05", 1)
    assert progress["study_days_count"] == 2


def test_weak_areas_are_all_where_the_levels_are_no_json(
    begun: None, alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: Database
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


def test_me_is_a_conflict_where_the_row_cannot_be_shown(begun: None, alice: FlaskClient, database: Database) -> None:
    spoil(database, "users", "created_at", TOO_LATE, 1)
    response = alice.get("/api/auth/me")
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"] == "row 1 of users cannot be used until its created_at is mended"
    assert alice.get("/api/progress").status_code == 200


@pytest.mark.parametrize("path", ["/api/exams/1", "/api/exams/1/objectives/1"])
def test_what_cannot_be_shown_is_changed_only_into_what_can(
    begun: None, ada: FlaskClient, database: Database, path: str
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
