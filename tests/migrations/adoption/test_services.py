"""The services work on an adopted database."""

import pytest

from migrations import adoption
from shared_schema.tables import db
from tests.conftest import client
from tests.migrations import unchecked
from tests.migrations.adoption import legacy
from tests.migrations.adoption.conftest import KINDS, rows


@pytest.mark.parametrize("kind", KINDS)
def test_services_work_on_it(make, kind, study_app, growth_app):
    database = make(kind)
    adoption.adopt(database)
    unchecked.up(database)
    db.initialize(database)
    alice = client(study_app, "1", "user")
    (exam,) = alice.get("/api/exams").json["exams"]
    assert exam["code"] == "T-1"
    before = alice.get("/api/progress/exams/1").json
    body = {"examId": 1, "mode": "practice", "questionCount": 2}
    session = alice.post("/api/study/sessions", json=body).json
    question, options = session["questions"][0]["id"], session["questions"][0]["answers"]
    right = next(option["id"] for option in options if option["text"] == "Layer 2")
    given = {"questionId": question, "selectedAnswer": right, "timeSpentSeconds": 60, "studySessionId": session["id"]}
    result = alice.post("/api/study/answer", json=given).json["result"]
    assert result["isCorrect"] is True
    assert result["question"] == {"totalAttempts": 3, "correctAttempts": 2}
    after = alice.get("/api/progress/exams/1").json
    assert after["totalQuestionsSeen"] == before["totalQuestionsSeen"] + 1 == 7
    (average,) = rows(database, "SELECT avg_time_seconds FROM questions WHERE id = ?", question)
    assert average == (30,)  # (15 + 15 + 60) / 3: the average of before goes on
    assert client(growth_app, "growth-bot", "service").get("/api/growth/metrics").status_code == 200


def test_import_recognises_the_questions_that_were_there(make, study_app):
    database = make("typescript")
    legacy.insert(database, "questions", id=9, exam_id=1, objective_id=1, text="Question  1", answers=legacy.ANSWERS)
    report = adoption.adopt(database)
    assert "1 questions are like another of their exam: no import will recognise them" in report.notes
    unchecked.up(database)
    db.initialize(database)
    question = {"questionText": "Question 3", "questionType": "multiple-choice", "options": ["Layer 2", "Layer 3"]}
    new = question | {"questionText": "Question 77"}
    bank = {"examCode": "T-1", "examName": "Test exam", "vendorName": "acme"}
    bank["objectives"] = [{"title": "Routing", "description": "Packets find their way", "weight": 60}]
    body = bank | {
        "questions": [item | {"correctAnswer": [0], "objectiveTitle": "Routing"} for item in (question, new)]
    }
    database.execute_sql("UPDATE users SET role = 'admin' WHERE id = 1")
    admin = client(study_app, "1", "admin")
    result = admin.post("/api/questions/import?format=pingtopass", json=body).json
    assert (result["imported"], result["updated"], result["errors"]) == (1, 1, [])
    assert rows(database, "SELECT count(*) FROM questions WHERE text = 'Question 3'") == [(1,)]
