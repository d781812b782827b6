"""What becomes of questions and objectives that the file does not have any more."""

import copy
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.study_service.conftest import BANK, audited, everything, meanwhile, post_file, post_gift, rows
from tests.study_service.importing.files import outcomes

FILE = "format=pingtopass"


def shorter(**change: Any) -> dict[str, Any]:
    """The bank without the questions of its second objective."""
    return copy.deepcopy(BANK | {"questions": BANK["questions"][:12]} | change)


def active(database: LibsqlDatabase, table: str) -> list[int]:
    return [row["id"] for row in rows(database, f"SELECT id FROM {table} WHERE is_active = 1 ORDER BY id")]


def test_what_is_missing_is_told(ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    before = everything(database)
    response = post_file(ada, shorter(), FILE)
    assert (outcomes(response), response.json["missing"]) == ([(0, "missing", 13, []), (0, "missing", 14, [])], 2)
    ignored = post_file(ada, shorter(), f"{FILE}&missing=ignore")
    assert (outcomes(ignored), ignored.json["missing"]) == ([], 0)
    assert everything(database) == before


def test_what_is_missing_is_retired_when_that_is_asked_for(
    ada: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    dry = post_file(ada, shorter(), f"{FILE}&missing=retire&dryRun=true")
    assert active(database, "questions") == list(range(1, 17))
    response = post_file(ada, shorter(), f"{FILE}&missing=retire")
    assert response.json == dry.json
    assert outcomes(response) == [(0, "retired", 13, []), (0, "retired", 14, [])]
    assert active(database, "questions") == [*range(1, 13), 15, 16]
    assert rows(database, "SELECT questions_available AS n FROM exams ORDER BY id") == [{"n": 12}, {"n": 2}]
    entries = audited(database, "question.change")
    assert [(entry["id"], entry["old"], entry["new"]) for entry in entries] == [
        (number, {"is_active": True}, {"is_active": False}) for number in ("13", "14")
    ]
    counts = {"imported": 0, "updated": 0, "skipped": 12, "retired": 2}
    assert audited(database, "question.import")[-1]["new"] == counts
    again = post_file(ada, shorter(), f"{FILE}&missing=retire")
    assert (outcomes(again), again.json["missing"]) == ([], 0)


def test_an_objective_that_is_not_in_the_file_goes_with_its_questions(
    ada: FlaskClient, mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    file = shorter(objectives=BANK["objectives"][:1])
    gone = {"code": "2", "name": "Cabling", "fields": []}
    told = post_file(ada, file, FILE).json
    assert told["objectives"] == [gone | {"outcome": "missing"}]
    assert told["warnings"] == []
    assert active(database, "objectives") == [1, 2]
    retired = post_file(ada, file, f"{FILE}&missing=retire").json
    assert retired["objectives"] == [gone | {"outcome": "retired"}]
    assert active(database, "objectives") == [1]
    back = post_file(ada, BANK, FILE).json
    assert back["objectives"] == [gone | {"outcome": "restored"}]
    assert (active(database, "objectives"), active(database, "questions")) == ([1, 2], list(range(1, 15)))


def test_a_file_with_errors_retires_nothing(ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    broken = shorter()
    broken["questions"][0]["difficulty"] = 9
    before = everything(database)
    response = post_file(ada, broken, f"{FILE}&missing=retire&partial=true")
    assert [outcome for _, outcome, _, _ in outcomes(response)] == ["refused", "missing", "missing", "missing"]
    warning = {"item": 0, "line": None, "message": "nothing is retired, since the file has errors"}
    assert response.json["warnings"] == [warning]
    assert everything(database) == before


def test_a_file_without_questions_retires_nothing(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    before = everything(database)
    empty = post_file(ada, BANK | {"questions": []}, f"{FILE}&missing=retire")
    assert (outcomes(empty), empty.json["missing"]) == ([], 0)
    assert post_gift(ada, "// nothing", "&missing=retire").json["missing"] == 0
    assert everything(database) == before


def test_a_question_that_somebody_else_has_just_deleted_is_a_conflict(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, settings: Settings
) -> None:
    change = "UPDATE questions SET is_active = 0 WHERE id = 13"
    with meanwhile(database, settings, "json_each(:there)", change):
        response = post_file(ada, shorter(), f"{FILE}&missing=retire")
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    assert 14 in active(database, "questions")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ((60, 40), None),
        ((33, 66), None),
        ((60, 42), "the weights of the exam's objectives add up to 102 %, not to 100 %"),
        ((60, 38.5), "the weights of the exam's objectives add up to 98.5 %, not to 100 %"),
    ],
)
def test_weights_that_do_not_add_up_are_told(
    ada: FlaskClient, weights: tuple[float, float], message: str | None
) -> None:
    file = copy.deepcopy(BANK)
    for objective, weight in zip(file["objectives"], weights, strict=True):
        objective["weight"] = weight
    warnings = post_file(ada, file, f"{FILE}&dryRun=true").json["warnings"]
    told = [warning["message"] for warning in warnings if warning["item"] == 0]
    assert told == ([message] if message else [])


def test_a_renamed_objective_without_a_code_is_told(ada: FlaskClient, bank: dict[str, Any]) -> None:
    """The file gives no code, so nothing says that both are one; but their weights say that something is wrong."""
    renamed = copy.deepcopy(BANK)
    renamed["objectives"][1]["title"] = "Cables"
    for question in renamed["questions"][12:]:
        question["objectiveTitle"] = "Cables"
    report = post_file(ada, renamed, f"{FILE}&dryRun=true").json
    assert [warning["message"] for warning in report["warnings"]] == [
        "the weights of the exam's objectives add up to 140 %, not to 100 %; not in the file: 'Cabling'"
    ]
    assert {item["outcome"] for item in report["items"][12:]} == {"moved"}
    objectives = [(one["code"], one["outcome"]) for one in report["objectives"]]
    assert objectives == [("3", "created"), ("2", "missing")]
    coded = copy.deepcopy(renamed)
    coded["objectives"][1]["code"] = "2"
    report = post_file(ada, coded, FILE).json
    assert (report["warnings"], {item["outcome"] for item in report["items"]}) == ([], {"unchanged"})
    assert [(one["code"], one["name"], one["outcome"]) for one in report["objectives"]] == [("2", "Cables", "updated")]
