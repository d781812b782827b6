"""Adaptive: within five questions the difficulty follows the learner, in picks and in sessions."""

import json
import random
import statistics
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service import question_rows
from tests.study_service.conftest import row, rows

PATH = "/api/study/questions?examId=1&mode=adaptive"


@pytest.fixture
def made(ada: FlaskClient, database: LibsqlDatabase) -> dict[int, dict[str, Any]]:
    """Three hundred questions in three objectives, sixty of each difficulty."""
    ada.post("/api/exams", json={"vendorId": "acme", "code": "T-1", "name": "Test exam"})
    for code in ("1", "2", "3"):
        ada.post("/api/exams/1/objectives", json={"code": code, "name": code, "weight": 0.3})
    question_rows.add(database, 300)
    return question_rows.made(database)


def step(learner: FlaskClient, correct: bool, query: str = "") -> int:
    """Answer one question that is picked now; its difficulty."""
    (question,) = learner.get(f"{PATH}&limit=1{query}").json["questions"]
    (question_rows.right if correct else question_rows.wrong)(learner, question["id"])
    difficulty: int = question["difficulty"]
    return difficulty


def test_five_right_answers_make_it_hard_and_five_wrong_ones_easy(
    alice: FlaskClient, bob: FlaskClient, made: dict[int, dict[str, Any]]
) -> None:
    up = [step(alice, True) for _ in range(6)]
    down = [step(bob, False) for _ in range(6)]
    assert up == sorted(up)
    assert up[0] == 2
    assert up[-1] >= 4
    assert down == sorted(down, reverse=True)
    assert down[-1] == 1


def test_it_follows_in_both_directions(alice: FlaskClient, made: dict[int, dict[str, Any]]) -> None:
    for _ in range(8):
        step(alice, True)
    assert step(alice, False) >= 4
    assert min(step(alice, False) for _ in range(9)) <= 2


def test_what_is_known_of_the_exam_helps_in_a_new_objective_and_not_in_another_exam(
    alice: FlaskClient, ada: FlaskClient, made: dict[int, dict[str, Any]], database: LibsqlDatabase
) -> None:
    first, second, _ = sorted({question["objective_id"] for question in made.values()})
    for _ in range(6):
        step(alice, True, f"&objectiveIds={first}")
    assert step(alice, True, f"&objectiveIds={second}") >= 4
    ada.post("/api/exams", json={"vendorId": "acme", "code": "T-2", "name": "Other exam"})
    ada.post("/api/exams/2/objectives", json={"code": "1", "name": "1", "weight": 1})
    database.execute_sql(
        "INSERT INTO questions (exam_id, objective_id, text, answers, difficulty, review_status)"
        " SELECT 2, (SELECT id FROM objectives WHERE exam_id = 2), text, answers, difficulty, review_status"
        " FROM questions WHERE exam_id = 1"
    )
    other = alice.get("/api/study/questions?examId=2&mode=adaptive&limit=20").json["questions"]
    assert {question["difficulty"] for question in other} == {2}


@pytest.mark.only("file")
@pytest.mark.parametrize("skill", [1200, 1500, 1800])
def test_a_learner_of_any_skill_answers_about_seven_of_ten(
    alice: FlaskClient, made: dict[int, dict[str, Any]], skill: int
) -> None:
    """A simulated learner, right by chance as her skill says: after five questions the difficulty suits her."""
    draw, outcomes, difficulties = random.Random(skill), [], []
    for _ in range(60):
        (question,) = alice.get(f"{PATH}&limit=1&excludeRecentHours=1").json["questions"]
        chance = 1 / (1 + 10 ** ((1050 + 150 * question["difficulty"] - skill) / 400))
        correct = draw.random() < chance
        (question_rows.right if correct else question_rows.wrong)(alice, question["id"])
        outcomes.append(correct)
        difficulties.append(question["difficulty"])
    hard = {1200: (1, 1.8), 1500: (1.5, 3.2), 1800: (3.2, 4.8)}[skill]
    assert hard[0] <= statistics.mean(difficulties[5:]) <= hard[1], difficulties
    half = skill == 1200  # there is nothing easier than what she answers every second time
    assert (0.25 if half else 0.45) <= statistics.mean(outcomes[5:]) <= (0.75 if half else 0.92)


def session_of(learner: FlaskClient, **more: Any) -> dict[str, Any]:
    response = learner.post("/api/study/sessions", json={"examId": 1, "mode": "adaptive", **more})
    assert response.status_code == 201, response.json
    started: dict[str, Any] = response.json
    return started


def listed(learner: FlaskClient, session: int) -> list[dict[str, Any]]:
    questions: list[dict[str, Any]] = learner.get(f"/api/study/sessions/{session}").json["questions"]
    return questions


@pytest.mark.parametrize("correct", [True, False])
def test_a_session_goes_on_as_the_learner_answers(
    alice: FlaskClient, made: dict[int, dict[str, Any]], database: LibsqlDatabase, correct: bool
) -> None:
    session = session_of(alice, questionCount=8)
    assert (len(session["questions"]), session["questionCount"]) == (2, 8)
    before = session["questions"]
    for number in range(8):
        questions = listed(alice, session["id"])
        assert questions[: len(before)] == before
        assert len(questions) == min(number + 2, 8)
        before = questions
        given = (question_rows.right if correct else question_rows.wrong)(
            alice, questions[number]["id"], studySessionId=session["id"]
        )
        assert given.status_code == 200
    difficulties = [question["difficulty"] for question in before]
    assert difficulties == sorted(difficulties, reverse=not correct)
    assert difficulties[0] == 2
    assert difficulties[5] >= 4 if correct else difficulties[2] == 1
    assert len({question["id"] for question in before}) == 8
    assert listed(alice, session["id"]) == before
    ended = alice.post(f"/api/study/sessions/{session['id']}/complete").json
    assert (ended["totalQuestions"], ended["skippedQuestions"]) == (8, 0)


def test_a_session_keeps_to_its_filters_and_ends_where_the_bank_does(
    alice: FlaskClient, made: dict[int, dict[str, Any]], database: LibsqlDatabase
) -> None:
    objective = min(question["objective_id"] for question in made.values())
    fits = {"objective_id": objective, "difficulty": 3, "tags": ["arp", "dns"]}
    keep = [number for number, question in made.items() if fits.items() <= question.items()]
    database.execute_sql(
        "UPDATE questions SET review_status = 'rejected' WHERE id NOT IN (SELECT value FROM json_each(?))"
        " AND objective_id = ? AND tags LIKE '%dns%' AND difficulty = 3",
        (str(keep[:3]), objective),
    )
    session = session_of(
        alice, questionCount=20, objectiveIds=[objective], tags=["dns"], difficulty={"min": 3, "max": 3}
    )["id"]
    for number in range(3):
        questions = listed(alice, session)
        question_rows.right(alice, questions[number]["id"], studySessionId=session)
    assert {question["id"] for question in listed(alice, session)} == set(keep[:3])
    ended = alice.post(f"/api/study/sessions/{session}/abandon").json
    assert (ended["questionCount"], ended["totalQuestions"], ended["skippedQuestions"]) == (20, 3, 0)


def test_what_was_answered_elsewhere_since_the_session_began_is_not_given(
    alice: FlaskClient, made: dict[int, dict[str, Any]], database: LibsqlDatabase
) -> None:
    few = list(made)[:6]
    database.execute_sql(
        "UPDATE questions SET is_active = 0 WHERE id NOT IN (SELECT value FROM json_each(?))", (str(few),)
    )
    session = session_of(alice, questionCount=6, excludeRecentHours=0)
    given = {question["id"] for question in session["questions"]}
    elsewhere = [question for question in few if question not in given][:3]
    for question in elsewhere:
        question_rows.right(alice, question)
    for question in session["questions"]:
        question_rows.right(alice, question["id"], studySessionId=session["id"])
    assert {question["id"] for question in listed(alice, session["id"])} == set(few) - set(elsewhere)


def test_a_question_that_cannot_be_read_is_not_added(
    alice: FlaskClient, made: dict[int, dict[str, Any]], database: LibsqlDatabase
) -> None:
    session = session_of(alice, questionCount=6)
    given = [question["id"] for question in session["questions"]]
    database.execute_sql(
        "UPDATE questions SET answers = 'broken' WHERE id NOT IN (SELECT value FROM json_each(?))", (str(given),)
    )
    assert question_rows.right(alice, given[0], studySessionId=session["id"]).status_code == 200
    assert [question["id"] for question in listed(alice, session["id"])] == given
    assert json.loads(row(database, "study_sessions", session["id"])["question_ids"]) == given


def test_filters_that_are_none_are_damage(
    alice: FlaskClient, made: dict[int, dict[str, Any]], database: LibsqlDatabase
) -> None:
    session = session_of(alice, tags=["arp"])
    for broken in ('{"only": "all"}', "nonsense", '{"tags": [1]}', "[]"):
        database.execute_sql("UPDATE study_sessions SET filters = ?", (broken,))
        refused = question_rows.right(alice, session["questions"][0]["id"], studySessionId=session["id"])
        assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT"), broken
    assert rows(database, "SELECT id FROM user_answers") == []
    assert row(database, "study_sessions", session["id"])["total_questions"] == 0
