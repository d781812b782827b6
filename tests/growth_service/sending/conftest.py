"""Attempts to answer, our own timeline, and posts as X shows them there."""

import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.x import ids
from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    TWEETS,
    approved,
    claim,
    stored,
    tweet_id,
    x_response,
)

OPPORTUNITIES, ATTEMPTS = "engagement_opportunities", "send_attempts"
OWN = "1888888888888888888"
LINK = "https://t.co/XVyb1QV5rI"
WRITTEN = 'Try "ip route <prefix> <mask>" & read https://pingtopass.example/r/7?u=1'
SHOWN = f'@subnetsam Try "ip route &lt;prefix&gt; &lt;mask&gt;" &amp; read {LINK}'
ENTITIES = {"urls": [{"start": 65, "end": 88, "url": LINK, "expanded_url": "https://pingtopass.example/r/7?u=1"}]}


def at(seconds: float) -> str:
    """The id of a post made so many seconds from now."""
    return str(ids.at(time.time() + seconds))


def post(made: float, answered: str, text: str = SHOWN, how: str = "replied_to", **more: Any) -> dict[str, Any]:
    """A post of ours as X shows it."""
    return {
        "id": at(made),
        "author_id": OWN,
        "text": text,
        "referenced_tweets": [{"type": how, "id": answered}],
        "entities": ENTITIES,
    } | more


def ingest(bot: FlaskClient, *posts: dict[str, Any], query: str = "", **meta: Any) -> None:
    body = x_response(*posts, users=[{"id": OWN, "username": "pingtopass"}])
    body["meta"] |= meta
    response = bot.post(f"{TWEETS}{query}", json=body)
    assert response.status_code == 200, response.json


@pytest.fixture
def own(bot: FlaskClient) -> str:
    bot.put(f"/api/twitter/accounts/{OWN}", json={"username": "pingtopass", "kind": "own"})
    return OWN


@pytest.fixture
def tried(bot: FlaskClient, approver: FlaskClient, tweets: list[str], own: str, database: LibsqlDatabase) -> str:
    """An opportunity that was leased from twenty to fifteen minutes ago, without a report."""
    opportunity = approved(bot, approver, tweets[0], suggestedResponse=WRITTEN)
    lease(bot, database)
    return opportunity


def lease(bot: FlaskClient, database: LibsqlDatabase, began_s: int = -1200, ended_s: int = -900) -> str:
    """The token of a lease of the past."""
    token: str = claim(bot)[0]["leaseToken"]
    database.execute_sql(
        f"UPDATE {ATTEMPTS} SET leased_at = unixepoch() + ?, lease_expires_at = unixepoch() + ? WHERE lease_token = ?",
        (began_s, ended_s, token),
    )
    database.execute_sql(
        f"UPDATE {OPPORTUNITIES} SET lease_expires_at = unixepoch() + ? WHERE lease_token = ?", (ended_s, token)
    )
    return token


def attempt(database: LibsqlDatabase, opportunity: str) -> dict[str, Any]:
    return stored(database, ATTEMPTS, opportunity, "opportunity_id")


def result(database: LibsqlDatabase, opportunity: str) -> tuple[str, str | None]:
    row = stored(database, OPPORTUNITIES, opportunity)
    return row["status"], row["result_tweet_id"]


OTHER = tweet_id(9)
TIMELINE = f"?accountId={OWN}&timeline=true"


def missing(bot: FlaskClient, *ages: float, query: str = TIMELINE, **meta: Any) -> None:
    """File a page of our timeline that has replies of these ages to another tweet."""
    ingest(bot, *(post(age, OTHER, "@rosalabs hello") for age in ages), query=query, **meta)
