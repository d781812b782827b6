"""The soak of the services sees what is lost, double, changed or not counted."""

import pytest

from shared_schema.database import LibsqlDatabase, Statement
from tests.benchmarks import exam_bank
from tests.faults.conftest import Connect, Sqld
from tests.soak.services import facts
from tests.soak.services.people import Answer, Deeds, Graded

_ANSWER = """
    INSERT INTO user_answers (id, user_id, question_id, selected_answer, is_correct, attempt_number)
    VALUES (?, 1, 1, ?, 1, ?)
"""
_RECEIPT = "INSERT INTO receipts (subject, key, digest, receipt) VALUES ('study:user:1', ?, x'00', '{}')"
_COUNTED = (
    "UPDATE questions SET total_attempts = 1, correct_attempts = 1 WHERE id = 1",
    "INSERT INTO user_progress (user_id, exam_id, total_questions_seen) VALUES (1, 1, 1)",
)
_CALL = (
    "INSERT INTO ai_generation_log (request_id, purpose, model, success, cost_nanousd) VALUES (?, 'reply', 'm', 1, 7)"
)
Soaked = tuple[LibsqlDatabase, Deeds, exam_bank.Bank]


@pytest.fixture
def soaked(server: Sqld, connect: Connect) -> Soaked:
    """An answer and a call, which were acknowledged and are there."""
    database = connect(server)
    bank = exam_bank.seed(database, 1)
    answer = Answer(1, 1, bank[1].right)
    row = (5, min(answer.chosen), 1)
    database.batch([Statement(_ANSWER, row), Statement(_RECEIPT, ("answer-0-0",)), *map(Statement, _COUNTED)])
    database.batch([Statement(_CALL, ("call-0-0",))])
    return database, Deeds(answers=[Graded(5, 1, True, answer)], calls={"call-0-0": 7}), bank


def wrong(soaked: Soaked) -> str:
    return "\n".join(facts.compare(*soaked).wrong)


def test_nothing_is_wrong_where_all_is_there(soaked: Soaked) -> None:
    assert facts.compare(*soaked) == facts.Findings([], 0)


def test_a_lost_answer_is_told(soaked: Soaked) -> None:
    soaked[0].execute_sql("DELETE FROM user_answers")
    assert "lost, or acknowledged twice as one: Graded(id=5," in wrong(soaked)
    assert "answers of learners: 1 are counted, 0 are there" in wrong(soaked)


def test_a_changed_answer_is_told(soaked: Soaked) -> None:
    soaked[0].execute_sql("UPDATE user_answers SET selected_answer = 'x'")
    assert wrong(soaked).startswith("acknowledged Graded(id=5,")


def test_an_answer_that_is_there_twice_is_told_and_one_that_was_given_up_is_not(soaked: Soaked) -> None:
    database, deeds, bank = soaked
    database.batch([Statement(_ANSWER, (6, min(bank[1].right), 3)), Statement(_RECEIPT, ("answer-0-1",))])
    database.execute_sql("UPDATE questions SET total_attempts = 2, correct_attempts = 2 WHERE id = 1")
    database.execute_sql("UPDATE user_progress SET total_questions_seen = 2")
    unknown, gap = wrong(soaked).splitlines()
    assert unknown == f"nobody knows of {Answer(1, 1, bank[1].right)}"
    assert gap.startswith("attempts are not counted from 1 on: {'user_id': 1, 'question_id': 1, 'answers': 2,")
    database.execute_sql("UPDATE user_answers SET attempt_number = 2 WHERE id = 6")
    deeds.unknown.append(Answer(1, 1, bank[1].right))
    assert facts.compare(*soaked) == facts.Findings([], 1)


def test_a_lost_call_a_changed_cost_and_an_unknown_call_are_told(soaked: Soaked) -> None:
    database, deeds, _ = soaked
    database.batch([Statement(_CALL, ("call-9-9",))])
    deeds.calls |= {"call-0-0": 8, "call-0-1": 7}
    assert wrong(soaked).splitlines() == [
        "call call-0-0: acknowledged 8, stored 7",
        "call call-0-1: acknowledged 7, stored None",
        "nobody knows of call call-9-9",
    ]
