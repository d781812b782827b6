"""Answers in lines: one for each step, at once, and the last is what the answer would have been."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import BANK, everything, post_bank, post_file

LINES = {"Accept": "application/x-ndjson", "Content-Type": "application/json"}
PATH = "/api/questions/import?format=pingtopass"


def lines(response: Any) -> list[dict[str, Any]]:
    assert (response.status_code, response.content_type) == (200, "application/x-ndjson")
    return [json.loads(line) for line in response.get_data(as_text=True).splitlines()]


def test_an_import_tells_how_far_it_is(ada: FlaskClient, database: LibsqlDatabase, mode: str) -> None:
    many = [BANK["questions"][0] | {"questionText": f"Question {number}"} for number in range(1200)]
    file = json.dumps(BANK | {"questions": many})
    *steps, last = lines(ada.post(PATH, data=file, headers=LINES))
    assert [(step["stage"], step["done"], step["total"]) for step in steps] == [
        ("read", 1200, 1200), ("compared", 500, 1200), ("compared", 1000, 1200), ("compared", 1200, 1200),
        ("written", 1200, 1200),
    ]  # fmt: skip
    assert (last["stage"], last["status"], last["body"]["imported"]) == ("finished", 200, 1200)
    assert (last["consistencyToken"] is None) == (mode == "file")
    *_, again = lines(ada.post(PATH, data=file, headers=LINES))
    assert again["body"] == post_bank(ada, json.loads(file), "format=pingtopass").json
    assert again["body"]["skipped"] == 1200


def test_what_would_be_refused_is_told_in_the_last_line(
    ada: FlaskClient, mo: FlaskClient, database: LibsqlDatabase
) -> None:
    broken = BANK | {"questions": [BANK["questions"][0] | {"difficulty": 9}]}
    before = everything(database)
    *_, last = lines(ada.post(PATH, data=json.dumps(broken), headers=LINES))
    plain = post_file(ada, broken, "format=pingtopass")
    assert (last["stage"], last["status"]) == ("finished", plain.status_code) == ("finished", 422)
    assert last["body"] | {"requestId": ""} == plain.json | {"requestId": ""}
    *_, absent = lines(mo.post("/api/questions/import?format=gift&examId=9", data="It is. {T}", headers=LINES))
    assert (absent["status"], absent["body"]["code"]) == (404, "NOT_FOUND")
    assert everything(database) == before


def test_a_bug_is_told_in_the_last_line(ada: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(LibsqlDatabase, "batch", broken)
    ada.application.config["PROPAGATE_EXCEPTIONS"] = False
    *_, last = lines(ada.post(PATH, data=json.dumps(BANK), headers=LINES))
    assert (last["status"], last["body"]["code"]) == (500, "INTERNAL_ERROR")


def test_a_repeated_request_is_carried_out_once(ada: FlaskClient, database: LibsqlDatabase) -> None:
    headers = LINES | {"Idempotency-Key": "bank"}
    *_, first = lines(ada.post(PATH, data=json.dumps(BANK), headers=headers))
    steps = lines(ada.post(PATH, data=json.dumps(BANK), headers=headers))
    assert [step["stage"] for step in steps] == ["read", "finished"]
    assert steps[-1]["body"] == first["body"]
    assert first["body"]["imported"] == 14


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, application/x-ndjson;q=0.5", ""])
def test_who_does_not_ask_for_lines_gets_one_document(ada: FlaskClient, accept: str) -> None:
    response = ada.post(PATH, data=json.dumps(BANK), headers=LINES | {"Accept": accept})
    assert (response.content_type, response.json["imported"]) == ("application/json", 14)
