"""Progress: days are the learner's own, and counters agree with the answers they came from."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database
from shared_schema.idempotency import Once
from study_service import answers
from study_service.answers import Submission
from tests.conftest import caught_up
from tests.study_service.conftest import answer


def study_at(moment: str, question: int, user: int = 1) -> dict[str, Any]:
    caught_up()
    now = dt.datetime.fromisoformat(moment)
    receipt = answers.submit(user, Submission(question, "a", 60), now, Once(f"user:{user}"))
    progress: dict[str, Any] = receipt.document["progress"]
    return progress


def test_days_in_a_row_are_days_of_the_learner(alice: FlaskClient, bank: dict[str, Any]) -> None:
    """Alice lives in Berlin: 23:30 UTC is half past midnight, or half past one in summer."""
    question = bank["Routing question 0"]["id"]
    assert study_at("2026-03-01T12:00:00+00:00", question)["current_streak"] == 1
    same_day = study_at("2026-03-01T22:30:00+00:00", question)
    assert (same_day["current_streak"], same_day["study_days_count"]) == (1, 1)
    next_day = study_at("2026-03-01T23:30:00+00:00", question)
    assert (next_day["current_streak"], next_day["last_study_date"]) == (2, "2026-03-02")
    assert study_at("2026-03-03T08:00:00+00:00", question)["current_streak"] == 3
    after_a_gap = study_at("2026-03-05T08:00:00+00:00", question)
    assert (after_a_gap["current_streak"], after_a_gap["longest_streak"]) == (1, 3)
    assert after_a_gap["study_days_count"] == 4


def test_the_clock_change_is_no_gap(bank: dict[str, Any]) -> None:
    question = bank["Routing question 0"]["id"]
    for moment in ("2026-03-28T22:59:00+00:00", "2026-03-28T23:30:00+00:00", "2026-03-29T22:30:00+00:00"):
        last = study_at(moment, question)
    assert (last["current_streak"], last["last_study_date"]) == (3, "2026-03-30")


def test_travelling_west_does_not_break_a_streak(bank: dict[str, Any], database: Database) -> None:
    question = bank["Routing question 0"]["id"]
    study_at("2026-03-01T12:00:00+00:00", question)
    study_at("2026-03-01T23:30:00+00:00", question)  # the 2nd in Berlin
    database.execute_sql("UPDATE users SET timezone = 'America/Los_Angeles' WHERE id = 1")
    again = study_at("2026-03-02T01:00:00+00:00", question)  # the 1st in Los Angeles
    assert (again["current_streak"], again["last_study_date"], again["study_days_count"]) == (2, "2026-03-02", 2)


def test_an_unknown_time_zone_counts_as_utc(bank: dict[str, Any], database: Database) -> None:
    database.execute_sql("UPDATE users SET timezone = '../etc/passwd' WHERE id = 1")
    progress = study_at("2026-03-01T23:30:00+00:00", bank["Routing question 0"]["id"])
    assert progress["last_study_date"] == "2026-03-01"


def test_minutes_are_not_lost_to_rounding(bank: dict[str, Any], alice: FlaskClient) -> None:
    question = bank["Routing question 0"]["id"]
    for _ in range(7):
        result = answer(alice, question, "a").json["result"]  # 10 seconds each
    assert result["progress"]["totalStudyMinutes"] == 1
    assert result["progress"]["avgTimePerQuestion"] == 10


def test_progress_by_objective(alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any]) -> None:
    answer(alice, bank["Routing question 0"]["id"], "a")
    answer(alice, bank["Routing question 1"]["id"], "a")
    answer(alice, bank["Glass conducts electricity."]["id"], "b")
    body = alice.get("/api/progress/exams/1").json
    assert (body["examCode"], body["totalQuestionsSeen"], body["questionsAvailable"]) == ("T-1", 3, 14)
    levels = {o["name"]: (o["level"], o["questionsAnswered"]) for o in body["objectives"]}
    assert levels == {"Routing": (0.5, 2), "Cabling": (1.0, 1)}
    others = bob.get("/api/progress/exams/1").json
    assert (others["totalQuestionsSeen"], others["objectives"][0]["level"]) == (0, None)
    assert bob.get("/api/progress").json == {"progress": [], "next": None}
    assert alice.get("/api/progress/exams/99").status_code == 404


@pytest.mark.parametrize("seed", range(3))
def test_counters_agree_with_the_answers(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: Database, seed: int
) -> None:
    for n, question in enumerate([*bank.values()] * 2):
        several = question["type"] == "multi_select"
        selected = "abcd"[(n * 7 + seed) % len(question["answers"])]
        answer(alice if n % 3 else bob, question["id"], [selected] if several else selected)
    stored = database.execute_sql(
        "SELECT user_id, total_questions_seen, unique_questions_seen, total_correct, total_study_seconds"
        " FROM user_progress ORDER BY user_id"
    ).fetchall()
    counted = database.execute_sql(
        "SELECT user_id, count(*), count(DISTINCT question_id), sum(is_correct), sum(time_spent_seconds)"
        " FROM user_answers GROUP BY user_id ORDER BY user_id"
    ).fetchall()
    assert stored == counted
    wrong = database.execute_sql(
        "SELECT q.id FROM questions q WHERE (q.total_attempts, q.correct_attempts, q.total_time_seconds) <>"
        " (SELECT count(*), sum(is_correct), sum(time_spent_seconds) FROM user_answers WHERE question_id = q.id)"
    ).fetchall()
    assert wrong == []
