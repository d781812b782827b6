"""The catalog: everybody reads it, its admin changes it, caches are asked."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database

EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}


def test_an_admin_adds_changes_and_retires_an_exam(ada: FlaskClient, alice: FlaskClient, database: Database) -> None:
    added = ada.post("/api/exams", json=EXAM | {"passingScore": 0.7, "isBeta": True})
    assert added.status_code == 201
    assert (added.json["passingScore"], added.json["isBeta"], added.json["questionCount"]) == (0.7, True, 65)
    path = f"/api/exams/{added.json['id']}"
    assert alice.get(path).json == added.json
    assert ada.patch(path, json={"name": "Renamed"}).json["name"] == "Renamed"
    assert ada.delete(path).status_code == 204
    assert alice.get(path).status_code == 404
    assert alice.get("/api/exams").json["exams"] == []
    assert ada.patch(path, json={"name": "x"}).status_code == 404
    assert database.execute_sql("SELECT count(*) FROM exams").fetchall() == [(1,)]
    actions = database.execute_sql("SELECT action, user_id FROM audit_log ORDER BY id").fetchall()
    assert actions == [("exam.create", 4), ("exam.change", 4), ("exam.change", 4)]


def test_a_vendor_has_a_code_once(ada: FlaskClient) -> None:
    assert ada.post("/api/exams", json=EXAM).status_code == 201
    assert ada.post("/api/exams", json=EXAM).status_code == 409
    other = ada.post("/api/exams", json=EXAM | {"code": "A-2"}).json
    assert ada.patch(f"/api/exams/{other['id']}", json={"code": "A-1"}).status_code == 409


def test_a_repeated_create_is_the_first_one(ada: FlaskClient) -> None:
    first, again = (ada.post("/api/exams", json=EXAM, headers={"Idempotency-Key": "e"}) for _ in range(2))
    assert again.json == first.json
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert ada.post("/api/exams", json=EXAM | {"name": "x"}, headers={"Idempotency-Key": "e"}).status_code == 409


def test_objectives_belong_to_their_exam(ada: FlaskClient, alice: FlaskClient) -> None:
    one, two = (ada.post("/api/exams", json=EXAM | {"code": code}).json["id"] for code in ("A-1", "A-2"))
    objective = ada.post(f"/api/exams/{one}/objectives", json={"code": "1", "name": "Routing", "weight": 0.5}).json
    assert ada.post(f"/api/exams/{one}/objectives", json={"code": "1", "name": "Again"}).status_code == 409
    assert ada.post("/api/exams/99/objectives", json={"code": "1", "name": "Lost"}).status_code == 404
    assert ada.patch(f"/api/exams/{two}/objectives/{objective['id']}", json={"name": "x"}).status_code == 404
    changed = ada.patch(f"/api/exams/{one}/objectives/{objective['id']}", json={"weight": 1})
    assert changed.json == objective | {"weight": 1.0}
    assert ada.delete(f"/api/exams/{one}/objectives/{objective['id']}").status_code == 204
    assert alice.get(f"/api/exams/{one}/objectives").json["objectives"] == []


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


def test_pages_go_by_key(ada: FlaskClient) -> None:
    ids = [ada.post("/api/exams", json=EXAM | {"code": f"A-{n}"}).json["id"] for n in range(5)]
    first = ada.get("/api/exams?limit=2").json
    second = ada.get(f"/api/exams?limit=3&after={first['next']}").json
    assert [e["id"] for e in first["exams"] + second["exams"]] == ids
    last = ada.get(f"/api/exams?limit=3&after={second['next']}").json
    assert last == {"exams": [], "next": None}


@pytest.mark.parametrize(
    "change",
    [
        {"passingScore": 1.5},
        {"passingScore": "0.7"},
        {"passingScore": True},
        {"questionCount": 1.5},
        {"isBeta": "yes"},
        {"isBeta": 1},
        {"name": ""},
        {"name": None},
        {"name": "a\0b"},
        {"code": "x" * 51},
        {"difficultyLevel": 6},
        {"priceCents": -1},
        {"id": 7},
        {"isActive": False},
    ],
)
def test_a_wrong_field_is_named_and_nothing_written(
    ada: FlaskClient, database: Database, change: dict[str, Any]
) -> None:
    response = ada.post("/api/exams", json=EXAM | change)
    assert response.status_code == 422
    assert set(response.json["errors"]) == set(change)
    assert database.execute_sql("SELECT count(*) FROM exams").fetchall() == [(0,)]
