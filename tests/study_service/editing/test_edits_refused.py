"""Edits that are wrong, stale or somebody else's are refused, and nobody's edit is lost."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.study_service.conftest import (
    BANK,
    answer,
    audited,
    etag,
    everything,
    meanwhile,
    patch,
    post_bank,
    row,
    rows,
)  # fmt: skip
from tests.study_service.editing.edited import (
    Q0,
    SENT,
    options,
    versions,
)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answers": [{"id": "e", "text": "v", "isCorrect": True}, SENT[1]]}, "answers"),
        ({"answers": [SENT[0], SENT[0]]}, "answers"),
        ({"answers": [SENT[0], {"text": "w", "isCorrect": False}]}, "answers"),
        ({"answers": options({"isCorrect": False})}, "answers"),
        ({"answers": [SENT[0]]}, "answers"),
        ({"answers": [SENT[0], {"text": "no key"}]}, "answers"),
        ({"answers": [SENT[0], SENT[1] | {"weight": 2}]}, "answers"),
        ({"answers": None}, "answers"),
        ({"text": ""}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": None}, "text"),
        ({"type": "essay"}, "type"),
        ({"difficulty": 6}, "difficulty"),
        ({"externalLink": "javascript:alert(1)"}, "externalLink"),
        ({"imageUrl": "ftp://x/y"}, "imageUrl"),
        ({"objectiveId": 99}, "objectiveId"),
        ({"tags": [1]}, "tags"),
        ({"aiModel": ""}, "aiModel"),
        ({"text": "x", "aiPromptVersion": "p-1"}, "aiPromptVersion"),
        ({"text": "x", "aiModel": None, "aiConfidenceScore": 0.0}, "aiModel"),
        ({"text": "x", "aiConfidenceScore": 0.0}, "aiConfidenceScore"),
        ({"text": "x", "aiModel": "m", "aiConfidenceScore": 1.01}, "aiConfidenceScore"),
        ({"reviewStatus": "approved"}, "reviewStatus"),
        ({"version": 7}, "version"),
    ],
)
def test_a_wrong_edit_names_its_field_and_writes_nothing(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, body: dict[str, Any], field: str
) -> None:
    before = everything(database) | {"question_versions": versions(database, q0)}
    response = patch(mo, q0, **body)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert everything(database) | {"question_versions": versions(database, q0)} == before


def test_an_objective_is_one_of_the_exam_and_active(
    mo: FlaskClient, q0: int, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    cabling = bank["Which two are cables?"]["objectiveId"]
    database.execute_sql("UPDATE objectives SET is_active = 0 WHERE id = ?", (cabling,))
    for strange in (cabling, other_exam[0]["objectiveId"]):
        response = patch(mo, q0, objectiveId=strange)
        assert (response.status_code, response.json["errors"]) == (
            422, {"objectiveId": ["The exam has no such objective."]},
        )  # fmt: skip


def test_a_change_wants_the_state_that_was_read(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    path, body = f"/api/questions/{q0}", {"difficulty": 3}
    stale = etag(mo, q0)
    assert stale.startswith('"')
    assert patch(mo, q0, explanation="mended").status_code == 200
    for match in (None, "", " "):
        response = mo.patch(path, json=body, headers={} if match is None else {"If-Match": match})
        assert (response.status_code, response.json["code"]) == (428, "PRECONDITION_REQUIRED")
    for match in (stale, '"nonsense"', f"W/{etag(mo, q0)}", f'{stale}, "other"'):
        response = mo.patch(path, json=body, headers={"If-Match": match})
        assert (response.status_code, response.json["code"]) == (412, "PRECONDITION_FAILED"), match
    assert row(database, "questions", q0)["difficulty"] == 1
    assert mo.patch(path, json={"difficulty": 2}, headers={"If-Match": f"{stale}, {etag(mo, q0)}"}).status_code == 200
    assert mo.patch(path, json={"difficulty": 3}, headers={"If-Match": "*"}).status_code == 200
    assert mo.patch("/api/questions/999", json=body).status_code == 404


def test_an_answer_does_not_make_a_moderators_state_stale_and_a_review_does(
    alice: FlaskClient, mo: FlaskClient, ada: FlaskClient, q0: int
) -> None:
    read = etag(mo, q0)
    answer(alice, q0, "a")
    assert etag(mo, q0) == read
    ada.put(f"/api/questions/{q0}/review", json={"status": "needs_revision", "feedback": "?"})
    assert patch(mo, q0, match=read, difficulty=2).status_code == 412
    assert mo.get("/api/questions?examId=1").headers.get("ETag") is None


@pytest.mark.parametrize(
    "change",
    [
        "version = version + 1", "text = 'other'", "type = 'multi_select'", "answers = '[]'", "explanation = NULL",
        "reference = 'other'", "external_link = 'x'", "difficulty = 2", "objective_id = 2", "tags = '[\"x\"]'",
        "image_url = 'x'", "review_status = 'rejected'", "review_feedback = 'x'", "is_active = 0", "updated_at = 7",
        "reviewed_at = 7",
    ],
)  # fmt: skip
def test_of_two_edits_at_once_one_wins(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, settings: Settings, change: str
) -> None:
    """After Mo's edit has read the question, and before it writes, somebody else changes it."""
    tag = etag(mo, q0)
    with meanwhile(database, settings, 'FROM "question_versions"', f"UPDATE questions SET {change} WHERE id = ?", q0):
        response = patch(mo, q0, match=tag, text="hers")
    assert (response.status_code, response.json["code"]) == (412, "PRECONDITION_FAILED")
    assert rows(database, "SELECT id FROM questions WHERE text = 'hers'") == []
    assert rows(database, "SELECT version FROM question_versions WHERE text = 'hers'") == []
    assert audited(database, "question.change") == []


def test_a_number_that_has_just_been_taken_is_not_taken_again(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, settings: Settings
) -> None:
    """Else a person's edit would overwrite the edit of a model that has come in meanwhile."""
    tag = etag(mo, q0)
    proposal = (
        "INSERT INTO question_versions (question_id, version, objective_id, text, type, answers)"
        " SELECT id, 2, objective_id, 'proposed', type, answers FROM questions WHERE id = ?"
    )
    with meanwhile(database, settings, 'FROM "question_versions"', proposal, q0):
        response = patch(mo, q0, match=tag, text="hers")
    detail = "another edit of this question has just come in: send yours again"
    assert (response.status_code, response.json["detail"]) == (409, detail)
    assert [version["text"] for version in versions(database, q0)] == [Q0, "proposed"]
    assert patch(mo, q0, match=tag, text="hers").json["version"] == 3


def test_an_edit_cannot_make_the_same_question_twice(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    zero, four = bank[Q0]["id"], bank["Routing question 4"]["id"]
    before = everything(database)
    response = patch(mo, four, text=Q0)
    detail = "the exam has a question with this text and these options already"
    assert (response.status_code, response.json["detail"]) == (409, detail)
    assert everything(database) == before
    assert patch(mo, zero, text="Another").status_code == 200
    assert patch(mo, four, text=Q0).status_code == 200


def test_an_import_knows_an_edited_question_by_its_new_text(
    ada: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    """The digests follow: the old file adds its question anew, a file with the new text changes nothing."""
    patch(mo, q0, text="New  text", answers=options({"text": "v"}))
    edited = BANK["questions"][0] | {"questionText": "New text", "options": ["v", "x", "y", "z"]}
    stored = row(database, "questions", q0)["answers"]
    report = post_bank(ada, BANK | {"questions": [edited]}, "format=pingtopass").json
    assert (report["imported"], report["updated"], report["skipped"]) == (0, 1, 0)  # white space in the text
    assert row(database, "questions", q0)["answers"] == stored
    assert post_bank(ada, BANK | {"questions": [edited]}, "format=pingtopass").json["skipped"] == 1
    assert post_bank(ada, BANK).json["imported"] == 1


@pytest.mark.parametrize(
    ("status", "becomes"),
    [("approved", "approved"), ("pending", "pending"), ("rejected", "pending"), ("needs_revision", "pending")],
)
def test_only_a_question_that_is_approved_stays_so(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, status: str, becomes: str
) -> None:
    database.execute_sql("UPDATE questions SET review_status = ?, reviewed_at = 7 WHERE id = ?", (status, q0))
    available = row(database, "exams", 1)["questions_available"]
    assert patch(mo, q0, explanation="said").json["reviewStatus"] == status
    assert patch(mo, q0, text="asked").json["reviewStatus"] == becomes
    after = row(database, "questions", q0)
    assert (after["reviewed_at"] > 7, after["reviewed_by"]) == (
        status == "approved",
        3 if status == "approved" else 4,  # who had imported it
    )
    assert [version["review_status"] for version in versions(database, q0)] == [status, becomes]
    assert row(database, "exams", 1)["questions_available"] == available


def test_a_retired_question_is_not_there(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    tag = etag(mo, q0)
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = ?", (q0,))
    assert patch(mo, q0, match=tag, text="x").status_code == 404
    assert row(database, "questions", q0)["text"] == Q0


def test_learners_and_services_edit_nothing(alice: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    response = alice.patch(f"/api/questions/{q0}", json={"text": "mine"}, headers={"If-Match": "*"})
    assert response.status_code == 403
    assert row(database, "questions", q0)["text"] == Q0


def test_an_edit_is_one_read_and_one_batch(mo: FlaskClient, q0: int, count_queries: Any) -> None:
    tag = etag(mo, q0)
    with count_queries() as statements:
        assert patch(mo, q0, match=tag, text="x", objectiveId=2).status_code == 200
    # the question, its versions, what resembles it; unchanged, its next number, the objective; what waits, the log, the
    # question, who, that it can be shown, the question
    assert [query.split()[0] for query in statements] == [
        "SELECT", "SELECT", "SELECT", "SELECT", "SELECT", "SELECT", "UPDATE", "INSERT", "UPDATE", "UPDATE", "SELECT",
        "SELECT",
    ]  # fmt: skip


def test_the_image_is_asked_and_the_type_goes_with_its_options(
    mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    assert patch(mo, q0, imageUrl="https://cdn.example/net.png").json["version"] == 2
    edited = patch(mo, q0, type="multi_select", answers=options({}, {"isCorrect": True})).json
    assert (edited["version"], edited["type"], edited["imageUrl"]) == (3, "multi_select", "https://cdn.example/net.png")
    assert [(v["image_url"], v["type"]) for v in versions(database, q0)] == [
        (None, "multiple_choice"), ("https://cdn.example/net.png", "multiple_choice"),
        ("https://cdn.example/net.png", "multi_select"),
    ]  # fmt: skip
