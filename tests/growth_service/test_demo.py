"""The demo week: loaded once, through the rules, ending today."""

import datetime as dt

import pytest
from flask.testing import FlaskClient

from growth_service import demo, generations
from shared_schema.database import Database
from tests.growth_service.conftest import QUEUE, rows

TABLES = (
    "twitter_accounts", "tweets", "engagement_opportunities", "growth_metrics", "ai_generation_log", "audit_log",
    "idempotency_keys",
)  # fmt: skip


def contents(database: Database) -> dict[str, list[object]]:
    return {table: database.execute_sql(f"SELECT * FROM {table}").fetchall() for table in TABLES}


def test_the_week_ends_today(bot: FlaskClient, approver: FlaskClient, database: Database) -> None:
    assert demo.load()
    now = dt.datetime.now(dt.UTC)
    metrics = bot.get("/api/growth/metrics?days=7").json["metrics"]
    assert [metric["date"] for metric in metrics] == [
        (now.date() - dt.timedelta(days=age)).isoformat() for age in range(7)
    ]
    assert all(metric["aiCostsUsd"] > 0 for metric in metrics)
    tweets = bot.get("/api/twitter/tweets?limit=100").json["tweets"]
    times = [dt.datetime.fromisoformat(tweet["createdAt"]) for tweet in tweets]
    assert max(times).date() == now.date()
    assert max(times) <= now
    assert len(approver.get(QUEUE).json["opportunities"]) == 8
    assert approver.get("/api/ai/costs?days=7").json["unpriced"] == 0


def test_a_second_load_changes_nothing(database: Database) -> None:
    demo.load()
    before = contents(database)
    assert not demo.load()
    assert contents(database) == before


def test_a_load_that_broke_off_is_taken_up_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(generations, "record", broken)
        with pytest.raises(OSError):
            demo.load()
    assert demo.load()
    assert rows(database, "engagement_opportunities") == 8
    assert rows(database, "ai_generation_log") == 20
