"""Responses of X go in as they came: whole or not at all, twice without doubles, and nothing known is forgotten."""

import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.conftest import client
from tests.growth_service.conftest import ROSA, SAM, TWEETS, ingested, row_count, tweet_id, x_response, x_tweet

FULL: dict[str, Any] = {
    "created_at": "2026-11-21T10:45:20.000Z",
    "public_metrics": {"like_count": 3, "retweet_count": 2, "reply_count": 1, "quote_count": 9, "impression_count": 40},
    "entities": {
        "hashtags": [{"start": 0, "end": 5, "tag": "IPv6"}],
        "mentions": [{"start": 6, "end": 9, "username": "juno", "id": "7"}],
        "urls": [{"url": "https://t.co/x", "expanded_url": "https://example.com/x"}, {"url": "https://t.co/y"}],
        "annotations": [{"type": "Person"}],
    },
    "edit_history_tweet_ids": ["1"],
    "context_annotations": [{"domain": {"id": "46"}}],
}


def counts(created: int, updated: int) -> dict[str, int]:
    return {"created": created, "updated": updated}


def test_a_response_is_stored_as_the_tables_say(bot: FlaskClient) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1, **FULL)), query_string={"fetchedAt": "2026-11-21T11:00:00Z"})
    (listed,) = bot.get(TWEETS).json["tweets"]
    assert listed == {
        "id": tweet_id(1),
        "accountId": SAM,
        "accountUsername": "subnetsam",
        "text": "tweet 1",
        "metrics": {"likes": 3, "retweets": 2, "replies": 1, "quotes": 9, "impressions": 40},
        "entities": {
            "hashtags": ["IPv6"],
            "mentions": ["juno"],
            "urls": ["https://example.com/x", "https://t.co/y"],
        },
        "aiAnalysis": None,
        "createdAt": "2026-11-21T10:45:20Z",
        "analyzedAt": None,
        "conversationId": None,
        "repliedToId": None,
        "repliedToAccountId": None,
        "quotedId": None,
        "language": None,
        "chainId": tweet_id(1),
        "supersededBy": None,
        "unavailable": None,
        "withheld": None,
        "fetchedAt": "2026-11-21T11:00:00Z",
    }


def test_the_same_response_twice_adds_nothing(bot: FlaskClient, database: LibsqlDatabase) -> None:
    body, at = x_response(x_tweet(1, **FULL), x_tweet(2)), {"fetchedAt": "2026-11-21T11:00:00Z"}
    assert bot.post(TWEETS, json=body, query_string=at).json == ingested((2, 0), (2, 0))
    before = bot.get(TWEETS).json
    assert bot.post(TWEETS, json=body, query_string=at).json == ingested((0, 2), (0, 2))
    assert bot.get(TWEETS).json == before
    assert (row_count(database, "tweets"), row_count(database, "twitter_accounts")) == (2, 2)


def shown(bot: FlaskClient, number: int) -> dict[str, Any]:
    """A tweet but for what X was last asked, and when."""
    tweet: dict[str, Any] = bot.get(f"{TWEETS}/{tweet_id(number)}").json
    return {name: tweet[name] for name in set(tweet) - {"fetchedAt", "metricsHistory", "author", "conversation"}}


def test_what_is_absent_erases_nothing(bot: FlaskClient) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1, **FULL)))
    before = shown(bot, 1)
    bot.post(TWEETS, json={"data": {"id": tweet_id(1), "text": "tweet 1"}}, query_string={"accountId": ROSA})
    assert shown(bot, 1) == before
    bot.post(TWEETS, json={"data": x_tweet(1, public_metrics={"like_count": 5})})
    assert bot.get(f"{TWEETS}/{tweet_id(1)}").json["metrics"] == before["metrics"] | {"likes": 5}


NULLS: list[dict[str, Any]] = [
    {"created_at": None},
    {"public_metrics": None},
    {"public_metrics": {f"{name}_count": None for name in ("like", "retweet", "reply", "impression")}},
    {"entities": None},
    {"entities": {"hashtags": None, "mentions": None, "urls": None}},
    {"entities": {"urls": [{"url": None, "expanded_url": None}]}},
    {"note_tweet": None},
    {"note_tweet": {"text": None, "entities": None}},
]


@pytest.mark.parametrize("null", NULLS)
def test_null_says_as_little_as_absence(bot: FlaskClient, null: dict[str, Any]) -> None:
    nobody = {"id": SAM, "username": "subnetsam", "name": None, "description": None, "public_metrics": None}
    bot.post(TWEETS, json=x_response(x_tweet(1), users=[nobody]))
    absent = shown(bot, 1)
    body = x_response(x_tweet(2, **null)) | {"errors": None, "meta": {"result_count": None}}
    assert bot.post(TWEETS, json=body).status_code == 200
    stored = shown(bot, 2)
    empty = {"hashtags": [], "mentions": [], "urls": []}
    known = absent | {"id": tweet_id(2), "chainId": tweet_id(2), "text": "tweet 2"}
    assert stored in (known, known | {"entities": empty})


def test_a_response_may_be_null_but_for_its_tweets(bot: FlaskClient) -> None:
    body = {"data": x_tweet(1), "includes": None, "meta": None, "errors": None}
    assert bot.post(TWEETS, json=body, query_string={"accountId": SAM}).json["tweets"] == counts(1, 0)
    nobody = {"data": x_tweet(2), "includes": {"users": None}}
    assert bot.post(TWEETS, json=nobody).json["tweets"] == counts(1, 0)


def test_newer_data_replaces_older(bot: FlaskClient) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1, **FULL)))
    newer = x_tweet(1, ROSA, text="never changes", entities={"hashtags": [{"tag": "OSPF"}]})
    bot.post(TWEETS, json=x_response(newer))
    stored = bot.get(f"{TWEETS}/{tweet_id(1)}").json
    assert (stored["text"], stored["accountId"]) == ("tweet 1", ROSA)
    assert stored["entities"] == {"hashtags": ["OSPF"], "mentions": [], "urls": []}


def test_a_long_tweet_is_stored_whole(bot: FlaskClient) -> None:
    note = {"text": "x" * 2000, "entities": {"hashtags": [{"tag": "long"}]}}
    bot.post(TWEETS, json=x_response(x_tweet(1, text="x" * 200 + "…", note_tweet=note)))
    stored = bot.get(f"{TWEETS}/{tweet_id(1)}").json
    assert stored["text"] == "x" * 2000
    assert stored["entities"]["hashtags"] == ["long"]


def test_one_tweet_without_brackets_and_one_twice(bot: FlaskClient) -> None:
    assert bot.post(TWEETS, json={"data": x_tweet(1)}).json == ingested((1, 0), (1, 0))
    twice = x_response(x_tweet(2, text="older"), x_tweet(2, text="newer"))
    assert bot.post(TWEETS, json=twice).json["tweets"] == counts(1, 0)
    assert bot.get(f"{TWEETS}/{tweet_id(2)}").json["text"] == "newer"


def test_an_author_known_only_by_id_has_no_name_until_x_says_more(bot: FlaskClient) -> None:
    assert bot.post(TWEETS, json={"data": x_tweet(1)}).json["accounts"] == counts(1, 0)
    assert bot.post(TWEETS, json={"data": x_tweet(2)}).json["accounts"] == counts(0, 0)
    assert bot.get(f"{TWEETS}/{tweet_id(1)}").json["accountUsername"] is None
    assert bot.post(TWEETS, json=x_response(x_tweet(1))).json["accounts"] == counts(1, 1)
    assert bot.get(f"{TWEETS}/{tweet_id(1)}").json["accountUsername"] == "subnetsam"


def test_a_timeline_gets_its_author_from_the_query(bot: FlaskClient, database: LibsqlDatabase) -> None:
    timeline = {"data": [{"id": "11", "text": "a"}, {"id": "12", "text": "b", "author_id": ROSA}]}
    response = bot.post(TWEETS, json=timeline)
    assert response.status_code == 422
    message = "Not in the body: ask X for the field author_id, or name the author with ?accountId=."
    assert response.json["errors"] == {"data.0.author_id": [message]}
    assert response.json["detail"] == "the author of a tweet is not known"
    assert row_count(database, "tweets") == 0
    assert bot.post(f"{TWEETS}?accountId={SAM}", json=timeline).json["tweets"] == counts(2, 0)
    authors = {tweet["id"]: tweet["accountId"] for tweet in bot.get(TWEETS).json["tweets"]}
    assert authors == {"11": SAM, "12": ROSA}


@pytest.mark.parametrize("body", [{"meta": {"result_count": 0}}, {"data": [], "meta": {"result_count": 0}}])
def test_nothing_found_is_no_error(bot: FlaskClient, body: dict[str, Any]) -> None:
    for _ in range(2):
        response = bot.post(TWEETS, json=body, headers={"Idempotency-Key": "k"})
        assert response.status_code == 200
        assert response.json == ingested()
        assert "Idempotency-Replayed" not in response.headers


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"errors": [{"title": "Not Found Error", "detail": "Could not find user with id: [1]."}]}, "Could not find"),
        ({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, "Unauthorized"),
        ({}, "Missing: a response of X has it, or a meta.result_count of 0."),
    ],
)
def test_an_error_of_x_is_refused_with_its_words(bot: FlaskClient, body: dict[str, Any], says: str) -> None:
    response = bot.post(TWEETS, json=body)
    assert response.status_code == 422
    assert says in response.json["errors"]["data"][0]


def test_data_beside_errors_is_stored(bot: FlaskClient) -> None:
    body = x_response(x_tweet(1)) | {"errors": [{"title": "Not Found Error", "detail": "a quoted tweet is gone"}]}
    assert bot.post(TWEETS, json=body).json["tweets"] == counts(1, 0)


def test_ten_ingests_at_once_store_each_tweet_once(
    growth_app: Flask, bot: FlaskClient, database: LibsqlDatabase
) -> None:
    body = x_response(*[x_tweet(number, **FULL) for number in range(20)])
    created: list[int] = []

    def work() -> None:
        caller = client(growth_app, "growth-bot", "service")
        created.append(caller.post(TWEETS, json=body).json["tweets"]["created"])
        database.close()

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created) == [0] * 9 + [20]
    assert row_count(database, "tweets") == 20
    assert bot.get(f"{TWEETS}/{tweet_id(0)}").json["metrics"]["likes"] == 3


def test_a_thousand_tweets_are_one_batch_and_no_more(bot: FlaskClient, database: LibsqlDatabase) -> None:
    context = {"context_annotations": [{"domain": {"id": str(n), "name": "x" * 50}} for n in range(20)]}
    many = [x_tweet(number, text=f"{number} " + "ä" * 300, **context) for number in range(1000)]
    assert bot.post(TWEETS, json=x_response(*many)).json["tweets"] == counts(1000, 0)
    assert row_count(database, "tweets") == 1000
    response = bot.post(TWEETS, json=x_response(*many, x_tweet(1000)))
    assert (response.status_code, response.json["errors"]) == (422, {"data": ["Length must be between 0 and 1000."]})
    assert row_count(database, "tweets") == 1000
    response = bot.post(TWEETS, json=x_response(*many) | {"more": "x" * 2**23})
    assert (response.status_code, response.json["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_a_repeated_ingest_with_its_key_is_answered_from_the_first(bot: FlaskClient, database: LibsqlDatabase) -> None:
    body, key = x_response(x_tweet(1)), {"Idempotency-Key": "page-1"}
    first, again = (bot.post(TWEETS, json=body, headers=key) for _ in range(2))
    assert first.json == again.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert bot.post(TWEETS, json=x_response(x_tweet(2)), headers=key).status_code == 409
    assert row_count(database, "tweets") == 1


def test_tweets_are_listed_latest_first_by_author(bot: FlaskClient) -> None:
    bot.post(TWEETS, json=x_response(*[x_tweet(number, (SAM, ROSA)[number % 2]) for number in range(10)]))
    first = bot.get(f"{TWEETS}?accountId={ROSA}&limit=3").json
    assert [tweet["text"] for tweet in first["tweets"]] == ["tweet 9", "tweet 7", "tweet 5"]
    rest = bot.get(f"{TWEETS}?accountId={ROSA}&limit=3&after={first['next']}").json
    assert [tweet["text"] for tweet in rest["tweets"]] == ["tweet 3", "tweet 1"]
    assert rest["next"] is None
    assert len(bot.get(TWEETS).json["tweets"]) == 10
    assert bot.get(f"{TWEETS}/1").status_code == 404
