"""GET /api/requests/{key}: done with its answer, never happened, or too long ago to tell."""

from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema import kept
from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.idempotency import Once
from shared_schema.problems import Conflict
from shared_schema.tables import db
from tests import stages
from tests.conftest import client
from tests.study_service.conftest import answer, rows

EXAM = {"vendorId": "Acme", "code": "A-1", "name": "First"}
KEPT_S = 48 * 3600


def add(caller: FlaskClient, key: str, code: str = "A-1") -> Any:
    return caller.post("/api/exams", json=EXAM | {"code": code}, headers={"Idempotency-Key": key})


def outcome(caller: FlaskClient, key: str, query: str = "") -> tuple[int, str]:
    response = caller.get(f"/api/requests/{quote(key, safe='')}{query}")
    return response.status_code, response.json.get("code") or response.json["status"]


def age(database: LibsqlDatabase, key: str, seconds: int) -> None:
    older = "UPDATE receipts SET created_at = unixepoch() - ? WHERE key = ?"
    database.batch([Statement(older, (seconds, key))])


def test_what_was_done_is_told_with_its_first_answer(ada: FlaskClient) -> None:
    first = add(ada, "k")
    ada.patch(f"/api/exams/{first.json['id']}", json={"name": "Second"})
    told = ada.get("/api/requests/k")
    assert told.json == {"status": "done", "statusCode": 201, "body": first.json}
    assert first.data.rstrip(b"\n") in told.data


def test_what_was_refused_never_happened(ada: FlaskClient) -> None:
    assert outcome(ada, "k") == (404, "NEVER_HAPPENED")
    assert add(ada, "k", "").status_code == 422
    assert outcome(ada, "k") == (404, "NEVER_HAPPENED")
    assert ada.get("/api/requests/k").json["detail"].endswith("one that is still under way may be. Send it again")
    assert add(ada, "k").status_code == 201
    assert outcome(ada, "k") == (200, "done")


def test_a_key_is_its_owners_alone(
    study_app: Flask, ada: FlaskClient, mo: FlaskClient, approver: FlaskClient, database: LibsqlDatabase
) -> None:
    """Other people's, the same person's in another role, and the same admin's at the other service."""
    add(ada, "k")
    for other in (mo, client(study_app, "4", "moderator"), approver):
        assert outcome(other, "k") == (404, "NEVER_HAPPENED")
        assert outcome(other, "k", "?sentSecondsAgo=5") == (404, "NEVER_HAPPENED")
    assert study_app.test_client().get("/api/requests/k").status_code == 401


def test_a_key_counts_at_each_service_for_itself(
    ada: FlaskClient, approver: FlaskClient, bot: FlaskClient, database: LibsqlDatabase
) -> None:
    add(ada, "k")
    assert approver.post("/api/twitter/opportunities/1/reject", headers={"Idempotency-Key": "k"}).status_code == 404
    assert rows(database, "SELECT subject, endpoint FROM receipts") == [
        {"subject": "study:admin:4", "endpoint": "exams.add_exam"}
    ]


def test_a_key_past_its_time_is_forgotten(ada: FlaskClient, database: LibsqlDatabase) -> None:
    add(ada, "k")
    age(database, "k", KEPT_S - 60)
    assert outcome(ada, "k") == (200, "done")
    age(database, "k", KEPT_S + 60)
    assert outcome(ada, "k") == (410, "FORGOTTEN")
    assert outcome(ada, "k", "?sentSecondsAgo=1") == (410, "FORGOTTEN")


def test_of_an_unknown_key_the_time_decides(ada: FlaskClient) -> None:
    assert outcome(ada, "never", f"?sentSecondsAgo={KEPT_S}") == (404, "NEVER_HAPPENED")
    assert outcome(ada, "never", f"?sentSecondsAgo={KEPT_S + 1}") == (410, "FORGOTTEN")
    for wrong in ("-1", "x", "1.5"):
        assert outcome(ada, "never", f"?sentSecondsAgo={wrong}") == (422, "VALIDATION_FAILED")


def test_after_keys_were_deleted_no_unknown_key_is_told_never_to_have_been(
    ada: FlaskClient, mo: FlaskClient, database: LibsqlDatabase
) -> None:
    add(ada, "old")
    age(database, "old", KEPT_S + 60)
    add(ada, "new", "A-2")
    database.batch(kept.PRUNE)  # as one new key in sixteen does
    assert rows(database, "SELECT key FROM receipts") == [{"key": "new"}]
    assert outcome(ada, "old") == (410, "FORGOTTEN")
    assert outcome(ada, "never") == (410, "FORGOTTEN")
    assert "sentSecondsAgo" in ada.get("/api/requests/old").json["detail"]
    assert outcome(ada, "never", "?sentSecondsAgo=60") == (404, "NEVER_HAPPENED")
    assert outcome(ada, "new") == (200, "done")
    assert outcome(mo, "never") == (404, "NEVER_HAPPENED")  # who has lost none


def test_keys_of_those_without_a_token_leave_no_note(ada: FlaskClient, database: LibsqlDatabase) -> None:
    old = "INSERT INTO receipts (subject, key, digest, receipt, created_at) VALUES (?, 'k', x'00', '1', 7)"
    database.batch([Statement(old, (f"{before}anyone:0a0b",)) for before in ("study:", "")])
    add(ada, "new")
    database.batch(kept.PRUNE)
    assert rows(database, "SELECT subject FROM receipts") == [{"subject": "study:admin:4"}]
    assert rows(database, "SELECT subject FROM forgotten_keys") == []


@pytest.mark.parametrize("key", ["a/b", "/a", "a//b/", "..", ".", "50%", "a b", "?x=1#y", "k" * 255, "%2F", "+"])
def test_every_key_can_be_asked_about(ada: FlaskClient, key: str) -> None:
    first = add(ada, key)
    assert first.status_code == 201
    assert ada.get(f"/api/requests/{quote(key, safe='')}").json["body"] == first.json


@pytest.mark.parametrize("key", ["k" * 256, "a\tb"])
def test_what_can_be_no_key_is_refused(ada: FlaskClient, key: str) -> None:
    assert outcome(ada, key) == (422, "VALIDATION_FAILED")


def test_an_answer_whose_view_is_gone_cannot_be_told(ada: FlaskClient, database: LibsqlDatabase) -> None:
    add(ada, "k")
    database.batch([Statement("UPDATE receipts SET endpoint = 'exams.gone'")])
    assert outcome(ada, "k") == (410, "FORGOTTEN")


def test_a_service_can_withhold_an_earlier_answer(
    study_app: Flask, alice: FlaskClient, bank: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer tells the key of its question, which may be in a test that is running by now."""
    told: list[tuple[str, int]] = []

    def withhold(endpoint: str, document: Any) -> None:
        told.append((endpoint, document["answer_id"]))
        raise Conflict("not now")

    first = answer(alice, 1, "a", key="k")
    monkeypatch.setitem(study_app.extensions, "withhold", withhold)
    assert (answer(alice, 1, "a", key="k").status_code, outcome(alice, "k")) == (409, (409, "CONFLICT"))
    assert told == [("study.answer_question", first.json["result"]["answerId"])] * 2
    assert answer(alice, 2, "a", key="other").status_code == 200  # the first time it is the answer itself


@pytest.mark.only("replica")
def test_a_replica_that_lags_is_not_asked(ada: FlaskClient, primary: stages.Primary) -> None:
    with primary.held_back():
        add(ada, "k")
        db.clock.wanted.set(0)  # as in another process, which does not know of that write
        assert outcome(ada, "k") == (200, "done")


def test_one_read_tells(ada: FlaskClient, count_queries: Any) -> None:
    with count_queries() as statements:
        outcome(ada, "k")
    assert [statement.split()[0] for statement in statements] == ["SELECT", "SELECT"]  # of one snapshot


def test_looking_and_forgetting_go_by_indexes(database: LibsqlDatabase) -> None:
    plans = [(statement.sql, statement.parameters) for statement in (Once("study:user:1", "k").lookup(), *kept.PRUNE)]
    for sql, parameters in plans:
        steps = database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
        whole = ("SCAN receipts", "SCAN idempotency_keys", "SCAN consistency_clock")
        assert not [step for step in steps if step[3].startswith(whole)], (sql, steps)
