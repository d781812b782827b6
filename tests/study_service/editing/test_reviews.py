"""Reviews: of many questions at once, of what somebody else has brought, and what was said of them."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import study_service.app
from shared_schema.database import LibsqlDatabase
from shared_schema.database.settings import Settings
from shared_schema.environment import ConfigurationError
from shared_schema.web.config import Config
from study_service import config
from tests import conftest
from tests.conftest import caught_up
from tests.damage import spoil
from tests.study_service.conftest import BANK, audited, iso, meanwhile, patch, post_file, review_version, row, rows
from tests.study_service.editing.edited import MODEL, all_rows, propose
from tests.study_service.editing.test_creation import post
from tests.study_service.editing.test_deletion import delete


def review_all(moderator: FlaskClient, ids: list[int], status: str, key: str | None = None, **more: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return moderator.post("/api/questions/review", json={"ids": ids, "status": status, **more}, headers=headers)


def outcomes(response: Any) -> list[tuple[int, str, str | None]]:
    """Of each question its id, the outcome and the detail of its problem."""
    assert response.status_code == 200, response.json
    return [
        (one["id"], one["outcome"], one["problem"] and one["problem"]["detail"]) for one in response.json["reviews"]
    ]


def test_many_are_reviewed_at_once_and_each_is_logged(
    mo: FlaskClient, routing: list[int], other_exam: list[dict[str, Any]], database: LibsqlDatabase
) -> None:
    elsewhere = other_exam[0]["id"]
    database.execute_sql("UPDATE questions SET updated_at = 0")
    before = {question["id"]: question for question in rows(database, "SELECT * FROM questions")}
    ids = [routing[2], elsewhere, routing[0]]
    assert outcomes(review_all(mo, ids, "needs_revision", feedback="Which?")) == [
        (number, "reviewed", None) for number in ids
    ]
    for number, old in before.items():
        new = row(database, "questions", number)
        assert new["updated_at"] > 0 or number not in ids
        changed = {"review_status": "needs_revision", "review_feedback": "Which?", "reviewed_by": 3}
        times = {"reviewed_at": new["updated_at"], "updated_at": new["updated_at"]}
        assert new == (old | changed | times if number in ids else old)
    assert [row(database, "exams", exam)["questions_available"] for exam in (1, 2)] == [12, 1]
    entries = audited(database, "question.review")
    assert [entry["id"] for entry in entries] == [str(number) for number in ids]
    assert entries[0]["old"] == {"review_status": "approved", "review_feedback": None}
    assert entries[0]["new"] == {"review_status": "needs_revision", "review_feedback": "Which?"}
    assert (entries[0]["user"], entries[0]["path"]) == (3, "/api/questions/review")


def test_what_is_wrong_with_one_does_not_stop_the_others(
    mo: FlaskClient, routing: list[int], database: LibsqlDatabase
) -> None:
    gone, keyless, damaged, done, fine = routing[:5]
    mo.put(f"/api/questions/{fine}/review", json={"status": "rejected"})
    delete(mo, gone)
    no_key = "UPDATE questions SET answers = replace(answers, 'true', 'false'), review_status = 'pending' WHERE id = ?"
    database.execute_sql(no_key, (keyless,))
    spoil(database, "questions", "tags", "no JSON", damaged)
    caught_up()
    before = len(audited(database, "question.review"))
    response = review_all(mo, [gone, keyless, damaged, done, fine, fine, 999], "approved")
    mended = "row {} of questions cannot be used until its {} is mended"
    assert outcomes(response) == [
        (gone, "refused", "no such question"),
        (keyless, "refused", mended.format(keyless, "answers")),
        (damaged, "refused", mended.format(damaged, "tags")),
        (done, "unchanged", None),
        (fine, "reviewed", None),
        (999, "refused", "no such question"),
    ]
    assert [one["problem"]["code"] for one in response.json["reviews"][:3]] == ["NOT_FOUND", "CONFLICT", "CONFLICT"]
    assert row(database, "questions", fine)["review_status"] == "approved"
    assert len(audited(database, "question.review")) == before + 1
    assert row(database, "questions", done)["reviewed_by"] == 4  # who had imported it as approved


def test_another_feedback_is_another_review(mo: FlaskClient, routing: list[int], database: LibsqlDatabase) -> None:
    assert outcomes(review_all(mo, routing[:1], "approved", feedback="good"))[0][1] == "reviewed"
    assert outcomes(review_all(mo, routing[:1], "approved", feedback="good"))[0][1] == "unchanged"
    assert outcomes(review_all(mo, routing[:1], "approved"))[0][1] == "reviewed"
    assert audited(database, "question.review")[-1]["old"] == {"review_status": "approved", "review_feedback": "good"}


@pytest.mark.parametrize("change", ["review_status = 'rejected'", "is_active = 0", "text = 'other'"])
def test_one_that_somebody_else_has_just_changed_is_refused(
    mo: FlaskClient, routing: list[int], database: LibsqlDatabase, settings: Settings, change: str
) -> None:
    theirs, fine = routing[:2]
    with meanwhile(database, settings, 'FROM "questions"', f"UPDATE questions SET {change} WHERE id = ?", theirs):
        response = review_all(mo, [theirs, fine], "needs_revision")
    assert outcomes(response) == [
        (theirs, "refused", "somebody else has just changed or reviewed this question"),
        (fine, "reviewed", None),
    ]
    assert response.json["reviews"][0]["problem"]["code"] == "CONFLICT"
    assert row(database, "questions", theirs)["review_status"] != "needs_revision"
    assert [entry["id"] for entry in audited(database, "question.review")] == [str(fine)]


def test_with_a_key_they_are_reviewed_once(mo: FlaskClient, routing: list[int], database: LibsqlDatabase) -> None:
    first = review_all(mo, [*routing[:2], 999], "rejected", "k")
    review_all(mo, routing[:2], "approved")
    before = all_rows(database)
    again = review_all(mo, [*routing[:2], 999], "rejected", "k")
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert all_rows(database) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"ids": [], "status": "approved"}, "ids"), ({"ids": list(range(1, 102)), "status": "approved"}, "ids"),
        ({"ids": [0], "status": "approved"}, "ids"), ({"status": "approved"}, "ids"), ({"ids": [1]}, "status"),
        ({"ids": [1], "status": "pending"}, "status"), ({"ids": [1], "status": "approved", "feedback": 1}, "feedback"),
    ],
)  # fmt: skip
def test_a_wrong_request_names_its_field(
    mo: FlaskClient, bank: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    response = mo.post("/api/questions/review", json=body)
    assert (response.status_code, next(iter(response.json["errors"])).split(".")[0]) == (422, field)


def test_statements_do_not_grow_with_the_questions(mo: FlaskClient, routing: list[int], count_queries: Any) -> None:
    with count_queries() as statements:
        review_all(mo, routing, "rejected")
    # the key, the questions; the outcomes, the log, the reviews, the count of the exam
    assert len(statements) == 6


@pytest.fixture(scope="module")
def strict_app() -> Flask:
    """The study service where it takes another moderator to approve what a model has written."""
    config = Config("study", 0, "127.0.0.1", Settings("file::memory:"), conftest.KEYS, review_by_another=True)
    return conftest.tested(study_service.app.create_app(config))


@pytest.fixture
def strict(strict_app: Flask, database: LibsqlDatabase) -> tuple[FlaskClient, FlaskClient]:
    """Mo and Ada there."""
    return conftest.client(strict_app, "3", "moderator"), conftest.client(strict_app, "4", "admin")


WHY = "you have brought what a model has written here: somebody else approves it"


def test_nobody_approves_what_they_have_brought_of_a_model(
    strict: tuple[FlaskClient, FlaskClient], bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    mo, ada = strict
    refused = post(mo, text="At once?", aiModel=MODEL, reviewStatus="approved")
    assert (refused.status_code, refused.json["code"], refused.json["detail"]) == (403, "PERMISSION_DENIED", WHY)
    assert rows(database, "SELECT id FROM questions WHERE text = 'At once?'") == []
    written = post(mo, aiModel=MODEL).json["id"]
    patch(mo, written, text="Worded otherwise")
    before = row(database, "questions", written)
    assert mo.put(f"/api/questions/{written}/review", json={"status": "approved"}).json["detail"] == WHY
    assert outcomes(review_all(mo, [written], "approved")) == [(written, "refused", WHY)]
    assert row(database, "questions", written) == before
    assert mo.put(f"/api/questions/{written}/review", json={"status": "rejected"}).status_code == 200
    assert outcomes(review_all(ada, [written], "approved")) == [(written, "reviewed", None)]
    assert ada.put(f"/api/questions/{written}/review", json={"status": "approved"}).status_code == 200


def test_nor_an_edit(strict: tuple[FlaskClient, FlaskClient], q0: int) -> None:
    mo, ada = strict
    version = propose(mo, q0, text="By a model")
    refused = review_version(mo, q0, version, "approved")
    assert (refused.status_code, refused.json["detail"]) == (403, WHY)
    assert review_version(ada, q0, version, "approved").status_code == 200
    assert mo.put(f"/api/questions/{q0}/review", json={"status": "approved"}).status_code == 200
    other = propose(mo, q0, text="By a model again")
    assert review_version(mo, q0, other, "rejected").status_code == 200


def test_what_people_have_written_they_approve_themselves(
    strict: tuple[FlaskClient, FlaskClient], bank: dict[str, Any], mo: FlaskClient
) -> None:
    own, _ = strict
    assert post(own, reviewStatus="approved").status_code == 201
    waits = post(own, text="Later?").json["id"]
    assert own.put(f"/api/questions/{waits}/review", json={"status": "approved"}).status_code == 200
    # Without the setting, everybody approves everything.
    assert post(mo, text="By a model?", aiModel=MODEL, reviewStatus="approved").status_code == 201


def test_nobody_approves_by_a_file_what_a_model_has_written(
    strict: tuple[FlaskClient, FlaskClient], bank: dict[str, Any], database: LibsqlDatabase
) -> None:
    own, other = strict
    made = BANK["questions"][0] | {"questionText": "By a model?", "aiModel": MODEL, "id": "made"}
    file = BANK | {"questions": [made]}
    refusal = {
        "item": 1,
        "line": None,
        "message": "a model has written it: somebody else approves it than who brings it",
    }
    approved = "format=pingtopass&missing=ignore&reviewStatus=approved"
    assert post_file(own, file, approved).json["errors"] == [refusal]
    brought = post_file(own, file, "format=pingtopass&missing=ignore").json["items"][0]
    assert brought["outcome"] == "created"
    path = f"/api/questions/{brought['questionId']}/review"
    assert own.put(path, json={"status": "approved"}).status_code == 403
    assert post_file(own, file, approved).json["errors"] == [refusal]
    assert other.put(path, json={"status": "approved"}).status_code == 200
    made["questionText"] = "By a model again?"
    assert post_file(own, file, "format=pingtopass&missing=ignore").json["errors"] == [refusal]
    assert row(database, "questions", brought["questionId"])["text"] == "By a model?"


@pytest.mark.parametrize(("text", "on"), [("", False), ("0", False), ("1", True)])
def test_the_setting_comes_from_a_variable(monkeypatch: pytest.MonkeyPatch, text: str, on: bool) -> None:
    monkeypatch.setenv("TOKEN_KEYS", f"k:{'x' * 32}")
    monkeypatch.setenv("STUDY_REVIEW_BY_ANOTHER", text)
    assert config.from_env().review_by_another is on
    monkeypatch.setenv("STUDY_REVIEW_BY_ANOTHER", "yes")
    with pytest.raises(ConfigurationError, match="STUDY_REVIEW_BY_ANOTHER"):
        config.from_env()


def test_what_was_said_of_a_question_is_told_the_latest_first(
    mo: FlaskClient, ada: FlaskClient, q0: int, database: LibsqlDatabase
) -> None:
    mo.put(f"/api/questions/{q0}/review", json={"status": "needs_revision", "feedback": "Two are right"})
    propose(mo, q0, text="one")
    patch(mo, q0, difficulty=5)
    review_version(ada, q0, 2, "rejected", feedback="worse")
    review_all(ada, [q0, q0 + 1], "approved")
    logged = rows(database, "SELECT id, created_at FROM audit_log WHERE action LIKE 'question.review%' ORDER BY id")
    shown = mo.get(f"/api/questions/{q0}/reviews").json
    said = [
        ("needs_revision", "Two are right", None, 3), ("rejected", "worse", 2, 4), ("approved", None, None, 4),
    ]  # fmt: skip
    assert shown["next"] is None
    assert shown["reviews"] == [
        {
            "id": entry["id"], "status": status, "feedback": feedback, "version": version, "reviewedBy": user,
            "reviewedAt": iso(entry["created_at"]),
        }
        for entry, (status, feedback, version, user) in zip(logged, said, strict=False)
    ][::-1]  # fmt: skip
    first = mo.get(f"/api/questions/{q0}/reviews?limit=2").json
    second = mo.get(f"/api/questions/{q0}/reviews?limit=2&after={first['next']}").json
    assert (first["reviews"] + second["reviews"], second["next"]) == (shown["reviews"], None)
    delete(mo, q0)
    assert mo.get(f"/api/questions/{q0}/reviews").json == shown
    assert mo.get("/api/questions/999/reviews").status_code == 404


def test_they_are_read_by_index(mo: FlaskClient, q0: int, database: LibsqlDatabase, count_queries: Any) -> None:
    with count_queries() as statements:
        mo.get(f"/api/questions/{q0}/reviews")
    values = {"question": str(q0), "before": 9, "limit": 5}
    plan = [step[-1] for step in database.execute_sql(f"EXPLAIN QUERY PLAN {statements[1]}", values).fetchall()]
    assert plan == [
        "SEARCH audit_log USING INDEX audit_log_entity_type_entity_id (entity_type=? AND entity_id=? AND rowid<?)"
    ]
