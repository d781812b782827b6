"""While an account is locked, X shows a sentence in place of each of its posts. That is no edit, and nobody's words."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import SAM, TWEETS, draft, stored, tweet_id, x_response, x_tweet

THIS = "This account is temporarily unavailable because it violates the media policy. Learn more."
WHOSE = "@SubnetSam's account is temporarily unavailable because it violates the Twitter Media Policy. Learn more."
LINK = {"urls": [{"start": 100, "end": 110, "url": "https://support.twitter.com/articles/20169199"}]}
REAL = x_response(
    *(
        x_tweet(
            number,
            entities={"hashtags": [{"tag": "OSPF"}]},
            public_metrics={"like_count": 9, "retweet_count": 2, "reply_count": 1},
        )
        for number in range(3)
    )
)


def hidden(sentence: str) -> dict[str, Any]:
    lower = {"like_count": 5, "retweet_count": 1, "reply_count": 0}
    return x_response(*(x_tweet(number, text=sentence, entities=LINK, public_metrics=lower) for number in range(3)))


def texts(bot: FlaskClient) -> list[tuple[Any, ...]]:
    tweets = bot.get(TWEETS).json["tweets"]
    return [(tweet["text"], tweet["metrics"], tweet["entities"], tweet["unavailable"]) for tweet in tweets]


def whole(why: str | None) -> list[tuple[Any, ...]]:
    counts, entities = {"likes": 9, "retweets": 2, "replies": 1}, {"hashtags": ["OSPF"], "mentions": [], "urls": []}
    return [(f"tweet {number}", counts, entities, why) for number in (2, 1, 0)]


@pytest.mark.parametrize("sentence", [THIS, WHOSE, WHOSE.replace("'", "’")])
def test_real_texts_survive_the_sentence_and_the_other_way_round(
    bot: FlaskClient, database: LibsqlDatabase, sentence: str
) -> None:
    bot.post(TWEETS, json=hidden(sentence))
    assert texts(bot) == [(sentence, None, None, "locked")] * 3
    bot.post(TWEETS, json=REAL)
    assert texts(bot) == whole(None)
    assert stored(database, "twitter_accounts", SAM)["unavailable"] is None
    bot.post(TWEETS, json=hidden(sentence))
    assert texts(bot) == whole("locked")
    assert stored(database, "twitter_accounts", SAM)["unavailable"] == "locked"
    bot.post(TWEETS, json=REAL)
    assert texts(bot) == whole(None)


def test_a_real_text_of_before_comes_back_however_late(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(TWEETS, json=hidden(WHOSE))
    bot.post(TWEETS, json=REAL, query_string={"fetchedAt": "2026-11-21T11:00:00Z"})
    assert texts(bot) == whole("locked")  # it is still hidden
    assert stored(database, "twitter_accounts", SAM)["unavailable"] == "locked"


def test_a_sentence_that_a_release_before_stored_gives_way(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(TWEETS, json=REAL)
    database.execute_sql("UPDATE tweets SET text = ?, text_rank = NULL", (WHOSE,))
    bot.post(TWEETS, json=REAL)
    assert [row[0] for row in texts(bot)] == ["tweet 2", "tweet 1", "tweet 0"]


def test_there_is_no_analysis_and_no_draft_of_a_locked_account(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    drafts = [draft(bot, tweets[place]).json["id"] for place in (0, 9)]
    bot.post(TWEETS, json=hidden(THIS) | {"data": [x_tweet(0, text=THIS), x_tweet(77, text=THIS)]})
    rows = [stored(database, "engagement_opportunities", name) for name in drafts]
    assert [(row["status"], row["expired_reason"]) for row in rows] == [
        ("expired", "the post cannot be seen on X: locked"),
        ("expired", "the author cannot be seen on X: locked"),
    ]
    body = {"sentiment": "calm", "topics": [], "engagementQuality": 0.5}
    refused = bot.put(f"{TWEETS}/{tweet_id(77)}/analysis", json=body)
    assert (refused.status_code, refused.json["code"]) == (409, "CONFLICT")
    assert stored(database, "tweets", tweet_id(77))["ai_analysis"] is None
    assert bot.put(f"{TWEETS}/{tweet_id(0)}/analysis", json=body).status_code == 200  # its text is known


@pytest.mark.parametrize(
    "text",
    [
        "@acme's account is temporarily unavailable. Anyone know why?",
        "Why: " + WHOSE,
        WHOSE + " " + "x" * 200,
        "My account is temporarily unavailable because it violates nothing!",
    ],
)
def test_people_may_write_about_it(bot: FlaskClient, text: str) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1, text=text)))
    shown = bot.get(f"{TWEETS}/{tweet_id(1)}").json
    assert (shown["text"], shown["unavailable"]) == (text, None)


def test_a_description_that_is_the_sentence_marks_the_account_and_erases_nothing(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    url = "/api/twitter/accounts"
    opportunity = draft(bot, tweets[0]).json["id"]
    bot.post(url, json={"data": {"id": SAM, "username": "subnetsam", "name": "Sam", "description": "I count"}})
    bot.post(url, json={"data": {"id": SAM, "username": "subnetsam", "name": "", "description": WHOSE}})
    row = stored(database, "twitter_accounts", SAM)
    assert (row["display_name"], row["bio"], row["unavailable"]) == ("Sam", "I count", "locked")
    assert stored(database, "engagement_opportunities", opportunity)["status"] == "expired"
    bot.post(url, json={"data": {"id": SAM, "username": "subnetsam"}})  # says nothing of it
    assert stored(database, "twitter_accounts", SAM)["unavailable"] == "locked"
    bot.post(url, json={"data": {"id": SAM, "username": "subnetsam", "description": "I count"}})
    assert stored(database, "twitter_accounts", SAM)["unavailable"] is None
    bot.post(url, json={"data": {"id": "44", "username": "new", "name": "", "description": WHOSE}})
    assert stored(database, "twitter_accounts", "44")["unavailable"] == "locked"
