"""What one answer leaves in the tables: the answer itself and the statistics of its question."""

import random
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.study_service.conftest import answer, epoch, letter, meanwhile, row, rows, submit

NOON = "2026-03-01T12:00:00+00:00"


def stored(database: LibsqlDatabase) -> dict[str, Any]:
    """The answer given last."""
    latest: dict[str, Any] = rows(database, "SELECT * FROM user_answers ORDER BY id DESC LIMIT 1")[0]
    return latest


@pytest.fixture
def session(alice: FlaskClient, bank: dict[str, Any]) -> int:
    """Alice's session with all fourteen questions."""
    started: int = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    return started


def test_an_answer_is_stored_as_it_was_given(bank: dict[str, Any], database: LibsqlDatabase, session: int) -> None:
    question = bank["Routing question 0"]["id"]
    receipt = submit(NOON, question, "b", seconds=12, study_session_id=session, confidence_level=4, flagged=True)
    assert stored(database) == {
        "id": receipt["answer_id"],
        "user_id": 1,
        "question_id": question,
        "study_session_id": session,
        "test_attempt_id": None,
        "selected_answer": "b",
        "is_correct": 0,
        "time_spent_seconds": 12,
        "confidence_level": 4,
        "flagged": 1,
        "changed_answer": 0,
        "attempt_number": 1,
        "question_version": 1,
        "day": "2026-03-01",
        "mark": -6.0,
        "objective_id": bank["Routing question 0"]["objectiveId"],
        "difficulty": 1,
        "expected": 0.8490204427886767,
        "days_since_last_seen": None,
        "answered_at": epoch(NOON),
        "score": 0.0,
    }


def test_a_learner_gets_her_own_answer_back(bank: dict[str, Any], alice: FlaskClient, database: LibsqlDatabase) -> None:
    """Bob has tried the question three times, and another one once."""
    question = bank["Routing question 0"]["id"]
    for tried in (question, question, question, bank["Routing question 1"]["id"]):
        submit(NOON, tried, user=2)
    receipt = submit(NOON, question)
    assert (receipt["answer_id"], receipt["attempt_number"]) == (stored(database)["id"], 1)
    assert (stored(database)["user_id"], receipt["progress"]["total_questions_seen"]) == (1, 1)


def test_what_alice_does_not_say_is_stored_as_nothing(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    answer(alice, bank["Routing question 0"]["id"], ["a"])
    latest = stored(database)
    assert (latest["selected_answer"], latest["is_correct"], latest["score"]) == ("a", 1, 1.0)
    assert (latest["study_session_id"], latest["confidence_level"], latest["flagged"]) == (None, None, 0)


def test_a_set_is_stored_once_each_in_the_questions_order(
    alice: FlaskClient, cables: dict[str, Any], database: LibsqlDatabase
) -> None:
    answer(alice, cables["id"], ["c", "a", "c"])
    assert stored(database)["selected_answer"] == '["a","c"]'


def test_the_days_since_the_answer_before_are_whole_days(
    bank: dict[str, Any], alice: FlaskClient, database: LibsqlDatabase
) -> None:
    question = bank["Routing question 0"]["id"]
    submit(NOON, bank["Routing question 1"]["id"])
    submit(NOON, question, user=2)
    days = []
    for moment in (NOON, "2026-03-04T11:59:59+00:00", "2026-03-09T11:59:59+00:00"):
        submit(moment, question)
        days.append((stored(database)["attempt_number"], stored(database)["days_since_last_seen"]))
    assert days == [(1, None), (2, 2), (3, 5)]


def test_part_of_the_credit_is_stored_and_counts_as_wrong(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    text = b"Link-state? { ~%50%OSPF ~%50%IS-IS ~RIP }"
    ada.post("/api/questions/import?format=gift&examId=1&reviewStatus=approved", data=text, content_type="text/plain")
    letter()
    question = rows(database, "SELECT id FROM questions WHERE text = 'Link-state?'")[0]["id"]
    result = answer(alice, question, ["b"]).json["result"]
    assert (result["isCorrect"], result["score"], result["correctAnswer"]) == (False, 0.5, ["a", "b"])
    assert (stored(database)["is_correct"], stored(database)["score"]) == (0, 0.5)
    assert result["question"] == {"totalAttempts": 1, "correctAttempts": 0}
    assert (result["progress"]["totalCorrect"], result["progress"]["totalIncorrect"]) == (0, 1)


def test_the_statistics_of_a_question_count_every_answer(
    bank: dict[str, Any], alice: FlaskClient, database: LibsqlDatabase
) -> None:
    one, two = (bank[f"Routing question {n}"]["id"] for n in (0, 1))
    database.execute_sql("UPDATE questions SET shuffle_key = -1")
    counted = []
    for user, selected, seconds in ((1, "a", 10), (2, "b", 11), (1, "a", 10)):
        submit(NOON, one, selected, user=user, seconds=seconds)
        question = row(database, "questions", one)
        columns = ("total_attempts", "correct_attempts", "total_time_seconds", "avg_time_seconds")
        counted.append(tuple(question[column] for column in columns))
    assert counted == [(1, 1, 10, 10), (2, 1, 21, 11), (3, 2, 31, 10)]  # 10.5 rounds up, 10.33 down
    untouched = row(database, "questions", two)
    assert (untouched["total_attempts"], untouched["total_time_seconds"]) == (0, 0)


def test_one_answer_in_eight_moves_its_question(
    bank: dict[str, Any], alice: FlaskClient, database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (bank[f"Routing question {n}"]["id"] for n in (0, 1))
    database.execute_sql("UPDATE questions SET shuffle_key = -1")
    monkeypatch.setattr(random, "randrange", random.Random(1).randrange)
    moved = 0
    for _ in range(80):
        submit(NOON, one, "a")
        moved += row(database, "questions", one)["shuffle_key"] != -1
        assert -1 <= row(database, "questions", one)["shuffle_key"] < 2**31
        database.execute_sql("UPDATE questions SET shuffle_key = -1")
    assert 5 <= moved <= 15
    assert (row(database, "questions", one)["total_attempts"], row(database, "questions", two)["shuffle_key"]) == (
        80,
        -1,
    )


@pytest.mark.parametrize("change", ["review_status = 'rejected'", "is_active = 0"])
def test_a_question_taken_back_meanwhile_is_not_counted(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, settings: Settings, change: str
) -> None:
    """The answer has read that the question is approved; before it writes, the moderator takes it back."""
    question = bank["Routing question 0"]["id"]
    with meanwhile(database, settings, "FROM questions", f"UPDATE questions SET {change} WHERE id = ?", question):
        response = answer(alice, question, "a")
    assert response.status_code == 404
    assert rows(database, "SELECT id FROM user_answers") == []
    assert rows(database, "SELECT id FROM user_progress") == []
    assert row(database, "questions", question)["total_attempts"] == 0


@pytest.mark.parametrize("change", ["review_status = 'rejected'", "is_active = 0"])
def test_a_question_that_is_not_asked_does_not_even_tell_its_options(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, change: str
) -> None:
    question = bank["Routing question 0"]["id"]
    database.execute_sql(f"UPDATE questions SET {change} WHERE id = ?", (question,))
    assert answer(alice, question, "nonsense").status_code == 404
