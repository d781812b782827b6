"""The demo week: loaded once, through the rules, ending today."""

import datetime as dt
import json

import pytest
from flask.testing import FlaskClient

from growth_service import demo
from growth_service.ledger import generations
from shared_schema.database import LibsqlDatabase, Statement
from tests.growth_service.conftest import QUEUE, row_count

TABLES = (
    "twitter_accounts", "tweets", "engagement_opportunities", "growth_metrics", "ai_generation_log", "audit_log",
    "receipts",
)  # fmt: skip
WEEK = json.loads(demo.WEEK.read_text())


def contents(database: LibsqlDatabase) -> dict[str, list[object]]:
    return {table: database.execute_sql(f"SELECT * FROM {table}").fetchall() for table in TABLES}


def test_the_week_ends_today(bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase) -> None:
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


def test_a_second_load_changes_nothing(database: LibsqlDatabase) -> None:
    demo.load()
    before = contents(database)
    assert not demo.load()
    assert contents(database) == before


def test_a_load_that_broke_off_is_taken_up_again(database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as patch:
        patch.setattr(generations, "record", broken)
        with pytest.raises(OSError):
            demo.load()
    assert demo.load()
    assert row_count(database, "engagement_opportunities") == 8
    assert row_count(database, "ai_generation_log") == 20


EVENING = dt.datetime(2027, 3, 14, 9, 30, tzinfo=dt.UTC)


def columns(database: LibsqlDatabase, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in database.fetch([Statement(sql)], fresh=True)[0].rows]


def test_the_week_is_moved_by_whole_days_and_ends_at_the_given_time(database: LibsqlDatabase) -> None:
    assert demo.load(EVENING)
    days = [f"2027-03-{day:02d}" for day in range(8, 15)]
    assert columns(database, "SELECT date FROM growth_metrics ORDER BY date") == [(day,) for day in days]
    calls = "SELECT date(created_at, 'unixepoch') AS day, count(*) AS n FROM ai_generation_log GROUP BY 1 ORDER BY 1"
    assert columns(database, calls) == list(zip(days, (3, 3, 3, 3, 3, 3, 2), strict=True))
    recorded = [dt.datetime.fromisoformat(tweet["created_at"]) for tweet in WEEK["tweets"]["data"]]
    moved = [moment + (EVENING.date() - max(recorded).date()) for moment in recorded]
    times = [(int(min(moment, EVENING).timestamp()),) for moment in moved]
    assert columns(database, "SELECT created_at FROM tweets ORDER BY created_at DESC") == sorted(times, reverse=True)
    assert max(times) == (int(EVENING.timestamp()),)  # the last one would be an hour ahead


def test_the_week_holds_what_its_file_says(database: LibsqlDatabase) -> None:
    demo.load(EVENING)
    accounts = "SELECT id, username, followers_count FROM twitter_accounts WHERE is_own_account OR is_competitor"
    expected = {
        (account_id, account["username"], account["followers_count"])
        for account_id, account in WEEK["accounts"].items()
        if account.get("kind") in ("own", "competitor")
    }
    assert set(columns(database, accounts)) == expected
    drafts = columns(database, "SELECT tweet_id, relevance_score, status FROM engagement_opportunities")
    assert set(drafts) == {(draft["tweet_id"], draft["relevance_score"], "pending") for draft in WEEK["opportunities"]}
    last = WEEK["metrics"]["0"]
    today = columns(database, "SELECT followers_count, impressions FROM growth_metrics WHERE date = '2027-03-14'")
    assert today == [(last["followers_count"], last["impressions"])]
    calls = columns(database, "SELECT request_id FROM ai_generation_log ORDER BY id")
    assert calls == [(call["request_id"],) for call in WEEK["generations"]]
    assert columns(database, "SELECT DISTINCT metadata FROM audit_log") == [('{"subject":"demo"}',)]
