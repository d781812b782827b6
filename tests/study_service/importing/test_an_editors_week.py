"""An editor's week with one file, while a learner studies: nothing is asked twice, lost, or graded by another key."""

import copy
from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import BANK, counted, post_file, rows
from tests.study_service.importing.files import exported, outcomes

FILE = "format=pingtopass"


def answer_all(learner: FlaskClient, session: dict[str, Any], key: dict[str, set[str]]) -> list[bool]:
    """Answer every question of the session with the texts of the key; whether each was right."""
    right = []
    for question in session["questions"]:
        chosen = [option["id"] for option in question["answers"] if option["text"] in key[question["text"]]]
        sent = {"studySessionId": session["id"], "questionId": question["id"], "timeSpentSeconds": 5}
        result = learner.post("/api/study/answer", json={**sent, "selectedAnswer": chosen}).json["result"]
        right.append(result["isCorrect"])
    return right


def test_a_week(ada: FlaskClient, mo: FlaskClient, alice: FlaskClient, database: LibsqlDatabase) -> None:
    assert counted(post_file(ada, BANK)) == {"imported": 14, "updated": 0, "skipped": 0}
    key = {
        question["questionText"]: {question["options"][index] for index in question["correctAnswer"]}
        for question in BANK["questions"]
    }
    session = alice.post("/api/study/sessions", json={"examId": 1, "questionCount": 14}).json
    assert len(session["questions"]) == 14
    before = rows(database, "SELECT id, external_id, text FROM questions ORDER BY id")

    # Monday: a typo is mended in what was exported, which changes nothing else.
    file = exported(ada)
    assert outcomes(post_file(mo, file, FILE)) == []
    file["questions"][4]["questionText"] = "Routing question four"
    monday = post_file(mo, file, FILE)
    assert outcomes(monday) == [(5, "updated", 5, ["text"])]
    assert monday.json["missing"] == 0
    texts = rows(database, "SELECT id, text, version FROM questions WHERE review_status = 'approved' ORDER BY id")
    assert [(row["id"], row["version"]) for row in texts] == [(n, 2 if n == 5 else 1) for n in range(1, 15)]
    assert texts[4]["text"] == "Routing question four"
    assert alice.get("/api/exams/1").json["questionsAvailable"] == 14

    # Tuesday: options are turned round, which is the same question; one gets another text and stays the same option.
    turned = exported(ada)
    options = turned["questions"][0]["options"]
    mended = options[1]["id"]
    options[1]["text"] = "x (mended)"
    options.reverse()
    turned["questions"][0]["correctAnswer"] = [3]
    turned["questions"][12]["options"].reverse()
    turned["questions"][12]["correctAnswer"] = [1, 3]
    assert outcomes(post_file(mo, turned, FILE)) == [(1, "updated", 1, ["answers"])]
    stored = {option["id"]: option for option in ada.get("/api/questions/1").json["answers"]}
    assert (stored[mended]["text"], stored[mended]["isCorrect"]) == ("x (mended)", False)
    assert [option["text"] for option in stored.values() if option["isCorrect"]] == ["w"]

    # Wednesday: an objective is renamed by its code, and there is no second one.
    file = exported(ada)
    file["objectives"][1]["title"] = "Cables and plugs"
    for question in file["questions"]:
        question["objectiveTitle"] = question["objectiveTitle"].replace("Cabling", "Cables and plugs")
    wednesday = post_file(ada, file, FILE)
    assert outcomes(wednesday) == []
    assert wednesday.json["objectives"] == [
        {"code": "2", "name": "Cables and plugs", "outcome": "updated", "fields": ["name"]}
    ]
    assert wednesday.json["warnings"] == []
    objectives = alice.get("/api/exams/1/objectives").json["objectives"]
    assert [(one["id"], one["name"], one["weight"]) for one in objectives] == [
        (1, "Routing", 0.6), (2, "Cables and plugs", 0.4),
    ]  # fmt: skip

    # Thursday: a question is not in the file any more. That is told; then it is asked no more.
    file = exported(ada)
    gone = file["questions"].pop(13)
    assert outcomes(post_file(mo, file, FILE)) == [(0, "missing", 14, [])]
    assert alice.get("/api/exams/1").json["questionsAvailable"] == 14
    assert outcomes(post_file(mo, file, f"{FILE}&missing=retire")) == [(0, "retired", 14, [])]
    assert alice.get("/api/exams/1").json["questionsAvailable"] == 13
    served = alice.get("/api/study/questions?examId=1&limit=100").json["questions"]
    assert sorted(question["id"] for question in served) == list(range(1, 14))

    # The learner goes on all the while with what she was given, and it is graded by the key of then.
    assert answer_all(alice, session, key) == [True] * 14

    # Friday: it is in the file again, and comes back as the question that it was.
    file["questions"].append(gone)
    friday = post_file(mo, file, FILE)
    assert outcomes(friday) == [(14, "restored", 14, [])]
    assert alice.get("/api/exams/1").json["questionsAvailable"] == 14

    # Saturday: the first file again, which has no ids: what has its text is changed back, what has not is new.
    original = copy.deepcopy(BANK)
    original["objectives"][1]["title"] = "Cables and plugs"
    for question in original["questions"]:
        question["objectiveTitle"] = question["objectiveTitle"].replace("Cabling", "Cables and plugs")
    saturday = post_file(ada, original, FILE)
    assert outcomes(saturday) == [(1, "updated", 1, ["answers"]), (5, "created", 15, []), (0, "missing", 5, [])]

    # Nothing that was there is lost, and what was answered is as it was answered.
    after = rows(database, "SELECT id, external_id, text FROM questions ORDER BY id")
    assert [(row["id"], row["external_id"]) for row in after[:14]] == [
        (row["id"], row["external_id"]) for row in before
    ]
    results = alice.get(f"/api/study/sessions/{session['id']}").json
    assert (results["totalQuestions"], results["correctAnswers"]) == (14, 14)
    assert rows(database, "SELECT count(*) AS n FROM user_answers WHERE is_correct = 1 AND question_version = 1") == [
        {"n": 14}
    ]
