"""What comes between the read of a batch of answers and its writing stops no other answer."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from tests.conftest import client
from tests.study_service.conftest import answer, meanwhile, row
from tests.study_service.offline.sending import CABLING, URL, ago, given, send, statuses, stored


def test_of_the_same_batch_at_the_same_moment_each_answer_counts_once(
    study_app: Flask, alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    items = [given(f"{n}", routing[n], when="2026-11-20T10:00:00Z") for n in range(5)]
    callers = [client(study_app, "1", "user") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda caller: send(caller, *items), callers))
    results = [[outcome["result"] for outcome in outcomes] for outcomes in answers]
    assert all(result == results[0] for result in results)
    recorded = [outcome["status"] for outcomes in answers for outcome in outcomes].count("recorded")
    assert recorded == len(stored(database)) == 5
    assert row(database, "questions", routing[0])["total_attempts"] == 1
    database.close()


def test_what_changes_between_the_read_and_the_batch_is_told_in_its_own_outcome(
    alice: FlaskClient, bank: dict[str, Any], routing: list[int], database: LibsqlDatabase, settings: Settings
) -> None:
    session = alice.post("/api/study/sessions", json=CABLING).json
    inside = given("4", session["questions"][0]["id"], ["a"], studySessionId=session["id"])
    items = [given(f"{n}", routing[n]) for n in range(4)]
    withdraw = "UPDATE questions SET is_active = 0 WHERE id = ?"
    with meanwhile(database, settings, "FROM client_answers", withdraw, routing[1]):
        outcomes = send(alice, *items[:2], inside, *items[2:])
    assert statuses(outcomes) == [
        ("0", "recorded"),
        ("1", "NOT_FOUND"),
        ("4", "recorded"),
        ("2", "recorded"),
        ("3", "recorded"),
    ]
    assert len(stored(database)) == 4
    assert row(database, "questions", routing[0])["total_attempts"] == 1


def test_a_row_that_cannot_be_used_refuses_its_answer_alone(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    session = alice.post("/api/study/sessions", json=CABLING).json
    database.batch([Statement("UPDATE study_sessions SET created_at = 1 << 60")])
    inside = given("1", session["questions"][0]["id"], ["a"], studySessionId=session["id"])
    outcomes = send(alice, given("0", routing[0]), inside, given("2", routing[2]))
    assert statuses(outcomes) == [("0", "recorded"), ("1", "CONFLICT"), ("2", "recorded")]
    assert len(stored(database)) == 2


def test_the_day_may_fill_up_between_the_read_and_the_batch(
    plan_app: Flask, bank: dict[str, Any], routing: list[int], database: LibsqlDatabase, settings: Settings
) -> None:
    learner = client(plan_app, "1", "user")
    answer(learner, routing[0], "a")
    full = "UPDATE learner_days SET answered = 2 WHERE user_id = ?"
    with meanwhile(database, settings, "FROM client_answers", full, 1):
        outcomes = send(learner, given("1", routing[1], when=ago(0)), given("2", routing[2], when=ago(3 * 86400)))
    assert statuses(outcomes) == [("1", "PLAN_LIMIT_REACHED"), ("2", "recorded")]
    assert len(stored(database)) == 2


def test_the_whole_request_has_a_key_too(alice: FlaskClient, routing: list[int], database: LibsqlDatabase) -> None:
    items = given("1", routing[0], when="2026-11-20T10:00:00Z"), given("2", 999, when="2026-11-20T10:00:00Z")
    first = alice.post(URL, json={"answers": items}, headers={"Idempotency-Key": "k"})
    again = alice.post(URL, json={"answers": items}, headers={"Idempotency-Key": "k"})
    assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")
    assert statuses(again.json["answers"]) == [("1", "recorded"), ("2", "NOT_FOUND")]
    assert alice.get("/api/requests/k").json["body"] == first.json
    assert alice.post(URL, json={"answers": items[:1]}, headers={"Idempotency-Key": "k"}).status_code == 409
    assert len(stored(database)) == 1


def test_a_key_is_kept_where_the_batch_went_in_parts(
    alice: FlaskClient, routing: list[int], database: LibsqlDatabase, settings: Settings
) -> None:
    items = [given(f"{n}", routing[n], when="2026-11-20T10:00:00Z") for n in range(3)]
    with meanwhile(
        database, settings, "FROM client_answers", "UPDATE questions SET is_active = 0 WHERE id = ?", routing[1]
    ):
        first = send(alice, *items, key="k")
    assert send(alice, *items, key="k") == first
    assert statuses(first) == [("0", "recorded"), ("1", "NOT_FOUND"), ("2", "recorded")]
