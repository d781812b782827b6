"""The learner's counters: each answer counts once, and they agree with the answers they came from."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import answer, epoch, rows, submit

MOMENT = "2026-03-01T12:00:00+00:00"
_COUNTERS = (
    "total_questions_seen", "unique_questions_seen", "total_correct", "total_incorrect", "overall_accuracy",
    "total_study_seconds", "total_study_minutes", "avg_time_per_question",
)  # fmt: skip


def counters(database: LibsqlDatabase, user: int = 1, exam: int = 1) -> tuple[Any, ...]:
    (stored,) = rows(database, "SELECT * FROM user_progress WHERE user_id = ? AND exam_id = ?", user, exam)
    return tuple(stored[name] for name in _COUNTERS)


def mastery(database: LibsqlDatabase, user: int = 1) -> dict[str, Any]:
    """What is stored for each objective."""
    (progress,) = rows(database, "SELECT objective_mastery FROM user_progress WHERE user_id = ? AND exam_id = 1", user)
    stored: dict[str, Any] = json.loads(progress["objective_mastery"])
    return stored


@pytest.mark.parametrize(("selected", "right"), [("a", 1), ("b", 0)])
def test_the_first_answer_begins_every_counter(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, selected: str, right: int
) -> None:
    question = bank["Routing question 0"]
    submit(MOMENT, question["id"], selected, seconds=150)
    assert counters(database) == (1, 1, right, 1 - right, right, 150, 2, 150)
    (progress,) = rows(database, "SELECT * FROM user_progress")
    assert (progress["user_id"], progress["exam_id"], progress["last_study_date"]) == (1, 1, "2026-03-01")
    assert (progress["current_streak"], progress["longest_streak"], progress["study_days_count"]) == (0, 0, 0)
    assert (progress["first_correct"], progress["is_shared"]) == (right, 0)
    assert progress["updated_at"] == epoch(MOMENT)
    objective = {"level": float(right), "questionsAnswered": 1, "correct": right, "lastStudied": epoch(MOMENT)}
    assert mastery(database) == {str(question["objectiveId"]): objective}


def test_later_answers_are_added(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    """Four answers to two questions: right, wrong, right, right."""
    one, two = (bank[f"Routing question {n}"]["id"] for n in (0, 1))
    seen = []
    for n, (question, selected, seconds) in enumerate(((one, "a", 50), (one, "b", 55), (two, "b", 15), (one, "a", 61))):
        later = f"2026-03-01T12:00:0{n}+00:00"
        submit(later, question, selected, seconds=seconds)
        seen.append(counters(database))
        assert rows(database, "SELECT updated_at FROM user_progress") == [{"updated_at": epoch(later)}]
    assert seen == [
        (1, 1, 1, 0, 1.0, 50, 0, 50),
        (2, 1, 1, 1, 0.5, 105, 1, 52.5),
        (3, 2, 2, 1, 2 / 3, 120, 2, 40),
        (4, 2, 3, 1, 0.75, 181, 3, 45.25),
    ]


def test_another_learners_answers_do_not_make_a_question_known(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    question = bank["Routing question 0"]["id"]
    submit(MOMENT, question, user=2)
    submit(MOMENT, bank["Routing question 1"]["id"])
    submit(MOMENT, question)
    assert counters(database)[:2] == (2, 2)
    assert counters(database, user=2)[:2] == (1, 1)


def test_counters_are_of_one_exam(
    alice: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    submit(MOMENT, bank["Routing question 0"]["id"], "a", seconds=10)
    receipt = submit(MOMENT, other_exam[0]["id"], "b", seconds=20)
    assert (receipt["progress"]["exam_id"], receipt["progress"]["avg_time_per_question"]) == (2, 20.0)
    assert counters(database, exam=1) == (1, 1, 1, 0, 1.0, 10, 0, 10)
    assert counters(database, exam=2) == (1, 1, 0, 1, 0.0, 20, 0, 20)


def test_each_objective_has_its_own_level(alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    routing, cabling = bank["Routing question 0"], bank["Glass conducts electricity."]
    answers = [(routing, "a"), (routing, "b"), (cabling, "b"), (routing, "a"), (routing, "b"), (routing, "a")]
    for n, (question, selected) in enumerate(answers):
        submit(f"2026-03-01T12:00:0{n}+00:00", question["id"], selected)
    weights = [0.5 ** (n / 20) for n in (4, 3, 2, 1, 0)]
    at = epoch(MOMENT)
    assert mastery(database) == {
        str(routing["objectiveId"]): {
            "level": pytest.approx(sum(weights[::2]) / sum(weights)), "questionsAnswered": 5, "correct": 3,
            "lastStudied": at + 5,
        },
        str(cabling["objectiveId"]): {"level": 1.0, "questionsAnswered": 1, "correct": 1, "lastStudied": at + 2},
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_counters_agree_with_the_answers(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, seed: int
) -> None:
    for n, question in enumerate([*bank.values()] * 2):
        several = question["type"] == "multi_select"
        selected = "abcd"[(n * 7 + seed) % len(question["answers"])]
        answer(alice if n % 3 else bob, question["id"], [selected] if several else selected)
    stored = database.execute_sql(
        "SELECT user_id, total_questions_seen, unique_questions_seen, total_correct, total_study_seconds"
        " FROM user_progress ORDER BY user_id"
    ).fetchall()
    counted = database.execute_sql(
        "SELECT user_id, count(*), count(DISTINCT question_id), sum(is_correct), sum(time_spent_seconds)"
        " FROM user_answers GROUP BY user_id ORDER BY user_id"
    ).fetchall()
    assert stored == counted
    wrong = database.execute_sql(
        "SELECT q.id FROM questions q WHERE (q.total_attempts, q.correct_attempts, q.total_time_seconds) <>"
        " (SELECT count(*), sum(is_correct), sum(time_spent_seconds) FROM user_answers WHERE question_id = q.id)"
    ).fetchall()
    assert wrong == []
