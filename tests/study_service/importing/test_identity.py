"""Which stored question an item of a file is: that of its id, or else of its text; near texts are never one."""

import copy
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from study_service.banks import pingtopass
from study_service.banks.bank import Problem
from study_service.importing import content, resemblance
from tests.study_service.conftest import BANK, everything, meanwhile, post_bank, post_file, rows
from tests.study_service.importing.files import exported, outcomes

FILE = "format=pingtopass"


def bank(*questions: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(BANK | {"questions": list(questions)})


def question(text: str, options: tuple[str, ...] = ("a", "b"), **more: Any) -> dict[str, Any]:
    return {
        "questionText": text, "questionType": "multiple-choice", "options": list(options), "correctAnswer": [0],
        "objectiveTitle": "Routing", **more,
    }  # fmt: skip


def stored(database: LibsqlDatabase) -> list[tuple[int, str, str, int]]:
    listed = rows(database, "SELECT id, external_id, text, version FROM questions ORDER BY id")
    return [tuple(row.values()) for row in listed]  # type: ignore[misc]  # of these columns


def test_near_texts_are_different_questions(ada: FlaskClient, database: LibsqlDatabase) -> None:
    texts = ["Which service has port 80?", "Which service has port 443?", "which service has port 80?"]
    first = post_file(ada, bank(*map(question, texts)), FILE).json
    assert first["imported"] == 3
    assert [(warning["item"], warning["message"]) for warning in first["warnings"]] == [
        (3, "it resembles item 1 (100 %): 'Which service has port 80?'"),
    ]
    again = post_file(ada, bank(question("Which service has port 8080?")), f"{FILE}&missing=ignore")
    assert again.json["warnings"] == [
        {"item": 1, "line": None, "message": "it resembles question 1 (84 %): 'Which service has port 80?'"}
    ]
    assert outcomes(again) == [(1, "created", 4, [])]
    assert [row[2:] for row in stored(database)] == [(text, 1) for text in (*texts, "Which service has port 8080?")]


def test_not_more_than_a_thousand_resemblances_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resemblance, "MOST", 3)
    alike = [question(f"Which of the following protocols is used by host {number}?") for number in range(9)]
    codes, problems = {"Routing": "1"}, list[Problem]()
    items = list(content.gradable(pingtopass.read(json.dumps(bank(*alike)).encode()).questions, codes, problems))
    assert [warning.item for warning in resemblance.warnings(None, items)] == [2, 3, 4]


def test_a_question_keeps_the_id_of_its_file(ada: FlaskClient, database: LibsqlDatabase) -> None:
    post_file(ada, bank(question("One", id="q-1"), question("Two", id=2)), FILE)
    assert stored(database) == [(1, "q-1", "One", 1), (2, "2", "Two", 1)]
    swapped = bank(question("Two", id="q-1"), question("One", id="2"))
    assert outcomes(post_file(ada, swapped, FILE)) == [(1, "updated", 1, ["text"]), (2, "updated", 2, ["text"])]
    assert stored(database) == [(1, "q-1", "Two", 2), (2, "2", "One", 2)]
    assert outcomes(post_file(ada, swapped, FILE)) == []


def test_a_question_without_an_id_takes_that_of_the_next_file(ada: FlaskClient, database: LibsqlDatabase) -> None:
    post_file(ada, bank(question("One")), FILE)
    ((_, name, _, _),) = stored(database)
    assert name.startswith("ptp-")
    assert len(name) == 20
    named = bank(question("One", id="mine"))
    assert outcomes(post_file(ada, named, FILE)) == [(1, "updated", 1, ["externalId"])]
    assert stored(database) == [(1, "mine", "One", 1)]
    assert outcomes(post_file(ada, bank(question("One")), FILE)) == []
    assert stored(database) == [(1, "mine", "One", 1)]


def test_a_question_that_has_no_id_yet_is_known_by_its_text(ada: FlaskClient, database: LibsqlDatabase) -> None:
    """As between an upgrade and the end of its backfill."""
    post_file(ada, bank(question("One"), question("Two")), FILE)
    database.execute_sql("UPDATE questions SET external_id = NULL")
    assert outcomes(post_file(ada, bank(question("One"), question("Two", ("a", "c"))), FILE)) == [
        (2, "updated", 2, ["answers"])
    ]
    assert outcomes(post_file(ada, bank(question("One", id="x")), f"{FILE}&missing=ignore")) == [
        (1, "updated", 1, ["externalId"])
    ]


def test_the_same_stem_with_other_options_and_another_id_is_another_question(
    ada: FlaskClient, database: LibsqlDatabase
) -> None:
    post_file(ada, bank(question("Which is true?", id="one")), FILE)
    other = bank(question("Which is true?", ("c", "d"), id="other"))
    assert outcomes(post_file(ada, other, f"{FILE}&missing=ignore")) == [(1, "created", 2, [])]
    assert [row[1] for row in stored(database)] == ["one", "other"]
    unnamed = bank(question("Which is true?", ("e", "f")))
    assert outcomes(post_file(ada, unnamed, f"{FILE}&missing=ignore")) == [(1, "updated", 1, ["answers"])]


def test_two_questions_do_not_become_one(ada: FlaskClient, database: LibsqlDatabase) -> None:
    post_file(ada, bank(question("One", id="a"), question("Two", id="b")), FILE)
    before = everything(database)
    response = post_file(ada, bank(question("Three", id="a"), question("Three", id="b")), FILE)
    assert response.json["errors"] == [{"item": 2, "line": None, "message": "it would be the same question as item 1"}]
    assert everything(database) == before


def test_an_id_that_would_become_another_question_of_the_exam_is_refused(
    ada: FlaskClient, database: LibsqlDatabase
) -> None:
    post_file(ada, bank(question("One", id="a"), question("Two", id="b")), FILE)
    before = everything(database)
    response = post_file(ada, bank(question("Two", id="a")), FILE)
    assert response.json["errors"] == [
        {"item": 1, "line": None, "message": "the exam has it already, as question 2, which has another id in files"}
    ]
    assert everything(database) == before


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (question("Two", id="a"), "its id 'a' is that of item 1, too"),
        (question("One", correctAnswer=[1]), "the same question as item 1, with another key"),
    ],
)
def test_two_items_that_cannot_both_be_right_are_refused(
    ada: FlaskClient, second: dict[str, Any], message: str
) -> None:
    file = bank(question("One", id="a"), second)
    assert post_file(ada, file, FILE).json["errors"] == [{"item": 2, "line": None, "message": message}]
    partly = post_file(ada, file, f"{FILE}&partial=true")
    assert outcomes(partly) == [(1, "created", 1, []), (2, "refused", None, [])]


@pytest.mark.parametrize(
    ("second", "other"),
    [
        (question("One"), ""),
        (question("One", ("b", "a"), correctAnswer=[1]), ""),
        (question("One", explanation="why"), ", with another explanation"),
        (question("One", tags=["x"]), ", with another tags"),
        (question("One", id="b"), ", with another externalId"),
        (
            question("One") | {"options": [{"text": "a", "weight": 1}, "b"]},
            ", with another weight or feedback of an option",
        ),
    ],
)
def test_a_repetition_is_left_out_and_told(ada: FlaskClient, second: dict[str, Any], other: str) -> None:
    response = post_file(ada, bank(question("One"), second), FILE)
    assert outcomes(response) == [(1, "created", 1, []), (2, "repeated", None, [])]
    assert response.json["skipped"] == 1
    message = f"the same question as item 1{other}: left out"
    assert response.json["losses"] == [{"item": 2, "line": None, "message": message}]


def test_an_option_is_that_of_its_id(ada: FlaskClient, database: LibsqlDatabase) -> None:
    """Whatever its text and place; learners never see the ids of files, which may tell the key."""
    named = [{"id": "right", "text": "TCP"}, {"id": "wrong", "text": "UDP"}]
    post_file(ada, bank(question("Which?", id="q") | {"options": named}), f"{FILE}&reviewStatus=approved")
    first = ada.get("/api/questions/1").json["answers"]
    assert [option["externalId"] for option in first] == ["right", "wrong"]
    mended = [{"id": "wrong", "text": "UDP (mended)"}, {"id": "right", "text": "TCP"}, {"id": "new", "text": "IP"}]
    file = bank(question("Which?", id="q") | {"options": mended, "correctAnswer": [1]})
    assert outcomes(post_file(ada, file, FILE)) == [(1, "updated", 1, ["answers"])]
    second = {option["externalId"]: option for option in ada.get("/api/questions/1").json["answers"]}
    assert [second["right"]["id"], second["wrong"]["id"]] == [option["id"] for option in first]
    assert (second["wrong"]["text"], second["right"]["isCorrect"]) == ("UDP (mended)", True)
    swapped = [{"id": "right", "text": "UDP (mended)"}, {"id": "wrong", "text": "TCP"}, mended[2]]
    file = bank(question("Which?", id="q") | {"options": swapped, "correctAnswer": [1]})
    assert outcomes(post_file(ada, file, FILE)) == [(1, "updated", 1, ["answers"])]
    third = {option["externalId"]: option for option in ada.get("/api/questions/1").json["answers"]}
    assert {name: third[name]["id"] for name in third} == {name: second[name]["id"] for name in second}
    assert (third["wrong"]["text"], third["wrong"]["isCorrect"]) == ("TCP", True)
    served = ada.get("/api/study/questions?examId=1").get_data(as_text=True)
    assert "externalId" not in served
    assert '"right"' not in served


def test_a_deleted_question_that_is_in_a_file_comes_back(ada: FlaskClient, database: LibsqlDatabase) -> None:
    post_bank(ada, bank(question("One", id="a"), question("Two")))
    database.execute_sql("UPDATE questions SET is_active = 0, review_status = 'rejected' WHERE id = 1")
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = 2")
    response = post_file(ada, bank(question("One", id="a", explanation="why"), question("Two")), FILE)
    assert outcomes(response) == [(1, "restored", 1, ["explanation"]), (2, "restored", 2, [])]
    listed = rows(database, "SELECT is_active, review_status, explanation FROM questions ORDER BY id")
    assert [tuple(row.values()) for row in listed] == [(1, "rejected", "why"), (1, "approved", None)]
    assert response.json["updated"] == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE questions SET explanation = 'by hand', updated_at = updated_at + 1 WHERE id = 1",
        "UPDATE questions SET text = 'by hand', version = 2, content_digest = NULL WHERE id = 1",
    ],
)
def test_an_import_does_not_undo_an_edit_that_it_has_not_seen(
    ada: FlaskClient, database: LibsqlDatabase, settings: Settings, change: str
) -> None:
    post_file(ada, bank(question("One", id="a")), FILE)
    with meanwhile(database, settings, "FROM json_each(:ids)", change):
        response = post_file(ada, bank(question("One (mended)", id="a")), FILE)
    assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
    (row,) = rows(database, "SELECT text, explanation FROM questions")
    assert "by hand" in row.values()


def test_no_two_changes_of_a_question_have_one_second(ada: FlaskClient, database: LibsqlDatabase) -> None:
    """Or an import would not see the second one."""
    post_file(ada, bank(question("One", id="a")), FILE)
    moments = []
    for change in ({"explanation": "one"}, {"explanation": "two"}, {"text": "Two"}):
        response = ada.patch("/api/questions/1", json=change, headers={"If-Match": "*"})
        assert response.status_code == 200
        moments += rows(database, "SELECT updated_at AS at FROM questions")
    ada.put("/api/questions/1/review", json={"status": "rejected"})
    moments += rows(database, "SELECT updated_at AS at FROM questions")
    ada.delete("/api/questions/1", headers={"If-Match": "*"})
    moments += rows(database, "SELECT updated_at AS at FROM questions")
    assert len({moment["at"] for moment in moments}) == 5


def test_an_exported_option_keeps_its_id_in_another_exam(ada: FlaskClient, database: LibsqlDatabase) -> None:
    post_file(ada, bank(question("Which?", ("TCP", "UDP"), id="q")), FILE)
    file = exported(ada)
    file["questions"][0]["options"][0]["text"] = "TCP (mended)"
    post_file(ada, file, FILE)
    copied = exported(ada) | {"examCode": "T-2"}
    assert post_file(ada, copied, FILE).json["imported"] == 1
    one, other = (ada.get(f"/api/questions/{number}").json["answers"] for number in (1, 2))
    assert [option["text"] for option in one] == [option["text"] for option in other]
    assert [option.get("externalId") for option in other] == [one[0]["id"], None]
    assert outcomes(post_file(ada, copied, FILE)) == []
