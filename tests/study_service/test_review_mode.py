"""Review mode asks again what was last answered wrongly, the latest mistake first."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer

PATH = "/api/study/questions?examId=1&mode=review"


def ids(response: Any) -> list[int]:
    assert response.status_code == 200
    return [question["id"] for question in response.json["questions"]]


@pytest.fixture
def wrong(alice: FlaskClient, bank: dict[str, Any]) -> list[int]:
    """Alice's mistakes in the order she made them: Routing 0, 1 and 2, of difficulty 1, 2 and 3, then a cable of 1."""
    questions = [*(bank[f"Routing question {n}"]["id"] for n in range(3)), bank["Glass conducts electricity."]["id"]]
    for question, selected in zip(questions, "ddda", strict=True):
        assert answer(alice, question, selected).json["result"]["isCorrect"] is False
    return questions


def test_the_latest_mistake_comes_first(alice: FlaskClient, wrong: list[int]) -> None:
    assert ids(alice.get(PATH)) == wrong[::-1]
    answer(alice, wrong[1], "d")
    assert ids(alice.get(PATH)) == [wrong[1], wrong[3], wrong[2], wrong[0]]
    assert ids(alice.get(f"{PATH}&limit=2")) == [wrong[1], wrong[3]]


def test_a_right_answer_ends_the_review_of_its_question(alice: FlaskClient, wrong: list[int]) -> None:
    answer(alice, wrong[0], "a")
    answer(alice, wrong[1], "b")
    answer(alice, wrong[1], "d")  # and wrong again
    assert ids(alice.get(PATH)) == [wrong[1], wrong[3], wrong[2]]


def test_reviews_are_of_the_learners_own_answers(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], wrong: list[int]
) -> None:
    answer(bob, wrong[0], "a")  # right, but not Alice
    answer(bob, bank["Routing question 5"]["id"], "a")
    assert ids(alice.get(PATH)) == wrong[::-1]
    assert ids(bob.get(PATH)) == [bank["Routing question 5"]["id"]]


def test_a_review_keeps_to_its_exam(alice: FlaskClient, wrong: list[int], other_exam: list[dict[str, Any]]) -> None:
    elsewhere = other_exam[0]["id"]
    answer(alice, elsewhere, "d")
    assert ids(alice.get(PATH)) == wrong[::-1]
    assert ids(alice.get("/api/study/questions?examId=2&mode=review")) == [elsewhere]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("&difficultyMin=2", [2, 1]),
        ("&difficultyMax=2", [3, 1, 0]),
        ("&difficultyMin=2&difficultyMax=2", [1]),
        ("&objectiveIds={routing}", [2, 1, 0]),
        ("&objectiveIds={cabling}", [3]),
        ("&objectiveIds={routing},{cabling}&difficultyMax=1", [3, 0]),
    ],
)
def test_filters_hold_in_review(
    alice: FlaskClient, bank: dict[str, Any], wrong: list[int], query: str, places: list[int]
) -> None:
    routing, cabling = (bank[text]["objectiveId"] for text in ("Routing question 0", "Which two are cables?"))
    path = PATH + query.format(routing=routing, cabling=cabling)
    assert ids(alice.get(path)) == [wrong[place] for place in places]


def test_what_is_no_longer_asked_is_not_reviewed(
    alice: FlaskClient, mo: FlaskClient, wrong: list[int], database: LibsqlDatabase
) -> None:
    mo.put(f"/api/questions/{wrong[0]}/review", json={"status": "needs_revision"})
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = ?", (wrong[1],))
    assert ids(alice.get(PATH)) == [wrong[3], wrong[2]]


def test_a_review_may_leave_out_what_was_answered_lately(
    alice: FlaskClient, wrong: list[int], database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE user_answers SET answered_at = unixepoch() - 7200 WHERE question_id = ?", (wrong[0],))
    assert ids(alice.get(f"{PATH}&excludeRecentHours=1")) == [wrong[0]]
    assert ids(alice.get(f"{PATH}&excludeRecentHours=3")) == []
    assert ids(alice.get(f"{PATH}&excludeRecentHours=0")) == wrong[::-1]


def test_every_mistake_is_found_however_many_answers_came_after_it(
    alice: FlaskClient, bank: dict[str, Any], wrong: list[int]
) -> None:
    """A hundred answers later, right and wrong ones, the first mistake is still there to be reviewed."""
    stubborn = bank["Routing question 7"]["id"]
    for number in range(100):
        answer(alice, stubborn, "d" if number % 2 else "a")
    assert ids(alice.get(PATH)) == wrong[::-1]
    answer(alice, stubborn, "a")
    assert ids(alice.get(PATH)) == [stubborn, *wrong[::-1]]
