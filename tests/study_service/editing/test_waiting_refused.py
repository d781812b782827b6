"""What waits is approved only if it can be asked, once, and as somebody has seen it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.conftest import caught_up
from tests.damage import spoil
from tests.study_service.conftest import (
    audited,
    etag,
    meanwhile,
    patch,
    review_version,
    row,
)  # fmt: skip
from tests.study_service.editing.edited import MODEL, MOVED, Q0, all_rows, propose, statuses, versions


def test_what_cannot_be_graded_is_not_approved(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    propose(mo, q0, text="one")
    no_key = '[{"id":"a","text":"w","isCorrect":false}]'
    database.execute_sql("UPDATE question_versions SET answers = ? WHERE question_id = ? AND version = 2", (no_key, q0))
    caught_up()
    before = all_rows(database)
    response = review_version(mo, q0, 2, "approved")
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert all_rows(database) == before
    assert review_version(mo, q0, 2, "rejected").status_code == 200


def test_an_approval_makes_no_question_twice(mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    four = bank["Routing question 4"]["id"]
    propose(mo, four, text=Q0)
    before = all_rows(database)
    response = review_version(mo, four, 2, "approved")
    detail = "the exam has a question with this text and these options already"
    assert (response.status_code, response.json["detail"]) == (409, detail)
    assert all_rows(database) == before


@pytest.mark.parametrize("status", ["pending", "needs_revision"])
def test_an_approved_edit_makes_a_question_one_that_is_asked(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, status: str
) -> None:
    mo.put(f"/api/questions/{q0}/review", json={"status": "needs_revision"})
    database.execute_sql("UPDATE questions SET review_status = ? WHERE id = ?", (status, q0))
    assert row(database, "exams", 1)["questions_available"] == 13
    propose(mo, q0, text="one")
    assert row(database, "exams", 1)["questions_available"] == 13
    review_version(mo, q0, 2, "approved")
    assert row(database, "exams", 1)["questions_available"] == 14
    after = row(database, "questions", q0)
    assert (after["review_status"], after["version"], after["text"]) == ("approved", 2, "one")
    assert statuses(database, q0) == [status, "approved"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("UPDATE questions SET explanation = 'theirs' WHERE id = ?", "approved"),
        ("UPDATE questions SET is_active = 0 WHERE id = ?", "approved"),
        ("UPDATE question_versions SET review_status = 'rejected' WHERE question_id = ? AND version = 2", "approved"),
        ("UPDATE question_versions SET review_status = 'approved' WHERE question_id = ? AND version = 2", "rejected"),
    ],
)
def test_of_two_reviews_at_once_one_wins(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, settings: Settings, change: str, status: str
) -> None:
    propose(mo, q0, text="one")
    with meanwhile(database, settings, 'FROM "question_versions"', change, q0):
        response = review_version(mo, q0, 2, status)
    detail = "somebody else has just changed this question or reviewed the version: read it again"
    assert (response.status_code, response.json["detail"]) == (409, detail)
    assert row(database, "questions", q0)["version"] == 1
    assert statuses(database, q0)[1] != status
    assert audited(database, "question.review_version") == []


def test_an_edit_by_a_model_is_refused_where_the_question_has_changed(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, settings: Settings
) -> None:
    tag = etag(mo, q0)
    change = "UPDATE questions SET explanation = 'theirs' WHERE id = ?"
    with meanwhile(database, settings, 'FROM "question_versions"', change, q0):
        response = patch(mo, q0, match=tag, text="one", aiModel=MODEL)
    assert response.status_code == 412
    assert patch(mo, q0, match=tag, text="one", aiModel=MODEL).status_code == 412
    assert patch(mo, q0, objectiveId=99, aiModel=MODEL).json["errors"].keys() == {"objectiveId"}
    assert len(versions(database, q0)) == 1


def test_what_is_not_there_cannot_be_reviewed(
    alice: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    propose(mo, q0, text="one")
    assert review_version(mo, q0, 3, "approved").json["detail"] == "no such version"
    assert review_version(mo, q0 + 1, 2, "approved").status_code == 404
    assert review_version(alice, q0, 2, "approved").status_code == 403
    assert review_version(mo, q0, 2, "pending").json["errors"].keys() == {"status"}
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = ?", (q0,))
    assert review_version(mo, q0, 2, "approved").status_code == 404
    assert statuses(database, q0) == ["approved", "pending"]


def test_statements(mo: FlaskClient, q0: int, count_queries: Any) -> None:
    tag = etag(mo, q0)
    with count_queries() as statements:
        patch(mo, q0, match=tag, text="one", aiModel=MODEL)
    # the question, its versions, what resembles it; unchanged, its next number, the log, the version, the version
    assert len(statements) == 8
    with count_queries() as statements:
        review_version(mo, q0, 2, "approved")
    # the question, the version; the log of the review, unchanged, the log of the change, the others, the question, that
    # it was, the count of the exam, the version
    assert len(statements) == 10


def test_a_damaged_version_is_told_and_costs_nothing_else(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    propose(mo, q0, text="one")
    database.execute_sql("UPDATE question_versions SET answers = '{}' WHERE question_id = ? AND version = 2", (q0,))
    caught_up()
    assert review_version(mo, q0, 2, "approved").status_code == 409
    assert patch(mo, q0, text="hers", answers=MOVED).json["version"] == 3
    spoil(database, "questions", "answers", "no JSON", q0)
    assert patch(mo, q0, match="*", text="again").status_code == 409
