"""What an import stores: new questions, changed ones in their place, and nothing where nothing is new."""

import copy
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import BANK, audited, counted, epoch, everything, post_bank, row, rows


def edited(number: int = 0, **change: Any) -> dict[str, Any]:
    """The bank with one question changed."""
    bank = copy.deepcopy(BANK)
    bank["questions"][number] |= change
    return bank


def test_a_question_is_stored_with_every_field(ada: FlaskClient, database: LibsqlDatabase) -> None:
    resources = [{"title": "RFC 2453", "url": "https://rfc.example/2453"}, {"url": "https://rfc.example/1058"}]
    full = edited(2, tags=["rip", "hops"], resources=resources, reference=None)
    assert counted(post_bank(ada, full)) == {"imported": 14, "updated": 0, "skipped": 0}
    stored = row(database, "questions", 3)
    routing = rows(database, "SELECT id FROM objectives WHERE name = 'Routing'")[0]["id"]
    assert stored["created_at"] == stored["updated_at"] >= epoch("2026-01-01T00:00:00Z")
    wanted = {
        "exam_id": 1, "objective_id": routing, "text": "Routing question 2", "type": "multiple_choice",
        "explanation": "why 2", "reference": "RFC 2453\nhttps://rfc.example/1058", "difficulty": 3,
        "external_link": "https://rfc.example/2453", "tags": '["rip","hops"]', "review_status": "approved",
        "is_active": 1, "total_attempts": 0, "reviewed_by": 4,
    }  # fmt: skip
    assert {column: stored[column] for column in wanted} == wanted
    assert json.loads(stored["answers"]) == [
        {"id": letter, "text": text, "isCorrect": letter == "c"} for letter, text in zip("abcd", "wxyz", strict=True)
    ]
    assert [len(stored[digest]) for digest in ("text_digest", "content_digest")] == [32, 32]
    texts = [question["text"] for question in rows(database, "SELECT text FROM questions ORDER BY id")]
    assert texts == [question["questionText"] for question in BANK["questions"]]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", "pending"), ("&reviewStatus=pending", "pending"), ("&reviewStatus=needs_revision", "needs_revision")],
)
def test_imported_questions_wait_for_review_unless_told_otherwise(
    ada: FlaskClient, database: LibsqlDatabase, query: str, status: str
) -> None:
    post_bank(ada, BANK, f"format=pingtopass{query}")
    assert rows(database, "SELECT DISTINCT review_status AS s FROM questions") == [{"s": status}]
    assert row(database, "exams", 1)["questions_available"] == 0


def test_the_audit_log_says_how_many_and_into_which_exam(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    post_bank(ada, edited(0, explanation="a better one"))
    entry = {
        "user": 4, "entity": "exam", "id": "1", "old": None, "subject": "4", "method": "POST",
        "path": "/api/questions/import",
    }  # fmt: skip
    assert audited(database, "question.import") == [
        entry | {"new": {"imported": 14, "updated": 0, "skipped": 0, "retired": 0}},
        entry | {"new": {"imported": 0, "updated": 1, "skipped": 13, "retired": 0}},
    ]


def test_every_new_and_every_changed_question_is_logged(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    stored = rows(database, "SELECT * FROM questions ORDER BY id")
    created = ("exam_id", "objective_id", "review_status", "content_digest")
    assert [(entry["id"], entry["old"], entry["new"]) for entry in audited(database, "question.create")] == [
        (str(question["id"]), None, {name: question[name] for name in created}) for question in stored
    ]
    post_bank(mo, edited(3, explanation="a better one"))
    before, (after,) = stored[3], rows(database, "SELECT * FROM questions WHERE id = ?", stored[3]["id"])
    names = (
        "external_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags",
        "image_url", "ai_model", "ai_prompt_version", "ai_confidence_score", "review_status", "objective_id",
        "is_active",
    )  # fmt: skip
    old, new = ({name: question[name] for name in names} for question in (before, after))
    for side in (old, new):
        side |= {name: json.loads(side[name]) for name in ("answers", "tags")} | {"is_active": True}
    (entry,) = audited(database, "question.change")
    assert (entry["id"], entry["old"], entry["new"]) == (str(before["id"]), old, new)
    assert (old["explanation"], new["explanation"]) == ("why 3", "a better one")


def test_the_same_file_twice_changes_nothing(ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    before = everything(database)
    assert counted(post_bank(ada, BANK)) == {"imported": 0, "updated": 0, "skipped": 14}
    assert everything(database) == before


def test_importing_again_does_not_undo_a_review(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    before = everything(database)
    report = {"imported": 0, "updated": 0, "skipped": 14}
    assert counted(post_bank(ada, BANK, "format=pingtopass")) == report
    assert everything(database) == before


def test_importing_again_with_a_status_gives_it_to_every_question(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    report = {"imported": 0, "updated": 14, "skipped": 0}
    assert counted(post_bank(ada, BANK, "format=pingtopass&reviewStatus=rejected")) == report
    assert rows(database, "SELECT DISTINCT review_status AS s FROM questions") == [{"s": "rejected"}]
    assert row(database, "exams", 1)["questions_available"] == 0


OPTIONS = [{"id": letter, "text": text} for letter, text in zip("abcd", ["w", "x", "y", "z"], strict=True)]


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        ({"explanation": "a better one"}, {"explanation": "a better one"}),
        ({"reference": None}, {"reference": None}),
        ({"correctAnswer": [1]}, {"answers": [option | {"isCorrect": option["id"] == "b"} for option in OPTIONS],
                                  "version": 2}),
        ({"correctAnswer": [0, 1]}, {"answers": [option | {"isCorrect": option["id"] in "ab"} for option in OPTIONS],
                                     "type": "multi_select", "version": 2}),
        ({"difficulty": 5}, {"difficulty": 5}),
        ({"objectiveTitle": "Cabling"}, {"objective_id": 2}),
        ({"tags": ["new"]}, {"tags": ["new"]}),
        ({"resources": [{"url": "https://rfc.example/"}]}, {"external_link": "https://rfc.example/"}),
        ({"questionText": "Routing  question 0"}, {"text": "Routing  question 0", "bands": ..., "version": 2}),
        ({"options": ["w", "x", "y", "z (mended)"]},
         {"answers": [option | {"isCorrect": option["id"] == "a"} for option in OPTIONS[:3]]
                     + [{"id": "ekvskf", "text": "z (mended)", "isCorrect": False}],
          "content_digest": ..., "version": 2}),
    ],
)  # fmt: skip
def test_an_edited_question_is_updated_in_place(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, change: dict[str, Any], columns: dict[str, Any]
) -> None:
    database.execute_sql("UPDATE questions SET updated_at = 0")
    before = {question["id"]: question for question in everything(database)["questions"]}
    assert counted(post_bank(ada, edited(**change))) == {
        "imported": 0,
        "updated": 1,
        "skipped": 13,
    }
    after = {question["id"]: question for question in everything(database)["questions"]}
    changed, old = after.pop(1), before.pop(1)
    assert after == before
    assert changed.pop("updated_at") >= epoch("2026-01-01T00:00:00Z")
    if "version" in columns:
        assert changed.pop("reviewed_at") >= epoch("2026-01-01T00:00:00Z")
    different = {column: value for column, value in changed.items() if value != old[column]}
    assert set(different) == set(columns)
    for column, value in columns.items():
        stored = json.loads(different[column]) if column in ("answers", "tags") else different[column]
        assert value is ... or stored == value


def test_who_imports_a_change_has_made_the_version_and_reviewed_it(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE questions SET reviewed_at = 7 WHERE id IN (1, 2, 3)")
    changed = edited(0, correctAnswer=[1])
    changed["questions"][1]["explanation"] = "a better one"
    post_bank(mo, changed, "format=pingtopass")
    reviewed = rows(database, "SELECT id, reviewed_by, reviewed_at > 7 AS now FROM questions WHERE id < 4 ORDER BY id")
    assert [tuple(row.values()) for row in reviewed] == [(1, 3, 1), (2, 4, 0), (3, 4, 0)]
    made = rows(database, "SELECT version, created_by FROM question_versions WHERE question_id = 1 ORDER BY version")
    assert [tuple(row.values()) for row in made] == [(1, None), (2, 3)]


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ("approved", {"correctAnswer": [1]}, "approved"),
        ("rejected", {"correctAnswer": [1]}, "pending"),
        ("needs_revision", {"explanation": "a better one"}, "needs_revision"),
    ],
)
def test_an_edited_question_keeps_its_status_or_waits_again(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, before: str, change: dict[str, Any], after: str
) -> None:
    """An approved one stays approved, as after an edit by hand; another one is looked at anew when it asks anew."""
    database.execute_sql("UPDATE questions SET review_status = ? WHERE id = 1", (before,))
    report = post_bank(ada, edited(**change), "format=pingtopass").json
    question = row(database, "questions", 1)
    assert question["review_status"] == after
    names = [*change, "reviewStatus"] if before != after else [*change]
    told = [name.replace("correctAnswer", "answers") for name in names]
    assert report["items"][0] == {
        "item": 1, "line": None, "outcome": "updated", "questionId": 1, "fields": told,
    }  # fmt: skip
    assert {item["outcome"] for item in report["items"][1:]} == {"unchanged"}


def test_questions_of_one_text_and_different_options_are_different(ada: FlaskClient) -> None:
    twins = copy.deepcopy(BANK)
    for n, question in enumerate(twins["questions"][:4]):
        question |= {"questionText": "Which is true?", "options": [f"claim {n}", "b", "c", "d"], "correctAnswer": [0]}
    assert post_bank(ada, twins).json["imported"] == 14
    assert post_bank(ada, twins).json["skipped"] == 14
    twins["questions"][1]["explanation"] = "of the second"
    assert counted(post_bank(ada, twins)) == {"imported": 0, "updated": 1, "skipped": 13}
    changed = ada.get("/api/questions/2").json
    assert (changed["explanation"], changed["answers"][0]["text"]) == ("of the second", "claim 1")
    alone = twins | {"questions": [twins["questions"][3] | {"options": ["claim 9", "b", "c", "d"]}]}
    assert counted(post_bank(ada, alone)) == {"imported": 0, "updated": 1, "skipped": 0}
    assert ada.get("/api/questions/1").json["answers"][0]["text"] == "claim 9"  # of four with this text, the oldest


def test_mended_options_stay_with_their_question(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    """Two questions have a mended option each, and the file has them in another order."""
    mended = edited(options=["w", "x", "y", "z (mended)"])
    mended["questions"][1] |= {"options": ["w (mended)", "x", "y", "z"]}
    mended["questions"][:2] = mended["questions"][1::-1]
    assert counted(post_bank(ada, mended)) == {"imported": 0, "updated": 2, "skipped": 12}
    texts = [row(database, "questions", question)["text"] for question in (1, 2)]
    assert texts == ["Routing question 0", "Routing question 1"]
    assert ada.get("/api/questions/1").json["answers"][3]["text"] == "z (mended)"
    assert ada.get("/api/questions/2").json["answers"][0]["text"] == "w (mended)"


def test_a_question_that_is_there_twice_is_stored_once(ada: FlaskClient, database: LibsqlDatabase) -> None:
    repeated = copy.deepcopy(BANK)
    repeated["questions"].append(repeated["questions"][0] | {"options": ["x", "w", "y", "z"], "correctAnswer": [1]})
    assert counted(post_bank(ada, repeated)) == {"imported": 14, "updated": 0, "skipped": 1}
    assert len(rows(database, "SELECT id FROM questions")) == 14


def test_text_of_every_script_survives(ada: FlaskClient, database: LibsqlDatabase) -> None:
    texts = ["שאלה על ניתוב", "سؤال عن التوجيه", "路由问题", "emoji 🧑‍💻🇩🇪", "a\u202eb", "tab\tand\nline"]
    strange = copy.deepcopy(BANK)
    for question, text in zip(strange["questions"], texts, strict=False):
        question["questionText"] = text
    assert post_bank(ada, strange).json["imported"] == 14
    stored = [text for (text,) in database.execute_sql("SELECT text FROM questions ORDER BY id").fetchall()]
    assert stored[: len(texts)] == texts


def test_questions_of_another_exam_are_not_matched(
    ada: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    before = everything(database)["questions"]
    assert post_bank(ada, BANK | {"examCode": "T-9"}).json["imported"] == 14
    assert everything(database)["questions"][:14] == before
    assert [exam["questions_available"] for exam in everything(database)["exams"]] == [14, 14]
