"""The server's clock ends a test, whoever comes next; what was saved until then counts, once."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.database.settings import Settings
from tests.study_service.attempts.conftest import Clock, attempt, keys, save, start, submit
from tests.study_service.conftest import audited, meanwhile, rows

GRACE = 10


@pytest.fixture
def short(alice: FlaskClient, bank: Any, at: Clock) -> dict[str, Any]:
    """Three questions in one minute."""
    test: dict[str, Any] = start(alice, questionCount=3, timeLimitMinutes=1).json
    return test


def test_submit_at_the_bell(
    alice: FlaskClient, short: dict[str, Any], bank: Any, at: Clock, database: LibsqlDatabase
) -> None:
    """Case submit-at-the-bell."""
    first, second, third = (question["id"] for question in short["questions"])
    key = keys(bank)
    at(10)
    assert save(alice, short, first, key[first]).status_code == 200
    at(60 - 0.2)
    assert save(alice, short, second, key[second]).status_code == 200
    at(61)
    assert save(alice, short, third, key[third]).status_code == 200
    at(3660)
    late = save(alice, short, third, "a")
    assert (late.status_code, late.json["code"]) == (409, "TIME_OVER")
    result = alice.get(f"/api/tests/{short['id']}/result").json
    assert (result["status"], result["correctCount"], result["skippedCount"]) == ("completed", 3, 0)
    assert result["totalTimeSeconds"] == 61 <= 60 + GRACE
    assert result["completedAt"] == "2026-11-23T09:01:01Z"
    summary = {name: value for name, value in result.items() if name != "questions"}
    assert [submit(alice, short).json for _ in range(2)] == [summary, summary]
    assert submit(alice, short).status_code == 200
    assert rows(database, "SELECT count(*) AS n FROM user_answers WHERE test_attempt_id = ?", short["id"]) == [{"n": 3}]
    assert rows(database, "SELECT count(*) AS n FROM test_results") == [{"n": 1}]


def test_behind_the_grace_nothing_counts(
    alice: FlaskClient, short: dict[str, Any], bank: Any, at: Clock, database: LibsqlDatabase
) -> None:
    first, second, third = (question["id"] for question in short["questions"])
    at(60 + GRACE)
    assert save(alice, short, first, keys(bank)[first]).status_code == 200
    at(60 + GRACE + 0.1)
    assert save(alice, short, second, keys(bank)[second]).json["code"] == "TIME_OVER"
    assert save(alice, short, third, keys(bank)[third]).json["code"] == "TIME_OVER"
    result = alice.get(f"/api/tests/{short['id']}/result").json
    assert (result["correctCount"], result["skippedCount"], result["totalTimeSeconds"]) == (1, 2, 70)
    assert rows(database, "SELECT question_id FROM test_answers") == [{"question_id": first}]


@pytest.mark.parametrize("path", ["/api/tests", "/api/tests/{}", "/api/tests/{}/result"])
def test_whoever_comes_next_ends_it_at_the_bell(
    alice: FlaskClient, short: dict[str, Any], at: Clock, path: str, database: LibsqlDatabase, mode: str
) -> None:
    save(alice, short, short["questions"][0]["id"], "a")
    at(7200)
    response = alice.get(path.format(short["id"]))
    assert response.status_code == 200
    assert ("X-Consistency-Token" in response.headers) is (mode != "file")
    row = attempt(database, short["id"])
    assert (row["status"], row["completed_at"] - row["started_at"], row["total_time_seconds"]) == ("completed", 60, 60)
    (entry,) = audited(database, "test.complete")
    assert (entry["user"], entry["id"], entry["old"]) == (1, str(short["id"]), {"status": "in_progress"})
    assert entry["new"]["status"] == "completed"
    assert "X-Consistency-Token" not in alice.get(path.format(short["id"])).headers


def test_others_do_not_end_it(
    alice: FlaskClient, bob: FlaskClient, short: Any, at: Clock, database: LibsqlDatabase
) -> None:
    at(7200)
    bob.get("/api/tests")
    assert bob.get(f"/api/tests/{short['id']}").status_code == 404
    assert attempt(database, short["id"])["status"] == "in_progress"


def test_a_late_submit_ends_it_as_it_stood_at_the_bell(alice: FlaskClient, short: dict[str, Any], at: Clock) -> None:
    at(7200)
    result = submit(alice, short).json
    assert (result["completedAt"], result["totalTimeSeconds"]) == ("2026-11-23T09:01:00Z", 60)


def test_a_submit_in_the_grace_is_the_learners_own(alice: FlaskClient, short: dict[str, Any], at: Clock) -> None:
    at(64)
    assert submit(alice, short).json["totalTimeSeconds"] == 64


def test_a_save_between_the_read_and_the_end_is_not_lost(
    alice: FlaskClient, short: dict[str, Any], bank: Any, settings: Settings, database: LibsqlDatabase
) -> None:
    """Somebody's save is acknowledged after the submit has read the choices: the submit reads them anew."""
    first, second = (question["id"] for question in short["questions"][:2])
    save(alice, short, first, keys(bank)[first])
    choice = """
        INSERT INTO test_answers (attempt_id, question_id, version, selected_answer, is_correct, score, saved_at)
        VALUES (?, ?, 1, 'a', 1, 1.0, 1795424401)
    """
    counted = "UPDATE test_attempts SET saves = saves + 1 WHERE id = ?"
    saved = [Statement(choice, (short["id"], second)), Statement(counted, (short["id"],))]
    with meanwhile(database, settings, "LEFT JOIN test_answers t", saved):
        result = submit(alice, short).json
    assert (result["status"], result["correctCount"]) == ("completed", 2)
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 2}]


def test_an_extension_between_the_read_and_the_end_keeps_it_running(
    alice: FlaskClient, short: dict[str, Any], at: Clock, settings: Settings, database: LibsqlDatabase
) -> None:
    at(3600)
    longer = "UPDATE test_attempts SET expires_at = expires_at + 7200 WHERE id = ?"
    with meanwhile(database, settings, "LEFT JOIN test_answers t", longer, short["id"]):
        body = alice.get(f"/api/tests/{short['id']}").json
    assert (body["status"], body["expiresAt"]) == ("in_progress", "2026-11-23T11:01:00Z")


def test_two_submits_at_once_are_one(
    alice: FlaskClient, short: dict[str, Any], bank: Any, settings: Settings, database: LibsqlDatabase
) -> None:
    question = short["questions"][0]["id"]
    save(alice, short, question, keys(bank)[question])
    with meanwhile(
        database, settings, "LEFT JOIN test_answers t",
        "UPDATE test_attempts SET status = 'completed', completed_at = started_at WHERE id = ?", short["id"],
    ):  # fmt: skip
        submit(alice, short)
    assert rows(database, "SELECT count(*) AS n FROM user_answers") == [{"n": 0}]
    assert rows(database, "SELECT count(*) AS n FROM test_results") == [{"n": 0}]
