"""What each step leaves behind: the columns that it changes and no other, and its line in the audit log."""

import hashlib
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    ROSA,
    TWEETS,
    audit_rows,
    backdate,
    changes,
    draft,
    just_now,
    stored,
    tweet_id,
    x_tweet,
)
from tests.growth_service.sending.steps import act, bring

TABLE = "engagement_opportunities"
NO_LEASE = {"lease_token": None, "lease_expires_at": None}
SENT = {"status": "executed", "result_tweet_id": "2", "executed_at": "now"}
FAILED = {"failure_reason": "503 of X"}
DECIDED = {"decided_by": "4", "decided_at": "now"}
UNDECIDED_BEFORE = {"decided_by": None, "decided_at": None}
UNDECIDED = UNDECIDED_BEFORE | {"approved_pair": None}
TIMES = {"now": 0, "in 72 hours": 72 * 3600}  # seconds from now

# (state, action): the columns that change beside updated_at; the log's action, old and new values.
STEPS: dict[tuple[str, str], tuple[dict[str, Any], str, dict[str, Any], dict[str, Any]]] = {
    ("pending", "edit"): (
        {"suggested_response": "better"},
        "edit",
        {"status": "pending", "suggested_response": "256 - 224"},
        {"status": "pending", "suggested_response": "better"},
    ),
    ("approved", "edit"): (
        {"status": "pending", "suggested_response": "better", "pending_until": "in 72 hours"} | UNDECIDED,
        "edit",
        {"status": "approved", "suggested_response": "256 - 224"},
        {"status": "pending", "suggested_response": "better"},
    ),
    ("pending", "approve"): (
        {"status": "approved", "approved_pair": '["256 - 224","tweet 0"]'} | DECIDED,
        "approve",
        {"status": "pending"},
        {"status": "approved"},
    ),
    ("approved", "undo"): (
        {"status": "pending", "pending_until": "in 72 hours"} | UNDECIDED,
        "undo",
        {"status": "approved", "decided_by": "4", "reason": None},
        {"status": "pending"},
    ),
    ("rejected", "undo"): (
        {"status": "pending", "pending_until": "in 72 hours", "reject_reason": None} | UNDECIDED_BEFORE,
        "undo",
        {"status": "rejected", "decided_by": "4", "reason": "no"},
        {"status": "pending"},
    ),
    ("pending", "reject"): (
        {"status": "rejected", "reject_reason": "no"} | DECIDED,
        "reject",
        {"status": "pending"},
        {"status": "rejected", "reason": "no"},
    ),
    ("claimed", "executed"): (
        SENT | {"failure_reason": None},
        "execute",
        {"status": "claimed"},
        {"status": "executed", "result_tweet_id": "2"},
    ),
    ("claimed", "not_sent"): (
        {"status": "approved"} | NO_LEASE | FAILED,
        "release",
        {"status": "claimed"},
        {"status": "approved", "reason": "503 of X"},
    ),
    ("claimed", "lost"): (
        {"status": "unknown"} | FAILED,
        "lose",
        {"status": "claimed"},
        {"status": "unknown", "reason": "503 of X"},
    ),
    ("unknown", "executed"): (
        SENT | {"failure_reason": None},
        "execute",
        {"status": "unknown"},
        {"status": "executed", "result_tweet_id": "2"},
    ),
    ("unknown", "found_sent"): (
        SENT,
        "reconcile",
        {"status": "unknown"},
        {"status": "executed", "result_tweet_id": "2"},
    ),
    ("unknown", "found_not_sent"): (
        {"status": "approved"} | NO_LEASE,
        "reconcile",
        {"status": "unknown"},
        {"status": "approved"},
    ),
}
BY_THE_BOT = ("executed", "not_sent", "lost")


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_a_step_changes_its_columns_and_is_logged(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, state: str, action: str
) -> None:
    columns, logged, old, new = STEPS[state, action]
    expected = {name: just_now(TIMES[value]) if value in TIMES else value for name, value in columns.items()}
    opportunity, token = bring(bot, approver, database, tweets[0], state)
    bystander = draft(bot, tweets[1]).json["id"]
    change = "failure_reason = 'an earlier one', decided_at = decided_at - 1, pending_until = pending_until - 4000"
    database.execute_sql(f"UPDATE {TABLE} SET {change} WHERE id = ?", (opportunity,))
    backdate(database, TABLE)
    before, other = stored(database, TABLE, opportunity), stored(database, TABLE, bystander)
    lines = len(audit_rows(database, "opportunity"))

    response = act(bot, approver, opportunity, action, token)

    assert changes(before, stored(database, TABLE, opportunity)) == expected | {"updated_at": just_now()}
    assert stored(database, TABLE, bystander) == other
    assert response.json == bot.get(f"{QUEUE}/{opportunity}").json
    (entry,) = audit_rows(database, "opportunity")[lines:]
    assert entry["action"] == f"opportunity.{logged}"
    assert (entry["entity_id"], entry["old_values"], entry["new_values"]) == (opportunity, old, new)
    assert entry["user_id"] == (None if action in BY_THE_BOT else 4)
    assert entry["metadata"] == {"subject": "growth-bot" if action in BY_THE_BOT else "4"}
    assert entry["path"].startswith(f"{QUEUE}/{opportunity}")
    assert (entry["request_id"], entry["ip_address"]) == (response.headers["X-Request-ID"], "127.0.0.1")


def test_a_new_draft_is_a_row_of_its_tweet_and_is_logged(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    bot.post(TWEETS, json={"data": x_tweet(3, ROSA)})
    response = draft(bot, tweets[3], 0.25, opportunityType="quote", aiModelUsed="gpt-4o", aiCostUsd=0.00021)
    columns = {
        "id": response.json["id"],
        "tweet_id": tweet_id(3),
        "opportunity_type": "quote",
        "relevance_score": 0.25,
        "suggested_response": "256 - 224",
        "ai_model_used": "gpt-4o",
        "ai_cost_nanousd": 210_000,
        "status": "pending",
    }
    row = stored(database, TABLE, response.json["id"])
    assert {name: value for name, value in row.items() if value is not None} == columns | {
        "account_id": ROSA,
        "ai_cost": pytest.approx(0.00021),
        "ai_cost_microusd": 210,
        "chain_id": tweet_id(3),
        "pending_until": just_now(72 * 3600),
        "created_at": just_now(),
        "updated_at": just_now(),
    }
    (entry,) = audit_rows(database, "opportunity")
    assert (entry["action"], entry["entity_id"]) == ("opportunity.create", columns["id"])
    undecided = {"reject_reason": None, "decided_by": None}
    assert (entry["old_values"], entry["new_values"]) == (None, columns | undecided)
    assert (entry["user_id"], entry["metadata"], entry["path"]) == (None, {"subject": "growth-bot"}, QUEUE)


def test_a_draft_may_leave_out_what_is_optional(bot: FlaskClient, tweets: list[str], database: LibsqlDatabase) -> None:
    body = {"tweetId": tweets[0], "opportunityType": "follow", "relevanceScore": 1}
    row = stored(database, TABLE, bot.post(QUEUE, json=body).json["id"])
    assert (row["suggested_response"], row["ai_model_used"], row["ai_cost_nanousd"]) == (None, None, None)


def test_an_opportunity_shows_what_became_of_it(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    opportunity, token = bring(bot, approver, database, tweets[0], "claimed")
    act(bot, approver, opportunity, "lost", token)
    database.execute_sql(
        f"""UPDATE {TABLE} SET created_at = 0, updated_at = 1, executed_at = 2, lease_expires_at = 3,
            reject_reason = 'none', result_tweet_id = '7', decided_at = 4, pending_until = 5, flagged = 'look',
            expired_reason = 'too late', relevance_reasons = '[{{"name":"age"}}]'"""
    )
    change = f"UPDATE tweets SET created_at = 6, replied_to_id = '{tweet_id(1)}' WHERE id = '{tweet_id(0)}'"
    database.execute_sql(change)
    assert bot.get(f"{QUEUE}/{opportunity}").json == {
        "id": opportunity,
        "tweetId": tweet_id(0),
        "tweetText": "tweet 0",
        "tweetCreatedAt": "1970-01-01T00:00:06Z",
        "tweetAgeSeconds": just_now(),
        "tweetUrl": f"https://x.com/subnetsam/status/{tweet_id(0)}",
        "parent": {"id": tweet_id(1), "text": "tweet 1", "accountUsername": "subnetsam"},
        "answeredBefore": False,
        "accountUsername": "subnetsam",
        "accountDisplayName": "Sam",
        "opportunityType": "reply",
        "relevanceScore": 0.5,
        "relevanceReasons": [{"name": "age"}],
        "suggestedResponse": "256 - 224",
        "weightedLength": 9,
        "textHash": hashlib.sha256(b'["256 - 224","tweet 0"]').hexdigest(),
        "aiModelUsed": None,
        "aiCostUsd": None,
        "status": "unknown",
        "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "1970-01-01T00:00:01Z",
        "executedAt": "1970-01-01T00:00:02Z",
        "leaseExpiresAt": "1970-01-01T00:00:03Z",
        "rejectReason": "none",
        "decidedBy": "4",
        "decidedAt": "1970-01-01T00:00:04Z",
        "pendingUntil": "1970-01-01T00:00:05Z",
        "expiredReason": "too late",
        "flagged": "look",
        "failureReason": "503 of X",
        "resultTweetId": "7",
    }


@pytest.mark.parametrize("request_body", [{}, {"json": {}}, {"json": {"reason": None}}])
def test_a_rejection_needs_no_reason(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, request_body: dict[str, Any]
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    shown = approver.post(f"{QUEUE}/{opportunity}/reject", **request_body).json
    assert (shown["status"], shown["rejectReason"]) == ("rejected", None)
    assert audit_rows(database, "opportunity")[-1]["new_values"] == {"status": "rejected", "reason": None}
