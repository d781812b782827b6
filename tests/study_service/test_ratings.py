"""Elo ratings of learners and questions move with every answer, in its batch, as the formula says."""

import math
import random
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from study_service import elo
from tests.study_service.conftest import answer, rows

QUESTIONS = "SELECT question_id, rating, answers FROM question_ratings ORDER BY question_id"
EXAMS = "SELECT user_id, exam_id, rating, answers FROM exam_ratings ORDER BY user_id, exam_id"
LEARNERS = "SELECT user_id, objective_id, rating, answers, expected FROM learner_ratings ORDER BY user_id, objective_id"


class Model:
    """The ratings as a few lines of floating point say, after Elo (1978) and Pelánek (2016)."""

    def __init__(self) -> None:
        self.exams: dict[tuple[int, int], tuple[float, int]] = {}
        self.learners: dict[tuple[int, int], tuple[float, int]] = {}
        self.questions: dict[int, tuple[float, int]] = {}
        self.seen: set[tuple[int, int]] = set()

    def answer(self, user: int, exam: int, objective: int, question: int, difficulty: int, correct: bool) -> float:
        hard, asked = self.questions.get(question, (1050 + 150.0 * difficulty, 0))
        of_exam, in_exam = self.exams.get((user, exam), (1500.0, 0))
        own, in_objective = self.learners.get((user, objective), (of_exam, 0))
        level = (own * in_objective + of_exam * 5) / (in_objective + 5)
        expected = 1 / (1 + 10 ** ((hard - level) / 400))
        surprise = correct - expected
        self.exams[user, exam] = (of_exam + 300 / (1 + 0.05 * in_exam) * surprise, in_exam + 1)
        self.learners[user, objective] = (own + 300 / (1 + 0.05 * in_objective) * surprise, in_objective + 1)
        if (user, question) not in self.seen:
            self.questions[question] = (hard - 300 / (1 + 0.05 * (asked + 40)) * surprise, asked + 1)
        self.seen.add((user, question))
        return expected


def test_the_table_of_chances_is_the_formula(database: LibsqlDatabase) -> None:
    sql = f"SELECT value AS gap, {elo.expected('value', '0')} AS chance FROM json_each(?)"
    gaps = [*range(-1200, 1201, 7), -800, 0, 800, 799.999, -799.999, 0.5]
    told = database.fetch([Statement(sql, (str(gaps),))])[0].rows
    assert len(told) == len(gaps)
    for one in told:
        gap = max(-800, min(800, one["gap"]))
        assert math.isclose(one["chance"], 1 / (1 + 10 ** (gap / 400)), abs_tol=0.0003), one
    assert sorted((one["chance"] for one in told), reverse=True) == [
        one["chance"] for one in sorted(told, key=lambda one: one["gap"])
    ]


@pytest.mark.only("file")
def test_ratings_follow_the_model(
    alice: FlaskClient,
    bob: FlaskClient,
    bank: dict[str, Any],
    other_exam: list[dict[str, Any]],
    database: LibsqlDatabase,
) -> None:
    """Two learners, two exams, repeated answers: 120 of them, in an order drawn with a fixed seed."""
    draw, model = random.Random(10), Model()
    questions = [*bank.values(), *other_exam]
    for _ in range(120):
        learner, user = draw.choice([(alice, 1), (bob, 2)])
        question = draw.choice(questions)
        key = [option["id"] for option in question["answers"] if option["isCorrect"]]
        others = [option["id"] for option in question["answers"] if not option["isCorrect"]]
        correct = draw.random() < 0.6
        chosen = key if correct else others[:1]
        assert answer(learner, question["id"], chosen).json["result"]["isCorrect"] is correct
        model.answer(user, question["examId"], question["objectiveId"], question["id"], question["difficulty"], correct)
    stored = {(one["user_id"], one["exam_id"]): one for one in rows(database, EXAMS)}
    assert stored.keys() == model.exams.keys()
    for key, (rating, answers) in model.exams.items():
        assert (stored[key]["rating"], stored[key]["answers"]) == (pytest.approx(rating, abs=1), answers)
    own = {(one["user_id"], one["objective_id"]): one for one in rows(database, LEARNERS)}
    assert own.keys() == model.learners.keys()
    for key, (rating, answers) in model.learners.items():
        assert (own[key]["rating"], own[key]["answers"]) == (pytest.approx(rating, abs=1), answers)
    hard = {one["question_id"]: one for one in rows(database, QUESTIONS)}
    assert hard.keys() == model.questions.keys()
    for question_id, (rating, answers) in model.questions.items():
        assert (hard[question_id]["rating"], hard[question_id]["answers"]) == (pytest.approx(rating, abs=1), answers)


def test_an_answer_that_is_refused_moves_no_rating(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1}).json
    question = session["questions"][0]
    answer(alice, question["id"], [question["answers"][0]["id"]], studySessionId=session["id"])
    before = [rows(database, sql) for sql in (QUESTIONS, EXAMS, LEARNERS, "SELECT * FROM missed")]
    again = answer(alice, question["id"], [question["answers"][1]["id"]], studySessionId=session["id"])
    assert again.status_code == 409
    assert [rows(database, sql) for sql in (QUESTIONS, EXAMS, LEARNERS, "SELECT * FROM missed")] == before


def test_the_same_key_moves_a_rating_once(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    question = bank["Glass conducts electricity."]
    for _ in range(3):
        assert answer(alice, question["id"], question["answers"][0]["id"], key="once").status_code == 200
    assert [one["answers"] for one in rows(database, EXAMS)] == [1]
    assert [one["answers"] for one in rows(database, LEARNERS)] == [1]
    assert [one["answers"] for one in rows(database, QUESTIONS)] == [1]


def test_another_version_is_rated_anew(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    question, other = bank["Routing question 0"]["id"], bank["Routing question 1"]["id"]
    for one in (question, other):
        answer(alice, one, bank["Routing question 0"]["answers"][0]["id"])
        answer(bob, one, bank["Routing question 1"]["answers"][0]["id"])
    rated = {one["question_id"] for one in rows(database, QUESTIONS)}
    database.execute_sql("UPDATE questions SET version = version + 1, text = 'new' WHERE id = ?", (question,))
    assert {one["question_id"] for one in rows(database, QUESTIONS)} == rated - {question}
