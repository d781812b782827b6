"""Many decisions in one request: each by itself, all in one batch, once."""

import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from growth_service.queue import decisions
from shared_schema.database import LibsqlDatabase
from tests.conftest import client
from tests.growth_service.conftest import (
    QUEUE,
    TWEETS,
    approved,
    audit_rows,
    claim,
    draft,
    just_now,
    moves,
    stored,
    wait_out,
    x_response,
    x_tweet,
)

TABLE = "engagement_opportunities"
DECIDE = f"{QUEUE}/decide"


def test_each_is_decided_or_refused_by_itself(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    good, wordless, late, ready, gone = (draft(bot, tweet).json["id"] for tweet in tweets[:5])
    approver.post(f"{QUEUE}/{ready}/approve")
    database.execute_sql(f"UPDATE {TABLE} SET suggested_response = ' ' WHERE id = ?", (wordless,))
    wait_out(database, late)
    database.execute_sql("UPDATE tweets SET unavailable = 'gone' WHERE id = ?", (tweets[4],))
    bystander = draft(bot, tweets[5]).json["id"]
    ids = [good, wordless, late, ready, gone, "nothing", good]
    answer = approver.post(DECIDE, json={"ids": ids, "decision": "approve"})
    assert (answer.status_code, answer.json) == (
        200,
        {
            "decided": [good],
            "refused": [
                {"id": wordless, "reason": "There is no text to send."},
                {"id": late, "reason": "only a pending opportunity can be approved"},
                {"id": ready, "reason": "only a pending opportunity can be approved"},
                {"id": gone, "reason": "this post cannot be answered: X does not show the post"},
                {"id": "nothing", "reason": "no such opportunity"},
            ],
        },
    )
    row = stored(database, TABLE, good)
    assert (row["status"], row["decided_by"], row["decided_at"]) == ("approved", "4", just_now())
    assert row["approved_pair"] == '["256 - 224","tweet 0"]'
    assert moves(database, good)[-1] == "pending>approved"
    states = [stored(database, TABLE, one)["status"] for one in (wordless, late, gone, bystander)]
    assert states == ["pending"] * 4
    assert {one["id"] for one in claim(bot)} == {good, ready}


def test_many_are_rejected_with_one_reason(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    ids = [draft(bot, tweet).json["id"] for tweet in tweets]
    answer = approver.post(DECIDE, json={"ids": ids, "decision": "reject", "reason": "off topic"})
    assert answer.json == {"decided": ids, "refused": []}
    for one in ids:
        row = stored(database, TABLE, one)
        assert (row["status"], row["reject_reason"], row["decided_by"]) == ("rejected", "off topic", "4")
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["new_values"]) == (
        "opportunity.reject",
        {"status": "rejected", "reason": "off topic"},
    )


def test_the_same_request_with_its_key_decides_once(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    ids = [draft(bot, tweet).json["id"] for tweet in tweets[:3]]
    body, key = {"ids": ids, "decision": "approve"}, {"Idempotency-Key": "k"}
    first, again = (approver.post(DECIDE, json=body, headers=key) for _ in range(2))
    assert first.json == again.json == {"decided": ids, "refused": []}
    assert again.headers["Idempotency-Replayed"] == "true"
    assert [moves(database, one) for one in ids] == [[">pending", "pending>approved"]] * 3
    assert approver.post(DECIDE, json=body | {"decision": "reject"}, headers=key).status_code == 409
    assert approver.post(DECIDE, json=body).json["decided"] == []


def test_a_text_that_changes_between_the_read_and_the_batch_is_refused(
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed, same = draft(bot, tweets[0]).json["id"], draft(bot, tweets[1]).json["id"]
    look = decisions.refusal

    def slowly(candidate: Any) -> Any:
        bot.post(TWEETS, json=x_response(x_tweet(0, note_tweet={"text": "tweet 0 and more"})))
        return look(candidate)

    monkeypatch.setattr(decisions, "refusal", slowly)
    answer = approver.post(DECIDE, json={"ids": [changed, same], "decision": "approve"}).json
    assert answer == {"decided": [same], "refused": [{"id": changed, "reason": decisions.CHANGED}]}
    assert stored(database, TABLE, changed)["status"] == "pending"
    monkeypatch.setattr(decisions, "refusal", look)
    database.execute_sql("UPDATE tweets SET text = 'tweet 0' WHERE id = ?", (tweets[0],))
    monkeypatch.setattr(decisions, "refusal", slowly)
    alone = approver.post(f"{QUEUE}/{changed}/approve")
    assert (alone.status_code, alone.json["detail"]) == (409, decisions.CHANGED)
    assert stored(database, TABLE, changed)["status"] == "pending"


def test_what_is_asked_has_bounds(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> None:
    one = draft(bot, tweets[0]).json["id"]
    for body, field in (
        ({"ids": [], "decision": "approve"}, "ids"),
        ({"ids": [f"{number}" for number in range(101)], "decision": "approve"}, "ids"),
        ({"ids": [one], "decision": "undo"}, "decision"),
        ({"ids": [one], "decision": "approve", "reason": "good"}, "reason"),
        ({"ids": [one], "decision": "reject", "reason": "x" * 2001}, "reason"),
    ):
        refused = approver.post(DECIDE, json=body)
        assert (refused.status_code, list(refused.json["errors"])) == (422, [field])
    hundred = [f"{number}" for number in range(100)]
    assert len(approver.post(DECIDE, json={"ids": hundred, "decision": "approve"}).json["refused"]) == 100


def test_two_people_at_once_decide_each_draft_once(
    growth_app: Flask, bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    ids = [draft(bot, tweet).json["id"] for tweet in tweets]
    decided: list[str] = []

    def work(decision: str) -> None:
        body = {"ids": ids, "decision": decision}
        decided.extend(client(growth_app, "4", "admin").post(DECIDE, json=body).json["decided"])
        database.close()

    threads = [threading.Thread(target=work, args=(decision,)) for decision in ("approve", "reject", "approve")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(decided) == sorted(ids)
    assert all(len(moves(database, one)) == 2 for one in ids)


def test_an_approval_of_many_is_voided_like_any_other(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    one = approved(bot, approver, tweets[0])
    database.execute_sql("UPDATE tweets SET text = 'edited' WHERE id = ?", (tweets[0],))
    assert claim(bot) == []
    assert approver.post(DECIDE, json={"ids": [one], "decision": "approve"}).json["decided"] == [one]
    assert [leased["id"] for leased in claim(bot)] == [one]
