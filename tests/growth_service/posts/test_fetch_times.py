"""What X said later counts, in whatever order it arrives, and every day keeps its own counts."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from tests.growth_service.conftest import (
    ROSA,
    SAM,
    TWEETS,
    changes,
    ingested,
    just_now,
    row_count,
    stored,
    tweet_id,
    x_response,
    x_tweet,
)

ACCOUNTS = "/api/twitter/accounts"
OLD, NEW = "2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z"


def ingest(bot: FlaskClient, at: str | None, *tweets: dict[str, Any], users: Any = None) -> Any:
    query = {"fetchedAt": at} if at else {}
    response = bot.post(TWEETS, json=x_response(*tweets, users=users), query_string=query)
    assert response.status_code == 200, response.json
    return response.json


def counted(likes: int, **more: int) -> dict[str, Any]:
    return {"public_metrics": {"like_count": likes} | more}


def days(database: LibsqlDatabase, number: int = 1) -> list[dict[str, Any]]:
    query = Statement("SELECT * FROM tweet_metrics_days WHERE tweet_id = ? ORDER BY day", (tweet_id(number),))
    return [dict(row) for row in database.fetch([query], fresh=True)[0].rows]


def test_an_older_response_replaces_nothing(bot: FlaskClient, database: LibsqlDatabase) -> None:
    full = {"lang": "en", "conversation_id": "5", "in_reply_to_user_id": "6", "created_at": "2026-01-01T00:00:00Z"}
    full |= {"referenced_tweets": [{"type": "quoted", "id": "7"}], "withheld": {"country_codes": ["DE"]}}
    full |= {"entities": {"hashtags": [{"tag": "new"}]}}
    ingest(bot, NEW, x_tweet(1, **full, **counted(9)), users=[{"id": SAM, "username": "sam", "name": "New"}])
    before, account = stored(database, "tweets", tweet_id(1)), stored(database, "twitter_accounts", SAM)
    other = {"lang": "de", "conversation_id": "50", "in_reply_to_user_id": "60", "created_at": "2025-01-01T00:00:00Z"}
    other |= {"referenced_tweets": [{"type": "quoted", "id": "70"}], "withheld": {"country_codes": ["XX"]}}
    other |= {"entities": {"hashtags": [{"tag": "old"}]}, "author_id": ROSA}
    older = x_tweet(1, text="old", **(other | counted(5, quote_count=3)))
    ingest(bot, OLD, older, users=[{"id": SAM, "username": "sam_before", "name": "Old", "description": "old"}])
    assert stored(database, "tweets", tweet_id(1)) == before
    assert stored(database, "twitter_accounts", SAM) == account


def test_an_older_response_tells_what_was_not_known(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, NEW, x_tweet(1))
    before = stored(database, "tweets", tweet_id(1))
    ingest(bot, OLD, x_tweet(1, lang="en", entities={"hashtags": [{"tag": "a"}]}, **counted(5)))
    assert changes(before, stored(database, "tweets", tweet_id(1))) == {
        "language": "en",
        "entities": '{"hashtags":["a"],"mentions":[],"urls":[]}',
        "metrics": '{"likes":5,"retweets":0,"replies":0}',
        "engagement": 5,
    }


def test_each_day_has_the_counts_of_its_last_fetch(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, "2026-11-20T23:59:59Z", x_tweet(1, **counted(3, retweet_count=1)), x_tweet(2, **counted(1)))
    ingest(bot, "2026-11-21T00:00:00Z", x_tweet(1, **counted(8)))
    ingest(bot, "2026-11-20T10:00:00+02:00", x_tweet(1, **counted(2, reply_count=7)))  # earlier, and delivered late
    ingest(bot, "2026-11-21T05:00:00Z", x_tweet(1, **counted(7, quote_count=1, bookmark_count=2, impression_count=3)))
    ingest(bot, "2026-11-21T06:00:00Z", x_tweet(1))  # was not asked for counts
    empty = dict.fromkeys(("retweets", "replies", "quotes", "bookmarks", "impressions"))
    first = {"tweet_id": tweet_id(1), "day": "2026-11-20", "likes": 3, "retweets": 1, "replies": 7}
    second = {"tweet_id": tweet_id(1), "day": "2026-11-21", "likes": 7, "quotes": 1, "bookmarks": 2, "impressions": 3}
    assert days(database) == [
        empty | first | {"fetched_at": 1_795_219_199},
        empty | second | {"fetched_at": 1_795_237_200},
    ]
    history = bot.get(f"{TWEETS}/{tweet_id(1)}").json["metricsHistory"]
    assert [(day["day"], day["likes"], day["retweets"], day["fetchedAt"]) for day in history] == [
        ("2026-11-21", 7, None, "2026-11-21T05:00:00Z"),
        ("2026-11-20", 3, 1, "2026-11-20T23:59:59Z"),
    ]
    assert len(days(database, 2)) == 1
    assert bot.get(f"{TWEETS}/{tweet_id(1)}").json["metrics"]["likes"] == 7


def test_a_response_is_of_now_unless_it_says_when(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, None, x_tweet(1))
    assert stored(database, "tweets", tweet_id(1))["fetched_at"] == just_now()
    assert stored(database, "twitter_accounts", SAM)["fetched_at"] == just_now()


@pytest.mark.parametrize("url", [TWEETS, ACCOUNTS])
@pytest.mark.parametrize("wrong", ["2999-01-01T00:00:00Z", "2026-11-20T08:00:00", "yesterday", ""])
def test_a_time_in_the_future_or_without_a_zone_is_refused(
    bot: FlaskClient, database: LibsqlDatabase, url: str, wrong: str
) -> None:
    response = bot.post(url, json={"data": [], "includes": {}}, query_string={"fetchedAt": wrong})
    assert (response.status_code, list(response.json["errors"])) == (422, ["fetchedAt"])
    assert row_count(database, "audit_log") == 0


def test_a_refresh_of_a_stored_tweet_needs_no_author(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, OLD, x_tweet(1), x_tweet(2))
    bare = [{"id": tweet_id(number), "text": "a", **counted(4)} for number in (1, 2)]
    assert bot.post(TWEETS, json={"data": bare}).json == ingested(tweets=(0, 2))
    row = stored(database, "tweets", tweet_id(1))
    assert (row["account_id"], row["engagement"], row["text"]) == (SAM, 4, "tweet 1")
    refused = bot.post(TWEETS, json={"data": [bare[0] | counted(99), {"id": "5", "text": "whose?"}, bare[1]]})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["data.1.author_id"])
    assert stored(database, "tweets", tweet_id(1)) == row
    assert row_count(database, "tweets") == 2


def test_what_others_refer_to_is_stored_where_its_author_is_known(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, OLD, x_tweet(1))
    included = [
        {"id": tweet_id(1), "text": "a", **counted(4)},
        {"id": "50", "text": "nobody's"},
        x_tweet(3, ROSA),
        x_tweet(4),
    ]
    body = x_response(x_tweet(4, text="the data count"))
    body["includes"]["tweets"] = included
    response = bot.post(f"{TWEETS}?accountId=12", json=body)
    assert response.json == ingested((0, 2), (1, 0), included=(1, 1))
    assert stored(database, "tweets", tweet_id(1))["engagement"] == 4
    assert stored(database, "tweets", tweet_id(3))["account_id"] == ROSA
    assert stored(database, "tweets", tweet_id(4))["text"] == "the data count"
    assert bot.get(f"{TWEETS}/50").status_code == 404


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59-23:59", None),
        ("0001-01-01T00:00:00+00:01", None),
    ],
)
def test_no_moment_makes_a_page_that_cannot_be_shown(
    bot: FlaskClient, database: LibsqlDatabase, moment: str, shown: str | None
) -> None:
    response = bot.post(TWEETS, json=x_response(x_tweet(1, created_at=moment)))
    if shown is None:
        assert (response.status_code, list(response.json["errors"])) == (422, ["data.0.created_at"])
        assert row_count(database, "tweets") == 0
    assert [tweet["createdAt"] for tweet in bot.get(TWEETS).json["tweets"]] == ([shown] if shown else [])


@pytest.mark.parametrize("more", [{"dm_conversation_id": "1-2"}, {"event_type": "MessageCreate"}])
def test_a_direct_message_is_no_tweet(bot: FlaskClient, database: LibsqlDatabase, more: dict[str, Any]) -> None:
    response = bot.post(TWEETS, json=x_response(x_tweet(1), x_tweet(2, **more)))
    expected = {"data.1": ["A direct message is no tweet, and is not stored."]}
    assert (response.status_code, response.json["errors"]) == (422, expected)
    assert row_count(database, "tweets") == 0
