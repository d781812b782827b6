"""A file goes in whole or not at all, and the answer names what is wrong item by item."""

import copy
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.study_service.conftest import BANK, everything, meanwhile, post_bank, post_gift, rows


def test_a_repetition_with_another_key_is_a_problem(ada: FlaskClient, database: LibsqlDatabase) -> None:
    contradictory = copy.deepcopy(BANK)
    contradictory["questions"].append(contradictory["questions"][0] | {"correctAnswer": [3]})
    response = post_bank(ada, contradictory)
    assert response.status_code == 422
    assert response.json["errors"] == [
        {"item": 15, "line": None, "message": "the same question as item 1, with another key"}
    ]
    assert database.execute_sql("SELECT count(*) FROM questions").fetchall() == [(0,)]


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"correctAnswer": [4]}, "correctAnswer"),
    ({"correctAnswer": []}, "correctAnswer"),
    ({"correctAnswer": [1, 1]}, "correctAnswer"),
    ({"correctAnswer": ["a"]}, "correctAnswer"),
    ({"options": ["only"]}, "options"),
    ({"options": ["same", "same"]}, "options"),
    ({"questionText": ""}, "questionText"),
    ({"questionText": "nul \0 inside"}, "questionText"),
    ({"questionType": "essay"}, "questionType"),
    ({"difficulty": 9}, "difficulty"),
    ({"difficulty": 2**70}, "difficulty"),
    ({"objectiveTitle": "Nowhere"}, "objectiveTitle"),
    ({"resources": [{"title": "x", "url": "javascript:alert(1)"}]}, "resources"),
    ({"surprise": 1}, "surprise"),
]


@pytest.mark.parametrize(("change", "field"), BROKEN)
def test_one_bad_question_stops_the_whole_file(
    ada: FlaskClient, database: LibsqlDatabase, change: dict[str, Any], field: str
) -> None:
    broken = copy.deepcopy(BANK)
    broken["questions"][2] |= change
    before = everything(database)
    response = post_bank(ada, broken)
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert [error["item"] for error in response.json["errors"]] == [3]
    assert field in response.json["errors"][0]["message"]
    assert everything(database) == before
    partly = post_bank(ada, broken, "format=pingtopass&partial=true")
    assert (partly.status_code, partly.json["imported"], len(partly.json["errors"])) == (200, 13, 1)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"examCode": 1}', b"\xff\xfe", b'{"a":"\\ud800"}', b"1" * 99]
)
def test_a_file_that_is_no_bank_is_one_clear_problem(ada: FlaskClient, database: LibsqlDatabase, data: bytes) -> None:
    before = everything(database)
    for query in ("format=pingtopass", "format=pingtopass&partial=true"):
        response = post_bank(ada, data, query)
        assert response.status_code == 422
        assert response.json["code"] == "VALIDATION_FAILED"
        assert {error["item"] for error in response.json["errors"]} == {0}
    assert everything(database) == before


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("format=gift", 422, "examId"),
        ("format=gift&examId=99", 404, None),
        ("format=gift&examId=0", 422, "examId"),
        ("format=docx&examId=1", 422, "format"),
        ("examId=1", 422, "format"),
        ("format=pingtopass&examId=1", 422, "examId"),
        ("format=gift&examId=1&surprise=1", 422, "surprise"),
        ("format=gift&examId=1&dryRun=perhaps", 422, "dryRun"),
        ("format=gift&examId=1&partial=1", 422, "partial"),
        ("format=gift&examId=1&reviewStatus=fine", 422, "reviewStatus"),
        ("format=gift&examId=99999999999999999999", 422, "examId"),
    ],
)
def test_a_wrong_query_is_refused(
    ada: FlaskClient, bank: dict[str, Any], query: str, status: int, field: str | None
) -> None:
    data = json.dumps(BANK) if "pingtopass" in query else "BGP runs over TCP. {T}"
    response = ada.post(f"/api/questions/import?{query}", data=data)
    assert (response.status_code, list(response.json.get("errors", ()))) == (status, [field] if field else [])


def test_a_retired_exam_takes_no_questions(
    ada: FlaskClient, mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, settings: Settings
) -> None:
    refusal = (409, "CONFLICT", "the exam is retired: no questions can be imported into it")
    with meanwhile(database, settings, "FROM questions", "UPDATE exams SET is_active = 0 WHERE id = 1"):
        late = post_bank(ada, BANK, "format=pingtopass&reviewStatus=rejected")
    before = everything(database)
    for caller in (ada, mo):
        for again in (post_gift(caller, "BGP runs over TCP. {T}"), post_bank(caller, BANK)):
            assert (again.status_code, again.json["code"], again.json["detail"]) == refusal
    assert (late.status_code, late.json["code"], late.json["detail"]) == refusal
    assert everything(database) == before
    assert {question["review_status"] for question in before["questions"]} == {"approved"}


def test_a_file_may_have_twenty_megabytes(ada: FlaskClient, bank: dict[str, Any]) -> None:
    comment = "// " + "x" * (20 * 1024 * 1024 - 100) + "\n\nBGP runs over TCP. {T}"
    assert post_gift(ada, comment).json["imported"] == 1
    response = post_gift(ada, comment + " " * 100)
    assert (response.status_code, response.json["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_partly_wrong_files_store_the_rest_only_if_asked_to(ada: FlaskClient, database: LibsqlDatabase) -> None:
    broken = copy.deepcopy(BANK)
    broken["questions"][0]["difficulty"] = 9
    assert post_bank(ada, broken, "format=pingtopass&partial=false").status_code == 422
    assert rows(database, "SELECT id FROM questions") == []
    post_bank(ada, broken, "format=pingtopass&partial=true")
    texts = {question["text"] for question in rows(database, "SELECT text FROM questions")}
    assert texts == {question["questionText"] for question in BANK["questions"][1:]}
