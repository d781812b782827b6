"""Clocks that lie, days that are full and sessions that are over bound answers given offline as others."""

import datetime as dt
import time
import zoneinfo
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests.conftest import client
from tests.study_service.conftest import answer, row, rows
from tests.study_service.offline.sending import CABLING, ago, given, kept, send, statuses


def test_a_client_whose_clock_lies(alice: FlaskClient, routing: list[int], database: LibsqlDatabase) -> None:
    """The case client-clock-lies."""
    now = int(time.time())
    database.batch([Statement("UPDATE users SET timezone = 'Pacific/Auckland' WHERE id = 1")])
    outcomes = send(
        alice,
        given("d1-1", routing[0], timeSpentSeconds=-4, when="2027-01-01T00:00:00Z"),
        given("d1-1b", routing[0], when="2090-01-01T00:00:00Z"),
        given("d1-2", routing[1], "b", timeSpentSeconds=90_000, when="1970-01-01T00:00:00Z"),
        given("d1-2b", routing[1], "b", when="1970-01-01T00:00:00Z"),
        given("d1-3", routing[2], when=ago(2 * 3600)),
    )
    assert statuses(outcomes) == [
        ("d1-1", "VALIDATION_FAILED"),
        ("d1-1b", "recorded"),
        ("d1-2", "VALIDATION_FAILED"),
        ("d1-2b", "recorded"),
        ("d1-3", "recorded"),
    ]
    oldest, middle, newest = rows(database, "SELECT answered_at AS at, day FROM user_answers ORDER BY id")
    assert now - 30 * 86400 <= oldest["at"] <= now - 30 * 86400 + 60
    assert now - 7200 <= middle["at"] <= now - 7140
    assert now <= newest["at"] <= now + 60

    zone = zoneinfo.ZoneInfo("Pacific/Auckland")
    for one in (oldest, middle, newest):
        assert one["day"] == dt.datetime.fromtimestamp(one["at"], zone).date().isoformat()
    progress = outcomes[1]["result"]["progress"]
    assert (progress["totalQuestionsSeen"], progress["totalStudyMinutes"]) == (3, 0)
    assert progress["avgTimePerQuestion"] == 9
    assert progress["currentStreak"] <= 2


def test_the_plan_bounds_each_local_day(
    plan_app: Flask, bank: dict[str, Any], routing: list[int], database: LibsqlDatabase, count_queries: Any
) -> None:
    """Two answers a day: the learner has one of today already."""
    learner = client(plan_app, "1", "user")
    answer(learner, routing[0], "a")
    today = [given(f"today {n}", routing[n], when=ago(n / 10)) for n in (3, 2, 1)]
    before = [given(f"before {n}", routing[n], when=ago(3 * 86400 + n)) for n in (6, 5, 4)]
    with count_queries() as statements:
        outcomes = send(learner, *today, *before)
    assert kept(statements) == 3  # in one batch
    assert statuses(outcomes) == [
        ("today 3", "recorded"),
        ("today 2", "PLAN_LIMIT_REACHED"),
        ("today 1", "PLAN_LIMIT_REACHED"),
        ("before 6", "recorded"),
        ("before 5", "recorded"),
        ("before 4", "PLAN_LIMIT_REACHED"),
    ]
    refused = outcomes[1]["problem"]
    assert (refused["status"], refused["limit"], refused["used"]) == (429, 2, 2)
    days = rows(database, "SELECT answered FROM learner_days ORDER BY day")
    assert days == [{"answered": 2}, {"answered": 2}]


def test_a_session_takes_one_answer_to_each_question(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, count_queries: Any
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 3}).json
    one, two, three = (question["id"] for question in session["questions"])
    inside = {"studySessionId": session["id"]}
    first = answer(alice, one, ["a"], **inside)
    assert first.status_code == 200
    items = (
        given("1", one, ["a"], **inside, when=ago(50)),
        given("2", two, ["b"], **inside, when=ago(20)),
        given("2, earlier", two, ["a"], **inside, when=ago(30)),
        given("3", three, ["a"], **inside, when=ago(10)),
    )
    with count_queries() as statements:
        outcomes = send(alice, *items)
    assert kept(statements) == 2  # in one batch
    assert statuses(outcomes) == [("1", "CONFLICT"), ("2", "CONFLICT"), ("2, earlier", "recorded"), ("3", "recorded")]
    assert outcomes[0]["problem"]["detail"] == "this question was answered in this session already"
    assert outcomes[3]["result"]["session"]["totalQuestions"] == 3
    counted = row(database, "study_sessions", session["id"])
    assert (counted["total_questions"], counted["time_spent_seconds"]) == (3, 10 + 2 * 9)


def test_an_old_answer_does_not_make_a_session_idle(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    session = alice.post("/api/study/sessions", json=CABLING).json
    before = row(database, "study_sessions", session["id"])["last_activity"]
    send(alice, given("1", session["questions"][0]["id"], ["a"], studySessionId=session["id"], when=ago(5 * 3600)))
    after = row(database, "study_sessions", session["id"])
    assert (after["total_questions"], after["last_activity"]) == (1, before)
