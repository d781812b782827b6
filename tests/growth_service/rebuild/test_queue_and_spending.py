"""Balances, open holds, counts of opportunities and slots: each part sees its damage, and counting anew mends it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service import rebuild
from growth_service.rebuild import queue, spending
from shared_schema.database import LibsqlDatabase, Statement
from tests.conftest import caught_up
from tests.growth_service.conftest import QUEUE, approved, claim, draft
from tests.growth_service.spending.conftest import HOLDS, hold, put, settle, spend

PARTS = [part.name for part in (*spending.PARTS, *queue.PARTS)]
TABLES = (
    "ai_budget_periods",
    "ai_open_holds",
    "opportunity_counts",
    "opportunity_quarters",
    "opportunity_days",
    "send_slots",
)
SUMS = ("posted_nanousd", "pending_nanousd", "unpriced", "uncovered")
DAMAGE = {
    "open_holds": [
        "DELETE FROM ai_open_holds",
        "UPDATE ai_open_holds SET expires_at = expires_at + 1",
        "UPDATE ai_open_holds SET budget = 'other'",
        """
        INSERT INTO ai_open_holds (hold_id, budget, expires_at)
        SELECT hold_id, 'all', 5 FROM ai_hold_resolutions LIMIT 1
        """,
    ],
    "balances": [
        *(
            f"UPDATE ai_budget_periods SET {name} = {name} + 1 WHERE length(period) = {length}"
            for name in SUMS
            for length in (7, 10)
        ),
        "DELETE FROM ai_budget_periods WHERE length(period) = 7",
        "INSERT INTO ai_budget_periods (budget, period, posted_nanousd) VALUES ('all', '9999-12-31', 1)",
        "INSERT INTO ai_budget_periods (budget, period, posted_nanousd) VALUES ('all', '9999-12', 1)",
    ],
    "states": [
        "UPDATE opportunity_counts SET opportunities = opportunities + 1 WHERE status = 'pending'",
        "DELETE FROM opportunity_counts WHERE status = 'claimed'",
        "INSERT INTO opportunity_counts (status, opportunities) VALUES ('nonsense', 1)",
        "INSERT INTO opportunity_counts (status, opportunities) VALUES ('expired', -1)",
    ],
    **{
        part: [
            *(
                f"UPDATE opportunity_{part} SET {name} = {name} {change}"
                for name in ("drafted", "approved", "rejected", "executed", "sent")
                for change in ("+ 1", "- 1")
            ),
            f"DELETE FROM opportunity_{part}",
            f"INSERT INTO opportunity_{part} (at, sent) VALUES (-86400, 1)",
        ]
        for part in ("quarters", "days")
    },
    "slots": [
        "DELETE FROM send_slots WHERE opportunity_id IN (SELECT id FROM engagement_opportunities"
        " WHERE status = 'claimed')",
        "UPDATE send_slots SET account_id = '1'",
        "UPDATE send_slots SET chain_id = '1'",
        "UPDATE send_slots SET thread_id = NULL",
        """
        INSERT INTO send_slots (opportunity_id, account_id)
        SELECT id, account_id FROM engagement_opportunities WHERE status = 'pending'
        """,
    ],
}


@pytest.fixture
def world(bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase) -> None:
    """A budget with calls and holds of every outcome; a draft, and one that is rejected, claimed, sent, lost."""
    put(approver)
    spend(bot, 0.1, 1)
    spend(bot, None, 2)
    hold(bot, 0.1, "open")
    settle(bot, hold(bot, 0.1, "settled").json["id"], 0.01)
    released = hold(bot, 0.1, "released").json["id"]
    bot.post(f"{HOLDS}/{released}/release", json={})
    draft(bot, tweets[0])
    approver.post(f"{QUEUE}/{draft(bot, tweets[1]).json['id']}/reject", json={"reason": "no"})
    for tweet in tweets[2:6]:
        approved(bot, approver, tweet)
    _, sent, lost = (claim(bot, limit=1)[0] for _ in range(3))
    bot.post(f"{QUEUE}/{sent['id']}/executed", json={"leaseToken": sent["leaseToken"], "resultTweetId": "77"})
    bot.post(f"{QUEUE}/{lost['id']}/failed", json={"leaseToken": lost["leaseToken"], "outcome": "unknown"})
    # Their slots are as if taken then, so that those that are made anew are the same.
    database.execute_sql("UPDATE engagement_opportunities SET updated_at = 5000 WHERE status IN ('claimed', 'unknown')")
    database.execute_sql(
        "UPDATE engagement_opportunities SET executed_at = 5000, updated_at = 6000 WHERE executed_at > 0"
    )
    database.execute_sql("UPDATE send_slots SET taken_at = 5000")


def stored(database: LibsqlDatabase) -> dict[str, Any]:
    caught_up()
    return {
        table: database.fetch([Statement(f"SELECT * FROM {table} ORDER BY 1, 2")], fresh=True)[0].rows
        for table in TABLES
    }


def differing() -> list[str]:
    caught_up()
    return sorted({difference.part for difference in rebuild.check()})


def test_every_part_has_damage() -> None:
    assert list(DAMAGE) == PARTS


@pytest.mark.parametrize("part", DAMAGE)
def test_each_part_sees_its_damage_and_mends_it(world: None, database: LibsqlDatabase, part: str) -> None:
    assert differing() == []
    before = stored(database)
    assert all(before.values())
    for damage in DAMAGE[part]:
        database.batch([Statement(damage)])
        assert (damage, differing()) == (damage, [part])
        assert [mended.name for mended, count in rebuild.mend() if count] == [part]
        assert (damage, stored(database)) == (damage, before)


def test_what_says_nothing_is_no_difference(world: None, database: LibsqlDatabase) -> None:
    """Rows of zeros, as triggers leave them, and the time of a slot."""
    for statement in (
        "INSERT INTO opportunity_quarters (at) VALUES (900)",
        "INSERT INTO opportunity_counts (status, opportunities) VALUES ('expired', 0) ON CONFLICT DO NOTHING",
        "INSERT INTO ai_budget_periods (budget, period) VALUES ('all', '9999-12')",
        "UPDATE send_slots SET taken_at = 7",
    ):
        database.execute_sql(statement)
    assert differing() == []


def test_history_of_before_a_budget_counted_stays(world: None, database: LibsqlDatabase) -> None:
    old = "INSERT INTO ai_budget_periods (budget, period, posted_nanousd) VALUES ('all', '2001-01', 7)"
    database.execute_sql(old)
    assert differing() == []
    assert not any(count for _, count in rebuild.mend())


def test_a_slot_whose_claim_is_not_known_is_of_the_last_change(world: None, database: LibsqlDatabase) -> None:
    database.execute_sql("DELETE FROM send_slots")
    list(rebuild.mend())
    assert [row["taken_at"] for row in stored(database)["send_slots"]] == [5000] * 3
