"""Telling a webhook that a budget has reached 50, 80, 95 or 100 % of its limit.

The database writes each alert once per budget and period, in the batch that crosses the line. Here they are delivered:
at least once, each with its own id, again and again with growing pauses until the webhook takes it.
"""

import datetime as dt
from collections.abc import Callable
from typing import TypedDict

import structlog

from growth_service.alerts.webhook import Refused
from shared_schema.database import Statement
from shared_schema.fields import NANO
from shared_schema.tables import db

FIRST_S, LONGEST_S, ATTEMPTS = 30, 6 * 3600, 20  # the pauses double; after some three days an alert is given up
_AT_ONCE = 50
_LONGEST_ERROR = 300
_log = structlog.get_logger()

# An alert is moved on before it is sent, by this time at least: two that deliver do not send the same one at once.
_TAKE = """
    UPDATE ai_budget_alerts SET attempts = attempts + 1,
        due_at = iif(attempts + 1 >= :most, NULL, :now + min(:longest, :first << min(attempts, 20)))
    WHERE id IN (SELECT id FROM ai_budget_alerts INDEXED BY ai_budget_alerts_due
                 WHERE due_at <= :now ORDER BY due_at LIMIT :limit)
    RETURNING *
"""
_DELIVERED = "UPDATE ai_budget_alerts SET delivered_at = ?, due_at = NULL, last_error = NULL WHERE id = ?"
_FAILED = "UPDATE ai_budget_alerts SET last_error = ? WHERE id = ?"


class Alert(TypedDict):
    """A row of ai_budget_alerts that is to be sent. `due_at` is when the next attempt would be, None for the last."""

    id: str
    budget: str
    period: str
    percent: int
    posted_nanousd: int
    limit_nanousd: int
    crossed_at: int
    attempts: int
    due_at: int | None


Send = Callable[[str, dict[str, object]], None]  # an event's id and body; raises Refused


def deliver(send: Send, now: int) -> tuple[int, int]:
    """Send what is due at `now` (epoch seconds), up to 50. How many were delivered, and how many were not."""
    values = {"now": now, "most": ATTEMPTS, "first": FIRST_S, "longest": LONGEST_S, "limit": _AT_ONCE}
    (taken,) = db.batch([Statement(_TAKE, values)])
    outcomes = [_deliver(alert, send, now) for alert in taken.all(Alert)]
    return outcomes.count(True), outcomes.count(False)


def _deliver(alert: Alert, send: Send, now: int) -> bool:
    try:
        send(alert["id"], body(alert))
    except Refused as error:
        last = alert["due_at"] is None
        tell = _log.error if last else _log.warning
        tell("an alert was not delivered", alert=alert["id"], attempts=alert["attempts"], error=str(error), last=last)
        db.batch([Statement(_FAILED, (str(error)[:_LONGEST_ERROR], alert["id"]))], idempotent=True)
        return False
    db.batch([Statement(_DELIVERED, (now, alert["id"]))], idempotent=True)
    return True


def body(alert: Alert) -> dict[str, object]:
    """What the webhook is sent: the same each time. The amounts are those of when the line was crossed."""
    crossed = dt.datetime.fromtimestamp(alert["crossed_at"], dt.UTC).isoformat().removesuffix("+00:00") + "Z"
    return {
        "id": alert["id"],
        "type": "budget.alert",
        "budget": alert["budget"],
        "period": alert["period"],
        "percent": alert["percent"],
        "postedUsd": alert["posted_nanousd"] / NANO,
        "limitUsd": alert["limit_nanousd"] / NANO,
        "crossedAt": crossed,
    }
