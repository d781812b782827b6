"""A choice is saved, changed, flagged and cleared; of two that overtake each other the later one counts."""

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.conftest import client
from tests.study_service.attempts.conftest import Clock, attempt, keys, save, start, submit, wrong
from tests.study_service.conftest import meanwhile, rows


def saved(database: LibsqlDatabase, test: dict[str, Any], question: int) -> dict[str, Any]:
    (row,) = rows(database, "SELECT * FROM test_answers WHERE attempt_id = ? AND question_id = ?", test["id"], question)
    return row


def test_a_choice_is_kept_and_shown_again(
    alice: FlaskClient, test: dict[str, Any], bank: Any, at: Clock, database: LibsqlDatabase
) -> None:
    question = next(question for question in test["questions"] if question["type"] == "multiple_choice")
    option = question["answers"][0]["id"]
    at(30)
    response = save(alice, test, question["id"], option, seconds=12, flagged=True, sequence=1)
    chosen = {
        "questionId": question["id"], "selectedAnswer": option, "timeSpentSeconds": 12, "flagged": True,
        "changed": False, "sequence": 1, "savedAt": "2026-11-23T09:00:30Z",
    }  # fmt: skip
    assert (response.status_code, response.json) == (200, chosen)
    assert alice.get(f"/api/tests/{test['id']}").json == test | {"answers": [chosen]}
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 0}]
    assert attempt(database, test["id"])["saves"] == 1
    row = saved(database, test, question["id"])
    assert row["is_correct"] == (keys(bank)[question["id"]] in (option, [option]))


def test_a_set_is_kept_as_a_set(alice: FlaskClient, bank: Any, cables: dict[str, Any], at: Clock) -> None:
    test = start(alice, questionCount=14).json
    response = save(alice, test, cables["id"], ["c", "a", "c"])
    assert response.json["selectedAnswer"] == ["a", "c"]
    assert alice.get(f"/api/tests/{test['id']}").json["answers"][0]["selectedAnswer"] == ["a", "c"]


def test_what_arrives_late_does_not_undo_a_later_choice(
    alice: FlaskClient, test: dict[str, Any], bank: Any, database: LibsqlDatabase
) -> None:
    """Case autosave-out-of-order."""
    question = next(q["id"] for q in test["questions"] if q["type"] == "multiple_choice")
    at_05 = save(alice, test, question, "b", seconds=20, sequence=5)
    at_01 = save(alice, test, question, "a", seconds=12, sequence=1)
    assert (at_05.status_code, at_01.status_code) == (200, 200)
    assert at_01.json == at_05.json | {"changed": True}
    row = saved(database, test, question)
    assert (row["selected_answer"], row["time_spent_seconds"], row["sequence"], row["saves"]) == ("b", 20, 5, 2)
    submit(alice, test)
    assert rows(database, "SELECT selected_answer, time_spent_seconds, changed_answer FROM user_answers") == [
        {"selected_answer": "b", "time_spent_seconds": 20, "changed_answer": 1}
    ]


def test_the_grade_goes_with_the_choice_that_counts(
    alice: FlaskClient, test: dict[str, Any], bank: Any, database: LibsqlDatabase
) -> None:
    question = next(q["id"] for q in test["questions"] if q["type"] == "multiple_choice")
    save(alice, test, question, keys(bank)[question], sequence=2)
    save(alice, test, question, wrong(bank, question), sequence=1)
    row = saved(database, test, question)
    assert (row["is_correct"], row["score"]) == (1, 1.0)
    save(alice, test, question, wrong(bank, question), sequence=3)
    row = saved(database, test, question)
    assert (row["is_correct"], row["score"], row["changed"]) == (0, 0.0, 1)


def test_the_same_request_twice_changes_nothing(alice: FlaskClient, test: dict[str, Any]) -> None:
    question = next(q["id"] for q in test["questions"] if q["type"] == "multiple_choice")
    first = save(alice, test, question, "b", sequence=1)
    assert save(alice, test, question, "b", sequence=1).json == first.json
    # One that uses its number again is no later choice.
    assert save(alice, test, question, "a", sequence=1).json["selectedAnswer"] == "b"


def test_without_a_sequence_the_later_arrival_counts(alice: FlaskClient, test: dict[str, Any]) -> None:
    question = next(q["id"] for q in test["questions"] if q["type"] == "multiple_choice")
    save(alice, test, question, "a", sequence=4)
    assert save(alice, test, question, "b").json["selectedAnswer"] == "b"
    assert save(alice, test, question, "a", sequence=3).json["selectedAnswer"] == "b"
    assert save(alice, test, question, "a", sequence=5).json["selectedAnswer"] == "a"


def test_time_never_shrinks_and_is_no_more_than_the_tests(alice: FlaskClient, test: Any, at: Clock) -> None:
    question = test["questions"][0]["id"]
    at(100)
    assert save(alice, test, question, "a", seconds=90).json["timeSpentSeconds"] == 90
    assert save(alice, test, question, "b", seconds=5).json["timeSpentSeconds"] == 90
    assert save(alice, test, question, "b", seconds=86_400).json["timeSpentSeconds"] == 3610


def test_a_question_may_be_flagged_alone_and_cleared(
    alice: FlaskClient, test: dict[str, Any], database: LibsqlDatabase
) -> None:
    question = test["questions"][0]["id"]
    assert save(alice, test, question, None, flagged=True).json["flagged"] is True
    assert save(alice, test, question, "a").json["flagged"] is True  # a save that does not say leaves it
    cleared = save(alice, test, question, None, flagged=False).json
    assert (cleared["selectedAnswer"], cleared["flagged"]) == (None, False)
    result = submit(alice, test).json
    assert (result["skippedCount"], result["correctCount"]) == (10, 0)
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 0}]


@pytest.mark.parametrize(
    ("selected", "more"),
    [("x", {}), ([], {}), (["a", "b"], {}), ("a", {"sequence": -1}), ("a", {"sequence": 2**53}), ("a", {"more": 1})],
)
def test_what_is_no_choice_is_refused(
    alice: FlaskClient, test: dict[str, Any], bank: Any, selected: Any, more: Any, database: LibsqlDatabase
) -> None:
    question = next(q["id"] for q in test["questions"] if q["type"] == "multiple_choice")
    assert save(alice, test, question, selected, **more).status_code == 422
    assert rows(database, "SELECT count(*) AS n FROM test_answers") == [{"n": 0}]
    assert attempt(database, test["id"])["saves"] == 0


def test_only_questions_of_ones_own_test(
    alice: FlaskClient, bob: FlaskClient, test: dict[str, Any], bank: Any, other_exam: Any
) -> None:
    question = test["questions"][0]["id"]
    assert save(bob, test, question, "a").status_code == 404
    assert bob.get(f"/api/tests/{test['id']}").status_code == 404
    assert bob.get(f"/api/tests/{test['id']}/result").status_code == 404
    assert submit(bob, test).status_code == 404
    assert save(alice, test, other_exam[0]["id"], "a").status_code == 404
    assert save(alice, {"id": 99}, question, "a").status_code == 404


def test_after_the_end_nothing_is_saved(alice: FlaskClient, test: dict[str, Any], database: LibsqlDatabase) -> None:
    submit(alice, test)
    refused = save(alice, test, test["questions"][0]["id"], "a")
    assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert "completed" in refused.json["detail"]
    assert rows(database, "SELECT count(*) AS n FROM test_answers") == [{"n": 0}]


def test_a_save_that_the_end_overtakes_is_refused_and_not_lost_silently(
    alice: FlaskClient, test: dict[str, Any], database: LibsqlDatabase, settings: Settings
) -> None:
    question = test["questions"][0]["id"]
    ended = "UPDATE test_attempts SET status = 'completed', completed_at = started_at + 60 WHERE id = ?"
    with meanwhile(database, settings, "a.grading_rule, v.question_id", ended, test["id"]):
        refused = save(alice, test, question, "a")
    assert (refused.status_code, refused.json["detail"]) == (409, "the test is completed")
    assert rows(database, "SELECT count(*) AS n FROM test_answers") == [{"n": 0}]


def test_a_save_is_too_late_where_time_was_taken_back_since_the_read(
    alice: FlaskClient, test: dict[str, Any], at: Clock, database: LibsqlDatabase, settings: Settings
) -> None:
    """The grace ended a second ago; the save had read that there is an hour."""
    at(100)
    taken = "UPDATE test_attempts SET expires_at = started_at + 89 WHERE id = ?"
    with meanwhile(database, settings, "a.grading_rule, v.question_id", taken, test["id"]):
        refused = save(alice, test, test["questions"][0]["id"], ["a"])
    assert (refused.status_code, refused.json["code"]) == (409, "TIME_OVER")
    assert rows(database, "SELECT count(*) AS n FROM test_answers") == [{"n": 0}]


@pytest.mark.only("file")
def test_saves_of_one_question_at_once_leave_one_row_and_the_latest_choice(
    study_app: Any, alice: FlaskClient, test: dict[str, Any], database: LibsqlDatabase
) -> None:
    question = next(question["id"] for question in test["questions"] if question["type"] == "multiple_choice")
    options = "ab"
    people = [client(study_app, "1", "user") for _ in range(8)]
    statuses: list[int] = []

    def click(number: int) -> None:
        statuses.append(save(people[number], test, question, options[number % 2], sequence=number).status_code)

    threads = [threading.Thread(target=click, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
    row = saved(database, test, question)
    assert (row["selected_answer"], row["sequence"], row["saves"]) == ("b", 7, 8)
    assert attempt(database, test["id"])["saves"] == 8
