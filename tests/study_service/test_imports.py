"""A bank file goes in whole or not at all, and the same file twice changes nothing."""

import copy
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database
from tests.study_service.conftest import BANK, post_bank

GIFT = """
$CATEGORY: $course$/top/Routing

Which protocol counts hops? { ~OSPF#counts cost =RIP#up to 15 ~BGP }

Two of these are link-state: { ~%50%OSPF ~%50%IS-IS ~RIP ~BGP }

BGP runs over TCP. {T}

Explain route poisoning. {}
"""


def gift(moderator: FlaskClient, text: str, query: str = "") -> Any:
    path = f"/api/questions/import?format=gift&examId=1{query}"
    return moderator.post(path, data=text.encode(), content_type="text/plain")


def everything(database: Database) -> list[Any]:
    tables = ("exams", "objectives", "questions", "audit_log", "idempotency_keys")
    return [database.execute_sql(f"SELECT * FROM {table}").fetchall() for table in tables]


def test_a_bank_brings_its_exam_and_objectives(alice: FlaskClient, bank: dict[str, Any]) -> None:
    exam = alice.get("/api/exams").json["exams"][0]
    assert (exam["vendorId"], exam["code"], exam["questionsAvailable"]) == ("Acme", "T-1", 14)
    objectives = alice.get("/api/exams/1/objectives").json["objectives"]
    assert [(o["name"], o["weight"]) for o in objectives] == [("Routing", 0.6), ("Cabling", 0.4)]


def test_the_same_file_twice_changes_nothing(mo: FlaskClient, bank: dict[str, Any], database: Database) -> None:
    before = everything(database)
    assert post_bank(mo, BANK).json == {"imported": 0, "updated": 0, "skipped": 14, "errors": []}
    assert everything(database) == before


def test_importing_again_does_not_undo_a_review(mo: FlaskClient, bank: dict[str, Any], database: Database) -> None:
    before = everything(database)
    assert post_bank(mo, BANK, "format=pingtopass").json["skipped"] == 14
    assert everything(database) == before


@pytest.mark.parametrize(
    "change",
    [
        {"explanation": "a better one"},
        {"correctAnswer": [1]},
        {"difficulty": 5},
        {"options": ["w", "x (mended)", "y", "z"]},
        {"objectiveTitle": "Cabling"},
        {"tags": ["new"]},
    ],
)
def test_an_edited_question_is_updated_in_place(mo: FlaskClient, bank: dict[str, Any], change: dict[str, Any]) -> None:
    edited = copy.deepcopy(BANK)
    edited["questions"][0] |= change
    assert post_bank(mo, edited).json == {"imported": 0, "updated": 1, "skipped": 13, "errors": []}
    assert len(mo.get("/api/questions?limit=100").json["questions"]) == 14


def test_an_edited_question_waits_for_review_unless_told_otherwise(mo: FlaskClient, bank: dict[str, Any]) -> None:
    edited = copy.deepcopy(BANK)
    edited["questions"][0]["correctAnswer"] = [1]
    post_bank(mo, edited, "format=pingtopass")
    pending = mo.get("/api/questions?reviewStatus=pending").json["questions"]
    assert [question["text"] for question in pending] == ["Routing question 0"]
    assert mo.get("/api/exams/1").json["questionsAvailable"] == 13


def test_questions_of_one_text_and_different_options_are_different(mo: FlaskClient) -> None:
    twins = copy.deepcopy(BANK)
    for n, question in enumerate(twins["questions"][:4]):
        question |= {"questionText": "Which is true?", "options": [f"claim {n}", "b", "c", "d"], "correctAnswer": [0]}
    assert post_bank(mo, twins).json["imported"] == 14
    assert post_bank(mo, twins).json["skipped"] == 14


def test_a_repetition_with_another_key_is_a_problem(mo: FlaskClient, database: Database) -> None:
    contradictory = copy.deepcopy(BANK)
    contradictory["questions"].append(contradictory["questions"][0] | {"correctAnswer": [3]})
    response = post_bank(mo, contradictory)
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
    mo: FlaskClient, database: Database, change: dict[str, Any], field: str
) -> None:
    broken = copy.deepcopy(BANK)
    broken["questions"][2] |= change
    before = everything(database)
    response = post_bank(mo, broken)
    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert [error["item"] for error in response.json["errors"]] == [3]
    assert field in response.json["errors"][0]["message"]
    assert everything(database) == before
    partly = post_bank(mo, broken, "format=pingtopass&partial=true")
    assert (partly.status_code, partly.json["imported"], len(partly.json["errors"])) == (200, 13, 1)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"examCode": 1}', b"\xff\xfe", b'{"a":"\\ud800"}', b"1" * 99]
)
def test_a_file_that_is_no_bank_is_one_clear_problem(mo: FlaskClient, database: Database, data: bytes) -> None:
    before = everything(database)
    for query in ("format=pingtopass", "format=pingtopass&partial=true"):
        response = post_bank(mo, data, query)
        assert response.status_code == 422
        assert response.json["code"] == "VALIDATION_FAILED"
        assert response.json["errors"]
    assert everything(database) == before


def test_gift_goes_into_an_exam(mo: FlaskClient, bank: dict[str, Any]) -> None:
    response = gift(mo, GIFT, "&partial=true&reviewStatus=approved")
    assert response.json["imported"] == 3
    assert response.json["errors"] == [{"item": 4, "line": 10, "message": response.json["errors"][0]["message"]}]
    assert "essay" in response.json["errors"][0]["message"]
    questions = {q["text"]: q for q in mo.get("/api/questions?limit=100").json["questions"]}
    hops = questions["Which protocol counts hops?"]
    assert hops["objectiveId"] == bank["Routing question 0"]["objectiveId"]
    assert hops["answers"][1] == {"id": "b", "text": "RIP", "isCorrect": True, "explanation": "up to 15"}
    assert questions["Two of these are link-state:"]["type"] == "multi_select"
    assert gift(mo, GIFT, "&partial=true").json["skipped"] == 3


def test_gift_with_what_we_cannot_ask_is_all_or_nothing(
    mo: FlaskClient, bank: dict[str, Any], database: Database
) -> None:
    before = everything(database)
    assert gift(mo, GIFT).status_code == 422
    assert everything(database) == before


def test_a_dry_run_reports_and_writes_nothing(mo: FlaskClient, bank: dict[str, Any], database: Database) -> None:
    before = everything(database)
    report = gift(mo, GIFT, "&partial=true&dryRun=true")
    assert (report.status_code, report.json["imported"], len(report.json["errors"])) == (200, 3, 1)
    strict = gift(mo, GIFT, "&dryRun=true")
    assert (strict.status_code, strict.json["imported"], len(strict.json["errors"])) == (200, 0, 1)
    assert everything(database) == before


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("format=gift", 422),
        ("format=gift&examId=99", 404),
        ("format=qti&examId=1", 422),
        ("examId=1", 422),
        ("format=pingtopass&examId=1", 422),
        ("format=gift&examId=1&surprise=1", 422),
        ("format=gift&examId=1&dryRun=perhaps", 422),
        ("format=gift&examId=99999999999999999999", 422),
    ],
)
def test_a_wrong_query_is_refused(mo: FlaskClient, bank: dict[str, Any], query: str, status: int) -> None:
    data = json.dumps(BANK) if "pingtopass" in query else "BGP runs over TCP. {T}"
    assert mo.post(f"/api/questions/import?{query}", data=data).status_code == status


def test_text_of_every_script_survives(mo: FlaskClient, database: Database) -> None:
    texts = ["שאלה על ניתוב", "سؤال عن التوجيه", "路由问题", "emoji 🧑‍💻🇩🇪", "a\u202eb", "tab\tand\nline"]
    strange = copy.deepcopy(BANK)
    for question, text in zip(strange["questions"], texts, strict=False):
        question["questionText"] = text
    assert post_bank(mo, strange).json["imported"] == 14
    stored = [text for (text,) in database.execute_sql("SELECT text FROM questions ORDER BY id").fetchall()]
    assert stored[: len(texts)] == texts


def test_a_replayed_import_answers_its_first_report(mo: FlaskClient) -> None:
    headers = {"Idempotency-Key": "bank", "Content-Type": "application/json"}
    first, again = (
        mo.post("/api/questions/import?format=pingtopass", data=json.dumps(BANK), headers=headers) for _ in range(2)
    )
    assert again.json == first.json
    assert first.json["imported"] == 14
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_large_bank_takes_a_handful_of_statements(mo: FlaskClient, count_queries: Any) -> None:
    large = copy.deepcopy(BANK)
    large["questions"] = [
        large["questions"][0] | {"questionText": f"Question {n} of many", "correctAnswer": [n % 4]} for n in range(3000)
    ]
    with count_queries() as said:
        assert post_bank(mo, large).json["imported"] == 3000
    # key, exam, objectives, known questions; exam, objectives, questions, recount, audit, receipt
    assert len(said) == 10
