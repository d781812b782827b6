"""What each step leaves behind: the columns that it changes and no other, and its line in the audit log."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database
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
from tests.growth_service.steps import act, bring

TABLE = "engagement_opportunities"
NO_LEASE = {"lease_token": None, "lease_expires_at": None}
SENT = {"status": "executed", "result_tweet_id": "2", "executed_at": "now"}
FAILED = {"failure_reason": "503 of X"}

# (state, action): the columns that change beside updated_at; the log's action, old and new values.
STEPS: dict[tuple[str, str], tuple[dict[str, Any], str, dict[str, Any], dict[str, Any]]] = {
    ("pending", "edit"): (
        {"suggested_response": "better"},
        "edit",
        {"suggested_response": "256 - 224"},
        {"suggested_response": "better"},
    ),
    ("pending", "approve"): ({"status": "approved"}, "approve", {"status": "pending"}, {"status": "approved"}),
    ("pending", "reject"): (
        {"status": "rejected", "reject_reason": "no"},
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
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: Database, state: str, action: str
) -> None:
    columns, logged, old, new = STEPS[state, action]
    expected = {name: just_now() if value == "now" else value for name, value in columns.items()}
    opportunity, token = bring(bot, approver, database, tweets[0], state)
    bystander = draft(bot, tweets[1]).json["id"]
    database.execute_sql(f"UPDATE {TABLE} SET failure_reason = 'an earlier one' WHERE id = ?", (opportunity,))
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
    bot: FlaskClient, tweets: list[str], database: Database
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
        "ai_cost_nanousd": 210,
        "status": "pending",
    }
    row = stored(database, TABLE, response.json["id"])
    assert {name: value for name, value in row.items() if value is not None} == columns | {
        "account_id": ROSA,
        "ai_cost": pytest.approx(0.00021),
        "created_at": just_now(),
        "updated_at": just_now(),
    }
    (entry,) = audit_rows(database, "opportunity")
    assert (entry["action"], entry["entity_id"]) == ("opportunity.create", columns["id"])
    assert (entry["old_values"], entry["new_values"]) == (None, columns)
    assert (entry["user_id"], entry["metadata"], entry["path"]) == (None, {"subject": "growth-bot"}, QUEUE)


def test_a_draft_may_leave_out_what_is_optional(bot: FlaskClient, tweets: list[str], database: Database) -> None:
    body = {"tweetId": tweets[0], "opportunityType": "follow", "relevanceScore": 1}
    row = stored(database, TABLE, bot.post(QUEUE, json=body).json["id"])
    assert (row["suggested_response"], row["ai_model_used"], row["ai_cost_nanousd"]) == (None, None, None)


def test_an_opportunity_shows_what_became_of_it(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: Database
) -> None:
    opportunity, token = bring(bot, approver, database, tweets[0], "claimed")
    act(bot, approver, opportunity, "lost", token)
    database.execute_sql(
        f"""UPDATE {TABLE} SET created_at = 0, updated_at = 1, executed_at = 2, lease_expires_at = 3,
            reject_reason = 'none', result_tweet_id = '7'"""
    )
    assert bot.get(f"{QUEUE}/{opportunity}").json == {
        "id": opportunity,
        "tweetId": tweet_id(0),
        "tweetText": "tweet 0",
        "accountUsername": "subnetsam",
        "accountDisplayName": "Sam",
        "opportunityType": "reply",
        "relevanceScore": 0.5,
        "suggestedResponse": "256 - 224",
        "aiModelUsed": None,
        "aiCostUsd": None,
        "status": "unknown",
        "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "1970-01-01T00:00:01Z",
        "executedAt": "1970-01-01T00:00:02Z",
        "leaseExpiresAt": "1970-01-01T00:00:03Z",
        "rejectReason": "none",
        "failureReason": "503 of X",
        "resultTweetId": "7",
    }


@pytest.mark.parametrize("request_body", [{}, {"json": {}}, {"json": {"reason": None}}])
def test_a_rejection_needs_no_reason(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: Database, request_body: dict[str, Any]
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    shown = approver.post(f"{QUEUE}/{opportunity}/reject", **request_body).json
    assert (shown["status"], shown["rejectReason"]) == ("rejected", None)
    assert audit_rows(database, "opportunity")[-1]["new_values"] == {"status": "rejected", "reason": None}
