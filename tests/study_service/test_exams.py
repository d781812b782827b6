"""The catalog of exams: everybody reads it, its admin changes it, and the audit log has every change."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import audited, epoch, row, rows

EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}
FULL = EXAM | {
    "description": "What it asks", "passingScore": 0.7, "questionCount": 90, "timeLimitMinutes": 120, "version": "v9",
    "difficultyLevel": 4, "prerequisites": "none", "priceCents": 35800, "isBeta": True, "gradingRule": "partial",
    "reviewRule": {"score": "just_after", "correctness": "later", "key": "never"},
    "difficultyMix": {"3": 0.5, "4": 1.0},
}  # fmt: skip


def aged(database: LibsqlDatabase) -> None:
    """Let every exam have changed long ago."""
    database.execute_sql("UPDATE exams SET updated_at = 0")


def entry(exam: int, *, method: str, new: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the audit log says of a change by Ada."""
    path = "/api/exams" if method == "POST" else f"/api/exams/{exam}"
    return {
        "user": 4, "entity": "exam", "id": str(exam), "old": old, "new": new, "subject": "4", "method": method,
        "path": path,
    }  # fmt: skip


def test_an_added_exam_is_what_its_admin_sent(ada: FlaskClient, alice: FlaskClient, database: LibsqlDatabase) -> None:
    ada.post("/api/exams", json=EXAM | {"code": "another"})
    added = ada.post("/api/exams", json=FULL)
    assert added.status_code == 201
    stored = row(database, "exams", added.json["id"])
    created = stored["created_at"]
    assert created == stored["updated_at"] >= epoch("2026-01-01T00:00:00Z")
    times = {"createdAt": added.json["createdAt"], "updatedAt": added.json["updatedAt"]}
    assert [epoch(moment) for moment in times.values()] == [created, created]
    assert added.json == FULL | times | {"id": stored["id"], "questionsAvailable": 0}
    assert alice.get(f"/api/exams/{stored['id']}").json == added.json
    assert (stored["vendor_id"], stored["passing_score"], stored["is_beta"], stored["is_active"]) == ("Acme", 0.7, 1, 1)
    sent = {
        "vendor_id": "Acme", "code": "A-1", "name": "First", "description": "What it asks", "passing_score": 0.7,
        "question_count": 90, "time_limit_minutes": 120, "version": "v9", "difficulty_level": 4,
        "prerequisites": "none", "price_cents": 35800, "is_beta": True, "grading_rule": "partial",
        "review_rule": FULL["reviewRule"], "difficulty_mix": FULL["difficultyMix"],
    }  # fmt: skip
    assert audited(database, "exam.create")[-1] == entry(stored["id"], method="POST", new=sent)


def test_what_is_not_sent_has_its_default(ada: FlaskClient) -> None:
    added = ada.post("/api/exams", json=EXAM).json
    numbers = ("passingScore", "questionCount", "timeLimitMinutes", "difficultyLevel", "priceCents", "isBeta")
    assert [added[name] for name in numbers] == [0.65, 65, 90, 3, 0, False]
    assert [added[name] for name in ("description", "version", "prerequisites")] == [None, None, None]


def test_a_change_is_of_one_exam_and_of_what_was_sent(
    ada: FlaskClient, alice: FlaskClient, database: LibsqlDatabase
) -> None:
    one, other = (ada.post("/api/exams", json=FULL | {"code": code}).json["id"] for code in ("A-1", "A-2"))
    aged(database)
    before, untouched = row(database, "exams", one), row(database, "exams", other)
    changed = ada.patch(f"/api/exams/{one}", json={"name": "Renamed", "version": None})
    assert changed.status_code == 200
    assert changed.json == alice.get(f"/api/exams/{one}").json
    after = row(database, "exams", one)
    assert after["updated_at"] >= epoch("2026-01-01T00:00:00Z")
    assert after == before | {"name": "Renamed", "version": None, "updated_at": after["updated_at"]}
    assert row(database, "exams", other) == untouched
    new, old = {"name": "Renamed", "version": None}, {"name": before["name"], "version": "v9"}
    assert audited(database, "exam.change") == [entry(one, method="PATCH", new=new, old=old)]


def test_an_empty_change_changes_nothing(ada: FlaskClient, database: LibsqlDatabase) -> None:
    added = ada.post("/api/exams", json=FULL).json
    aged(database)
    response = ada.patch(f"/api/exams/{added['id']}", json={})
    assert (response.status_code, response.json) == (200, added | {"updatedAt": "1970-01-01T00:00:00Z"})
    assert row(database, "exams", added["id"])["updated_at"] == 0
    assert audited(database, "exam.change") == []
    ada.delete(f"/api/exams/{added['id']}")
    for missing in (added["id"], 99):
        assert ada.patch(f"/api/exams/{missing}", json={}).status_code == 404


def test_a_retired_exam_is_out_of_the_catalog_and_not_erased(
    ada: FlaskClient, alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    questions = rows(database, "SELECT id FROM questions WHERE exam_id = 1")
    retired = ada.delete("/api/exams/1")
    assert (retired.status_code, retired.data) == (204, b"")
    assert alice.get("/api/exams").json == {"exams": [], "next": None}
    for path in ("/api/exams/1", "/api/exams/1/objectives"):
        assert (alice.get(path).status_code, alice.get(path).json["detail"]) == (404, "no such exam")
    assert row(database, "exams", 1)["is_active"] == 0
    assert rows(database, "SELECT id FROM questions WHERE exam_id = 1") == questions
    assert audited(database, "exam.change") == [
        entry(1, method="DELETE", new={"is_active": False}, old={"is_active": True})
    ]


def test_a_retired_exam_cannot_be_changed(ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    ada.delete("/api/exams/1")
    before = row(database, "exams", 1)
    assert ada.patch("/api/exams/1", json={"name": "x"}).status_code == 404
    assert ada.delete("/api/exams/1").status_code == 404
    assert row(database, "exams", 1) == before
    assert len(audited(database, "exam.change")) == 1


def test_a_vendor_has_a_code_once(ada: FlaskClient, database: LibsqlDatabase) -> None:
    first = ada.post("/api/exams", json=EXAM).json
    again = ada.post("/api/exams", json=EXAM | {"name": "Second"})
    assert (again.status_code, again.json["detail"]) == (409, "an exam with this vendor and code exists already")
    assert ada.post("/api/exams", json=EXAM | {"vendorId": "Other"}).status_code == 201
    other = ada.post("/api/exams", json=EXAM | {"code": "A-2"}).json
    taken = ada.patch(f"/api/exams/{other['id']}", json={"code": "A-1"})
    assert (taken.status_code, taken.json["detail"]) == (409, "another exam has this code")
    assert [exam["code"] for exam in ada.get("/api/exams").json["exams"]] == ["A-1", "A-1", "A-2"]
    assert ada.get(f"/api/exams/{first['id']}").json == first
    assert (len(audited(database, "exam.create")), audited(database, "exam.change")) == (3, [])


def test_a_repeated_create_is_the_first_one(ada: FlaskClient, database: LibsqlDatabase) -> None:
    first, again = (ada.post("/api/exams", json=EXAM, headers={"Idempotency-Key": "e"}) for _ in range(2))
    assert again.json == first.json
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert ada.post("/api/exams", json=EXAM | {"name": "x"}, headers={"Idempotency-Key": "e"}).status_code == 409
    assert len(audited(database, "exam.create")) == 1


@pytest.mark.parametrize("path", ["/api/exams", "/api/exams/1", "/api/exams/1/objectives"])
def test_what_a_cache_has_is_not_sent_again(ada: FlaskClient, bank: dict[str, Any], path: str) -> None:
    first = ada.get(path)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    same = ada.get(path, headers={"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    ada.patch("/api/exams/1", json={"name": "New name"})
    ada.patch(f"/api/exams/1/objectives/{bank['Routing question 0']['objectiveId']}", json={"name": "New name"})
    assert ada.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_pages_go_by_key(ada: FlaskClient, database: LibsqlDatabase) -> None:
    ids = [ada.post("/api/exams", json=EXAM | {"code": f"A-{9 - n}"}).json["id"] for n in range(6)]
    ada.delete(f"/api/exams/{ids.pop(1)}")
    first = ada.get("/api/exams?limit=2").json
    second = ada.get(f"/api/exams?limit=3&after={first['next']}").json
    assert [exam["id"] for exam in first["exams"]] == ids[:2]
    assert [exam["id"] for exam in second["exams"]] == ids[2:]
    last = ada.get(f"/api/exams?limit=3&after={second['next']}").json
    assert last == {"exams": [], "next": None}


@pytest.mark.parametrize(
    "change",
    [
        {"passingScore": 1.5},
        {"passingScore": -0.1},
        {"passingScore": "0.7"},
        {"passingScore": True},
        {"questionCount": 1.5},
        {"questionCount": 0},
        {"questionCount": 501},
        {"timeLimitMinutes": 0},
        {"timeLimitMinutes": 1441},
        {"isBeta": "yes"},
        {"isBeta": 1},
        {"name": ""},
        {"name": None},
        {"name": "a\0b"},
        {"name": "x" * 201},
        {"code": ""},
        {"code": "x" * 51},
        {"vendorId": ""},
        {"vendorId": "x" * 101},
        {"version": ""},
        {"version": "x" * 51},
        {"description": "x" * 10_001},
        {"difficultyLevel": 0},
        {"difficultyLevel": 6},
        {"priceCents": -1},
        {"priceCents": 100_000_001},
        {"id": 7},
        {"isActive": False},
        {"questionsAvailable": 1},
    ],
)
def test_a_wrong_field_is_named_and_nothing_written(
    ada: FlaskClient, database: LibsqlDatabase, change: dict[str, Any]
) -> None:
    for response in (ada.post("/api/exams", json=EXAM | change), ada.patch("/api/exams/1", json=change)):
        assert response.status_code == 422
        assert set(response.json["errors"]) == set(change)
    assert rows(database, "SELECT id FROM exams") == []


@pytest.mark.parametrize("missing", ["vendorId", "code", "name"])
def test_an_exam_needs_vendor_code_and_name(ada: FlaskClient, database: LibsqlDatabase, missing: str) -> None:
    response = ada.post("/api/exams", json={name: value for name, value in EXAM.items() if name != missing})
    assert (response.status_code, list(response.json["errors"])) == (422, [missing])
    assert rows(database, "SELECT id FROM exams") == []
