"""Tweets as they are read: newest first by number, in a window of time, with their surroundings, and the best ones."""

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.damage import TOO_LATE, spoil
from tests.growth_service.conftest import (
    ROSA,
    SAM,
    TWEETS,
    audit_rows,
    changes,
    just_now,
    stored,
    tweet_id,
    x_response,
    x_tweet,
)

YEARS = ("25712847277", "506695756406095872", "1404396331897087955")  # of 2010, 2014 and 2021


def ids(bot: FlaskClient, query: str = "", path: str = TWEETS) -> list[str]:
    return [tweet["id"] for tweet in bot.get(f"{path}?{query}").json["tweets"]]


def test_ids_are_numbers_however_long(bot: FlaskClient) -> None:
    numbers = ("9", "10", *YEARS)
    bot.post(
        TWEETS,
        json=x_response(*({"id": one, "text": one, "author_id": SAM, "conversation_id": "1"} for one in numbers)),
    )
    expected = [*reversed(YEARS), "10", "9"]
    for query in ("", f"&accountId={SAM}", "&conversationId=1"):
        walked, after = [], ""
        while (page := bot.get(f"{TWEETS}?limit=1{query}{after}").json)["next"] is not None:
            walked += [tweet["id"] for tweet in page["tweets"]]
            after = f"&after={page['next']}"
        assert walked == expected
    assert ids(bot, "after=11") == ["10", "9"]
    assert ids(bot, "conversationId=2") == []


def test_a_window_of_time_begins_with_since_and_ends_before_until(bot: FlaskClient) -> None:
    times = ("08:00:00", "09:00:00", "09:00:00", "10:00:00")
    sent = [
        x_tweet(number, (SAM, ROSA)[number % 2], created_at=f"2026-11-20T{time}Z") for number, time in enumerate(times)
    ]
    bot.post(TWEETS, json=x_response(*sent, x_tweet(9)))  # one without a time
    window = "since=2026-11-20T08:00:00Z&until=2026-11-20T10:00:00Z"
    assert ids(bot, window) == [tweet_id(2), tweet_id(1), tweet_id(0)]
    assert ids(bot, "since=2026-11-20T10:00:00%2B01:00") == [tweet_id(3), tweet_id(2), tweet_id(1)]
    assert ids(bot, "until=2026-11-20T09:00:00Z") == [tweet_id(0)]
    assert ids(bot, f"{window}&accountId={SAM}") == [tweet_id(2), tweet_id(0)]
    walked, after = [], ""
    while (page := bot.get(f"{TWEETS}?{window}&limit=1{after}").json)["next"] is not None:
        walked += [tweet["id"] for tweet in page["tweets"]]
        after = f"&after={page['next']}"
    assert walked == [tweet_id(2), tweet_id(1), tweet_id(0)]
    unknown = bot.get(f"{TWEETS}?{window}&after=5")
    assert (unknown.status_code, unknown.json["errors"]) == (422, {"after": ["No such tweet."]})


def test_a_tweet_is_shown_with_its_surroundings(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase
) -> None:
    talk = {"conversation_id": "5"}
    reply = talk | {"referenced_tweets": [{"type": "replied_to", "id": tweet_id(1)}]}
    sent = [x_tweet(1, ROSA, **talk), x_tweet(2, **reply), x_tweet(3, ROSA, **talk), x_tweet(4), {**x_tweet(5), **talk}]
    bot.post(TWEETS, json=x_response(*sent))
    shown = approver.get(f"{TWEETS}/{tweet_id(2)}").json
    assert (shown["author"]["id"], shown["author"]["username"], shown["author"]["displayName"]) == (
        SAM,
        "subnetsam",
        "Sam",
    )
    assert (shown["parent"]["id"], shown["parent"]["accountUsername"]) == (tweet_id(1), "rosalabs")
    assert [tweet["id"] for tweet in shown["conversation"]] == [tweet_id(5), tweet_id(3), tweet_id(1)]
    assert shown["metricsHistory"] == []
    alone = bot.get(f"{TWEETS}/{tweet_id(4)}").json
    assert (alone["parent"], alone["conversation"]) == (None, [])
    spoil(database, "tweets", "created_at", TOO_LATE, tweet_id(1))
    shown = bot.get(f"{TWEETS}/{tweet_id(2)}").json
    assert (shown["parent"], len(shown["conversation"])) == (None, 2)
    spoil(database, "twitter_accounts", "created_at", TOO_LATE, SAM)
    assert bot.get(f"{TWEETS}/{tweet_id(2)}").status_code == 409


def days_ago(days: int) -> dict[str, str]:
    return {"created_at": (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).isoformat()}


def engaged(number: int, days: int = 0, **counts: int) -> dict[str, Any]:
    return x_tweet(number, public_metrics={f"{name}_count": count for name, count in counts.items()}, **days_ago(days))


def test_the_best_are_those_that_people_did_most_with(bot: FlaskClient, database: LibsqlDatabase) -> None:
    sent = [
        engaged(1, 3, like=1, retweet=1, reply=1, quote=2),
        engaged(2, 0, like=4),
        engaged(3, 3, retweet=6),
        engaged(4, 6, reply=7),
        engaged(5, 7, quote=8),
        engaged(6, 1, bookmark=90, impression=900),
        x_tweet(7, public_metrics={"like_count": 99}),  # written at a time that nobody knows
        engaged(8, -2, like=99),  # that has not come
        engaged(9, 0, like=4),
    ]
    bot.post(TWEETS, json=x_response(*sent))
    best = [4, 3, 1, 9, 2, 6]
    top = f"{TWEETS}/top"
    assert ids(bot, "days=7", top) == [tweet_id(number) for number in best]
    assert ids(bot, "days=8", top) == [tweet_id(number) for number in (5, *best)]
    assert ids(bot, "days=7&limit=2", top) == [tweet_id(4), tweet_id(3)]
    assert ids(bot, "days=1", top) == [tweet_id(9), tweet_id(2)]
    assert bot.get(top).json["next"] is None
    bot.post(TWEETS, json=x_response(x_tweet(2, public_metrics={"like_count": 50})))
    assert ids(bot, "days=7&limit=1", top) == [tweet_id(2)]
    error = {"resource_type": "tweet", "resource_id": tweet_id(2), "type": "x/resource-not-found"}
    assert len(bot.post(TWEETS, json={"errors": [error]}).json["gone"]) == 1
    assert tweet_id(2) not in ids(bot, "days=7", top)
    spoil(database, "tweets", "metrics", "no JSON", tweet_id(4))
    assert ids(bot, "days=7&limit=2", top) == [tweet_id(3), tweet_id(1)]


@pytest.mark.parametrize("wrong", ["days=0", "days=367", "days=x", "limit=0", "limit=101", "after=1"])
def test_the_best_of_no_days_are_refused(bot: FlaskClient, wrong: str) -> None:
    assert bot.get(f"{TWEETS}/top?{wrong}").status_code == 422


ANALYSIS = {"sentiment": "calm", "topics": ["OSPF", "BGP"], "engagementQuality": 0.75, "relevanceScore": 0.5}


def test_an_analysis_is_stored_and_replaced(bot: FlaskClient, tweets: list[str], database: LibsqlDatabase) -> None:
    before, other = stored(database, "tweets", tweets[0]), stored(database, "tweets", tweets[1])
    url = f"{TWEETS}/{tweets[0]}/analysis"
    shown = bot.put(url, json=ANALYSIS)
    assert (shown.status_code, shown.json["aiAnalysis"], shown.json["id"]) == (200, ANALYSIS, tweets[0])
    text = '{"sentiment":"calm","topics":["OSPF","BGP"],"engagementQuality":0.75,"relevanceScore":0.5}'
    after = stored(database, "tweets", tweets[0])
    assert changes(before, after) == {"ai_analysis": text, "analyzed_at": just_now()}
    assert stored(database, "tweets", tweets[1]) == other
    second = {"sentiment": "cross", "topics": [], "engagementQuality": 0}
    assert bot.put(url, json=second).json["aiAnalysis"] == second
    logged = [row for row in audit_rows(database, "tweet") if row["action"] == "tweet.analyse"]
    assert [(row["entity_id"], row["old_values"], row["new_values"]) for row in logged] == [
        (tweets[0], {"ai_analysis": None}, {"ai_analysis": ANALYSIS}),
        (tweets[0], {"ai_analysis": ANALYSIS}, {"ai_analysis": second}),
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sentiment": ""}, "sentiment"),
        ({"topics": "OSPF"}, "topics"),
        ({"engagementQuality": "high"}, "engagementQuality"),
        ({"engagementQuality": 101}, "engagementQuality"),
        ({"relevanceScore": 1.01}, "relevanceScore"),
        ({"mood": 1}, "mood"),
    ],
)
def test_another_analysis_is_refused(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase, change: dict[str, Any], field: str
) -> None:
    response = bot.put(f"{TWEETS}/{tweets[0]}/analysis", json=ANALYSIS | change)
    assert (response.status_code, list(response.json["errors"])) == (422, [field])
    assert stored(database, "tweets", tweets[0])["ai_analysis"] is None
    assert bot.put(f"{TWEETS}/5/analysis", json=ANALYSIS).status_code == 404
