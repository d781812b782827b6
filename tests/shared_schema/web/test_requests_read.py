"""How a request is read: its body, its query, its path, and when a body need not be sent again."""

import hashlib
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.web.bodies import MAX_BODY

EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}


def send(caller: FlaskClient, body: bytes, content_type: str | None) -> Any:
    return caller.post("/api/exams", data=body, content_type=content_type)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"],
)
def test_a_body_is_json_under_each_of_its_names(ada: FlaskClient, content_type: str) -> None:
    assert send(ada, orjson.dumps(EXAM), content_type).status_code == 201


def test_a_body_of_another_type_is_refused_with_what_to_send(ada: FlaskClient) -> None:
    refused = send(ada, orjson.dumps(EXAM), None)
    assert (refused.status_code, refused.json["detail"]) == (415, "send the body as application/json")


def test_what_is_no_json_is_said_to_be_so(ada: FlaskClient) -> None:
    (message,) = send(ada, b'{"code": }', "application/json").json["errors"]["body"]
    assert message.startswith("Not JSON: ")


def test_no_body_is_an_empty_one_whatever_its_type(ada: FlaskClient) -> None:
    for content_type in ("application/json", "text/plain", None):
        refused = send(ada, b"", content_type)
        assert refused.status_code == 422
        missing = ["Missing data for required field."]
        assert refused.json["errors"] == dict.fromkeys(("vendorId", "code", "name"), missing)


def test_unknown_fields_are_refused_in_the_body_and_in_the_query(ada: FlaskClient, database: LibsqlDatabase) -> None:
    body = ada.post("/api/exams", json=EXAM | {"colour": "red"})
    assert (body.status_code, body.json["errors"]) == (422, {"colour": ["Unknown field."]})
    query = ada.get("/api/exams?offset=1")
    assert (query.status_code, query.json["errors"]) == (422, {"offset": ["Unknown field."]})
    assert database.execute_sql("SELECT count(*) FROM exams").fetchall() == [(0,)]


def test_a_body_may_be_a_megabyte_and_a_question_file_twenty(ada: FlaskClient, mo: FlaskClient) -> None:
    assert MAX_BODY == 1024 * 1024
    start = orjson.dumps(EXAM)
    assert send(ada, start + b" " * (MAX_BODY - len(start)), "application/json").status_code == 201
    assert send(ada, start + b" " * (MAX_BODY - len(start) + 1), "application/json").status_code == 413
    for size, status in ((20 * MAX_BODY, 422), (20 * MAX_BODY + 1, 413)):
        file = mo.post("/api/questions/import?format=pingtopass", data=b"[" * size)
        assert file.status_code == status


@pytest.mark.parametrize(("path", "exists"), [("1", True), (str(2**63 - 1), True), ("0", False), (str(2**63), False)])
def test_an_id_in_a_path_is_a_number_that_can_be_one(alice: FlaskClient, path: str, exists: bool) -> None:
    answer = alice.get(f"/api/exams/{path}")
    assert (answer.status_code, answer.json["detail"] == "no such exam") == (404, exists)


def test_the_keys_of_an_answer_may_be_numbers(study_app: Flask) -> None:
    with study_app.app_context():
        assert study_app.json.dumps({1: "ü", "b": None}) == '{"1":"ü","b":null}'
        assert study_app.json.loads('{"1": 2.5}') == {"1": 2.5}


def test_a_tag_is_the_digest_of_the_body_and_goes_for_every_reader(ada: FlaskClient, alice: FlaskClient) -> None:
    exam = ada.post("/api/exams", json=EXAM).json["id"]
    first = ada.get(f"/api/exams/{exam}")
    tag = first.headers["ETag"]
    assert tag == f'"{hashlib.sha256(first.data).hexdigest()[:32]}"'
    assert first.headers["Cache-Control"] == "private, no-cache"
    same = alice.get(f"/api/exams/{exam}", headers={"If-None-Match": f'"x", {tag}'})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    assert same.headers["Cache-Control"] == "private, no-cache"
    ada.patch(f"/api/exams/{exam}", json={"name": "Second"})
    changed = alice.get(f"/api/exams/{exam}", headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json["name"]) == (200, "Second")
    assert changed.headers["ETag"] != tag


@pytest.mark.parametrize("number", ["0", str(2**63)])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_no_exam_has_a_number_that_can_be_no_id_whatever_is_done_with_it(
    ada: FlaskClient, method: str, number: str
) -> None:
    answer = ada.open(f"/api/exams/{number}", method=method, json={"name": "Renamed"})
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")
