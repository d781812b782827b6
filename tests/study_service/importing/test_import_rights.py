"""A moderator's file brings questions; only an admin's changes exams and objectives, and never without questions."""

import copy
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import BANK, audited, counted, everything, post_bank, post_gift

CHANGES: list[tuple[dict[str, Any], list[str]]] = [
    ({"examName": "Mine now"}, ["only an admin may rename the exam to 'Mine now'"]),
    (
        {"examCode": "T-9"},
        [
            "only an admin may add the exam Acme T-9",
            "only an admin may add the objective 'Routing'",
            "only an admin may add the objective 'Cabling'",
        ],
    ),
    (
        {"objectives": [BANK["objectives"][0] | {"weight": 61}, BANK["objectives"][1]]},
        ["only an admin may change the objective 'Routing'"],
    ),
    (
        {"objectives": [BANK["objectives"][0], BANK["objectives"][1] | {"description": "Mine"}]},
        ["only an admin may change the objective 'Cabling'"],
    ),
    (
        {"objectives": [*BANK["objectives"], {"title": "Mine", "weight": 0}]},
        ["only an admin may add the objective 'Mine'"],
    ),
]


@pytest.mark.parametrize(("change", "messages"), CHANGES)
def test_a_moderators_file_changes_no_exam_and_no_objective(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, change: dict[str, Any], messages: list[str]
) -> None:
    before = everything(database)
    errors = [{"item": 0, "line": None, "message": message} for message in messages]
    for questions in (BANK["questions"], []):
        file = BANK | change | {"questions": questions}
        for query in ("format=pingtopass", "format=pingtopass&partial=true"):
            refused = post_bank(mo, file, query)
            assert (refused.status_code, refused.json["errors"]) == (422, errors)
        dry = post_bank(mo, file, "format=pingtopass&dryRun=true")
        assert (dry.status_code, dry.json["imported"], dry.json["errors"]) == (200, 0, errors)
    assert everything(database) == before


def test_a_moderators_file_brings_questions(mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    before = everything(database)
    more = copy.deepcopy(BANK)
    more["questions"].append(BANK["questions"][0] | {"questionText": "A new one"})
    assert post_bank(mo, more).json["imported"] == 1
    after = everything(database)
    assert after["objectives"] == before["objectives"]
    assert [exam["name"] for exam in after["exams"]] == ["Test exam"]
    assert [question["text"] for question in after["questions"][14:]] == ["A new one"]
    entry = audited(database, "question.import")[-1]
    assert (entry["subject"], entry["new"]) == ("3", {"imported": 1, "updated": 0, "skipped": 14, "retired": 0})
    assert len(after["audit_log"]) == len(before["audit_log"]) + 2  # and that of the question


def test_a_question_under_another_category_waits_for_an_admin(
    mo: FlaskClient, ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    text = "$CATEGORY: Mine\n\nIt is mine. {T}\n\n$CATEGORY: Routing\n\nIt is there. {T}\n"
    errors = [{"item": 1, "line": 3, "message": "only an admin may add the objective 'Mine'"}]
    refused = post_gift(mo, text)
    assert (refused.status_code, refused.json["errors"]) == (422, errors)
    without = post_gift(mo, "It has no category. {T}")
    assert [error["message"] for error in without.json["errors"]] == ["only an admin may add the objective 'General'"]
    partly = post_gift(mo, text, "&partial=true")
    assert (partly.json["imported"], partly.json["errors"]) == (1, errors)
    assert [objective["name"] for objective in everything(database)["objectives"]] == ["Routing", "Cabling"]
    assert post_gift(ada, text).json["imported"] == 1
    assert [objective["name"] for objective in everything(database)["objectives"]] == ["Routing", "Cabling", "Mine"]


@pytest.mark.parametrize(
    "change", [{"examName": "Another"}, {"examCode": "T-9"}, {"objectives": [{"title": "A", "weight": 1}]}]
)
def test_a_file_without_questions_changes_nothing(
    ada: FlaskClient, mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, change: dict[str, Any]
) -> None:
    before = everything(database)
    message = "there is no question in it that can be imported, so it changes no exam and no objective"
    for questions in ([], [{}]):
        refused = post_bank(ada, BANK | change | {"questions": questions}, "format=pingtopass&partial=true")
        first = refused.json["errors"][0]
        assert (refused.status_code, first) == (422, {"item": 0, "line": None, "message": message})
    for caller in (ada, mo):
        same = post_bank(caller, BANK | {"questions": []})
        assert counted(same) == {"imported": 0, "updated": 0, "skipped": 0}
    assert everything(database) == before
