"""What is exported is imported again as it was: into the same exam nothing changes, into another all is the same."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from study_service.banks import FORMATS
from tests.study_service.conftest import everything, post_bank, post_file, rows
from tests.study_service.importing.files import RICH, exported, outcomes, rich

# What tells a question apart from another one, and nothing else.
COLUMNS = """
    external_id, ai_generated, ai_model, ai_prompt_version, ai_confidence_score,
    text, type, answers, explanation, reference, external_link, difficulty, tags, image_url, text_digest,
    content_digest, (SELECT name FROM objectives o WHERE o.id = objective_id) AS objective
"""


@pytest.fixture
def stored(ada: FlaskClient, mode: str) -> None:
    response = post_file(ada, RICH)
    assert response.json["imported"] == len(RICH["questions"]), response.json


def export(editor: FlaskClient, format: str) -> bytes:
    response = editor.get(f"/api/questions/export?examId=1&format={format}")
    assert response.status_code == 200
    assert response.headers["Content-Type"].split(";")[0] == FORMATS[format].media_type
    assert response.headers["Content-Disposition"] == f"attachment; filename=exam-1.{FORMATS[format].suffix}"
    losses = editor.get(f"/api/questions/export/losses?examId=1&format={format}").json
    assert losses["questions"] == len(RICH["questions"])
    assert len(losses["losses"]) == int(response.headers["Export-Losses"])
    data: bytes = response.data
    return data


@pytest.mark.parametrize("format", FORMATS)
def test_what_was_exported_changes_nothing(
    ada: FlaskClient, mo: FlaskClient, stored: None, database: LibsqlDatabase, format: str
) -> None:
    file = export(mo, format)
    assert export(mo, format) == file
    before = everything(database)
    exam = "" if format == "pingtopass" else "&examId=1"
    response = post_file(mo, file, f"format={format}{exam}&missing=ignore")
    assert (outcomes(response), response.json["errors"]) == ([], [])
    assert everything(database) == before


def test_another_exam_gets_the_same_questions(ada: FlaskClient, stored: None, database: LibsqlDatabase) -> None:
    file = exported(ada) | {"examCode": "T-2"}
    assert post_bank(ada, json.dumps(file).encode()).json["imported"] == len(RICH["questions"])
    one, other = (
        rows(database, f"SELECT {COLUMNS} FROM questions WHERE exam_id = ? ORDER BY id", exam_id) for exam_id in (1, 2)
    )
    assert one == other
    named = "SELECT code, name, description, weight FROM objectives WHERE exam_id = ? ORDER BY sort_order"
    assert rows(database, named, 1) == rows(database, named, 2)


def test_a_file_has_what_is_active_in_the_state_that_is_asked_for(
    ada: FlaskClient, mo: FlaskClient, stored: None, database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = 2")
    database.execute_sql("UPDATE questions SET review_status = 'rejected' WHERE id = 3")
    database.execute_sql("UPDATE questions SET answers = '[]' WHERE id = 4")
    texts = [question["questionText"] for question in RICH["questions"]]
    file = json.loads(mo.get("/api/questions/export?examId=1&format=pingtopass").data)
    assert [question["questionText"] for question in file["questions"]] == [texts[0], texts[2], *texts[4:]]
    rejected = json.loads(mo.get("/api/questions/export?examId=1&format=pingtopass&reviewStatus=rejected").data)
    assert [question["questionText"] for question in rejected["questions"]] == [texts[2]]
    losses = mo.get("/api/questions/export/losses?examId=1&format=pingtopass").json
    assert losses == {
        "questions": len(texts) - 1,
        "losses": [{"item": 3, "questionId": 4, "message": "left out: its answers has no right option"}],
    }


def test_an_exam_that_is_not_there_has_no_file(mo: FlaskClient, ada: FlaskClient, stored: None) -> None:
    for path in ("export", "export/losses"):
        assert mo.get(f"/api/questions/{path}?examId=9&format=pingtopass").status_code == 404
    ada.delete("/api/exams/1")
    assert mo.get("/api/questions/export?examId=1&format=pingtopass").status_code == 404


def changed(number: int, **change: Any) -> dict[str, Any]:
    bank = rich()
    bank["questions"][number] |= change
    return bank


def test_what_a_file_does_not_state_stays(ada: FlaskClient, stored: None, database: LibsqlDatabase) -> None:
    """Question 5 has every field; a file that only has its text, options and key says nothing of the others."""
    before = everything(database)
    question = {key: RICH["questions"][4][key] for key in ("questionText", "questionType", "options", "correctAnswer")}
    bare = RICH | {"questions": [question]}
    assert outcomes(post_file(ada, bare, "format=pingtopass&missing=ignore")) == []
    assert everything(database) == before
    emptied = {"explanation": None, "reference": None, "resources": [], "tags": [], "imageUrl": None}
    response = post_file(ada, RICH | {"questions": [question | emptied]}, "format=pingtopass&missing=ignore")
    fields = ["explanation", "reference", "externalLink", "tags", "imageUrl"]
    assert outcomes(response) == [(1, "updated", 5, fields)]
    (row,) = rows(database, "SELECT * FROM questions WHERE id = 5")
    empty = ("explanation", "reference", "external_link", "tags", "image_url")
    assert [row[name] for name in empty] == [None, None, None, "[]", None]
    assert (row["difficulty"], row["external_id"], row["version"]) == (4, "route-1", 2)
