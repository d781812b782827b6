"""Counts of opportunities by time and by state, and their slots, agree with them, whatever was done and by whom."""

import random
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import rebuild
from growth_service.rebuild import queue
from growth_service.results import opportunity_quarters
from shared_schema.database import LibsqlDatabase, Statement
from tests.conftest import caught_up
from tests.growth_service.conftest import QUEUE, approved, claim, draft, run_out, x_response, x_tweet
from tests.growth_service.conftest import TWEETS as INGEST

KEPT = "SELECT * FROM opportunity_quarters ORDER BY at"


def rows(database: LibsqlDatabase, sql: str = KEPT) -> list[dict[str, Any]]:
    return database.fetch([Statement(sql)], fresh=True)[0].rows


def anything(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase, tweets: list[str], chance: random.Random
) -> None:
    """One thing that a bot, an approver or an operator may do, to whichever opportunity it is."""
    ids = [row["id"] for row in rows(database, "SELECT id FROM engagement_opportunities ORDER BY id")] or ["none"]
    chosen = chance.choice(ids)
    match chance.randrange(9):
        case 0 | 1:
            draft(bot, chance.choice(tweets), opportunityType=chance.choice(["reply", "quote", "follow"]))
        case 2 | 3:
            approver.post(f"{QUEUE}/{chosen}/{chance.choice(['approve', 'approve', 'reject'])}", json={})
        case 4:
            for leased in claim(bot, limit=2):
                body = {"leaseToken": leased["leaseToken"], "resultTweetId": "77"}
                if chance.random() < 0.7:
                    bot.post(f"{QUEUE}/{leased['id']}/executed", json=body)
        case 5:
            run_out(database, chosen)
        case 6:
            approver.post(f"{QUEUE}/{chosen}/reconcile", json={"outcome": chance.choice(["sent", "not_sent"])})
        case 7:
            moved = f"created_at = created_at - {chance.randrange(5000)}, executed_at = executed_at + 900"
            database.execute_sql(f"UPDATE engagement_opportunities SET {moved} WHERE id = ?", (chosen,))
        case _:
            if chance.random() < 0.2:
                database.execute_sql("DELETE FROM send_attempts WHERE opportunity_id = ?", (chosen,))
                database.execute_sql("DELETE FROM engagement_opportunities WHERE id = ?", (chosen,))


@pytest.mark.parametrize("seed", range(3))
def test_counts_agree_after_anything(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, seed: int
) -> None:
    chance = random.Random(seed)
    approver.post(f"{QUEUE}/{draft(bot, tweets[1]).json['id']}/reject", json={})
    approved(bot, approver, tweets[0])
    (leased,) = claim(bot)
    bot.post(f"{QUEUE}/{leased['id']}/executed", json={"leaseToken": leased["leaseToken"], "resultTweetId": "77"})
    assert {name for row in rows(database) for name, count in row.items() if count} >= set(opportunity_quarters.COLUMNS)
    for _ in range(120):
        anything(bot, approver, database, tweets, chance)
    caught_up()
    assert list(rebuild.check(queue.PARTS)) == []
    kept = [row for row in rows(database) if any(row[name] for name in row if name != "at")]
    (everything,) = rows(database, "SELECT count(*) AS n FROM engagement_opportunities")
    assert sum(row["drafted"] for row in kept) == everything["n"]
    assert all(row["at"] % 900 == 0 for row in kept)
    database.execute_sql("DELETE FROM opportunity_quarters")
    list(rebuild.mend(queue.PARTS))
    assert rows(database) == kept


def test_what_an_edit_or_an_ingest_does_counts_nothing(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    before = rows(database)
    approver.patch(f"{QUEUE}/{opportunity}", json={"suggestedResponse": "other"})
    bot.post(INGEST, json=x_response(x_tweet(0)))
    assert rows(database) == before
