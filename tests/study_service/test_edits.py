"""Moderators edit questions: what is asked becomes a new version, and nobody's edit is lost."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database
from shared_schema.database.settings import Settings
from tests.study_service.conftest import (
    BANK,
    answer,
    audited,
    epoch,
    etag,
    everything,
    meanwhile,
    patch,
    post_bank,
    row,
    rows,
)  # fmt: skip

Q0 = "Routing question 0"  # a is right
SENT = [{"id": name, "text": text, "isCorrect": name == "a"} for name, text in zip("abcd", "wxyz", strict=True)]


def options(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The four options, the first ones with changes."""
    return [option | change for option, change in zip(SENT, [*changes, {}, {}, {}, {}], strict=False)]


def versions(database: Database, question: int) -> list[dict[str, Any]]:
    return rows(database, "SELECT * FROM question_versions WHERE question_id = ? ORDER BY version", question)


@pytest.fixture
def q0(bank: dict[str, Any]) -> int:
    question: int = bank[Q0]["id"]
    return question


def test_what_is_asked_is_a_new_version_for_new_deliveries_alone(
    alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, q0: int, database: Database
) -> None:
    """The key moves from a to b. Alice's session has version 1, and shows afterwards what she was asked."""
    session = alice.post("/api/study/sessions", json={"examId": 1}).json
    answer(bob, q0, "a")
    database.execute_sql("UPDATE questions SET updated_at = 0, reviewed_at = 0")
    before, (first,) = row(database, "questions", q0), versions(database, q0)
    response = patch(mo, q0, answers=options({"isCorrect": False}, {"isCorrect": True}))
    assert (response.status_code, response.json["version"], response.json["reviewStatus"]) == (200, 2, "approved")
    assert response.json == mo.get(f"/api/questions/{q0}").json
    assert response.headers["ETag"] == etag(mo, q0)
    after = row(database, "questions", q0)
    keyed = [{"id": "a", "text": "w", "isCorrect": False}, {"id": "b", "text": "x", "isCorrect": True}]
    assert response.json["answers"][:2] == [option | {"explanation": None, "weight": None} for option in keyed]
    assert after["reviewed_at"] == after["updated_at"] >= epoch("2026-01-01T00:00:00Z")
    changed = ("answers", "version", "reviewed_by", "reviewed_at", "updated_at", "content_digest", "shuffle_key")
    counters = dict.fromkeys(("total_attempts", "correct_attempts", "total_time_seconds", "avg_time_seconds"), 0)
    assert after == before | {name: after[name] for name in changed} | counters
    assert (after["version"], after["reviewed_by"]) == (2, 3)
    assert after["shuffle_key"] == before["shuffle_key"]
    one, two = versions(database, q0)
    assert one == first
    new = ("version", "answers", "created_by", "created_at")
    assert two == first | {name: two[name] for name in new}
    assert (two["version"], two["answers"], two["created_by"]) == (2, after["answers"], 3)
    assert alice.get(f"/api/study/sessions/{session['id']}").json["questions"] == session["questions"]
    mine = answer(alice, q0, "a", studySessionId=session["id"]).json["result"]
    assert (mine["isCorrect"], mine["correctAnswer"]) == (True, "a")
    assert answer(bob, q0, "b").json["result"]["isCorrect"] is True
    assert row(database, "questions", q0)["total_attempts"] == 1
    given = [q for q in alice.get(f"/api/study/sessions/{session['id']}").json["questions"] if q["id"] == q0]
    assert given == [q for q in session["questions"] if q["id"] == q0]


def test_the_change_is_logged_with_old_and_new_values(mo: FlaskClient, q0: int, database: Database) -> None:
    patch(mo, q0, text="Which one?", difficulty=5, tags=["ospf"])
    assert audited(database, "question.change") == [
        {
            "user": 3, "entity": "question", "id": str(q0), "subject": "3", "method": "PATCH",
            "path": f"/api/questions/{q0}",
            "old": {"text": Q0, "difficulty": 1, "tags": [], "version": 1, "review_status": "approved"},
            "new": {"text": "Which one?", "difficulty": 5, "tags": ["ospf"], "version": 2, "review_status": "approved"},
        }
    ]  # fmt: skip


def test_what_is_said_about_a_question_changes_in_its_version(
    alice: FlaskClient, mo: FlaskClient, q0: int, bank: dict[str, Any], database: Database
) -> None:
    answer(alice, q0, "a")
    database.execute_sql("UPDATE questions SET updated_at = 0")
    before, (version,) = row(database, "questions", q0), versions(database, q0)
    cabling = bank["Which two are cables?"]["objectiveId"]
    body = {
        "explanation": "because", "reference": None, "externalLink": "https://rfc.example/", "difficulty": 4,
        "objectiveId": cabling, "tags": ["x", "y"],
    }  # fmt: skip
    response = patch(mo, q0, **body)
    assert {name: response.json[name] for name in body} == body
    said = {
        "explanation": "because", "reference": None, "external_link": "https://rfc.example/", "difficulty": 4,
        "objective_id": cabling, "tags": '["x","y"]',
    }  # fmt: skip
    after = row(database, "questions", q0)
    assert after == before | said | {"updated_at": after["updated_at"]}
    assert after["updated_at"] > 0
    assert versions(database, q0) == [version | said]
    assert after["total_attempts"] == 1


def test_an_edit_that_changes_nothing_writes_nothing(mo: FlaskClient, q0: int, database: Database) -> None:
    """Also in another order of the options, and with the nulls that a moderator is shown."""
    shown = mo.get(f"/api/questions/{q0}").json
    before = everything(database) | {"question_versions": versions(database, q0)}
    for body in (
        {},
        {"text": Q0, "difficulty": 1, "tags": [], "imageUrl": None},
        {"answers": list(reversed(shown["answers"]))},
        {"answers": [{"text": option["text"], "isCorrect": option["isCorrect"]} for option in SENT]},
        {"aiModel": "gpt-4o-mini", "explanation": "why 0"},
    ):
        response = patch(mo, q0, **body)
        assert (response.status_code, response.json) == (200, shown), body
    assert everything(database) | {"question_versions": versions(database, q0)} == before


def test_options_keep_their_ids_by_id_and_by_text(mo: FlaskClient, q0: int, database: Database) -> None:
    """b's typo is mended, c is gone, and two are new: one with b's old text, which is another option."""
    sent = [
        {"id": "b", "text": "X", "isCorrect": False},
        {"text": "w", "isCorrect": True, "explanation": "yes", "weight": 1},
        {"text": "x", "isCorrect": False},
        {"text": "none of the above", "isCorrect": False},
    ]
    answers = patch(mo, q0, answers=sent).json["answers"]
    assert [option["text"] for option in answers] == ["X", "w", "x", "none of the above"]
    names = [option["id"] for option in answers]
    assert names[:2] == ["b", "a"]
    assert len(set(names)) == 4
    assert not {"c", "d"} & set(names)
    assert min(map(len, names[2:])) >= 6
    assert answers[1] == {
        "id": "a", "text": "w", "isCorrect": True, "explanation": "yes", "weight": 1.0
    }  # fmt: skip
    assert [option.get("fixed") for option in answers] == [None, None, None, True]
    # What is left out stays, null takes it away, and an option of version 1 comes back as itself.
    sent = [
        {"id": "a", "text": "w", "isCorrect": True, "weight": None},
        {"id": names[3], "text": "none of the above", "isCorrect": False, "fixed": False},
        {"text": "y", "isCorrect": False},
    ]
    assert patch(mo, q0, answers=sent).json["version"] == 3
    assert versions(database, q0)[2]["answers"] == (
        '[{"id":"a","text":"w","isCorrect":true,"explanation":"yes"},'
        f'{{"id":"{names[3]}","text":"none of the above","isCorrect":false}},'
        '{"id":"c","text":"y","isCorrect":false}]'
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answers": [{"id": "e", "text": "v", "isCorrect": True}, SENT[1]]}, "answers"),
        ({"answers": [SENT[0], SENT[0]]}, "answers"),
        ({"answers": [SENT[0], {"text": "w", "isCorrect": False}]}, "answers"),
        ({"answers": options({"isCorrect": False})}, "answers"),
        ({"answers": [SENT[0]]}, "answers"),
        ({"answers": [SENT[0], {"text": "no key"}]}, "answers"),
        ({"answers": [SENT[0], SENT[1] | {"weight": 2}]}, "answers"),
        ({"answers": None}, "answers"),
        ({"text": ""}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": None}, "text"),
        ({"type": "essay"}, "type"),
        ({"difficulty": 6}, "difficulty"),
        ({"externalLink": "javascript:alert(1)"}, "externalLink"),
        ({"imageUrl": "ftp://x/y"}, "imageUrl"),
        ({"objectiveId": 99}, "objectiveId"),
        ({"tags": [1]}, "tags"),
        ({"aiModel": ""}, "aiModel"),
        ({"reviewStatus": "approved"}, "reviewStatus"),
        ({"version": 7}, "version"),
    ],
)
def test_a_wrong_edit_names_its_field_and_writes_nothing(
    mo: FlaskClient, q0: int, database: Database, body: dict[str, Any], field: str
) -> None:
    before = everything(database) | {"question_versions": versions(database, q0)}
    response = patch(mo, q0, **body)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert everything(database) | {"question_versions": versions(database, q0)} == before


def test_an_objective_is_one_of_the_exam_and_active(
    mo: FlaskClient, q0: int, bank: dict[str, Any], other_exam: list[dict[str, Any]], database: Database
) -> None:
    cabling = bank["Which two are cables?"]["objectiveId"]
    database.execute_sql("UPDATE objectives SET is_active = 0 WHERE id = ?", (cabling,))
    for strange in (cabling, other_exam[0]["objectiveId"]):
        response = patch(mo, q0, objectiveId=strange)
        assert (response.status_code, response.json["errors"]) == (
            422, {"objectiveId": ["The exam has no such objective."]},
        )  # fmt: skip


def test_a_change_wants_the_state_that_was_read(mo: FlaskClient, q0: int, database: Database) -> None:
    path, body = f"/api/questions/{q0}", {"difficulty": 3}
    stale = etag(mo, q0)
    assert stale.startswith('"')
    assert patch(mo, q0, explanation="mended").status_code == 200
    for match in (None, "", " "):
        response = mo.patch(path, json=body, headers={} if match is None else {"If-Match": match})
        assert (response.status_code, response.json["code"]) == (428, "PRECONDITION_REQUIRED")
    for match in (stale, '"nonsense"', f"W/{etag(mo, q0)}", f'{stale}, "other"'):
        response = mo.patch(path, json=body, headers={"If-Match": match})
        assert (response.status_code, response.json["code"]) == (412, "PRECONDITION_FAILED"), match
    assert row(database, "questions", q0)["difficulty"] == 1
    assert mo.patch(path, json={"difficulty": 2}, headers={"If-Match": f"{stale}, {etag(mo, q0)}"}).status_code == 200
    assert mo.patch(path, json={"difficulty": 3}, headers={"If-Match": "*"}).status_code == 200
    assert mo.patch("/api/questions/999", json=body).status_code == 404


def test_an_answer_does_not_make_a_moderators_state_stale_and_a_review_does(
    alice: FlaskClient, mo: FlaskClient, ada: FlaskClient, q0: int
) -> None:
    read = etag(mo, q0)
    answer(alice, q0, "a")
    assert etag(mo, q0) == read
    ada.put(f"/api/questions/{q0}/review", json={"status": "needs_revision", "feedback": "?"})
    assert patch(mo, q0, match=read, difficulty=2).status_code == 412
    assert mo.get("/api/questions?examId=1").headers.get("ETag") is None


@pytest.mark.parametrize(
    "change",
    [
        "version = version + 1", "text = 'other'", "type = 'multi_select'", "answers = '[]'", "explanation = NULL",
        "reference = 'other'", "external_link = 'x'", "difficulty = 2", "objective_id = 2", "tags = '[\"x\"]'",
        "image_url = 'x'", "review_status = 'rejected'", "review_feedback = 'x'", "is_active = 0", "updated_at = 7",
        "reviewed_at = 7",
    ],
)  # fmt: skip
def test_of_two_edits_at_once_one_wins(
    mo: FlaskClient, q0: int, database: Database, settings: Settings, change: str
) -> None:
    """After Mo's edit has read the question, and before it writes, somebody else changes it."""
    tag = etag(mo, q0)
    with meanwhile(database, settings, 'FROM "question_versions"', f"UPDATE questions SET {change} WHERE id = ?", q0):
        response = patch(mo, q0, match=tag, text="hers")
    assert (response.status_code, response.json["code"]) == (412, "PRECONDITION_FAILED")
    assert rows(database, "SELECT id FROM questions WHERE text = 'hers'") == []
    assert rows(database, "SELECT version FROM question_versions WHERE text = 'hers'") == []
    assert audited(database, "question.change") == []


def test_a_number_that_has_just_been_taken_is_not_taken_again(
    mo: FlaskClient, q0: int, database: Database, settings: Settings
) -> None:
    """Else a person's edit would overwrite the edit of a model that has come in meanwhile."""
    tag = etag(mo, q0)
    proposal = (
        "INSERT INTO question_versions (question_id, version, objective_id, text, type, answers)"
        " SELECT id, 2, objective_id, 'proposed', type, answers FROM questions WHERE id = ?"
    )
    with meanwhile(database, settings, 'FROM "question_versions"', proposal, q0):
        response = patch(mo, q0, match=tag, text="hers")
    detail = "another edit of this question has just come in: send yours again"
    assert (response.status_code, response.json["detail"]) == (409, detail)
    assert [version["text"] for version in versions(database, q0)] == [Q0, "proposed"]
    assert patch(mo, q0, match=tag, text="hers").json["version"] == 3


def test_an_edit_cannot_make_the_same_question_twice(mo: FlaskClient, bank: dict[str, Any], database: Database) -> None:
    zero, four = bank[Q0]["id"], bank["Routing question 4"]["id"]
    before = everything(database)
    response = patch(mo, four, text=Q0)
    detail = "the exam has a question with this text and these options already"
    assert (response.status_code, response.json["detail"]) == (409, detail)
    assert everything(database) == before
    assert patch(mo, zero, text="Another").status_code == 200
    assert patch(mo, four, text=Q0).status_code == 200


def test_an_import_knows_an_edited_question_by_its_new_text(
    ada: FlaskClient, mo: FlaskClient, q0: int, database: Database
) -> None:
    """The digests follow: the old file adds its question anew, a file with the new text changes nothing."""
    patch(mo, q0, text="New  text", answers=options({"text": "v"}))
    edited = BANK["questions"][0] | {"questionText": "New text", "options": ["v", "x", "y", "z"]}
    stored = row(database, "questions", q0)["answers"]
    report = post_bank(ada, BANK | {"questions": [edited]}, "format=pingtopass").json
    assert (report["imported"], report["updated"], report["skipped"]) == (0, 1, 0)  # white space in the text
    assert row(database, "questions", q0)["answers"] == stored
    assert post_bank(ada, BANK | {"questions": [edited]}, "format=pingtopass").json["skipped"] == 1
    assert post_bank(ada, BANK).json["imported"] == 1


@pytest.mark.parametrize(
    ("status", "becomes"),
    [("approved", "approved"), ("pending", "pending"), ("rejected", "pending"), ("needs_revision", "pending")],
)
def test_only_a_question_that_is_approved_stays_so(
    mo: FlaskClient, q0: int, database: Database, status: str, becomes: str
) -> None:
    database.execute_sql("UPDATE questions SET review_status = ?, reviewed_at = 7 WHERE id = ?", (status, q0))
    available = row(database, "exams", 1)["questions_available"]
    assert patch(mo, q0, explanation="said").json["reviewStatus"] == status
    assert patch(mo, q0, text="asked").json["reviewStatus"] == becomes
    after = row(database, "questions", q0)
    assert (after["reviewed_at"] > 7, after["reviewed_by"]) == (
        status == "approved",
        3 if status == "approved" else None,
    )
    assert [version["review_status"] for version in versions(database, q0)] == [status, becomes]
    assert row(database, "exams", 1)["questions_available"] == available


def test_a_retired_question_is_not_there(mo: FlaskClient, q0: int, database: Database) -> None:
    tag = etag(mo, q0)
    database.execute_sql("UPDATE questions SET is_active = 0 WHERE id = ?", (q0,))
    assert patch(mo, q0, match=tag, text="x").status_code == 404
    assert row(database, "questions", q0)["text"] == Q0


def test_learners_and_services_edit_nothing(alice: FlaskClient, q0: int, database: Database) -> None:
    response = alice.patch(f"/api/questions/{q0}", json={"text": "mine"}, headers={"If-Match": "*"})
    assert response.status_code == 403
    assert row(database, "questions", q0)["text"] == Q0


def test_an_edit_is_one_read_and_one_batch(mo: FlaskClient, q0: int, count_queries: Any) -> None:
    tag = etag(mo, q0)
    with count_queries() as statements:
        assert patch(mo, q0, match=tag, text="x", objectiveId=2).status_code == 200
    # the question, its versions; unchanged, its next number, the objective; what waits, the log, the question, who,
    # that it can be shown, the question
    assert [query.split()[0] for query in statements] == [
        "SELECT", "SELECT", "SELECT", "SELECT", "SELECT", "UPDATE", "INSERT", "UPDATE", "UPDATE", "SELECT", "SELECT",
    ]  # fmt: skip


def test_the_image_is_asked_and_the_type_goes_with_its_options(mo: FlaskClient, q0: int, database: Database) -> None:
    assert patch(mo, q0, imageUrl="https://cdn.example/net.png").json["version"] == 2
    edited = patch(mo, q0, type="multi_select", answers=options({}, {"isCorrect": True})).json
    assert (edited["version"], edited["type"], edited["imageUrl"]) == (3, "multi_select", "https://cdn.example/net.png")
    assert [(v["image_url"], v["type"]) for v in versions(database, q0)] == [
        (None, "multiple_choice"), ("https://cdn.example/net.png", "multiple_choice"),
        ("https://cdn.example/net.png", "multi_select"),
    ]  # fmt: skip
