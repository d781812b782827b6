"""Edits by models wait beside the question, which goes on being asked as it is, until a moderator has seen them."""

import copy
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import (
    BANK,
    answer,
    audited,
    etag,
    patch,
    post_bank,
    review_version,
    row,
)  # fmt: skip
from tests.study_service.editing.edited import (
    MODEL,
    MOVED,
    Q0,
    all_rows,
    propose,
    statuses,
    versions,
)


def test_an_edit_by_a_model_changes_nothing_for_learners(
    alice: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    database.execute_sql(
        "UPDATE questions SET diagram_data = 'd', image_url = 'https://x.example/' WHERE id = ?", (q0,)
    )
    before, tag, (first,) = row(database, "questions", q0), etag(mo, q0), versions(database, q0)
    origin = {"aiModel": MODEL, "aiPromptVersion": "p-7", "aiConfidenceScore": 0.75}
    response = patch(mo, q0, text="Which?", answers=MOVED, **origin)
    assert response.status_code == 202
    assert "ETag" not in response.headers
    one, two = versions(database, q0)
    assert one == first
    assert two == first | {
        "version": 2, "text": "Which?", "answers": two["answers"], "review_status": "pending", "ai_generated": 1,
        "ai_model": MODEL, "ai_prompt_version": "p-7", "ai_confidence_score": 0.75, "created_by": 3,
        "created_at": two["created_at"],
    }  # fmt: skip
    assert (row(database, "questions", q0), etag(mo, q0)) == (before, tag)
    shown = {
        "version": 2,
        "current": False,
        "text": "Which?",
        "reviewStatus": "pending",
        **origin,
        "createdBy": 3,
    }
    assert shown.items() <= response.json.items()
    served = alice.get("/api/study/questions?examId=1&limit=100").json["questions"]
    assert [(q["version"], q["text"]) for q in served if q["id"] == q0] == [(1, Q0)]
    assert answer(alice, q0, "a", version=2).status_code == 404
    assert answer(alice, q0, "a").json["result"]["isCorrect"] is True
    (entry,) = audited(database, "question.propose")
    assert (entry["user"], entry["entity"], entry["id"], entry["path"]) == (
        3, "question", str(q0), f"/api/questions/{q0}",
    )  # fmt: skip
    assert (entry["old"]["text"], entry["old"]["answers"][1]["text"]) == (Q0, "x")
    assert entry["new"] == {
        "text": "Which?", "answers": MOVED, "version": 2, "ai_model": MODEL, "ai_prompt_version": "p-7",
        "ai_confidence_score": 0.75,
    }  # fmt: skip


def test_approval_makes_it_the_present_version(
    alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    """Alice's session began before, and is graded by version 1; counters begin anew."""
    session = alice.post("/api/study/sessions", json={"examId": 1}).json["id"]
    answer(bob, q0, "a")
    database.execute_sql("UPDATE questions SET diagram_data = 'd'")
    propose(mo, q0, text="Which?", answers=MOVED, aiPromptVersion="p-7", aiConfidenceScore=0.75)
    database.execute_sql("UPDATE questions SET ai_confidence_score = 0.5, ai_prompt_version = 'p', updated_at = 0")
    database.execute_sql("UPDATE users SET role = 'moderator' WHERE id = 4")
    before, two = row(database, "questions", q0), versions(database, q0)[1]
    response = review_version(mo, q0, 2, "approved", feedback="better")
    assert (response.status_code, response.json["current"], response.json["reviewStatus"]) == (200, True, "approved")
    after = row(database, "questions", q0)
    assert after == before | {
        "text": "Which?", "answers": two["answers"], "version": 2, "ai_generated": 1, "ai_model": MODEL,
        "ai_confidence_score": 0.75, "ai_prompt_version": "p-7", "review_feedback": "better", "reviewed_by": 3,
        "reviewed_at": after["updated_at"], "updated_at": after["updated_at"], "total_attempts": 0,
        "correct_attempts": 0, "total_time_seconds": 0, "avg_time_seconds": 0,
        "text_digest": after["text_digest"], "content_digest": after["content_digest"], "bands": after["bands"],
    }  # fmt: skip
    assert after["updated_at"] > 0
    assert after["text_digest"] != before["text_digest"]
    assert after["content_digest"] != before["content_digest"]
    assert versions(database, q0)[1] == two | {"review_status": "approved"}
    result = answer(alice, q0, "a", studySessionId=session).json["result"]
    assert (result["isCorrect"], result["correctAnswer"]) == (True, "a")
    assert answer(bob, q0, "b").json["result"]["isCorrect"] is True
    (change,), (reviewed,) = audited(database, "question.change"), audited(database, "question.review_version")
    assert (change["old"]["version"], change["new"]["version"]) == (1, 2)
    assert (change["old"]["text"], change["new"]["text"]) == (Q0, "Which?")
    assert change["new"]["answers"] == MOVED
    assert reviewed["old"] == {"version": 2, "review_status": "pending"}
    assert reviewed["new"] == {"version": 2, "review_status": "approved", "review_feedback": "better"}
    assert (
        review_version(mo, q0, 2, "rejected").json["detail"]
        == "version 2 is the present one: review the question itself"
    )
    edited = BANK["questions"][0] | {"questionText": "Which?", "options": ["w", "X", "y", "z"], "correctAnswer": [1]}
    assert post_bank(mo, BANK | {"questions": [edited]}).json["skipped"] == 1


@pytest.mark.parametrize("status", ["rejected", "needs_revision"])
def test_a_declined_one_stays_beside_and_is_final(
    mo: FlaskClient, q0: int, database: LibsqlDatabase, status: str
) -> None:
    propose(mo, q0, text="one")
    propose(mo, q0, text="two")
    before, listed = row(database, "questions", q0), versions(database, q0)
    response = review_version(mo, q0, 3, status, feedback="worse")
    assert (response.status_code, response.json["reviewStatus"], response.json["current"]) == (200, status, False)
    assert versions(database, q0) == [*listed[:2], listed[2] | {"review_status": status}]
    assert row(database, "questions", q0) == before
    (entry,) = audited(database, "question.review_version")
    assert entry["new"] == {"version": 3, "review_status": status, "review_feedback": "worse"}
    for again in ("approved", "rejected"):
        response = review_version(mo, q0, 3, again)
        assert (response.status_code, response.json["detail"]) == (409, f"version 3 is {status}")
    assert audited(database, "question.change") == []


def test_the_same_edit_by_the_same_model_waits_once(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
    assert propose(mo, q0, text="one") == 2
    before = all_rows(database)
    assert propose(mo, q0, text="one") == 2
    assert all_rows(database) == before
    assert patch(mo, q0, text="one", aiModel="another").json["version"] == 3
    assert propose(mo, q0, text="one", aiPromptVersion="p-8") == 4
    assert propose(mo, q0, text="two") == 5
    review_version(mo, q0, 2, "rejected")
    assert propose(mo, q0, text="one") == 6


def test_what_a_person_has_changed_meanwhile_is_not_undone_by_an_approval(
    mo: FlaskClient, q0: int, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    """The model's edit was made from the old explanation and the old difficulty, and has tags of its own."""
    other, cabling = bank["Routing question 1"]["id"], bank["Which two are cables?"]["objectiveId"]
    propose(mo, q0, text="Which?", tags=["model"])
    propose(mo, other, text="Other?")
    patch(mo, q0, explanation="mended", difficulty=5, tags=["person"], reference=None, objectiveId=cabling)
    said = ("explanation", "difficulty", "tags", "reference", "objective_id", "external_link", "review_status")
    follows = dict(zip(said, ("mended", 5, '["model"]', None, cabling, None, "pending"), strict=True))
    assert {name: versions(database, q0)[1][name] for name in said} == follows
    assert versions(database, other)[1]["explanation"] == "why 1"
    assert review_version(mo, q0, 2, "approved").status_code == 200
    after = row(database, "questions", q0)
    assert (after["text"], after["explanation"], after["difficulty"]) == ("Which?", "mended", 5)
    assert (after["tags"], after["reference"], after["objective_id"]) == ('["model"]', None, cabling)


def test_a_person_who_asks_something_else_sends_back_what_waits(
    mo: FlaskClient, q0: int, bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    other = bank["Routing question 1"]["id"]
    for question in (q0, other):
        propose(mo, question, text=f"one {question}")
        propose(mo, question, text=f"two {question}")
    review_version(mo, q0, 3, "rejected")
    assert patch(mo, q0, text="hers").json["version"] == 4
    assert statuses(database, q0) == ["approved", "needs_revision", "rejected", "approved"]
    assert statuses(database, other) == ["approved", "pending", "pending"]
    before = all_rows(database)
    response = review_version(mo, q0, 2, "approved")
    assert (response.status_code, response.json["detail"]) == (409, "version 2 is needs_revision")
    assert all_rows(database) == before
    # Approval of one sends back the others, of whatever number.
    propose(mo, q0, text="again")
    propose(mo, other, text="three")
    propose(mo, other, text="four")
    review_version(mo, other, 5, "rejected")
    assert review_version(mo, other, 3, "approved").status_code == 200
    assert statuses(database, other) == ["approved", "needs_revision", "approved", "needs_revision", "rejected"]
    assert statuses(database, q0)[4] == "pending"
    assert propose(mo, other, text="five") == 6


def test_one_that_another_writer_has_overtaken_is_not_approved(
    mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    propose(mo, q0, text="one")
    database.execute_sql("UPDATE questions SET version = 3 WHERE id = ?", (q0,))
    before = all_rows(database)
    for status in ("approved", "rejected"):
        response = review_version(mo, q0, 2, status)
        detail = "version 2 was made from an earlier version than 3, which is the present one"
        assert (response.status_code, response.json["detail"]) == (409, detail)
    assert all_rows(database) == before


def test_an_import_takes_a_number_of_its_own(
    mo: FlaskClient, ada: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    """Once it took the next number, which was that of the model's edit, and overwrote it."""
    propose(mo, q0, text="one")
    bank = copy.deepcopy(BANK)
    bank["questions"][0] |= {"explanation": "from the file"}
    assert post_bank(ada, bank).json["updated"] == 1
    assert [version["explanation"] for version in versions(database, q0)] == ["from the file"] * 2
    bank["questions"][0] |= {"correctAnswer": [2]}
    assert post_bank(ada, bank).json["updated"] == 1
    assert [(v["version"], v["text"], v["review_status"]) for v in versions(database, q0)] == [
        (1, Q0, "approved"), (2, "one", "needs_revision"), (3, Q0, "approved"),
    ]  # fmt: skip
    assert (row(database, "questions", q0)["version"], row(database, "questions", q0 + 1)["version"]) == (3, 1)
