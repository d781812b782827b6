"""The table of mistakes is what the answers say: of each learner and question, the latest answer if it was wrong."""

import random
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer, rows

MISSED = "SELECT user_id, question_id, exam_id, answer_id FROM missed ORDER BY user_id, question_id"
FACTS = """
    SELECT a.user_id, a.question_id, q.exam_id, a.id AS answer_id FROM user_answers a
    JOIN questions q ON q.id = a.question_id
    WHERE a.is_correct = 0 AND NOT EXISTS (
        SELECT 1 FROM user_answers l
        WHERE l.user_id = a.user_id AND l.question_id = a.question_id AND l.attempt_number > a.attempt_number)
    ORDER BY a.user_id, a.question_id
"""


def chosen(question: dict[str, Any], *, right: bool) -> list[str]:
    ids = [option["id"] for option in question["answers"] if option["isCorrect"] is right]
    return ids if right else ids[:1]


@pytest.mark.only("file")
def test_mistakes_are_counted_as_the_answers_have_them(
    alice: FlaskClient,
    bob: FlaskClient,
    bank: dict[str, Any],
    other_exam: list[dict[str, Any]],
    database: LibsqlDatabase,
) -> None:
    draw, questions = random.Random(4), [*bank.values(), *other_exam]
    for number in range(120):
        question = draw.choice(questions)
        answer(draw.choice([alice, bob]), question["id"], chosen(question, right=draw.random() < 0.5))
        if number % 10 == 0:
            assert rows(database, MISSED) == rows(database, FACTS)
    facts = rows(database, FACTS)
    assert rows(database, MISSED) == facts
    assert {fact["exam_id"] for fact in facts} == {1, 2}
    assert {fact["user_id"] for fact in facts} == {1, 2}


def test_a_wrong_answer_draws_its_question_a_new_place(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    question, places = bank["Glass conducts electricity."], set()
    for _ in range(4):
        answer(alice, question["id"], chosen(question, right=False))
        places.add(rows(database, "SELECT place FROM missed")[0]["place"])
    assert len(places) == 4
