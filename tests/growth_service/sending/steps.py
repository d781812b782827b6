"""Every step of an opportunity over HTTP: bring one into a state, take one action."""

from typing import Any

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import QUEUE, approved, claim, draft, run_out, status, wait_out


def bring(bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase, tweet: str, state: str) -> tuple[str, str]:
    """An opportunity in a state, over HTTP, and its lease token."""
    if state in ("pending", "rejected", "expired"):
        opportunity = draft(bot, tweet).json["id"]
        if state == "expired":
            wait_out(database, opportunity)
        if state == "rejected":
            approver.post(f"{QUEUE}/{opportunity}/reject", json={"reason": "no"})
        return opportunity, "none"
    opportunity = approved(bot, approver, tweet)
    if state == "approved":
        return opportunity, "none"
    token = claim(bot)[0]["leaseToken"]
    if state == "unknown":
        run_out(database, opportunity)
        assert claim(bot) == []
    if state == "executed":
        bot.post(f"{QUEUE}/{opportunity}/executed", json={"leaseToken": token, "resultTweetId": "1"})
    assert status(bot, opportunity) == state
    return opportunity, token


def act(bot: FlaskClient, approver: FlaskClient, opportunity: str, action: str, token: str) -> Any:
    url = f"{QUEUE}/{opportunity}"
    match action:
        case "edit":
            return approver.patch(url, json={"suggestedResponse": "better"})
        case "approve":
            return approver.post(f"{url}/approve")
        case "reject":
            return approver.post(f"{url}/reject", json={"reason": "no"})
        case "undo":
            return approver.post(f"{url}/undo")
        case "executed":
            return bot.post(f"{url}/executed", json={"leaseToken": token, "resultTweetId": "2"})
        case "not_sent" | "lost":
            outcome = "not_sent" if action == "not_sent" else "unknown"
            return bot.post(f"{url}/failed", json={"leaseToken": token, "outcome": outcome, "reason": "503 of X"})
        case "found_sent":
            return approver.post(f"{url}/reconcile", json={"outcome": "sent", "resultTweetId": "2"})
        case _:
            return approver.post(f"{url}/reconcile", json={"outcome": "not_sent"})
