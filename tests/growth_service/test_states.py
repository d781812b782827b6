"""The state machine as a table: every state, every action, and where it leads. What is not in it is refused."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import Database
from tests.growth_service.conftest import QUEUE, approved, claim, draft, moves, rows, run_out, status

STATES = ("pending", "approved", "rejected", "claimed", "unknown", "executed")
ACTIONS = ("edit", "approve", "reject", "executed", "not_sent", "lost", "found_sent", "found_not_sent")

# Every other pair is a 409 that changes nothing.
ALLOWED = {
    ("pending", "edit"): "pending",
    ("pending", "approve"): "approved",
    ("pending", "reject"): "rejected",
    ("claimed", "executed"): "executed",
    ("claimed", "not_sent"): "approved",
    ("claimed", "lost"): "unknown",
    ("unknown", "executed"): "executed",  # a late report of the one who held the lease
    ("unknown", "found_sent"): "executed",
    ("unknown", "found_not_sent"): "approved",
}


def bring(bot: FlaskClient, approver: FlaskClient, database: Database, tweet: str, state: str) -> tuple[str, str]:
    """An opportunity in a state, over HTTP, and its lease token."""
    if state in ("pending", "rejected"):
        found = draft(bot, tweet).json["id"]
        if state == "rejected":
            approver.post(f"{QUEUE}/{found}/reject", json={"reason": "no"})
        return found, "none"
    found = approved(bot, approver, tweet)
    if state == "approved":
        return found, "none"
    token = claim(bot)[0]["leaseToken"]
    if state == "unknown":
        run_out(database, found)
        assert claim(bot) == []
    if state == "executed":
        bot.post(f"{QUEUE}/{found}/executed", json={"leaseToken": token, "resultTweetId": "1"})
    assert status(bot, found) == state
    return found, token


def act(bot: FlaskClient, approver: FlaskClient, found: str, action: str, token: str) -> Any:
    url = f"{QUEUE}/{found}"
    match action:
        case "edit":
            return approver.patch(url, json={"suggestedResponse": "better"})
        case "approve":
            return approver.post(f"{url}/approve")
        case "reject":
            return approver.post(f"{url}/reject", json={"reason": "no"})
        case "executed":
            return bot.post(f"{url}/executed", json={"leaseToken": token, "resultTweetId": "2"})
        case "not_sent" | "lost":
            outcome = "not_sent" if action == "not_sent" else "unknown"
            return bot.post(f"{url}/failed", json={"leaseToken": token, "outcome": outcome, "reason": "503 of X"})
        case "found_sent":
            return approver.post(f"{url}/reconcile", json={"outcome": "sent", "resultTweetId": "2"})
        case _:
            return approver.post(f"{url}/reconcile", json={"outcome": "not_sent"})


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_step_leads_where_the_table_says(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: Database, state: str, action: str
) -> None:
    found, token = bring(bot, approver, database, tweets[0], state)
    before = moves(database, found)
    response = act(bot, approver, found, action, token)
    becomes = ALLOWED.get((state, action))
    if becomes is None:
        assert (response.status_code, response.json["code"]) == (409, "CONFLICT")
        assert status(bot, found) == state
        assert moves(database, found) == before
        return
    assert response.status_code == 200, response.json
    assert response.json["status"] == status(bot, found) == becomes
    logged = moves(database, found)[len(before) :]
    assert logged == ([">None"] if action == "edit" else [f"{state}>{becomes}"])


@pytest.mark.parametrize("action", ACTIONS)
def test_what_does_not_exist_is_not_found(
    bot: FlaskClient, approver: FlaskClient, database: Database, action: str
) -> None:
    response = act(bot, approver, "0" * 32, action, "token")
    assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")
    assert rows(database, "audit_log") == 0


def test_the_log_says_who_and_why(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: Database
) -> None:
    found = draft(bot, tweets[0]).json["id"]
    approver.post(f"{QUEUE}/{found}/reject", json={"reason": "too salesy"})
    entry = database.execute_sql(
        "SELECT user_id, action, method, path, old_values, new_values FROM audit_log ORDER BY id DESC LIMIT 1"
    ).fetchone()
    path = f"{QUEUE}/{found}/reject"
    new = '{"status":"rejected","reason":"too salesy"}'
    assert entry == (4, "opportunity.reject", "POST", path, '{"status":"pending"}', new)
