"""The growth tests' own people and things: tweets, drafts, leases."""

import datetime as dt
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from shared_schema.environment import Engagement
from tests.growth_service.plans import plans

__all__ = ["plans"]  # a fixture

TWEETS = "/api/twitter/tweets"
QUEUE = "/api/twitter/opportunities"
LEDGER = "/api/ai/generations"

SAM, ROSA = "1723789047364882208", "1453411305651871331"


def x_response(*tweets: dict[str, Any], users: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A response of X as the growth bot passes it on."""
    users = users or [{"id": SAM, "username": "subnetsam", "name": "Sam"}, {"id": ROSA, "username": "rosalabs"}]
    return {"data": list(tweets), "includes": {"users": users}, "meta": {"result_count": len(tweets)}}


def x_tweet(number: int, author: str = SAM, **more: Any) -> dict[str, Any]:
    return {"id": str(2_000_000_000_000_000_000 + number), "text": f"tweet {number}", "author_id": author} | more


def tweet_id(number: int) -> str:
    return str(x_tweet(number)["id"])


Engage = Callable[..., None]


@pytest.fixture
def engage(growth_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Engage:
    """Sets the rules of engagement of the service for this test; what is not given is as usual."""
    return lambda **rules: monkeypatch.setitem(growth_app.config, "ENGAGEMENT", Engagement(**rules))


@pytest.fixture
def tweets(bot: FlaskClient) -> list[str]:
    """Thirty tweets of Sam's; their ids."""
    sent = [x_tweet(number) for number in range(30)]
    assert bot.post(TWEETS, json=x_response(*sent)).status_code == 200
    return [tweet["id"] for tweet in sent]


def draft(bot: FlaskClient, tweet: str, score: float = 0.5, **more: Any) -> Any:
    body = {"tweetId": tweet, "opportunityType": "reply", "relevanceScore": score, "suggestedResponse": "256 - 224"}
    return bot.post(QUEUE, json=body | more)


def approved(bot: FlaskClient, approver: FlaskClient, tweet: str, score: float = 0.5, **more: Any) -> str:
    """The id of a draft that may be sent."""
    opportunity: str = draft(bot, tweet, score, **more).json["id"]
    assert approver.post(f"{QUEUE}/{opportunity}/approve").status_code == 200
    return opportunity


def claim(bot: FlaskClient, limit: int = 10, seconds: int = 300, **headers: str) -> list[dict[str, Any]]:
    response = bot.post(f"{QUEUE}/claim", json={"limit": limit, "leaseSeconds": seconds}, headers=headers)
    assert response.status_code == 200, response.json
    leased: list[dict[str, Any]] = response.json["opportunities"]
    return leased


def run_out(database: LibsqlDatabase, opportunity: str) -> None:
    """Let the time of a lease pass."""
    database.execute_sql(
        "UPDATE engagement_opportunities SET lease_expires_at = unixepoch() - 1 WHERE id = ?", (opportunity,)
    )


def wait_out(database: LibsqlDatabase, opportunity: str) -> None:
    """Let the time pass in which a draft can be decided."""
    database.execute_sql("UPDATE engagement_opportunities SET pending_until = unixepoch() WHERE id = ?", (opportunity,))


def status(bot: FlaskClient, opportunity: str) -> str:
    state: str = bot.get(f"{QUEUE}/{opportunity}").json["status"]
    return state


def moves(database: LibsqlDatabase, opportunity: str) -> list[str]:
    """What the audit log says happened to an opportunity: "pending>approved"."""
    rows = database.execute_sql(
        "SELECT old_values->>'status', new_values->>'status' FROM audit_log WHERE entity_id = ? ORDER BY id",
        (opportunity,),
    ).fetchall()
    return [f"{old or ''}>{new}" for old, new in rows]


def call(number: int = 1, **more: Any) -> dict[str, Any]:
    """An AI call of 1000 + 100 tokens, 210,000 nano-dollars."""
    return {
        "requestId": f"call-{number}",
        "purpose": "reply_draft",
        "model": "gpt-4o-mini-2024-07-18",
        "provider": "openai",
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
        "success": True,
    } | more


def ingested(accounts: tuple[int, int] = (0, 0), tweets: tuple[int, int] = (0, 0), **more: Any) -> dict[str, Any]:
    """The answer to an ingest: how many accounts and tweets were created, and how many were there."""
    counts = {
        name: dict(zip(("created", "updated"), pair, strict=True))
        for name, pair in (("accounts", accounts), ("tweets", tweets), ("includedTweets", more.pop("included", (0, 0))))
    }
    return {**counts, "gone": [], **more}


def row_count(database: LibsqlDatabase, table: str) -> int:
    (count,) = database.execute_sql(f"SELECT count(*) FROM {table}").fetchone()
    return int(count)


def stored(database: LibsqlDatabase, table: str, key: object, column: str = "id") -> dict[str, Any]:
    """One row of a table, read from the primary."""
    query = Statement(f"SELECT * FROM {table} WHERE {column} = ?", (key,))
    (row,) = database.fetch([query], fresh=True)[0].rows
    return dict(row)


def backdate(database: LibsqlDatabase, table: str) -> None:
    """Let every row of a table be an old one, so that a new time in it can be seen."""
    database.execute_sql(f"UPDATE {table} SET created_at = 1000, updated_at = 1000")


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The columns that have another value now."""
    return {name: value for name, value in after.items() if value != before[name]}


def just_now(ahead_s: int = 0) -> Any:
    """Equal to epoch seconds within a minute of the present, or of `ahead_s` seconds after it."""
    return pytest.approx(time.time() + ahead_s, abs=60)


def audit_rows(database: LibsqlDatabase, entity: str) -> list[dict[str, Any]]:
    """The audit log of one kind of thing, oldest first, its JSON columns read."""
    query = Statement("SELECT * FROM audit_log WHERE entity_type = ? ORDER BY id", (entity,))
    documents = ("old_values", "new_values", "metadata")
    return [
        row | {name: json.loads(row[name]) for name in documents if row[name] is not None}
        for row in database.fetch([query], fresh=True)[0].rows
    ]


@pytest.fixture
def today() -> str:
    """The UTC date on which the test runs."""
    return dt.datetime.now(dt.UTC).date().isoformat()
