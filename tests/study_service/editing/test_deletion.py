"""A question is deleted and restored: nothing is erased, and who was given it goes on."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.conftest import caught_up
from tests.damage import spoil
from tests.study_service.conftest import answer, audited, etag, meanwhile, patch, row, rows
from tests.study_service.editing.edited import all_rows, propose, statuses
from tests.study_service.editing.test_creation import post


def delete(moderator: FlaskClient, question: int, match: str | None = "*") -> Any:
    headers = {} if match is None else {"If-Match": match}
    return moderator.delete(f"/api/questions/{question}", headers=headers)


def restore(moderator: FlaskClient, question: int, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return moderator.post(f"/api/questions/{question}/restore", headers=headers)


@pytest.mark.parametrize("status", ["approved", "pending", "rejected", "needs_revision"])
def test_it_comes_back_as_it_was(mo: FlaskClient, q0: int, database: LibsqlDatabase, status: str) -> None:
    database.execute_sql("UPDATE questions SET review_status = ?, updated_at = 0 WHERE id = ?", (status, q0))
    caught_up()
    shown, before = mo.get(f"/api/questions/{q0}").json, row(database, "questions", q0)
    asked = 13 + (status == "approved")
    response = delete(mo, q0, etag(mo, q0))
    assert (response.status_code, response.data) == (204, b"")
    gone = row(database, "questions", q0)
    assert gone == before | {"is_active": 0, "updated_at": gone["updated_at"]}
    assert gone["updated_at"] > 0
    assert row(database, "exams", 1)["questions_available"] == 13
    assert mo.get(f"/api/questions/{q0}").status_code == 404
    assert delete(mo, q0).status_code == 404
    back = restore(mo, q0)
    assert back.status_code == 200
    assert back.json == mo.get(f"/api/questions/{q0}").json == shown | {"updatedAt": back.json["updatedAt"]}
    assert row(database, "questions", q0) == before | {"updated_at": row(database, "questions", q0)["updated_at"]}
    assert row(database, "exams", 1)["questions_available"] == asked
    for action, old in (("question.delete", True), ("question.restore", False)):
        (entry,) = audited(database, action)
        assert (entry["user"], entry["id"], entry["old"], entry["new"]) == (
            3, str(q0), {"is_active": old}, {"is_active": not old},
        )  # fmt: skip


def test_sessions_and_tests_that_have_it_go_on(
    alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 100}).json
    test = bob.post("/api/tests", json={"examId": 1, "questionCount": 14}).json
    assert q0 in [question["id"] for question in test["questions"]]
    delete(mo, q0)
    assert alice.get(f"/api/study/sessions/{session['id']}").json["questions"] == session["questions"]
    result = answer(alice, q0, "a", studySessionId=session["id"]).json["result"]
    assert (result["isCorrect"], result["explanation"]) == (True, "why 0")
    body = {"selectedAnswer": "a", "timeSpentSeconds": 1}
    assert bob.put(f"/api/tests/{test['id']}/answers/{q0}", json=body).status_code == 200
    assert bob.post(f"/api/tests/{test['id']}/submit").json["correctCount"] == 1
    assert answer(mo, q0, "a").status_code == 404
    again = mo.post("/api/study/sessions", json={"examId": 1, "questionCount": 100}).json
    assert q0 not in [question["id"] for question in again["questions"]]


def test_a_deletion_wants_the_state_that_was_read(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    stale = etag(mo, q0)
    patch(mo, q0, explanation="mended")
    before = all_rows(database)
    for match, code in ((None, 428), (stale, 412), ('"x"', 412)):
        assert delete(mo, q0, match).status_code == code
    assert delete(mo, 999, None).status_code == 404
    assert all_rows(database) == before


@pytest.mark.parametrize("change", ["explanation = 'theirs'", "is_active = 0", "review_status = 'pending'"])
def test_of_a_deletion_and_an_edit_at_once_one_wins(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, settings: Settings, change: str
) -> None:
    with meanwhile(database, settings, 'FROM "questions"', f"UPDATE questions SET {change} WHERE id = ?", q0):
        assert delete(mo, q0).status_code == 412
    assert audited(database, "question.delete") == []


def test_an_edit_of_what_was_deleted_meanwhile_is_refused(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, settings: Settings
) -> None:
    tag = etag(mo, q0)
    change = "UPDATE questions SET is_active = 0 WHERE id = ?"
    with meanwhile(database, settings, 'FROM "question_versions"', change, q0):
        assert patch(mo, q0, match=tag, text="hers").status_code == 412
    assert rows(database, "SELECT id FROM questions WHERE text = 'hers'") == []


def test_a_restoration_is_done_once(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    before = all_rows(database)
    for question in (q0, q0 + 1):
        assert restore(mo, question).json == mo.get(f"/api/questions/{question}").json
    assert all_rows(database) == before
    delete(mo, q0)
    first = restore(mo, q0, "k")
    delete(mo, q0)
    again = restore(mo, q0, "k")
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert row(database, "questions", q0)["is_active"] == 0
    assert restore(mo, 999).status_code == 404


@pytest.mark.parametrize("column", ["discrimination_index", "ai_confidence_score"])
def test_one_that_could_not_be_shown_is_not_restored(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, column: str
) -> None:
    delete(mo, q0)
    database.execute_sql(f"UPDATE questions SET {column} = 9e999 WHERE id = ?", (q0,))
    response = restore(mo, q0)
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert row(database, "questions", q0)["is_active"] == 0


def test_of_two_restorations_at_once_one_is_told(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, settings: Settings
) -> None:
    delete(mo, q0)
    change = "UPDATE questions SET is_active = 1 WHERE id = ?"
    with meanwhile(database, settings, 'FROM "questions"', change, q0):
        response = restore(mo, q0)
    detail = "somebody else has just restored this question: read it again"
    assert (response.status_code, response.json["detail"]) == (409, detail)
    assert audited(database, "question.restore") == []


@pytest.mark.parametrize("table", ["exams", "objectives"])
def test_what_it_belongs_to_must_be_there(mo: FlaskClient, q0: int, database: LibsqlDatabase, table: str) -> None:
    delete(mo, q0)
    database.execute_sql(f"UPDATE {table} SET is_active = 0 WHERE id = 1")
    before = all_rows(database)
    response = restore(mo, q0)
    assert (response.status_code, response.json["detail"]) == (409, "its exam or its objective is retired")
    assert all_rows(database) == before


def test_no_second_one_of_the_same_content_comes_back(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    """A writer from before digests has stored it without."""
    first = post(mo).json["id"]
    database.execute_sql("UPDATE questions SET content_digest = NULL WHERE id = ?", (first,))
    delete(mo, first)
    assert post(mo).status_code == 201
    response = restore(mo, first)
    detail = "the exam has a question with this text and these options already"
    assert (response.status_code, response.json["detail"]) == (409, detail)
    assert row(database, "questions", first)["is_active"] == 0


def test_what_waits_beside_it_waits_on(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    propose(mo, q0, text="one")
    delete(mo, q0)
    listed = mo.get(f"/api/questions/{q0}/versions").json["versions"]
    assert [version["text"] for version in listed] == ["one", "Routing question 0"]
    restore(mo, q0)
    assert statuses(database, q0) == ["approved", "pending"]


def test_a_damaged_one_is_told(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    delete(mo, q0)
    spoil(database, "questions", "answers", "no JSON", q0)
    caught_up()
    response = restore(mo, q0)
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert row(database, "questions", q0)["is_active"] == 0
