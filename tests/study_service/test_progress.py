"""How far a learner has come, as the routes show it: every exam begun, and one exam by objective."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer, submit


def seen_in_berlin(database: LibsqlDatabase, bank: dict[str, Any]) -> None:
    """Alice's two answers of 45 seconds, one right, the second after midnight in Berlin."""
    submit("2026-03-01T12:00:00+00:00", bank["Routing question 0"]["id"], "a", seconds=45)
    submit("2026-03-01T23:30:00+00:00", bank["Routing question 1"]["id"], "a", seconds=45)


COUNTED = {
    "examId": 1,
    "examCode": "T-1",
    "examName": "Test exam",
    "questionsAvailable": 14,
    "totalQuestionsSeen": 2,
    "uniqueQuestionsSeen": 2,
    "totalCorrect": 1,
    "totalIncorrect": 1,
    "overallAccuracy": 0.5,
    "currentStreak": 0,
    "longestStreak": 0,
    "studyDaysCount": 0,
    "lastStudyDate": "2026-03-02",
    "totalStudyMinutes": 1,
    "avgTimePerQuestion": 45.0,
}


def test_the_overview_tells_every_counter(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    seen_in_berlin(database, bank)
    assert alice.get("/api/progress").json == {"progress": [COUNTED], "next": None}


def test_an_exam_tells_the_same_and_its_objectives(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    seen_in_berlin(database, bank)
    ids = [bank[text]["objectiveId"] for text in ("Routing question 0", "Which two are cables?")]
    routing = {"id": ids[0], "code": "1", "name": "Routing", "weight": 0.6}
    cabling = {"id": ids[1], "code": "2", "name": "Cabling", "weight": 0.4}
    days = (dt.datetime.now(ZoneInfo("Europe/Berlin")).date() - dt.date(2026, 3, 2)).days
    body = alice.get("/api/progress/exams/1").json
    gains = {entry["id"]: entry.pop("possibleGain") for entry in body["nextObjectives"]}
    assert body == COUNTED | {
        "passingScore": 0.65,
        "objectives": [
            routing | {"level": None, "questionsAnswered": 2, "lastStudied": "2026-03-01T23:30:00Z"},
            cabling | {"level": None, "questionsAnswered": 0, "lastStudied": None},
        ],
        "readiness": {
            "score": None,
            "low": None,
            "high": None,
            "enoughData": False,
            "reasons": [
                "Routing: 2 of the 5 answers that a level needs",
                "Cabling: 0 of the 5 answers that a level needs",
                f"not studied for {days} days",
            ],
        },
        "predictedScore": None,
        "weakTopics": [],
        "nextObjectives": [{"id": ids[0], "name": "Routing"}, {"id": ids[1], "name": "Cabling"}],
    }
    # of two answers the latest, which is wrong, weighs a little more
    assert gains[ids[1]] == pytest.approx(0.4 * 0.5)
    assert 0.6 * 0.5 < gains[ids[0]] < 0.6 * 0.51


def test_before_the_first_answer_everything_is_zero(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    seen_in_berlin(database, bank)
    zeros = {name: 0 for name, value in COUNTED.items() if isinstance(value, int | float)}
    body = bob.get("/api/progress/exams/1").json
    assert {name: body[name] for name in COUNTED} == COUNTED | zeros | {
        "examId": 1,
        "questionsAvailable": 14,
        "lastStudyDate": None,
        "avgTimePerQuestion": None,
    }
    assert [objective["level"] for objective in body["objectives"]] == [None, None]
    assert bob.get("/api/progress").json == {"progress": [], "next": None}


def test_the_exam_studied_last_comes_first(
    alice: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]]
) -> None:
    def order() -> list[str]:
        return [progress["examCode"] for progress in alice.get("/api/progress").json["progress"]]

    submit("2026-03-01T12:00:00+00:00", bank["Routing question 0"]["id"])
    submit("2026-03-01T12:00:01+00:00", other_exam[0]["id"])
    assert order() == ["T-2", "T-1"]
    submit("2026-03-01T12:00:02+00:00", bank["Routing question 0"]["id"])
    assert order() == ["T-1", "T-2"]
    submit("2026-03-01T12:00:02+00:00", other_exam[0]["id"])
    assert order() == ["T-1", "T-2"]  # at the same second, the exam begun first
    submit("2026-03-01T12:00:03+00:00", other_exam[0]["id"])
    submit("2026-02-01T12:00:00+00:00", other_exam[0]["id"])  # an answer that comes late is none of now
    assert order() == ["T-2", "T-1"]


def test_objectives_come_in_the_exams_order_without_those_taken_back(
    alice: FlaskClient,
    ada: FlaskClient,
    bank: dict[str, Any],
    other_exam: list[dict[str, Any]],
    database: LibsqlDatabase,
) -> None:
    added = [
        ada.post("/api/exams/1/objectives", json={"code": name, "name": name, "sortOrder": order}).json["id"]
        for name, order in (("Last", 9), ("First", 0), ("Retired", 0))
    ]
    ada.delete(f"/api/exams/1/objectives/{added[2]}")
    names = [objective["name"] for objective in alice.get("/api/progress/exams/1").json["objectives"]]
    assert names == ["Routing", "First", "Cabling", "Last"]


def test_an_exam_out_of_the_catalog_shows_no_progress(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any]
) -> None:
    answer(alice, bank["Routing question 0"]["id"], "a")
    ada.delete("/api/exams/1")
    assert alice.get("/api/progress/exams/1").status_code == 404
    assert alice.get("/api/progress/exams/99").status_code == 404
    assert [p["examCode"] for p in alice.get("/api/progress").json["progress"]] == ["T-1"]  # what was begun stays


def test_the_column_that_others_read_shows_each_learner_her_own_mastery(
    bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    question = bank["Routing question 0"]["id"]
    submit("2026-03-01T12:00:00+00:00", question, "a", user=1)
    for _ in range(2):
        submit("2026-03-01T12:00:00+00:00", question, "b", user=2)
    submit("2026-03-01T12:00:00+00:00", question, "a", user=1)
    shown = """
        SELECT user_id, e.value->>'questionsAnswered', e.value->>'correct'
        FROM user_progress, json_each(objective_mastery) e ORDER BY user_id
    """
    counts = "SELECT user_id, answered, correct FROM objective_mastery ORDER BY user_id"
    kept = database.execute_sql(counts).fetchall()
    assert [(user, answered) for user, answered, _ in kept] == [(1, 2), (2, 2)]
    assert kept[0][2] != kept[1][2]
    assert database.execute_sql(shown).fetchall() == kept
