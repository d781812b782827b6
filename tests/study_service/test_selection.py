"""What is asked next: within the filters, not asked lately, evenly, and at a cost that does not grow."""

import collections
import json
import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database
from study_service import selection
from study_service.selection import Wish
from tests.study_service.conftest import answer

PATH = "/api/study/questions?examId=1"


def ids(response: Any) -> list[int]:
    assert response.status_code == 200
    return [question["id"] for question in response.json["questions"]]


def test_a_pick_has_no_question_twice(alice: FlaskClient, bank: dict[str, Any]) -> None:
    for _ in range(20):
        picked = ids(alice.get(f"{PATH}&limit=10"))
        assert len(picked) == len(set(picked)) == 10


def test_filters_hold(alice: FlaskClient, bank: dict[str, Any]) -> None:
    cabling = bank["Which two are cables?"]["objectiveId"]
    assert len(ids(alice.get(f"{PATH}&objectiveIds={cabling}"))) == 2
    assert len(ids(alice.get(f"{PATH}&objectiveIds={cabling}&difficultyMin=2"))) == 1
    hard = alice.get(f"{PATH}&difficultyMin=4&difficultyMax=5").json["questions"]
    assert {question["difficulty"] for question in hard} == {4, 5}
    assert len(hard) == sum(question["difficulty"] >= 4 for question in bank.values())


def test_what_was_answered_lately_is_not_asked_again(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any]
) -> None:
    done = ids(alice.get(f"{PATH}&limit=5"))
    for question in done:
        answer(alice, question, "a")
    assert not set(done) & set(ids(alice.get(f"{PATH}&limit=100")))
    assert len(ids(alice.get(f"{PATH}&limit=100&excludeRecentHours=0"))) == 14
    assert len(ids(bob.get(f"{PATH}&limit=100"))) == 14


def test_an_answer_of_yesterday_no_longer_excludes(
    alice: FlaskClient, bank: dict[str, Any], database: Database
) -> None:
    answer(alice, bank["Routing question 0"]["id"], "a")
    database.execute_sql("UPDATE user_answers SET answered_at = unixepoch() - 25 * 3600")
    assert len(ids(alice.get(f"{PATH}&limit=100"))) == 14
    assert len(ids(alice.get(f"{PATH}&limit=100&excludeRecentHours=48"))) == 13


def test_only_approved_and_active_questions_are_asked(
    alice: FlaskClient, mo: FlaskClient, bank: dict[str, Any], database: Database
) -> None:
    one, two = bank["Routing question 0"]["id"], bank["Routing question 1"]["id"]
    mo.put(f"/api/questions/{one}/review", json={"status": "rejected"})
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = ?", (two,))
    for mode in ("practice", "speed_drill", "custom", "weak_areas"):
        assert not {one, two} & set(ids(alice.get(f"{PATH}&limit=100&mode={mode}")))


def test_review_asks_what_was_last_answered_wrongly(alice: FlaskClient, bank: dict[str, Any]) -> None:
    first, second, third = (bank[f"Routing question {n}"]["id"] for n in range(3))
    for question in (first, second, third):
        answer(alice, question, "d")
    answer(alice, second, "b")  # right this time
    assert ids(alice.get(f"{PATH}&mode=review")) == [third, first]
    assert ids(alice.get(f"{PATH}&mode=review&excludeRecentHours=1")) == []


def test_weak_areas_are_the_objectives_below_the_mark(alice: FlaskClient, bank: dict[str, Any]) -> None:
    cables = bank["Which two are cables?"]
    answer(alice, cables["id"], ["a", "c"])
    weak = alice.get(f"{PATH}&mode=weak_areas&limit=100&excludeRecentHours=0").json["questions"]
    assert {question["objectiveId"] for question in weak} == {bank["Routing question 0"]["objectiveId"]}
    answer(alice, cables["id"], ["a"])
    assert len(ids(alice.get(f"{PATH}&mode=weak_areas&limit=100&excludeRecentHours=0"))) == 14


def test_every_question_gets_its_turn(alice: FlaskClient, bank: dict[str, Any], database: Database) -> None:
    seen: collections.Counter[int] = collections.Counter()
    for _ in range(150):
        for question in ids(alice.get(f"{PATH}&limit=3&excludeRecentHours=0")):
            seen[question] += 1
            answer(alice, question, "a")
    assert len(seen) == 14
    # 450 draws over 14 questions are 32 each; the order is redrawn with every answer, so no question is stuck.
    assert min(seen.values()) > 10
    assert max(seen.values()) < 70


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "examId"),
        ("examId=0", "examId"),
        ("examId=x", "examId"),
        ("examId=1&limit=0", "limit"),
        ("examId=1&limit=101", "limit"),
        ("examId=1&limit=%D9%A3", "limit"),
        ("examId=1&objectiveIds=1,,2", "objectiveIds"),
        ("examId=1&objectiveIds=99", "objectiveIds"),
        ("examId=1&difficultyMin=0", "difficultyMin"),
        ("examId=1&difficultyMin=4&difficultyMax=2", "difficultyMin"),
        ("examId=1&mode=cram", "mode"),
        ("examId=1&excludeRecentHours=-1", "excludeRecentHours"),
        ("examId=1&unknown=1", "unknown"),
        ("examId=9223372036854775808", "examId"),
    ],
)
def test_a_wrong_query_names_its_field(alice: FlaskClient, bank: dict[str, Any], query: str, field: str) -> None:
    response = alice.get(f"/api/study/questions?{query}")
    assert response.status_code == 422
    assert field in response.json["errors"]


def test_an_unknown_exam_is_not_found(alice: FlaskClient, bank: dict[str, Any]) -> None:
    assert alice.get("/api/study/questions?examId=99").status_code == 404


def plan(database: Database, wish: Wish) -> list[str]:
    query = selection._query(1, wish)
    return [row[3] for row in database.execute_sql(f"EXPLAIN QUERY PLAN {query.sql}", query.parameters).fetchall()]


@pytest.mark.parametrize(
    ("wish", "index"),
    [
        (Wish(1, 20), "questions_shuffled_by_exam (exam_id=? AND difficulty=? AND shuffle_key>?)"),
        (Wish(1, 20, objective_ids=(1, 2)), "questions_shuffled_by_objective (objective_id=? AND difficulty=? AND"),
        (Wish(1, 20, mode="weak_areas"), "questions_shuffled_by_objective (objective_id=? AND difficulty=? AND"),
        (Wish(1, 20, mode="review"), "user_answers_wrong_by_user (user_id=?)"),
    ],
)
def test_a_pick_reads_only_stretches_of_indexes(database: Database, wish: Wish, index: str) -> None:
    steps = plan(database, wish)
    assert any(index in step for step in steps)
    # What is scanned are the lists made on the way: strata, laps, the limited list of wrong answers.
    scanned = [step for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
    assert not [step for step in scanned if any(table in step for table in ("questions", "user_answers", " x ", " q "))]


def fill(database: Database, questions: int, answers: int) -> None:
    """A bank and a learner's past of the given sizes, straight into the tables."""
    many = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
    options = json.dumps([{"id": "a", "text": "yes", "isCorrect": True}, {"id": "b", "text": "no", "isCorrect": False}])
    database.execute_sql(
        many + "INSERT INTO questions (exam_id, objective_id, text, answers, difficulty, review_status)"
        " SELECT 1, 1 + i % 2, 'question ' || i, ?, 1 + i % 5, 'approved' FROM n",
        (questions, options),
    )
    database.execute_sql(
        many
        + "INSERT INTO user_answers (user_id, question_id, selected_answer, is_correct, attempt_number, answered_at)"
        " SELECT 1, 15 + i % ?, 'a', i % 2, ? + i / ?, unixepoch() - 864000 FROM n",
        (answers, questions, questions, questions),
    )


@pytest.mark.only("file")  # the engine's cost, without the way to it
def test_the_cost_of_a_pick_and_of_an_answer_does_not_grow(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: Database
) -> None:
    def best(call: Any, rounds: int = 15) -> float:
        times = []
        for _ in range(rounds):
            begin = time.perf_counter()
            assert call().status_code == 200
            times.append(time.perf_counter() - begin)
        return min(times)

    def costs() -> tuple[float, float]:
        fresh = iter(ids(alice.get(f"{PATH}&limit=100")))
        return best(lambda: alice.get(f"{PATH}&limit=20")), best(lambda: answer(alice, next(fresh), "a"))

    fill(database, 500, 50)
    small = costs()
    fill(database, 200_000, 50_000)
    large = costs()
    assert large[0] < small[0] * 3
    assert large[1] < small[1] * 3
