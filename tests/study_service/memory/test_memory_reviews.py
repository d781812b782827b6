"""`GET /api/study/reviews`: what is due for a learner, without its key, and how much on the next days."""

import datetime as dt
import time
import zoneinfo
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from study_service.memory import model
from tests.conftest import client
from tests.study_service.conftest import answer, iso, meanwhile, submit
from tests.study_service.memory.remembered import DAY, state
from tests.study_service.test_no_leaks import placed, public
from tests.study_service.test_plans import Plans, plans, uses, walks

__all__ = ["plans"]

REVIEWS = "/api/study/reviews?examId=1"
NOW = int(time.time())


@pytest.fixture
def due(bank: dict[str, Any], routing: list[int], database: LibsqlDatabase) -> list[int]:
    """Five questions that Alice, who is in Greenwich, has answered ten days ago, due in the order of stabilities."""
    database.batch([Statement("UPDATE users SET timezone = 'UTC' WHERE id = 1")])
    for n, question in enumerate(routing[:5]):
        submit(iso(NOW - 10 * DAY), question, "a", seconds=n)
        change(database, question, stability=1.0 + n, due_at=NOW - (9 - n) * DAY)
    return routing[:5]


def change(database: LibsqlDatabase, question: int, **columns: Any) -> None:
    values = ", ".join(f"{name} = ?" for name in columns)
    sql = f"UPDATE memory_states SET {values} WHERE question_id = ?"
    database.batch([Statement(sql, (*columns.values(), question))])


def reviews(learner: FlaskClient, query: str = "") -> dict[str, Any]:
    response = learner.get(REVIEWS + query)
    assert response.status_code == 200, response.json
    body: dict[str, Any] = response.json
    return body


def ids(body: dict[str, Any]) -> list[int]:
    return [question["id"] for question in body["questions"]]


def forecast(body: dict[str, Any]) -> list[int]:
    return [day["due"] for day in body["forecast"]]


def test_what_is_due_is_the_public_part_with_its_times(
    alice: FlaskClient, bank: dict[str, Any], due: list[int], database: LibsqlDatabase
) -> None:
    body = reviews(alice)
    assert set(body) == {"questions", "dueCount", "forecast", "unplanned"}
    by_id = {question["id"]: question for question in bank.values()}
    for n, question in enumerate(body["questions"]):
        stored = state(database, due[n])
        times = {name: question.pop(name) for name in ("dueAt", "retrievability", "lastReviewedAt")}
        assert placed(question) == public(by_id[due[n]])
        assert times == {
            "dueAt": iso(stored["due_at"]),
            "lastReviewedAt": iso(NOW - 10 * DAY),
            "retrievability": model.retrievability(1.0 + n, NOW - 10 * DAY, NOW, model.scheduler(None)),
        }
    assert (body["dueCount"], body["unplanned"], forecast(body)) == (5, 0, [5] + [0] * 29)


def test_it_is_the_learners_own(alice: FlaskClient, bob: FlaskClient, due: list[int]) -> None:
    assert (ids(reviews(alice)), ids(reviews(bob)), reviews(bob)["dueCount"]) == (due, [], 0)


def test_a_limit_cuts_the_list_and_not_the_count(alice: FlaskClient, due: list[int]) -> None:
    body = reviews(alice, "&limit=2")
    assert (ids(body), body["dueCount"]) == (due[:2], 5)


def test_an_answer_takes_a_question_off_the_list(alice: FlaskClient, due: list[int], database: LibsqlDatabase) -> None:
    result = answer(alice, due[0], "a").json["result"]
    body = reviews(alice)
    assert ids(body) == due[1:]
    again = dt.datetime.fromisoformat(result["nextReviewAt"]).date().isoformat()
    assert {day["date"]: day["due"] for day in body["forecast"] if day["due"]} == {iso(NOW)[:10]: 4, again: 1}


def test_weights_of_the_learner_tell_what_is_forgotten(
    alice: FlaskClient, due: list[int], database: LibsqlDatabase
) -> None:
    weights = [*model.scheduler(None).parameters[:20], 0.8]
    sql = "INSERT INTO memory_weights (user_id, number, algorithm, weights) VALUES (1, 1, 1, ?)"
    database.batch([Statement(sql, (model.text(weights),))])
    chance = model.retrievability(1.0, NOW - 10 * DAY, NOW, model.scheduler(model.text(weights)))
    assert reviews(alice)["questions"][0]["retrievability"] == chance


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE questions SET is_active = 0 WHERE id = ?",
        "UPDATE questions SET review_status = 'pending' WHERE id = ?",
        "DELETE FROM questions WHERE id = ?",
    ],
)
def test_what_is_not_asked_is_neither_shown_nor_counted(
    alice: FlaskClient, due: list[int], database: LibsqlDatabase, sql: str
) -> None:
    database.batch([Statement(sql, (due[1],))])
    body = reviews(alice)
    assert (ids(body), body["dueCount"], forecast(body)[0]) == ([due[0], *due[2:]], 4, 4)


def test_a_question_that_cannot_be_used_has_a_stand_in(
    alice: FlaskClient, due: list[int], database: LibsqlDatabase
) -> None:
    database.batch([Statement("UPDATE questions SET answers = 'no JSON' WHERE id = ?", (due[0],))])
    assert ids(reviews(alice, "&limit=2")) == due[1:3]


def test_of_an_exam_that_is_not_in_the_catalog_nothing_is_due(
    alice: FlaskClient, due: list[int], database: LibsqlDatabase
) -> None:
    assert alice.get("/api/study/reviews?examId=99").json["code"] == "NOT_FOUND"
    database.batch([Statement("UPDATE exams SET is_active = 0")])
    assert alice.get(REVIEWS).json["code"] == "NOT_FOUND"


def test_each_exam_has_its_own(
    alice: FlaskClient, due: list[int], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    submit(iso(NOW - DAY), other_exam[0]["id"], "b")
    assert ids(reviews(alice)) == due
    assert ids(alice.get("/api/study/reviews?examId=2").json) == [other_exam[0]["id"]]


def test_questions_of_a_running_test_are_not_given_away(
    alice: FlaskClient, due: list[int], database: LibsqlDatabase
) -> None:
    test = alice.post("/api/tests", json={"examId": 1, "questionCount": 14}).json
    body = reviews(alice)
    assert (ids(body), body["dueCount"], forecast(body)) == ([], 0, [0] * 30)
    alice.post(f"/api/tests/{test['id']}/submit", json={})
    assert ids(reviews(alice)) == due


def test_days_are_those_of_the_learners_zone(alice: FlaskClient, due: list[int], database: LibsqlDatabase) -> None:
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"):
        assert alice.patch("/api/auth/me", json={"timezone": zone}).status_code == 200
        today = dt.datetime.now(zoneinfo.ZoneInfo(zone)).date()
        midnight = dt.datetime.combine(today + dt.timedelta(days=2), dt.time.min, zoneinfo.ZoneInfo(zone))
        for question, seconds in zip(due, (-1, 0, 3600, 86_399, 86_400), strict=True):
            change(database, question, due_at=int(midnight.timestamp()) + seconds)
        body = reviews(alice)
        assert body["forecast"][0]["date"] == today.isoformat()
        assert forecast(body)[:5] == [0, 1, 3, 1, 0]
        assert body["forecast"][29]["date"] == (today + dt.timedelta(days=29)).isoformat()


def sit(learner: FlaskClient, days: int | None) -> None:
    """The learner notes that the exam is in so many days."""
    day = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days or 0)).isoformat()
    dates = {} if days is None else {"1": day}
    assert learner.patch("/api/auth/me", json={"examDates": dates}).status_code == 200


def test_an_exam_that_moves_moves_what_is_due_and_changes_no_row(
    alice: FlaskClient, due: list[int], database: LibsqlDatabase
) -> None:
    """Two of the five would be due long after it."""
    for question, days in zip(due, (-1, 2, 4, 40, 400), strict=True):
        change(database, question, due_at=NOW + days * DAY)
    before = [state(database, question) for question in due]
    assert forecast(reviews(alice))[:6] == [1, 0, 1, 0, 1, 0]
    for days, wanted in ((3, [1, 0, 1, 3, 0]), (10, [1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 2, 0])):
        sit(alice, days)
        assert (forecast(reviews(alice))[: len(wanted)], sum(forecast(reviews(alice)))) == (wanted, 5)
    sit(alice, 0)
    last = reviews(alice)
    assert (sorted(ids(last)), last["dueCount"], forecast(last)[:2]) == (due, 5, [5, 0])
    midnight = f"{iso(NOW)[:10]}T00:00:00Z"
    assert {question["dueAt"] for question in last["questions"] if question["id"] != due[0]} == {midnight}
    sit(alice, None)
    assert forecast(reviews(alice))[:6] == [1, 0, 1, 0, 1, 0]
    assert [state(database, question) for question in due] == before


def test_the_day_has_so_many_reviews_and_those_done_count(
    two_a_day: Flask, due: list[int], routing: list[int], database: LibsqlDatabase
) -> None:
    """An answer to a question that was not seen before is no review."""
    alice = client(two_a_day, "1", "user")
    right = dict(zip(routing, "abcdabcd", strict=True))
    body = reviews(alice)
    assert (ids(body), body["dueCount"], forecast(body)[:4]) == (due[:2], 2, [2, 2, 1, 0])
    answer(alice, routing[5], right[routing[5]], confidenceLevel=4)
    assert reviews(alice)["dueCount"] == 2
    answer(alice, due[0], right[due[0]], confidenceLevel=4)
    answer(alice, due[0], right[due[0]], confidenceLevel=4)
    body = reviews(alice)
    assert (ids(body), body["dueCount"], forecast(body)[:4]) == ([due[1]], 1, [1, 2, 1, 0])
    answer(alice, due[1], right[due[1]], confidenceLevel=4)
    assert (ids(reviews(alice)), forecast(reviews(alice))[:3]) == ([], [0, 2, 1])
    sit(alice, 1)
    body = reviews(alice)
    assert (forecast(body)[:3], body["unplanned"]) == ([0, 2, 0], 4)  # one is left, and all three answered today


def test_the_plan_reads_only_what_it_needs(alice: FlaskClient, due: list[int], plans: Plans) -> None:
    found = plans(lambda: alice.get(REVIEWS))
    assert walks(found) == []
    assert uses(found, "memory_states_user_id_exam_id_due_at (user_id=? AND exam_id=? AND due_at<?)")
    assert uses(found, "memory_states_reviewed (user_id=? AND exam_id=? AND last_review_at>?)")
    sorts = [sql for sql, steps in found.items() for step in steps if "TEMP B-TREE" in step]
    assert ["FROM json_each(?) w CROSS JOIN questions" in sql for sql in sorts] == [True]  # of the page alone


@pytest.mark.only("file", "server")  # a replica has the same moment for both reads
def test_a_question_that_is_withdrawn_between_the_two_reads_is_not_served(
    alice: FlaskClient, bank: dict[str, Any], due: list[int], database: LibsqlDatabase, settings: Settings
) -> None:
    """A moderator takes one back, another deletes one, while the answer is put together."""
    withdrawn = [
        Statement("UPDATE questions SET review_status = 'pending' WHERE id = ?", (due[1],)),
        Statement("UPDATE questions SET is_active = 0 WHERE id = ?", (due[3],)),
    ]
    with meanwhile(database, settings, "FROM memory_states m", withdrawn):
        assert ids(reviews(alice)) == [due[0], due[2], due[4]]
