"""The objectives of an exam: added, changed and retired by its admin, in their own order."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import audited, row, rows

ROUTING = {"code": "1", "name": "Routing", "description": "Packets", "weight": 0.5, "sortOrder": 3}


@pytest.fixture
def exams(ada: FlaskClient) -> tuple[int, int]:
    """Two exams without objectives."""
    exam = {"vendorId": "Acme", "name": "An exam"}
    one, two = (ada.post("/api/exams", json=exam | {"code": code}).json["id"] for code in ("A-1", "A-2"))
    return one, two


@pytest.fixture
def routing(ada: FlaskClient, exams: tuple[int, int]) -> str:
    """The path of an objective of the first exam."""
    return f"/api/exams/{exams[0]}/objectives/{ada.post(f'/api/exams/{exams[0]}/objectives', json=ROUTING).json['id']}"


def entry(
    objective: int, *, method: str, path: str, new: dict[str, Any], old: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What the audit log says of a change by Ada."""
    return {
        "user": 4, "entity": "objective", "id": str(objective), "old": old, "new": new, "subject": "4",
        "method": method, "path": path,
    }  # fmt: skip


def test_an_added_objective_is_what_its_admin_sent(
    ada: FlaskClient, alice: FlaskClient, exams: tuple[int, int], database: LibsqlDatabase
) -> None:
    path = f"/api/exams/{exams[1]}/objectives"
    ada.post(path, json=ROUTING | {"code": "0"})
    ada.post(f"/api/exams/{exams[0]}/objectives", json=ROUTING)
    added = ada.post(path, json=ROUTING)
    assert (added.status_code, added.json) == (201, ROUTING | {"id": added.json["id"], "examId": exams[1]})
    assert alice.get(path).json["objectives"][-1] == added.json
    sent = {"code": "1", "name": "Routing", "description": "Packets", "weight": 0.5, "sort_order": 3}
    new = sent | {"exam_id": exams[1]}
    assert audited(database, "objective.create")[-1] == entry(added.json["id"], method="POST", path=path, new=new)
    plain = ada.post(path, json={"code": "2", "name": "Plain"}).json
    assert (plain["description"], plain["weight"], plain["sortOrder"]) == (None, 0.25, 0)


def test_an_exam_has_a_code_once(
    ada: FlaskClient, exams: tuple[int, int], routing: str, database: LibsqlDatabase
) -> None:
    again = ada.post(f"/api/exams/{exams[0]}/objectives", json=ROUTING | {"name": "Again"})
    assert (again.status_code, again.json["detail"]) == (409, "an objective with this code exists already")
    assert ada.post(f"/api/exams/{exams[1]}/objectives", json=ROUTING).status_code == 201
    other = ada.post(f"/api/exams/{exams[0]}/objectives", json=ROUTING | {"code": "2"}).json
    taken = ada.patch(f"/api/exams/{exams[0]}/objectives/{other['id']}", json={"code": "1"})
    assert (taken.status_code, taken.json["detail"]) == (409, "another objective has this code")
    assert audited(database, "objective.change") == []


def test_a_repeated_create_is_the_first_one(ada: FlaskClient, exams: tuple[int, int], database: LibsqlDatabase) -> None:
    path, headers = f"/api/exams/{exams[0]}/objectives", {"Idempotency-Key": "o"}
    first, again = (ada.post(path, json=ROUTING, headers=headers) for _ in range(2))
    assert (again.status_code, again.json) == (201, first.json)
    assert rows(database, "SELECT id FROM objectives") == [{"id": first.json["id"]}]


def test_an_objective_needs_an_exam_of_the_catalog(
    ada: FlaskClient, exams: tuple[int, int], database: LibsqlDatabase
) -> None:
    ada.delete(f"/api/exams/{exams[0]}")
    for exam in (exams[0], 99):
        response = ada.post(f"/api/exams/{exam}/objectives", json=ROUTING)
        assert (response.status_code, response.json["detail"]) == (404, "no such exam")
    assert rows(database, "SELECT id FROM objectives") == []


def test_a_change_is_of_one_objective_and_of_what_was_sent(
    ada: FlaskClient, exams: tuple[int, int], routing: str, database: LibsqlDatabase
) -> None:
    other = ada.post(f"/api/exams/{exams[0]}/objectives", json=ROUTING | {"code": "2"}).json["id"]
    objective = int(routing.rpartition("/")[2])
    before, untouched = row(database, "objectives", objective), row(database, "objectives", other)
    changed = ada.patch(routing, json={"weight": 1, "description": None})
    assert changed.json == ROUTING | {"id": objective, "examId": exams[0], "weight": 1.0, "description": None}
    assert row(database, "objectives", objective) == before | {"weight": 1.0, "description": None}
    assert row(database, "objectives", other) == untouched
    new, old = {"weight": 1.0, "description": None}, {"weight": 0.5, "description": "Packets"}
    assert audited(database, "objective.change") == [entry(objective, method="PATCH", path=routing, new=new, old=old)]


def test_an_empty_change_changes_nothing(
    ada: FlaskClient, exams: tuple[int, int], routing: str, database: LibsqlDatabase
) -> None:
    objective = int(routing.rpartition("/")[2])
    response = ada.patch(routing, json={})
    assert (response.status_code, response.json) == (200, ROUTING | {"id": objective, "examId": exams[0]})
    assert ada.patch(f"/api/exams/{exams[1]}/objectives/{objective}", json={}).status_code == 404
    assert ada.patch(f"/api/exams/{exams[0]}/objectives/99", json={}).status_code == 404
    assert audited(database, "objective.change") == []
    ada.delete(routing)
    assert ada.patch(routing, json={}).status_code == 404


def test_an_objective_belongs_to_its_exam(
    ada: FlaskClient, exams: tuple[int, int], routing: str, database: LibsqlDatabase
) -> None:
    objective = int(routing.rpartition("/")[2])
    before = row(database, "objectives", objective)
    for send in (lambda path: ada.patch(path, json={"name": "x"}), ada.delete):
        response = send(f"/api/exams/{exams[1]}/objectives/{objective}")
        assert (response.status_code, response.json["detail"]) == (404, "no such objective")
    assert row(database, "objectives", objective) == before
    assert audited(database, "objective.change") == []


def test_a_retired_objective_is_out_of_the_catalog_and_not_erased(
    ada: FlaskClient, alice: FlaskClient, exams: tuple[int, int], routing: str, database: LibsqlDatabase
) -> None:
    objective = int(routing.rpartition("/")[2])
    retired = ada.delete(routing)
    assert (retired.status_code, retired.data) == (204, b"")
    assert alice.get(f"/api/exams/{exams[0]}/objectives").json == {"objectives": [], "next": None}
    assert row(database, "objectives", objective)["is_active"] == 0
    new, old = {"is_active": False}, {"is_active": True}
    assert audited(database, "objective.change") == [entry(objective, method="DELETE", path=routing, new=new, old=old)]
    assert ada.delete(routing).status_code == 404
    assert ada.patch(routing, json={"name": "x"}).status_code == 404


def test_objectives_come_in_their_own_order(ada: FlaskClient, alice: FlaskClient, exams: tuple[int, int]) -> None:
    path = f"/api/exams/{exams[0]}/objectives"
    for code, order in (("late", 2), ("first", 0), ("middle", 1), ("second", 0)):
        ada.post(path, json={"code": code, "name": code, "sortOrder": order})
    ada.post(f"/api/exams/{exams[1]}/objectives", json=ROUTING)
    assert [objective["code"] for objective in alice.get(path).json["objectives"]] == [
        "first", "second", "middle", "late",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"weight": 1.1}, {"weight": -0.1}, {"weight": "1"}, {"sortOrder": -1}, {"sortOrder": 10_001}, {"code": ""},
        {"code": "x" * 51}, {"name": ""}, {"name": "x" * 201}, {"description": "x" * 10_001}, {"examId": 2}, {"id": 1},
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_written(
    ada: FlaskClient, exams: tuple[int, int], database: LibsqlDatabase, change: dict[str, Any]
) -> None:
    path = f"/api/exams/{exams[0]}/objectives"
    for response in (ada.post(path, json=ROUTING | change), ada.patch(f"{path}/1", json=change)):
        assert (response.status_code, set(response.json["errors"])) == (422, set(change))
    assert rows(database, "SELECT id FROM objectives") == []


@pytest.mark.parametrize("missing", ["code", "name"])
def test_an_objective_needs_code_and_name(ada: FlaskClient, exams: tuple[int, int], missing: str) -> None:
    body = {name: value for name, value in ROUTING.items() if name != missing}
    response = ada.post(f"/api/exams/{exams[0]}/objectives", json=body)
    assert (response.status_code, list(response.json["errors"])) == (422, [missing])
