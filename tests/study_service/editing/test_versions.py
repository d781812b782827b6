"""The versions of a question as moderators see them: what it said when, who wrote that, and what waits."""

from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from study_service.editing import waiting
from tests.damage import LEFT_OUT, about, logged
from tests.study_service.conftest import answer, patch, review_version

Q0 = "Routing question 0"


def listed(moderator: FlaskClient, question: int, query: str = "") -> Any:
    response = moderator.get(f"/api/questions/{question}/versions{query}")
    assert response.status_code == 200
    return response.json


def test_versions_are_told_with_who_and_when_the_latest_first(
    mo: FlaskClient, ada: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE question_versions SET created_at = 1767225600")
    patch(mo, q0, text="two", imageUrl="https://x.example/")
    patch(ada, q0, text="three", aiModel="gpt-4o-mini", aiPromptVersion="p-7", aiConfidenceScore=0.25)
    patch(ada, q0, text="four", aiModel="gpt-4o-mini")
    review_version(mo, q0, 3, "rejected")
    shown = listed(mo, q0)
    assert shown["next"] is None
    short = ("version", "current", "text", "reviewStatus", "aiGenerated", "aiModel", "aiPromptVersion", "createdBy")
    assert [tuple(version[name] for name in short) for version in shown["versions"]] == [
        (4, False, "four", "pending", True, "gpt-4o-mini", None, 4),
        (3, False, "three", "rejected", True, "gpt-4o-mini", "p-7", 4),
        (2, True, "two", "approved", False, None, None, 3),
        (1, False, Q0, "approved", False, None, None, None),
    ]
    assert [version["aiConfidenceScore"] for version in shown["versions"]] == [None, 0.25, None, None]
    first = shown["versions"][-1]
    assert first == {
        "questionId": q0, "version": 1, "current": False, "objectiveId": 1, "text": Q0, "type": "multiple_choice",
        "answers": mo.get(f"/api/questions/{q0}").json["answers"], "explanation": "why 0", "reference": "page 0",
        "externalLink": None, "difficulty": 1, "tags": [], "imageUrl": None, "reviewStatus": "approved",
        "aiGenerated": False, "aiModel": None, "aiPromptVersion": None, "aiConfidenceScore": None, "createdBy": None,
        "createdAt": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    assert shown["versions"][2]["imageUrl"] == "https://x.example/"


def test_pages_go_by_version(mo: FlaskClient, q0: int) -> None:
    for number in range(2, 6):
        patch(mo, q0, text=f"text {number}")
    first = listed(mo, q0, "?limit=2")
    assert ([version["version"] for version in first["versions"]], first["next"]) == ([5, 4], 4)
    second = listed(mo, q0, "?limit=3&after=4")
    assert ([version["version"] for version in second["versions"]], second["next"]) == ([3, 2, 1], 1)
    assert listed(mo, q0, "?after=1") == {"versions": [], "next": None}
    assert listed(mo, q0 + 1)["versions"][0]["text"] == "Routing question 1"


def test_they_are_no_learners_business(alice: FlaskClient, mo: FlaskClient, q0: int) -> None:
    assert alice.get(f"/api/questions/{q0}/versions").status_code == 403
    assert mo.get("/api/questions/999/versions").json["detail"] == "no such question"


def test_those_of_a_deleted_question_can_be_read(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    before = listed(mo, q0)
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = ?", (q0,))
    assert listed(mo, q0) == before


def test_one_that_cannot_be_used_is_left_out(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    patch(mo, q0, text="two")
    database.execute_sql("UPDATE question_versions SET tags = '{}' WHERE question_id = ? AND version = 1", (q0,))
    with logged() as lines:
        assert [version["version"] for version in listed(mo, q0)["versions"]] == [2]
    assert lines() == [about(LEFT_OUT, "question_versions", 1, "tags", "is not a list of texts")]


def test_a_list_is_two_statements(alice: FlaskClient, mo: FlaskClient, q0: int, count_queries: Any) -> None:
    answer(alice, q0, "a")
    with count_queries() as statements:
        listed(mo, q0)
    assert len(statements) == 2  # the question, its versions


def test_the_reads_go_by_index(mo: FlaskClient, q0: int, database: LibsqlDatabase, count_queries: Any) -> None:
    """However many questions and versions there are."""
    patch(mo, q0, text="two", aiModel="m")
    with count_queries() as statements:
        listed(mo, q0)
        patch(mo, q0, match="*", explanation="x")
    (follow,) = [sql for sql in statements if sql.lstrip().startswith("UPDATE question_versions")]
    values = dict.fromkeys((*waiting.SAID, "question", "overtaken"), 1)
    plan = database.execute_sql(f"EXPLAIN QUERY PLAN {follow}", values).fetchall()
    details = [step[-1] for step in plan]
    assert "SEARCH w USING PRIMARY KEY (question_id=?)" in details, details
    assert [step for step in details if step.startswith("SCAN")] == ["SCAN CONSTANT ROW", "SCAN n"]
