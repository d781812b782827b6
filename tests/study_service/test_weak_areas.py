"""Weak areas: the objectives below the mark or not studied yet, and all where none is weak."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer

PATH = "/api/study/questions?examId=1&mode=weak_areas&limit=100&excludeRecentHours=0"


def asked(alice: FlaskClient) -> set[int]:
    """The objectives of the questions that are asked."""
    return {question["objectiveId"] for question in alice.get(PATH).json["questions"]}


@pytest.fixture
def routing(bank: dict[str, Any]) -> int:
    objective: int = bank["Routing question 0"]["objectiveId"]
    return objective


@pytest.fixture
def cabling(bank: dict[str, Any]) -> int:
    objective: int = bank["Which two are cables?"]["objectiveId"]
    return objective


def at_level(database: LibsqlDatabase, levels: dict[int, float], exam: int = 1, user: int = 1) -> None:
    """Let the learner have these levels by objective."""
    mastery = {str(objective): {"level": level, "questionsAnswered": 10} for objective, level in levels.items()}
    database.execute_sql(
        "INSERT INTO user_progress (user_id, exam_id, objective_mastery) VALUES (?, ?, ?)"
        " ON CONFLICT (user_id, exam_id) DO UPDATE SET objective_mastery = excluded.objective_mastery",
        (user, exam, json.dumps(mastery)),
    )


def test_an_objective_without_answers_is_weak(
    alice: FlaskClient, bank: dict[str, Any], routing: int, cabling: int
) -> None:
    assert asked(alice) == {routing, cabling}
    answer(alice, bank["Which two are cables?"]["id"], ["a", "c"])
    assert asked(alice) == {routing}
    answer(alice, bank["Which two are cables?"]["id"], ["a"])
    assert asked(alice) == {routing, cabling}


def test_weak_is_below_seven_tenths(alice: FlaskClient, database: LibsqlDatabase, routing: int, cabling: int) -> None:
    at_level(database, {routing: 0.69, cabling: 0.7})
    assert asked(alice) == {routing}
    at_level(database, {routing: 0.9, cabling: 0.0})
    assert asked(alice) == {cabling}


def test_where_nothing_is_weak_everything_is_asked(
    alice: FlaskClient, database: LibsqlDatabase, routing: int, cabling: int
) -> None:
    at_level(database, {routing: 0.7, cabling: 1.0})
    assert asked(alice) == {routing, cabling}


def test_a_retired_objective_is_not_weak(
    alice: FlaskClient, ada: FlaskClient, database: LibsqlDatabase, routing: int, cabling: int
) -> None:
    ada.delete(f"/api/exams/1/objectives/{cabling}")
    assert asked(alice) == {routing}
    at_level(database, {routing: 0.8, cabling: 0.1})
    assert asked(alice) == {routing}  # since none of the others is weak


def test_levels_are_the_learners_own_and_of_this_exam(
    alice: FlaskClient, other_exam: list[dict[str, Any]], database: LibsqlDatabase, routing: int, cabling: int
) -> None:
    at_level(database, {routing: 0.9, cabling: 0.1})
    at_level(database, {routing: 0.1, cabling: 0.9}, user=2)
    at_level(database, {other_exam[0]["objectiveId"]: 0.1}, exam=2)
    assert asked(alice) == {cabling}


def test_a_weak_objective_of_another_exam_is_not_asked(
    alice: FlaskClient, other_exam: list[dict[str, Any]], routing: int, cabling: int
) -> None:
    assert asked(alice) == {routing, cabling}
    assert other_exam[0]["objectiveId"] not in (routing, cabling)


def test_recently_answered_questions_of_a_weak_objective_wait(
    alice: FlaskClient, bank: dict[str, Any], routing: int
) -> None:
    answer(alice, bank["Routing question 0"]["id"], "d")
    waiting = alice.get("/api/study/questions?examId=1&mode=weak_areas&limit=100").json["questions"]
    assert waiting.pop()["id"] == bank["Routing question 0"]["id"]
    assert {question["objectiveId"] for question in waiting} >= {routing}
