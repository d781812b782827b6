"""What an import does to the catalog: it creates its exam and objectives, renames and describes them, and logs that."""

import copy
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.study_service.conftest import BANK, audited, counted, epoch, everything, meanwhile, post_bank, row, rows

ENTRY = {"user": 4, "subject": "4", "method": "POST", "path": "/api/questions/import"}


def test_a_bank_brings_its_exam_and_objectives(
    alice: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    (exam,) = alice.get("/api/exams").json["exams"]
    shown = (exam["vendorId"], exam["code"], exam["name"], exam["questionsAvailable"])
    assert shown == ("Acme", "T-1", "Test exam", 14)
    assert alice.get("/api/exams/1/objectives").json["objectives"] == [
        {"id": 1, "examId": 1, "code": "1", "name": "Routing", "description": "Packets find their way", "weight": 0.6,
         "sortOrder": 0},
        {"id": 2, "examId": 1, "code": "2", "name": "Cabling", "description": "Plugs fit", "weight": 0.4,
         "sortOrder": 1},
    ]  # fmt: skip
    new = {"vendor_id": "Acme", "code": "T-1", "name": "Test exam"}
    assert audited(database, "exam.create") == [ENTRY | {"entity": "exam", "id": "1", "old": None, "new": new}]
    routing = {"exam_id": 1, "code": "1", "name": "Routing", "description": "Packets find their way", "weight": 0.6}
    cabling = {"exam_id": 1, "code": "2", "name": "Cabling", "description": "Plugs fit", "weight": 0.4}
    assert audited(database, "objective.create") == [
        ENTRY | {"entity": "objective", "id": "1", "old": None, "new": routing},
        ENTRY | {"entity": "objective", "id": "2", "old": None, "new": cabling},
    ]


def test_an_import_that_only_renames_its_exam_is_logged(
    ada: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE exams SET updated_at = 0")
    before = everything(database)
    report = post_bank(ada, BANK | {"examName": "A better name"})
    assert counted(report) == {"imported": 0, "updated": 0, "skipped": 14}
    exam = row(database, "exams", 1)
    assert exam["updated_at"] >= epoch("2026-01-01T00:00:00Z")
    assert exam == before["exams"][0] | {"name": "A better name", "updated_at": exam["updated_at"]}
    assert row(database, "exams", 2) == before["exams"][1]
    old, new = {"name": "Test exam"}, {"name": "A better name"}
    assert audited(database, "exam.change") == [ENTRY | {"entity": "exam", "id": "1", "old": old, "new": new}]
    after = everything(database)
    assert [after[table] for table in ("objectives", "questions")] == [before["objectives"], before["questions"]]
    assert after["audit_log"][:-1] == before["audit_log"]


@pytest.mark.parametrize(
    ("change", "new"),
    [
        ({"description": "Any plug"}, {"description": "Any plug", "weight": 0.4}),
        ({"description": None}, {"description": None, "weight": 0.4}),
        ({"weight": 30}, {"description": "Plugs fit", "weight": 0.3}),
    ],
)
def test_an_import_that_only_changes_an_objective_is_logged(
    ada: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase,
    change: dict[str, Any], new: dict[str, Any],
) -> None:  # fmt: skip
    edited = copy.deepcopy(BANK)
    edited["objectives"][1] |= change
    before = everything(database)
    assert counted(post_bank(ada, edited)) == {"imported": 0, "updated": 0, "skipped": 14}
    after = everything(database)
    assert after["objectives"][1] == before["objectives"][1] | new
    assert [after["objectives"][0], *after["objectives"][2:]] == [before["objectives"][0], *before["objectives"][2:]]
    assert (after["exams"], after["questions"]) == (before["exams"], before["questions"])
    old = {"code": "2", "name": "Cabling", "description": "Plugs fit", "weight": 0.4, "is_active": 1}
    entry = ENTRY | {"entity": "objective", "id": "2", "old": old, "new": old | new}
    assert audited(database, "objective.change") == [entry]
    assert after["audit_log"][:-1] == before["audit_log"]


def test_new_objectives_take_codes_that_are_free(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    ada.post("/api/exams/1/objectives", json={"code": "3", "name": "By hand", "sortOrder": 7})
    more = copy.deepcopy(BANK)
    more["objectives"] = [{"title": "Wireless", "weight": 5}, *more["objectives"], {"title": "DNS", "weight": 6}]
    assert post_bank(ada, more).json["skipped"] == 14
    stored = rows(database, "SELECT code, name, description, weight, sort_order FROM objectives ORDER BY id")
    assert [tuple(objective.values()) for objective in stored[2:]] == [
        ("3", "By hand", None, 0.25, 7), ("4", "Wireless", None, 0.05, 3), ("5", "DNS", None, 0.06, 4),
    ]  # fmt: skip
    assert [entry["id"] for entry in audited(database, "objective.create")] == ["1", "2", "3", "4", "5"]


def test_of_two_imports_at_once_one_wins(ada: FlaskClient, database: LibsqlDatabase, settings: Settings) -> None:
    """The exam was not there when it was looked for; before it is written, somebody else brings it."""
    change = "INSERT INTO exams (vendor_id, code, name) VALUES ('Acme', 'T-1', 'First')"
    with meanwhile(database, settings, "FROM questions", change):
        response = post_bank(ada, BANK)
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert response.json["detail"] == "the exam was changed meanwhile: send the file again"
    assert rows(database, "SELECT name FROM exams") == [{"name": "First"}]
    assert rows(database, "SELECT id FROM questions") == []
    assert post_bank(ada, BANK).json["imported"] == 14


def test_a_replayed_import_answers_its_first_report(ada: FlaskClient) -> None:
    headers = {"Idempotency-Key": "bank", "Content-Type": "application/json"}
    first, again = (
        ada.post("/api/questions/import?format=pingtopass", data=json.dumps(BANK), headers=headers) for _ in range(2)
    )
    assert again.json == first.json
    assert first.json["imported"] == 14
    assert again.headers["Idempotency-Replayed"] == "true"
    other = ada.post("/api/questions/import?format=pingtopass", data=json.dumps([]), headers=headers)
    assert other.status_code == 409
