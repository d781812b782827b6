"""The release before writes its rows as it always did, beside this one: what it does not know is filled in."""

import json

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import QUEUE, approved, claim, draft, row_count, stored, tweet_id

TABLE = "engagement_opportunities"
_INSERT = f"""
    INSERT INTO {TABLE} (id, tweet_id, account_id, opportunity_type, relevance_score, suggested_response,
                         ai_model_used, ai_cost_microusd)
    SELECT 'old', id, account_id, 'reply', 0.5, '256 - 224', NULL, 210 FROM tweets WHERE id = ?
"""


def test_its_draft_has_a_chain_an_end_and_a_cost(bot: FlaskClient, tweets: list[str], database: LibsqlDatabase) -> None:
    database.execute_sql("UPDATE tweets SET chain_id = ? WHERE id = ?", (tweet_id(1), tweets[2]))
    database.execute_sql(_INSERT, (tweets[2],))
    row = stored(database, TABLE, "old")
    assert (row["chain_id"], row["ai_cost_nanousd"]) == (tweet_id(1), 210_000)
    assert row["pending_until"] == row["created_at"] + 72 * 3600
    assert draft(bot, tweets[2]).status_code == 409
    assert draft(bot, tweets[1]).status_code == 409  # another version of the same post
    shown = bot.get(f"{QUEUE}/old").json
    assert (shown["status"], shown["aiCostUsd"], shown["relevanceReasons"]) == ("pending", 0.00021, None)


def test_its_approval_is_of_the_text_of_that_moment(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    database.execute_sql(_INSERT, (tweets[0],))
    approve = (
        f"UPDATE {TABLE} SET status = 'approved', updated_at = unixepoch() WHERE id = 'old' AND status = 'pending'"
    )
    database.execute_sql(approve)
    assert stored(database, TABLE, "old")["approved_pair"] == '["256 - 224","tweet 0"]'
    database.execute_sql("UPDATE tweets SET text = 'edited'")
    assert claim(bot) == []
    database.execute_sql(approve)
    assert [one["id"] for one in claim(bot)] == ["old"]


def test_its_claims_and_reports_take_and_give_back_slots(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    opportunity = approved(bot, approver, tweets[0])
    for state, slots in (("claimed", 1), ("approved", 0), ("claimed", 1), ("unknown", 1), ("approved", 0)):
        database.execute_sql(f"UPDATE {TABLE} SET status = ? WHERE id = ?", (state, opportunity))
        assert row_count(database, "send_slots") == slots
    for state in ("executed", "executed"):
        database.execute_sql(f"UPDATE {TABLE} SET status = ? WHERE id = ?", (state, opportunity))
        assert row_count(database, "send_slots") == 1


@pytest.mark.parametrize("step", ["approve", "reject", "executed", "claim", "add"])
def test_its_receipts_are_still_shown(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, step: str
) -> None:
    """A receipt of the release before has fewer columns; the client repeats its request."""
    key = {"Idempotency-Key": "k"}
    caller, url, body = approver, f"{QUEUE}/none", {}
    if step == "add":
        caller, url = bot, QUEUE
        body = {"tweetId": tweets[0], "opportunityType": "reply", "relevanceScore": 0.5}
    else:
        opportunity = draft(bot, tweets[0]).json["id"] if step in ("approve", "reject") else None
        opportunity = opportunity or approved(bot, approver, tweets[0])
        url = f"{QUEUE}/{opportunity}/{step}"
    if step == "executed":
        caller, body = bot, {"leaseToken": claim(bot)[0]["leaseToken"], "resultTweetId": "1"}
    if step == "claim":
        caller, url = bot, f"{QUEUE}/claim"
    first = caller.post(url, json=body, headers=key)
    assert first.status_code in (200, 201), first.json
    ((receipt,),) = database.execute_sql("SELECT receipt FROM receipts WHERE key = 'k'").fetchall()
    new = {"relevance_reasons", "decided_by", "decided_at", "pending_until", "expired_reason", "flagged"}
    new |= {"tweet_created_at", "tweet_age_s", "parent_id", "parent_text", "parent_username", "answered_before"}
    document = json.loads(receipt)
    rows = document if isinstance(document, list) else [document]
    assert all(new <= set(row) for row in rows)
    old = [{name: value for name, value in row.items() if name not in new} for row in rows]
    as_before = json.dumps(old if isinstance(document, list) else old[0])
    database.execute_sql("UPDATE receipts SET receipt = ? WHERE key = 'k'", (as_before,))
    again = caller.post(url, json=body, headers=key)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (first.status_code, "true")
    whole, shown = first.json, again.json
    if step == "claim":
        (whole,), (shown,) = whole["opportunities"], shown["opportunities"]
    unknown = {"decidedBy", "decidedAt", "pendingUntil"}
    assert {name: value for name, value in whole.items() if name not in unknown} == {
        name: value for name, value in shown.items() if name not in unknown
    }
