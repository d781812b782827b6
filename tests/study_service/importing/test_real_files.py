"""Files that nobody here wrote, through the service as it is."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from study_service.banks import FORMATS
from tests.conftest import SHARED
from tests.study_service.conftest import answer, counted, post_bank, post_file

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not beside the project")


@pytest.fixture
def source() -> dict[str, Any]:
    bank: dict[str, Any] = json.loads((SHARED / "network-plus.json").read_text())
    return bank


def test_twenty_answers_on_a_real_bank_are_graded_right(
    alice: FlaskClient, ada: FlaskClient, source: dict[str, Any]
) -> None:
    response = post_bank(ada, source)
    assert counted(response) == {"imported": 25, "updated": 0, "skipped": 0}
    key = {q["questionText"]: {q["options"][n] for n in q["correctAnswer"]} for q in source["questions"]}
    explanations = {q["questionText"]: q["explanation"] for q in source["questions"]}
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 20}).json
    for n, question in enumerate(session["questions"]):
        wanted = n % 3 != 0
        chosen = next(o["id"] for o in question["answers"] if (o["text"] in key[question["text"]]) is wanted)
        result = answer(alice, question["id"], chosen, studySessionId=session["id"]).json["result"]
        assert result["isCorrect"] is wanted
        assert result["explanation"] == explanations[question["text"]]
        assert {o["text"] for o in question["answers"] if o["id"] == result["correctAnswer"]} == key[question["text"]]
    done = alice.post(f"/api/study/sessions/{session['id']}/complete").json
    assert (done["totalQuestions"], done["correctAnswers"], done["accuracy"]) == (20, 13, 0.65)
    assert alice.get("/api/progress/exams/1").json["totalCorrect"] == 13
    weights = {o["name"]: o["weight"] for o in alice.get("/api/exams/1/objectives").json["objectives"]}
    assert weights == {o["title"]: o["weight"] / 100 for o in source["objectives"]}
    assert post_bank(ada, source).json["skipped"] == 25


def test_moodles_own_examples_are_all_imported(ada: FlaskClient, bank: dict[str, Any]) -> None:
    """Eight of the 33 stand in the file before, with the same answers."""
    data = (SHARED / "moodle-gift-examples.txt").read_bytes()
    path = "/api/questions/import?format=gift&examId=1"
    report = ada.post(path, data=data, content_type="text/plain").json
    assert (report["imported"], report["skipped"], report["errors"]) == (25, 8, [])
    assert ada.post(path, data=data, content_type="text/plain").json["skipped"] == 33


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["network-plus.json", "moodle-gift-examples.txt"])
def test_a_real_file_comes_back_from_every_format_as_it_was(
    ada: FlaskClient, bank: dict[str, Any], name: str, format: str
) -> None:
    """What the format cannot ask is left out, and told; of all else nothing changes."""
    data = (SHARED / name).read_bytes()
    source = "format=pingtopass" if name.endswith("json") else "format=gift&examId=1&partial=true"
    first = post_file(ada, data, f"{source}&missing=ignore")
    exam = 2 if name.endswith("json") else 1
    assert first.json["imported"] == {1: 25, 2: 25}[exam], first.json
    file = ada.get(f"/api/questions/export?examId={exam}&format={format}").data
    losses = ada.get(f"/api/questions/export/losses?examId={exam}&format={format}").json
    left_out = [loss for loss in losses["losses"] if loss["message"].startswith("left out")]
    into = "" if format == "pingtopass" else f"&examId={exam}"
    back = post_file(ada, file, f"format={format}{into}&missing=report")
    assert (back.status_code, back.json["errors"]) == (200, [])
    changed = {item["questionId"] for item in back.json["items"] if item["outcome"] not in ("unchanged", "missing")}
    assert changed <= {loss["questionId"] for loss in losses["losses"]}
    assert back.json["imported"] == 0
    assert back.json["missing"] == len(left_out)
