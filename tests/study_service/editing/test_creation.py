"""A moderator adds a question: it is stored whole, once, logged, and asked when it is approved."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.study_service.conftest import answer, audited, etag, meanwhile, patch, row, rows
from tests.study_service.editing.edited import Q0, all_rows, versions

OPTIONS = [{"text": "ARP", "isCorrect": True}, {"text": "DNS", "isCorrect": False}]
DRAFT = {
    "examId": 1, "objectiveId": 1, "text": "Who asks for hardware addresses?", "type": "multiple_choice",
    "answers": OPTIONS,
}  # fmt: skip


def post(moderator: FlaskClient, key: str | None = None, **changes: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return moderator.post("/api/questions", json=DRAFT | changes, headers=headers)


def test_all_that_is_sent_is_stored_shown_and_logged(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    more = {
        "explanation": "it asks everybody", "reference": "RFC 826", "externalLink": "https://rfc.example/",
        "difficulty": 2, "tags": ["arp"], "imageUrl": "https://x.example/p.png", "aiModel": "gpt-4o-mini",
        "aiPromptVersion": "v7", "aiConfidenceScore": 0.42,
    }  # fmt: skip
    response = post(mo, **more)
    assert response.status_code == 201, response.json
    shown = response.json
    assert shown == mo.get(f"/api/questions/{shown['id']}").json | {"warnings": []}
    assert {name: shown[name] for name in more} == more
    assert [option["text"] for option in shown["answers"]] == ["ARP", "DNS"]
    stored = row(database, "questions", shown["id"])
    assert stored == stored | {
        "exam_id": 1, "objective_id": 1, "text": DRAFT["text"], "type": "multiple_choice",
        "explanation": "it asks everybody", "reference": "RFC 826", "external_link": "https://rfc.example/",
        "difficulty": 2, "tags": '["arp"]', "image_url": "https://x.example/p.png", "ai_generated": 1,
        "ai_model": "gpt-4o-mini", "ai_prompt_version": "v7", "ai_confidence_score": 0.42,
        "review_status": "pending", "reviewed_by": None, "reviewed_at": None, "version": 1,
        "is_active": 1, "total_attempts": 0,
    }  # fmt: skip
    (first,) = versions(database, shown["id"])
    assert (first["version"], first["created_by"], first["ai_model"]) == (1, 3, "gpt-4o-mini")
    assert (shown["createdBy"], shown["aiGenerated"], shown["isActive"]) == (3, True, True)
    (entry,) = [entry for entry in audited(database, "question.create") if entry["user"] == 3]
    assert (entry["id"], entry["old"], entry["path"]) == (str(shown["id"]), None, "/api/questions")
    assert (entry["new"]["text"], entry["new"]["ai_model"]) == (DRAFT["text"], "gpt-4o-mini")
    assert row(database, "exams", 1)["questions_available"] == 14
    others = rows(database, "SELECT DISTINCT created_by FROM question_versions WHERE question_id <> ?", shown["id"])
    assert others == [{"created_by": None}]


def test_an_approved_one_is_asked_at_once(
    alice: FlaskClient, mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    shown = post(mo, reviewStatus="approved").json
    assert (shown["reviewStatus"], shown["reviewedBy"], shown["aiGenerated"], shown["difficulty"]) == (
        "approved", 3, False, 3,
    )  # fmt: skip
    assert row(database, "questions", shown["id"])["reviewed_at"] >= shown["id"]
    assert row(database, "exams", 1)["questions_available"] == 15
    assert answer(alice, shown["id"], shown["answers"][0]["id"]).json["result"]["isCorrect"] is True


def test_the_first_edit_can_follow_at_once(mo: FlaskClient, bank: dict[str, Any]) -> None:
    shown = post(mo).json
    assert patch(mo, shown["id"], match=etag(mo, shown["id"]), text="Who?").json["version"] == 2


def test_with_a_key_it_is_added_once(mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    first = post(mo, "k")
    before = all_rows(database)
    again = post(mo, "k")
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert all_rows(database) == before
    assert post(mo, "k", difficulty=1).status_code == 409


def test_what_the_exam_has_already_is_a_conflict(
    mo: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    known = bank[Q0]["id"]
    same = {"text": "Routing  question 0", "answers": [{"text": text, "isCorrect": text == "z"} for text in "zyxw"]}
    before = all_rows(database)
    response = post(mo, **same)
    detail = f"the exam has this question already: it is question {known}"
    assert (response.status_code, response.json["detail"]) == (409, detail)
    mo.delete(f"/api/questions/{known}", headers={"If-Match": "*"})
    assert post(mo, **same).json["detail"] == f"{detail}, which is deleted and can be restored"
    assert len(rows(database, "SELECT id FROM questions")) == len(before["questions"])
    elsewhere = other_exam[0]["objectiveId"]
    assert post(mo, **same, examId=2, objectiveId=elsewhere).status_code == 201


def test_of_two_who_add_the_same_one_wins(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, settings: Settings
) -> None:
    """After Mo's request has looked for it, somebody else adds it."""
    shown = post(mo).json
    digest = row(database, "questions", shown["id"])["content_digest"]
    database.execute_sql("UPDATE questions SET content_digest = NULL WHERE id = ?", (shown["id"],))
    change = "UPDATE questions SET content_digest = ? WHERE id = ?"
    with meanwhile(database, settings, "SELECT id, is_active", change, digest, shown["id"]):
        response = post(mo)
    assert (response.status_code, response.json["detail"]) == (
        409, "the exam has a question with this text and these options already",
    )  # fmt: skip
    assert len(rows(database, "SELECT id FROM questions WHERE text = ?", DRAFT["text"])) == 1


PAIRS = [
    {"text": "HTTP", "isCorrect": True, "target": "80"},
    {"text": "80", "isCorrect": False, "isTarget": True},
]


def test_each_type_has_its_own_options(mo: FlaskClient, bank: dict[str, Any]) -> None:
    paired = post(mo, text="Which port?", type="drag_drop", answers=PAIRS).json["answers"]
    assert paired[0]["target"] == paired[1]["id"] != "80"
    number = post(
        mo, text="How many?", type="numeric", answers=[{"text": "7", "isCorrect": True, "value": "7", "tolerance": "1"}]
    )
    assert (number.status_code, number.json["answers"][0]["tolerance"]) == (201, "1")
    region = {"region": "rect", "coords": [0, 0, 5, 5], "imageWidth": 10, "imageHeight": 10}
    spot = [{"text": "here", "isCorrect": True, **region}]
    assert post(mo, text="Where?", type="hotspot", answers=spot).json["errors"].keys() == {"imageUrl"}
    assert post(mo, text="Where?", type="hotspot", answers=spot, imageUrl="https://x.example/").status_code == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"answers": [OPTIONS[0]]}, "answers"),
        ({"answers": [OPTIONS[0] | {"isCorrect": False}, OPTIONS[1]]}, "answers"),
        ({"answers": [OPTIONS[0], OPTIONS[0]]}, "answers"),
        ({"answers": [OPTIONS[0] | {"id": "a"}, OPTIONS[1]]}, "answers"),
        ({"answers": [OPTIONS[0], {"text": " ", "isCorrect": False}]}, "answers"),
        ({"type": "essay"}, "type"),
        ({"text": ""}, "text"),
        ({"objectiveId": 99}, "objectiveId"),
        ({"difficulty": 0}, "difficulty"),
        ({"imageUrl": "javascript:x"}, "imageUrl"),
        ({"externalLink": "ftp://x/"}, "externalLink"),
        ({"reviewStatus": "fine"}, "reviewStatus"),
        ({"aiModel": "m", "aiConfidenceScore": 1.01}, "aiConfidenceScore"),
        ({"aiConfidenceScore": 0}, "aiConfidenceScore"),
        ({"aiPromptVersion": "v1"}, "aiPromptVersion"),
        ({"createdBy": 1}, "createdBy"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, changes: dict[str, Any], field: str
) -> None:
    before = all_rows(database)
    response = post(mo, **changes)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert all_rows(database) == before


def test_exam_and_objective_are_in_the_catalog(
    mo: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    assert post(mo, examId=99).status_code == 404
    assert post(mo, objectiveId=other_exam[0]["objectiveId"]).json["errors"].keys() == {"objectiveId"}
    database.execute_sql("UPDATE objectives SET is_active = 0 WHERE id = 1")
    assert post(mo).json["errors"].keys() == {"objectiveId"}
    database.execute_sql("UPDATE exams SET is_active = 0 WHERE id = 1")
    assert post(mo).status_code == 404
    assert rows(database, "SELECT id FROM questions WHERE text = ?", DRAFT["text"]) == []


def test_statements(mo: FlaskClient, bank: dict[str, Any], count_queries: Any) -> None:
    with count_queries() as statements:
        post(mo)
    # the key, the same question, what resembles it; the exam, the objective, the question, its author, the log, the
    # count, the receipt
    assert len(statements) == 10
