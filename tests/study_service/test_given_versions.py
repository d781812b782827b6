"""A session keeps the versions it was given, whatever becomes of its questions meanwhile."""

import copy
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import BANK, answer, post_bank, row, rows

Q0 = "Routing question 0"  # a is right


@pytest.fixture
def session(alice: FlaskClient, bank: dict[str, Any]) -> dict[str, Any]:
    """Alice's session with all fourteen questions."""
    started: dict[str, Any] = alice.post("/api/study/sessions", json={"examId": 1}).json
    return started


def edit(ada: FlaskClient, **change: Any) -> None:
    """The file again, with its first question changed."""
    bank = copy.deepcopy(BANK)
    bank["questions"][0] |= change
    assert post_bank(ada, bank).json["updated"] == 1


def test_an_import_with_reversed_options_changes_nothing(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    """Once it regraded running sessions, and what was chosen read as another option."""
    before = rows(database, "SELECT * FROM questions")
    turned = copy.deepcopy(BANK)
    for question in turned["questions"]:
        count = len(question["options"])
        question["options"].reverse()
        question["correctAnswer"] = [count - 1 - place for place in question["correctAnswer"]]
    assert post_bank(ada, turned).json["skipped"] == 14
    assert rows(database, "SELECT * FROM questions") == before


def test_a_running_session_is_graded_by_the_version_it_was_given(
    alice: FlaskClient,
    bob: FlaskClient,
    ada: FlaskClient,
    bank: dict[str, Any],
    session: dict[str, Any],
    database: LibsqlDatabase,
) -> None:
    question = bank[Q0]["id"]
    edit(ada, correctAnswer=[1], questionText="Routing question 0", explanation="mended")
    assert alice.get(f"/api/study/sessions/{session['id']}").json["questions"] == session["questions"]
    old = answer(alice, question, "a", studySessionId=session["id"]).json["result"]
    new = answer(bob, question, "a").json["result"]
    assert (old["isCorrect"], old["correctAnswer"], old["explanation"]) == (True, "a", "why 0")
    assert (new["isCorrect"], new["correctAnswer"], new["explanation"]) == (False, "b", "mended")
    stored = rows(database, "SELECT user_id, question_version, is_correct FROM user_answers ORDER BY id")
    assert stored == [
        {"user_id": 1, "question_version": 1, "is_correct": 1},
        {"user_id": 2, "question_version": 2, "is_correct": 0},
    ]
    counted = row(database, "questions", question)
    assert (counted["version"], counted["total_attempts"], counted["correct_attempts"]) == (2, 1, 0)


def test_counters_begin_anew_with_a_version(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    question = bank[Q0]["id"]
    answer(alice, question, "a", timeSpentSeconds=40)
    database.execute_sql("UPDATE questions SET discrimination_index = 0.5 WHERE id = ?", (question,))
    edit(ada, options=["w", "x", "y", "zz"])
    counters = ("total_attempts", "correct_attempts", "total_time_seconds", "avg_time_seconds", "discrimination_index")
    assert [row(database, "questions", question)[name] for name in counters] == [0, 0, 0, 0, None]
    edit(ada, options=["w", "x", "y", "zz"], explanation="only this")
    assert row(database, "questions", question)["version"] == 2


def test_both_versions_are_kept(ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    edit(ada, correctAnswer=[1], difficulty=5)
    edit(ada, correctAnswer=[1], difficulty=4)
    versions = rows(database, "SELECT version, difficulty, answers->>'$[0].isCorrect' AS right FROM question_versions"
                              " WHERE question_id = ? ORDER BY version", bank[Q0]["id"])  # fmt: skip
    assert versions == [{"version": 1, "difficulty": 1, "right": 1}, {"version": 2, "difficulty": 4, "right": 0}]


@pytest.mark.parametrize("change", ["review_status = 'needs_revision'", "is_active = 0"])
def test_a_withdrawn_question_stays_in_its_session_alone(
    alice: FlaskClient,
    bob: FlaskClient,
    bank: dict[str, Any],
    session: dict[str, Any],
    database: LibsqlDatabase,
    change: str,
) -> None:
    question = bank[Q0]["id"]
    database.execute_sql(f"UPDATE questions SET {change} WHERE id = ?", (question,))
    assert question in [q["id"] for q in alice.get(f"/api/study/sessions/{session['id']}").json["questions"]]
    assert answer(alice, question, "a").status_code == 404
    assert answer(bob, question, "a").status_code == 404
    assert answer(alice, question, "a", version=1).status_code == 404
    result = answer(alice, question, "a", studySessionId=session["id"]).json["result"]
    assert (result["isCorrect"], result["session"]["totalQuestions"], result["session"]["correctAnswers"]) == (
        True,
        1,
        1,
    )
    assert [q["id"] for q in alice.post("/api/study/sessions", json={"examId": 1}).json["questions"]].count(
        question
    ) == 0


def test_questions_of_a_retired_exam_tell_nothing(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE exams SET is_active = 0 WHERE id = 1")
    response = answer(alice, bank[Q0]["id"], "a")
    assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")
    assert rows(database, "SELECT id FROM user_answers") == []


def test_a_question_answered_elsewhere_since_counts_no_more(
    alice: FlaskClient, bob: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    """Elsewhere its key was told. What was answered before the session began does not matter, nor by whom else."""
    ids = [bank[f"Routing question {n}"]["id"] for n in range(3)]
    answer(alice, ids[0], "b")
    session = alice.post("/api/study/sessions", json={"examId": 1, "mode": "review"}).json["id"]
    database.execute_sql("UPDATE study_sessions SET question_ids = ?, question_versions = '[1,1,1]'", (str(ids),))
    answer(alice, ids[1], "a")
    answer(bob, ids[2], "a")
    refused = answer(alice, ids[1], "b", studySessionId=session)
    assert (refused.status_code, refused.json["detail"]) == (
        409,
        "this question was answered elsewhere since the session began",
    )
    for number, selected in ((0, "a"), (2, "c")):
        assert answer(alice, ids[number], selected, studySessionId=session).status_code == 200
    assert row(database, "study_sessions", session)["total_questions"] == 2


def test_an_answer_may_name_the_version_that_was_shown(
    alice: FlaskClient, ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    question = bank[Q0]["id"]
    edit(ada, correctAnswer=[1])
    assert answer(alice, question, "a", version=1).json["result"]["isCorrect"] is True
    assert answer(alice, question, "a", version=2).json["result"]["isCorrect"] is False
    assert answer(alice, question, "a", version=3).status_code == 404
    database.execute_sql("UPDATE question_versions SET review_status = 'rejected' WHERE version = 1")
    assert answer(alice, question, "a", version=1).status_code == 404
