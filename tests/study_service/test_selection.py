"""What is asked next: questions within the filters, not asked lately, each in its turn."""

import collections
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer

PATH = "/api/study/questions?examId=1"


def ids(response: Any) -> list[int]:
    assert response.status_code == 200
    return [question["id"] for question in response.json["questions"]]


def test_a_pick_has_no_question_twice(alice: FlaskClient, bank: dict[str, Any]) -> None:
    for _ in range(20):
        picked = ids(alice.get(f"{PATH}&limit=10"))
        assert len(picked) == len(set(picked)) == 10


def test_twenty_are_asked_unless_the_learner_says_so(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    database.execute_sql(
        "INSERT INTO questions (exam_id, objective_id, text, answers, difficulty, review_status)"
        " SELECT exam_id, objective_id, text || ' again', answers, difficulty, review_status FROM questions"
    )
    assert len(ids(alice.get(PATH))) == 20
    assert len(ids(alice.get(f"{PATH}&limit=3"))) == 3
    assert len(ids(alice.get(f"{PATH}&limit=100"))) == 28


def test_filters_hold(alice: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]]) -> None:
    """Each filter alone and both together, against the bank as its moderator sees it."""
    cabling = bank["Which two are cables?"]["objectiveId"]
    routing = bank["Routing question 0"]["objectiveId"]
    everything = bank.values()
    for query, wanted in (
        ("", everything),
        (f"&objectiveIds={cabling}", [q for q in everything if q["objectiveId"] == cabling]),
        (f"&objectiveIds={cabling},{routing}", everything),
        ("&difficultyMin=4", [q for q in everything if q["difficulty"] >= 4]),
        ("&difficultyMax=2", [q for q in everything if q["difficulty"] <= 2]),
        ("&difficultyMin=2&difficultyMax=2", [q for q in everything if q["difficulty"] == 2]),
        (f"&objectiveIds={cabling}&difficultyMin=2", [bank["Which two are cables?"]]),
        (f"&mode=weak_areas&objectiveIds={cabling}", [q for q in everything if q["objectiveId"] == cabling]),
        ("&mode=weak_areas&difficultyMax=1", [q for q in everything if q["difficulty"] == 1]),
    ):
        assert sorted(ids(alice.get(f"{PATH}&limit=100{query}"))) == sorted(q["id"] for q in wanted), query


def test_what_was_answered_lately_comes_last_and_not_at_all_if_the_learner_says_so(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any]
) -> None:
    """All of it wrong, so that each objective stays a weak one."""
    wrong = {q["id"]: next(o["id"] for o in q["answers"] if not o["isCorrect"]) for q in bank.values()}
    done = ids(alice.get(f"{PATH}&limit=5"))
    for question in done:
        assert answer(alice, question, wrong[question]).json["result"]["isCorrect"] is False
    everything = {question["id"] for question in bank.values()}
    for mode in ("practice", "speed_drill", "custom", "weak_areas"):
        asked = ids(alice.get(f"{PATH}&limit=100&mode={mode}"))
        assert (set(asked[:9]), set(asked[9:])) == (everything - set(done), set(done))
        assert set(ids(alice.get(f"{PATH}&limit=9&mode={mode}"))) == everything - set(done), mode
        left = ids(alice.get(f"{PATH}&limit=100&mode={mode}&excludeRecentHours=24"))
        assert set(left) == everything - set(done)
    assert set(ids(alice.get(f"{PATH}&limit=100&excludeRecentHours=0"))) == everything
    assert set(ids(bob.get(f"{PATH}&limit=100"))) == everything


def test_what_counts_is_when_the_question_was_last_answered(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    old, again = (bank[f"Routing question {n}"]["id"] for n in (0, 1))
    for question in (old, again):
        answer(alice, question, "a")
    database.execute_sql("UPDATE user_answers SET answered_at = unixepoch() - 25 * 3600")
    everything = {question["id"] for question in bank.values()}
    assert len(ids(alice.get(f"{PATH}&limit=100&excludeRecentHours=24"))) == 14
    assert len(ids(alice.get(f"{PATH}&limit=100&excludeRecentHours=26"))) == 12
    answer(alice, again, "a")
    assert everything - set(ids(alice.get(f"{PATH}&limit=100&excludeRecentHours=24"))) == {again}
    assert ids(alice.get(f"{PATH}&limit=100"))[-1] == again


def test_only_approved_and_active_questions_are_asked(
    alice: FlaskClient, mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    one, two = bank["Routing question 0"], bank["Routing question 1"]
    mo.put(f"/api/questions/{one['id']}/review", json={"status": "rejected"})
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = ?", (two["id"],))
    asked = {question["id"] for question in bank.values()} - {one["id"], two["id"]}
    for mode in ("practice", "speed_drill", "custom", "weak_areas"):
        assert set(ids(alice.get(f"{PATH}&limit=100&mode={mode}"))) == asked
    within = ids(alice.get(f"{PATH}&limit=100&objectiveIds={one['objectiveId']}"))
    assert set(within) == asked - {
        bank[text]["id"] for text in ("Which two are cables?", "Glass conducts electricity.")
    }


@pytest.mark.only("file")  # the draws are ours; where the rows lie changes nothing
def test_every_question_gets_its_turn(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
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
        ("examId=1&excludeRecentHours=8785", "excludeRecentHours"),
        ("examId=1&difficultyMin=6", "difficultyMin"),
        ("examId=1&difficultyMax=0", "difficultyMax"),
        ("examId=1&difficultyMax=6", "difficultyMax"),
        ("examId=1&unknown=1", "unknown"),
        ("examId=9223372036854775808", "examId"),
    ],
)
def test_a_wrong_query_names_its_field(alice: FlaskClient, bank: dict[str, Any], query: str, field: str) -> None:
    response = alice.get(f"/api/study/questions?{query}")
    assert (response.status_code, list(response.json["errors"])) == (422, [field])


def test_the_limits_themselves_are_fine(alice: FlaskClient, bank: dict[str, Any]) -> None:
    widest = f"{PATH}&limit=100&difficultyMin=1&difficultyMax=5&excludeRecentHours=8784"
    assert len(ids(alice.get(widest))) == 14
    assert len(ids(alice.get(f"{PATH}&limit=1&difficultyMin=5&difficultyMax=5"))) == 1


@pytest.mark.parametrize("way", ["practice", "weak_areas", "review"])
def test_an_exam_that_is_not_in_the_catalog_is_not_found(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], way: str
) -> None:
    assert alice.get(f"/api/study/questions?examId=99&mode={way}").status_code == 404
    ada.delete("/api/exams/1")
    assert alice.get(f"{PATH}&mode={way}").status_code == 404


def test_an_objective_must_be_one_of_the_exams(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]]
) -> None:
    routing, cabling = (bank[text]["objectiveId"] for text in ("Routing question 0", "Glass conducts electricity."))
    foreign = other_exam[0]["objectiveId"]
    ada.delete(f"/api/exams/1/objectives/{cabling}")
    for ids_sent in (foreign, f"{routing},{foreign}", cabling):
        response = alice.get(f"{PATH}&objectiveIds={ids_sent}")
        wrong = cabling if ids_sent == cabling else foreign
        assert (response.status_code, response.json["errors"]) == (
            422, {"objectiveIds": [f"Not of this exam: {wrong}."]},
        )  # fmt: skip
        assert alice.post("/api/study/sessions", json={"examId": 1, "objectiveIds": [wrong]}).status_code == 422
