"""Counts of opportunities by time agree with the opportunities, whatever was done to them and by whom."""

import random
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.results import opportunity_quarters
from shared_schema.database import Database, Statement
from tests.growth_service.conftest import QUEUE, claim, draft, run_out, x_response, x_tweet
from tests.growth_service.conftest import TWEETS as INGEST

KEPT = "SELECT * FROM opportunity_quarters ORDER BY at"


def rows(database: Database, sql: str = KEPT) -> list[dict[str, Any]]:
    return database.fetch([Statement(sql)], fresh=True)[0].rows


def anything(
    bot: FlaskClient, approver: FlaskClient, database: Database, tweets: list[str], chance: random.Random
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
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(120):
        anything(bot, approver, database, tweets, chance)
    assert opportunity_quarters.differing() == []
    kept = [row for row in rows(database) if any(row[name] for name in row if name != "at")]
    (everything,) = rows(database, "SELECT count(*) AS n FROM engagement_opportunities")
    assert sum(row["drafted"] for row in kept) == everything["n"]
    assert all(row["at"] % 900 == 0 for row in kept)
    assert {name for row in kept for name, count in row.items() if count} >= {"drafted", "approved", "executed", "sent"}
    database.batch(opportunity_quarters.rebuild())
    assert rows(database) == kept


@pytest.mark.parametrize("column", ["drafted", "approved", "rejected", "executed", "sent"])
@pytest.mark.parametrize("change", ["{} + 1", "{} - 1"])
def test_a_wrong_count_is_found_and_mended(
    bot: FlaskClient, tweets: list[str], database: Database, column: str, change: str
) -> None:
    draft(bot, tweets[0])
    ((quarter,),) = database.execute_sql("SELECT at FROM opportunity_quarters").fetchall()
    database.execute_sql(f"UPDATE opportunity_quarters SET {column} = {change.format(column)}")
    assert opportunity_quarters.differing() == [quarter]
    database.batch(opportunity_quarters.rebuild())
    assert opportunity_quarters.differing() == []


def test_a_missing_and_a_superfluous_quarter_are_found(bot: FlaskClient, tweets: list[str], database: Database) -> None:
    draft(bot, tweets[0])
    ((quarter,),) = database.execute_sql("SELECT at FROM opportunity_quarters").fetchall()
    database.execute_sql("DELETE FROM opportunity_quarters")
    database.execute_sql("INSERT INTO opportunity_quarters (at, sent) VALUES (900, 1), (1800, 0)")
    assert opportunity_quarters.differing() == [900, quarter]


def test_what_an_edit_or_an_ingest_does_counts_nothing(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: Database
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    before = rows(database)
    approver.patch(f"{QUEUE}/{opportunity}", json={"suggestedResponse": "other"})
    bot.post(INGEST, json=x_response(x_tweet(0)))
    assert rows(database) == before
