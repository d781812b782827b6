"""When and about what our replies get most: by the hour of the asker's zone, and by topic."""

import datetime as dt
import json
import zoneinfo
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.results import replies
from shared_schema.database import LibsqlDatabase, Statement
from tests.growth_service.conftest import draft, tweet_id
from tests.growth_service.results.test_analytics import report

OURS = "INSERT INTO tweets (id, account_id, text, metrics) VALUES (?, (SELECT account_id FROM tweets LIMIT 1), 'r', ?)"
SENT = """
    UPDATE engagement_opportunities SET status = 'executed', executed_at = ?, result_tweet_id = ? WHERE id = ?
"""


def replied(
    bot: FlaskClient, database: LibsqlDatabase, number: int, moment: dt.datetime, metrics: object, **about: Any
) -> None:
    """A reply to the tweet of this number, sent at this time, and what X says of it; None: we do not have its tweet."""
    answered, ours = tweet_id(number), f"9{number:018}"
    opportunity = draft(bot, answered).json["id"]
    for column, document in about.items():
        text = document if isinstance(document, str) else json.dumps(document)
        database.batch([Statement(f"UPDATE tweets SET {column} = ? WHERE id = ?", (text, answered))])
    if metrics is not None:
        database.batch([Statement(OURS, (ours, metrics if isinstance(metrics, str) else json.dumps(metrics)))])
    database.batch([Statement(SENT, (str(int(moment.timestamp())), ours, opportunity))])


def at(hour: int, minute: int = 0, days: int = 1, zone: str = "UTC") -> dt.datetime:
    """This time of the clock, so many days ago."""
    own = zoneinfo.ZoneInfo(zone)
    return dt.datetime.combine(dt.datetime.now(own).date() - dt.timedelta(days=days), dt.time(hour, minute), own)


def counts(likes: int, **more: int) -> dict[str, int]:
    return {"likes": likes, "retweets": 0, "replies": 0} | more


def got(number: int, engagements: int, impressions: int | None = None, rate: float | None = None) -> dict[str, Any]:
    return {
        "replies": number, "engagements": engagements, "engagementsPerReply": engagements / number,
        "impressions": impressions, "engagementRate": rate,
    }  # fmt: skip


@pytest.mark.usefixtures("tweets")
def test_hours_are_those_of_the_askers_clock_best_first(bot: FlaskClient, database: LibsqlDatabase) -> None:
    everything = {"likes": 1, "retweets": 2, "replies": 3, "quotes": 4, "bookmarks": 1000, "impressions": 100}
    replied(bot, database, 0, at(8, 59), everything)
    replied(bot, database, 1, at(8, 0, days=2), counts(20))  # its impressions are not known
    replied(bot, database, 2, at(9, 0), counts(16, impressions=0))
    replied(bot, database, 3, at(23, 59), counts(15))
    replied(bot, database, 4, at(23, 0, days=2), counts(15))
    replied(bot, database, 5, at(7), counts(15))
    replied(bot, database, 6, at(7), None)
    replied(bot, database, 7, at(12, days=7), counts(1000))  # before the window
    shown = report(bot)
    assert shown["bestHours"] == [
        {"hour": 9} | got(1, 16, 0),
        {"hour": 8} | got(2, 30, 100, 0.1),
        {"hour": 23} | got(2, 30),
        {"hour": 7} | got(1, 15),
    ]
    assert shown["repliesMeasured"] == 6
    assert report(bot, days=1)["bestHours"] == []


@pytest.mark.usefixtures("tweets")
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/Los_Angeles"])
def test_an_hour_is_one_of_the_zone(bot: FlaskClient, database: LibsqlDatabase, zone: str) -> None:
    replied(bot, database, 0, at(17, 45, zone=zone), counts(1))
    assert [hour["hour"] for hour in report(bot, timezone=zone)["bestHours"]] == [17]


@pytest.mark.usefixtures("tweets")
def test_topics_are_those_of_the_analysis_and_the_hashtags_each_once(
    bot: FlaskClient, database: LibsqlDatabase
) -> None:
    tags = {"hashtags": ["#CCNA", "ccna", "Subnetting"], "mentions": [], "urls": []}
    analysis = {"sentiment": "curious", "topics": ["ccna ", "Exams", "", "x" * 101], "engagementQuality": 1}
    replied(bot, database, 0, at(8), counts(4), entities=tags, ai_analysis=analysis)
    replied(bot, database, 1, at(9), counts(2, impressions=10), entities={"hashtags": ["ccna"]})
    replied(bot, database, 2, at(9), counts(9))
    assert report(bot)["bestTopics"] == [
        {"topic": "exams"} | got(1, 4),
        {"topic": "subnetting"} | got(1, 4),
        {"topic": "ccna"} | got(2, 6, 10, 0.2),
    ]


@pytest.mark.usefixtures("tweets")
def test_of_many_topics_the_best_twenty_are_listed(bot: FlaskClient, database: LibsqlDatabase) -> None:
    for number in range(5):
        tags = {"hashtags": [f"t{number}-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]}
        replied(bot, database, number, at(8), counts(number), entities=tags)
    topics = [topic["topic"] for topic in report(bot)["bestTopics"]]
    assert sorted(topics) == [f"t4-{letter}" for letter in "abcdefghijklmnopqrst"]


@pytest.mark.usefixtures("tweets")
@pytest.mark.parametrize("text", ["no JSON", "[]", "1", "null"])
def test_texts_that_are_no_documents_are_passed_over(bot: FlaskClient, database: LibsqlDatabase, text: str) -> None:
    replied(bot, database, 0, at(8), text)
    replied(bot, database, 1, at(8), counts(3), entities=text, ai_analysis=text)
    replied(bot, database, 2, at(8), counts(5), entities={"hashtags": text}, ai_analysis={"topics": [1, None, "arp"]})
    replied(bot, database, 3, at(8), {"likes": "many", "retweets": -1, "replies": 10**13, "quotes": True})
    shown = report(bot)
    assert (shown["repliesMeasured"], shown["bestTopics"]) == (3, [{"topic": "arp"} | got(1, 5)])
    assert shown["bestHours"] == [{"hour": 8} | got(3, 8)]


@pytest.mark.usefixtures("tweets")
def test_the_latest_replies_are_measured_where_there_are_too_many(
    bot: FlaskClient, database: LibsqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "LIMIT 300" in replies._SENT
    monkeypatch.setattr(replies, "_SENT", replies._SENT.replace("LIMIT 300", "LIMIT 2"))
    for number in range(4):
        replied(bot, database, number, at(number), counts(number))
    assert [hour["hour"] for hour in report(bot)["bestHours"]] == [3, 2]
