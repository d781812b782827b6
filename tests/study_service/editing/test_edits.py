"""Moderators edit questions: what is asked becomes a new version."""

from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.study_service.conftest import (
    answer,
    audited,
    epoch,
    etag,
    everything,
    patch,
    row,
)  # fmt: skip
from tests.study_service.editing.edited import (
    Q0,
    SENT,
    options,
    versions,
)


def test_what_is_asked_is_a_new_version_for_new_deliveries_alone(
    alice: FlaskClient, bob: FlaskClient, mo: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    """The key moves from a to b. Alice's session has version 1, and shows afterwards what she was asked."""
    session = alice.post("/api/study/sessions", json={"examId": 1}).json
    answer(bob, q0, "a")
    database.execute_sql("UPDATE questions SET updated_at = 0, reviewed_at = 0")
    before, (first,) = row(database, "questions", q0), versions(database, q0)
    response = patch(mo, q0, answers=options({"isCorrect": False}, {"isCorrect": True}))
    assert (response.status_code, response.json["version"], response.json["reviewStatus"]) == (200, 2, "approved")
    assert response.json == mo.get(f"/api/questions/{q0}").json | {"warnings": []}
    assert response.headers["ETag"] == etag(mo, q0)
    after = row(database, "questions", q0)
    keyed = [{"id": "a", "text": "w", "isCorrect": False}, {"id": "b", "text": "x", "isCorrect": True}]
    assert response.json["answers"][:2] == [option | {"explanation": None, "weight": None} for option in keyed]
    assert after["reviewed_at"] == after["updated_at"] >= epoch("2026-01-01T00:00:00Z")
    changed = (
        "bands",
        "answers",
        "version",
        "reviewed_by",
        "reviewed_at",
        "updated_at",
        "content_digest",
        "shuffle_key",
    )
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


def test_the_change_is_logged_with_old_and_new_values(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
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
    alice: FlaskClient, mo: FlaskClient, q0: int, bank: dict[str, Any], database: LibsqlDatabase
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


def test_an_edit_that_changes_nothing_writes_nothing(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
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
        assert (response.status_code, response.json) == (200, shown | {"warnings": []}), body
    assert everything(database) | {"question_versions": versions(database, q0)} == before


def test_options_keep_their_ids_by_id_and_by_text(mo: FlaskClient, q0: int, database: LibsqlDatabase) -> None:
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
