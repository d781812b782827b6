"""GIFT files go into an exam that is there already."""

from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import audited, everything, post_gift, row, rows

GIFT = """
$CATEGORY: $course$/top/Routing

Which protocol counts hops? { ~OSPF#counts cost =RIP#up to 15 ~BGP }

Two of these are link-state: { ~%50%OSPF ~%50%IS-IS ~RIP ~BGP }

BGP runs over TCP. {T}

Explain route poisoning. {}
"""


def test_gift_goes_into_an_exam(ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    objectives = everything(database)["objectives"]
    response = post_gift(ada, GIFT, "&partial=true&reviewStatus=approved")
    assert response.json["imported"] == 3
    assert response.json["errors"] == [{"item": 4, "line": 10, "message": response.json["errors"][0]["message"]}]
    assert "essay" in response.json["errors"][0]["message"]
    questions = {q["text"]: q for q in ada.get("/api/questions?limit=100").json["questions"]}
    hops = questions["Which protocol counts hops?"]
    assert hops["objectiveId"] == bank["Routing question 0"]["objectiveId"]
    assert hops["answers"][1] == {
        "id": "b",
        "text": "RIP",
        "isCorrect": True,
        "explanation": "up to 15",
        "weight": None,
    }
    assert questions["Two of these are link-state:"]["type"] == "multi_select"
    assert post_gift(ada, GIFT, "&partial=true").json["skipped"] == 3
    assert everything(database)["objectives"] == objectives  # a category does not describe its objective


def test_gift_with_what_we_cannot_ask_is_all_or_nothing(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    before = everything(database)
    refused = post_gift(ada, GIFT)
    assert (refused.status_code, [error["item"] for error in refused.json["errors"]]) == (422, [4])
    assert everything(database) == before


def test_a_dry_run_reports_and_writes_nothing(ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    before = everything(database)
    report = post_gift(ada, GIFT, "&partial=true&dryRun=true")
    assert (report.status_code, report.json["imported"], len(report.json["errors"])) == (200, 3, 1)
    strict = post_gift(ada, GIFT, "&dryRun=true")
    assert (strict.status_code, strict.json["imported"], len(strict.json["errors"])) == (200, 0, 1)
    assert everything(database) == before


def test_questions_without_a_category_go_into_a_general_objective(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    assert post_gift(ada, "BGP runs over TCP. {T}").json["imported"] == 1
    general = row(database, "objectives", 3)
    assert (general["name"], general["code"], general["weight"], general["sort_order"]) == ("General", "3", 0.0, 2)
    question = rows(database, "SELECT objective_id, exam_id FROM questions WHERE text LIKE 'BGP%'")
    assert question == [{"objective_id": 3, "exam_id": 1}]
    assert [entry["id"] for entry in audited(database, "objective.create")] == ["1", "2", "3"]
    assert post_gift(ada, "BGP runs over TCP. {T}").json["skipped"] == 1
    assert len(rows(database, "SELECT id FROM objectives")) == 3
