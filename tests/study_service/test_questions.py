"""Questions as moderators see them, with their key: filtered, paged and reviewed."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from tests.study_service.conftest import audited, epoch, meanwhile, row, rows


def ids(response: Any) -> list[int]:
    assert response.status_code == 200
    return [question["id"] for question in response.json["questions"]]


def review(moderator: FlaskClient, question: int, **body: Any) -> Any:
    return moderator.put(f"/api/questions/{question}/review", json=body)


def option(option_id: str, text: str, is_correct: bool) -> dict[str, Any]:
    return {"id": option_id, "text": text, "isCorrect": is_correct, "explanation": None, "weight": None}


def test_a_moderator_sees_all_of_a_question(mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    question = bank["Routing question 1"]
    database.execute_sql(
        "UPDATE questions SET total_attempts = 3, correct_attempts = 2, avg_time_seconds = 9, created_at = 1767225600,"
        " updated_at = 1767225601, external_id = 'mine', reviewed_at = 1767225602,"
        " external_link = 'https://rfc.example/', tags = '[\"ospf\"]' WHERE id = ?",
        (question["id"],),
    )
    assert mo.get(f"/api/questions/{question['id']}").json == {
        "id": question["id"],
        "externalId": "mine",
        "version": 1,
        "examId": 1,
        "objectiveId": rows(database, "SELECT id FROM objectives WHERE name = 'Routing'")[0]["id"],
        "text": "Routing question 1",
        "type": "multiple_choice",
        "answers": [
            option("a", "w", False),
            option("b", "x", True),
            option("c", "y", False),
            option("d", "z", False),
        ],
        "explanation": "why 1",
        "reference": "page 1",
        "externalLink": "https://rfc.example/",
        "imageUrl": None,
        "difficulty": 2,
        "tags": ["ospf"],
        "reviewStatus": "approved",
        "reviewFeedback": None,
        "reviewedBy": 4,
        "reviewedAt": "2026-01-01T00:00:02Z",
        "isActive": True,
        "aiGenerated": False,
        "aiModel": None,
        "aiPromptVersion": None,
        "aiConfidenceScore": None,
        "openFlags": 0,
        "createdBy": None,
        "totalAttempts": 3,
        "correctAttempts": 2,
        "avgTimeSeconds": 9,
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:01Z",
    }


def test_each_filter_leaves_the_others_out(
    mo: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]]
) -> None:
    mine, cabling = list(bank.values()), bank["Which two are cables?"]["objectiveId"]
    rejected = bank["Routing question 4"]["id"]
    review(mo, rejected, status="rejected")
    for query, wanted in (
        ("", [question["id"] for question in mine + other_exam]),
        ("&examId=1", [question["id"] for question in mine]),
        ("&examId=2", [question["id"] for question in other_exam]),
        (f"&objectiveId={cabling}", [question["id"] for question in mine if question["objectiveId"] == cabling]),
        ("&reviewStatus=rejected", [rejected]),
        ("&reviewStatus=approved&examId=1", [question["id"] for question in mine if question["id"] != rejected]),
        (f"&reviewStatus=rejected&objectiveId={cabling}", []),
        ("&examId=99", []),
    ):
        assert ids(mo.get(f"/api/questions?limit=100{query}")) == wanted, query


def test_pages_go_by_key(mo: FlaskClient, bank: dict[str, Any]) -> None:
    everything = [question["id"] for question in bank.values()]
    first = mo.get("/api/questions?limit=5")
    second = mo.get(f"/api/questions?limit=9&after={first.json['next']}")
    assert (ids(first), first.json["next"]) == (everything[:5], everything[4])
    assert (ids(second), second.json["next"]) == (everything[5:], everything[-1])
    assert mo.get(f"/api/questions?after={everything[-1]}").json == {"questions": [], "next": None}
    assert mo.get("/api/questions?examId=1&limit=15").json["next"] is None


def test_a_retired_question_is_not_there(mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    retired, *others = (question["id"] for question in bank.values())
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = ?", (retired,))
    before = row(database, "questions", retired)
    assert ids(mo.get("/api/questions?limit=100")) == others
    assert mo.get(f"/api/questions/{retired}").status_code == 404
    assert review(mo, retired, status="rejected").status_code == 404
    assert mo.get("/api/questions/999").json["detail"] == "no such question"
    assert row(database, "questions", retired) == before


def test_a_review_is_stored_and_logged(mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase) -> None:
    question = bank["Routing question 0"]["id"]
    database.execute_sql("UPDATE questions SET updated_at = 0")
    before = row(database, "questions", question)
    response = review(mo, question, status="needs_revision", feedback="Two are right")
    assert response.json == mo.get(f"/api/questions/{question}").json
    after = row(database, "questions", question)
    assert after["reviewed_at"] == after["updated_at"] >= epoch("2026-01-01T00:00:00Z")
    times = {"reviewed_at": after["reviewed_at"], "updated_at": after["updated_at"]}
    changed = {"review_status": "needs_revision", "review_feedback": "Two are right", "reviewed_by": 3}
    assert after == before | changed | times
    assert rows(database, "SELECT count(*) AS n FROM questions WHERE updated_at > 0") == [{"n": 1}]
    assert audited(database, "question.review") == [
        {
            "user": 3, "entity": "question", "id": str(question),
            "old": {"review_status": "approved", "review_feedback": None},
            "new": {"review_status": "needs_revision", "review_feedback": "Two are right"}, "subject": "3",
            "method": "PUT", "path": f"/api/questions/{question}/review",
        }
    ]  # fmt: skip
    review(mo, question, status="approved")
    assert row(database, "questions", question)["review_feedback"] is None
    assert audited(database, "question.review")[-1]["old"] == {
        "review_status": "needs_revision", "review_feedback": "Two are right",
    }  # fmt: skip


def test_the_exam_counts_what_can_be_asked(
    mo: FlaskClient, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    def available() -> list[int]:
        return [exam["questions_available"] for exam in rows(database, "SELECT * FROM exams ORDER BY id")]

    one, two, three = (bank[f"Routing question {n}"]["id"] for n in range(3))
    assert available() == [14, 2]
    database.execute_sql("UPDATE exams SET questions_available = 77 WHERE id = 2")
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = ?", (three,))
    review(mo, one, status="rejected")
    review(mo, two, status="needs_revision")
    assert available() == [11, 77]
    review(mo, one, status="approved")
    assert available() == [12, 77]


def test_of_two_reviews_at_once_one_wins(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, settings: Settings
) -> None:
    """Mo has read that the question is approved; before she writes, somebody else rejects it."""
    question = bank["Routing question 0"]["id"]
    change = "UPDATE questions SET review_status = 'rejected' WHERE id = ?"
    with meanwhile(database, settings, 'FROM "questions"', change, question):
        response = review(mo, question, status="needs_revision", feedback="hers")
    assert (response.status_code, response.json["detail"]) == (409, "somebody else has just reviewed this question")
    after = row(database, "questions", question)
    assert (after["review_status"], after["review_feedback"]) == ("rejected", None)
    assert audited(database, "question.review") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "pending"}, "status"),
        ({"status": "fine"}, "status"),
        ({"feedback": "?"}, "status"),
        ({"status": "approved", "feedback": "x" * 2001}, "feedback"),
        ({"status": "approved", "feedback": 7}, "feedback"),
        ({"status": "approved", "reviewedBy": 1}, "reviewedBy"),
    ],
)
def test_a_wrong_review_is_refused(
    mo: FlaskClient, bank: dict[str, Any], database: LibsqlDatabase, body: dict[str, Any], field: str
) -> None:
    question = bank["Routing question 0"]["id"]
    before = row(database, "questions", question)
    response = review(mo, question, **body)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert row(database, "questions", question) == before
    assert audited(database, "question.review") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=101", "limit"), ("after=-1", "after"), ("examId=0", "examId"),
        ("objectiveId=x", "objectiveId"), ("reviewStatus=fine", "reviewStatus"), ("isActive=0", "isActive"),
    ],
)  # fmt: skip
def test_a_wrong_filter_names_its_field(mo: FlaskClient, bank: dict[str, Any], query: str, field: str) -> None:
    response = mo.get(f"/api/questions?{query}")
    assert (response.status_code, list(response.json["errors"])) == (422, [field])
