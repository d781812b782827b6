"""What time alone has done is seen by every read, before any step writes it down."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    approved,
    audit_rows,
    claim,
    draft,
    just_now,
    run_out,
    stored,
    wait_out,
)

TABLE = "engagement_opportunities"
STATES = ("pending", "approved", "rejected", "claimed", "unknown", "executed", "expired")


def listed(bot: FlaskClient, state: str, **query: Any) -> list[str]:
    answer = bot.get(QUEUE, query_string={"status": state, "limit": 100} | query).json
    assert {one["status"] for one in answer["opportunities"]} <= {state}
    return [one["id"] for one in answer["opportunities"]]


def counts(bot: FlaskClient) -> dict[str, int]:
    body: dict[str, dict[str, int]] = bot.get(f"{QUEUE}/counts").json
    assert set(body) == {"counts"}
    assert set(body["counts"]) == set(STATES)
    return {state: count for state, count in body["counts"].items() if count}


def test_a_lease_that_ran_out_is_unknown_to_every_read(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    late, lost, live = (
        approved(bot, approver, tweet, score) for tweet, score in zip(tweets, (0.9, 0.8, 0.7), strict=False)
    )
    tokens = {one["id"]: one["leaseToken"] for one in claim(bot)}
    bot.post(f"{QUEUE}/{lost}/failed", json={"leaseToken": tokens[lost], "outcome": "unknown"})
    run_out(database, late)
    assert stored(database, TABLE, late)["status"] == "claimed"
    assert bot.get(f"{QUEUE}/{late}").json["status"] == "unknown"
    assert (listed(bot, "unknown"), listed(bot, "claimed")) == ([late, lost], [live])
    assert counts(bot) == {"unknown": 2, "claimed": 1}
    assert claim(bot) == []
    assert (listed(bot, "unknown"), listed(bot, "claimed")) == ([late, lost], [live])
    assert counts(bot) == {"unknown": 2, "claimed": 1}


def test_a_draft_that_nobody_decided_is_expired_to_every_read_and_step(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    late, waiting = draft(bot, tweets[0], 0.9).json["id"], draft(bot, tweets[1], 0.8).json["id"]
    database.execute_sql(f"UPDATE {TABLE} SET pending_until = unixepoch() + 60 WHERE id = ?", (waiting,))
    wait_out(database, late)
    assert bot.get(f"{QUEUE}/{late}").json["status"] == "expired"
    assert (listed(bot, "expired"), listed(bot, "pending")) == ([late], [waiting])
    assert counts(bot) == {"expired": 1, "pending": 1}
    for step, word in (("approve", "approved"), ("reject", "rejected")):
        refused = approver.post(f"{QUEUE}/{late}/{step}")
        assert (refused.status_code, refused.json["detail"]) == (409, f"only a pending opportunity can be {word}")
    assert approver.patch(f"{QUEUE}/{late}", json={"suggestedResponse": "x"}).status_code == 409
    assert stored(database, TABLE, late)["status"] == "pending"
    assert claim(bot) == []
    row = stored(database, TABLE, late)
    assert (row["status"], row["expired_reason"], row["updated_at"]) == (
        "expired",
        "nobody decided in time",
        just_now(),
    )
    assert stored(database, TABLE, waiting)["status"] == "pending"
    (entry,) = [entry for entry in audit_rows(database, "opportunity") if entry["action"] == "opportunity.lapse"]
    assert (entry["entity_id"], entry["old_values"]["status"]) == (late, "pending")
    assert (listed(bot, "expired"), listed(bot, "pending")) == ([late], [waiting])
    assert counts(bot) == {"expired": 1, "pending": 1}


def test_a_claim_writes_down_a_hundred_the_longest_overdue_first(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    copy = f"""
        INSERT INTO {TABLE} (id, tweet_id, account_id, opportunity_type, relevance_score, chain_id, pending_until)
        SELECT 'late' || value, tweet_id, account_id, 'quote', 0.1, 'chain' || value, 1000 - value
        FROM {TABLE}, json_each(?)
    """
    draft(bot, tweets[0])
    database.execute_sql("DROP INDEX engagement_opportunities_one_live")
    database.execute_sql(copy, (json.dumps(list(range(103))),))
    claim(bot)
    left = "SELECT id FROM engagement_opportunities WHERE status = 'pending' AND id LIKE 'late%' ORDER BY id"
    assert [name for (name,) in database.execute_sql(left).fetchall()] == ["late0", "late1", "late2"]
    assert counts(bot) == {"pending": 1, "expired": 103}


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("state", ["unknown", "expired"])
def test_pages_of_both_kinds_are_read_once(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, state: str, size: int
) -> None:
    """Some are stored in this state, others came to it since: one order over both."""
    scores = (0.5, 0.9, 0.5, 0.7, 0.5, 0.6, 0.1)
    ids = [approved(bot, approver, tweet, score) for tweet, score in zip(tweets, scores, strict=False)]
    late = {"unknown": "claimed", "expired": "pending"}[state]
    for place, one in enumerate(ids):
        change = f"UPDATE {TABLE} SET status = ?, created_at = ?, lease_expires_at = 1, pending_until = 1 WHERE id = ?"
        database.execute_sql(change, ((state, late)[place % 2], 1000 + place // 3, one))
    keys = {one: (scores[place], 1000 + place // 3, one) for place, one in enumerate(ids)}
    expected = sorted(ids, key=lambda one: keys[one], reverse=True)
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        answer = bot.get(QUEUE, query_string={"status": state, "limit": size} | after).json
        seen += [one["id"] for one in answer["opportunities"]]
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert seen == expected
    assert counts(bot) == {state: 7}


def test_counts_follow_every_step_and_every_writer(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    assert counts(bot) == {}
    one, two = draft(bot, tweets[0]).json["id"], draft(bot, tweets[1]).json["id"]
    assert counts(bot) == {"pending": 2}
    approver.post(f"{QUEUE}/{one}/approve")
    approver.post(f"{QUEUE}/{two}/reject")
    assert counts(bot) == {"approved": 1, "rejected": 1}
    database.execute_sql(f"UPDATE {TABLE} SET status = 'executed' WHERE id = ?", (one,))
    database.execute_sql(f"DELETE FROM {TABLE} WHERE id = ?", (two,))
    assert counts(bot) == {"executed": 1}
    assert approver.get(f"{QUEUE}/counts").json == bot.get(f"{QUEUE}/counts").json
