"""A plan has so many answers a day; the last one is given once, and what is left is told before it is used up."""

import datetime as dt
import threading
import zoneinfo
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests.conftest import client
from tests.study_service.conftest import answer, plan_of, rows

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


@pytest.fixture
def alice(plan_app: Flask, database: LibsqlDatabase) -> FlaskClient:
    return client(plan_app, "1", "user")


def midnight() -> str:
    """Alice's next one, as it stands on the wire."""
    tomorrow = dt.datetime.now(BERLIN).date() + dt.timedelta(days=1)
    begins = dt.datetime.combine(tomorrow, dt.time.min, BERLIN).astimezone(dt.UTC)
    return begins.strftime("%Y-%m-%dT%H:%M:%SZ")


def subscribe(database: LibsqlDatabase, status: str, expires_at: int | None) -> None:
    sql = "UPDATE users SET subscription_status = ?, subscription_expires_at = ? WHERE id = 1"
    database.batch([Statement(sql, (status, expires_at))])


def test_a_day_is_full_after_the_plans_answers(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    expected = {"name": "free", "dailyQuestions": 2, "resetsAt": midnight()}
    for used in (0, 1):
        assert expected.items() | {("usedToday", used)} <= plan_of(alice).items()
        assert answer(alice, routing[used], "a").status_code == 200
    before = rows(database, "SELECT * FROM user_answers, user_progress, questions")
    refused = answer(alice, routing[2], "a")
    assert (refused.status_code, refused.json["code"]) == (429, "PLAN_LIMIT_REACHED")
    assert {name: refused.json[name] for name in ("limit", "used", "resetsAt", "detail")} == {
        "limit": 2, "used": 2, "resetsAt": midnight(), "detail": "the free plan has 2 answers a day"
    }  # fmt: skip
    left_s = (dt.datetime.fromisoformat(midnight()) - dt.datetime.now(dt.UTC)).total_seconds()
    assert left_s <= int(refused.headers["Retry-After"]) <= left_s + 30
    assert not {"correctAnswer", "result"} & set(refused.json)
    assert rows(database, "SELECT * FROM user_answers, user_progress, questions") == before
    assert expected.items() | {("usedToday", 2)} <= plan_of(alice).items()
    assert alice.get("/api/study/questions?examId=1").status_code == 200


def test_answers_in_sessions_count_and_others_have_days_of_their_own(
    alice: FlaskClient, plan_app: Flask, routing: list[int]
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 3}).json
    ids = [question["id"] for question in session["questions"]]
    statuses = [answer(alice, number, ["a"], studySessionId=session["id"]).status_code for number in ids]
    assert statuses == [200, 200, 429]
    bob = client(plan_app, "2", "user")
    assert answer(bob, routing[0], "a").status_code == 200
    assert (plan_of(alice)["usedToday"], plan_of(bob)["usedToday"]) == (2, 1)


def test_a_replay_is_not_counted_and_answers_at_the_limit(alice: FlaskClient, routing: list[int]) -> None:
    first = answer(alice, routing[0], "a", key="k")
    again = answer(alice, routing[0], "a", key="k")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert plan_of(alice)["usedToday"] == 1
    answer(alice, routing[1], "a")
    assert answer(alice, routing[2], "a", key="new").status_code == 429
    late = answer(alice, routing[0], "a", key="k")
    assert (late.status_code, late.json) == (200, first.json)
    assert plan_of(alice)["usedToday"] == 2


def test_a_refused_key_is_free_for_the_next_day(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    answer(alice, routing[0], "a")
    answer(alice, routing[1], "a")
    assert answer(alice, routing[2], "a", key="k").status_code == 429
    database.batch([Statement("DELETE FROM learner_days")])
    done = answer(alice, routing[2], "a", key="k")
    assert (done.status_code, "Idempotency-Replayed" in done.headers) == (200, False)


def test_the_last_answer_of_a_day_is_given_once(
    alice: FlaskClient, plan_app: Flask, routing: list[int], database: LibsqlDatabase
) -> None:
    answer(alice, routing[0], "a")
    start, statuses = threading.Barrier(20), []

    def send() -> None:
        learner = client(plan_app, "1", "user")
        start.wait()
        statuses.append(answer(learner, routing[1], "a").status_code)
        database.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [429] * 19
    assert rows(database, "SELECT user_id, answered FROM learner_days") == [{"user_id": 1, "answered": 2}]
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 2}]


@pytest.mark.parametrize(
    ("status", "expires_in_s", "name", "daily"),
    [
        ("premium", None, "premium", 4),
        ("premium", 3600, "premium", 4),
        ("premium", -1, "free", 2),
        ("enterprise", 3600, "enterprise", None),
        ("enterprise", -1, "free", 2),
        ("free", -1, "free", 2),
    ],
)
def test_a_plan_counts_until_it_ends(
    alice: FlaskClient,
    routing: list[int],
    database: LibsqlDatabase,
    status: str,
    expires_in_s: int | None,
    name: str,
    daily: int | None,
) -> None:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    subscribe(database, status, None if expires_in_s is None else now + expires_in_s)
    statuses = [answer(alice, number, "a").status_code for number in routing[:5]]
    assert statuses.count(200) == (5 if daily is None else daily)
    told = plan_of(alice)
    assert (told["name"], told["dailyQuestions"], told["usedToday"]) == (name, daily, statuses.count(200))


def test_a_plan_that_ends_during_the_day_leaves_what_was_used(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    subscribe(database, "premium", None)
    for number in routing[:3]:
        answer(alice, number, "a")
    subscribe(database, "free", None)
    refused = answer(alice, routing[3], "a").json
    assert (refused["limit"], refused["used"], plan_of(alice)["usedToday"]) == (2, 3, 3)


@pytest.mark.parametrize(("user", "role"), [("3", "moderator"), ("4", "admin")])
def test_who_keeps_the_questions_has_no_limit(
    plan_app: Flask, routing: list[int], database: LibsqlDatabase, user: str, role: str
) -> None:
    keeper = client(plan_app, user, role)
    assert [answer(keeper, number, "a").status_code for number in routing[:4]] == [200] * 4
    told = plan_of(keeper)
    assert (told["dailyQuestions"], told["usedToday"]) == (None, 4)


def test_the_plan_is_one_round_trip_and_the_limit_one_statement_more(
    alice: FlaskClient, routing: list[int], count_queries: Any
) -> None:
    with count_queries() as statements:
        plan_of(alice)
    assert [statement.split(" FROM ")[1].split()[0].strip('"') for statement in statements] == [
        "users",
        "learner_days",
        "test_attempts",
    ]
    with count_queries() as statements:
        answer(alice, routing[0], "a")
    # four reads; the day, that it is not full, that nothing else was answered meanwhile, what is remembered,
    # that it is in no running test, statistics, that they changed, four of progress, three ratings, the answer,
    # mistakes, the receipt
    assert len(statements) == 4 + 17
    assert statements[4].startswith("INSERT INTO learner_days")
    assert statements[5].startswith("SELECT CASE WHEN ((SELECT answered FROM learner_days")
