"""Every column of a tweet, what a later response of X changes in it, and the line of an ingest in the audit log."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    ROSA,
    SAM,
    TWEETS,
    audit_rows,
    changes,
    ingested,
    row_count,
    stored,
    tweet_id,
    x_response,
    x_tweet,
)

FULL: dict[str, Any] = {
    "created_at": "2026-11-21T10:45:20.000Z",
    "public_metrics": {"like_count": 3, "retweet_count": 2, "reply_count": 1, "impression_count": 40},
    "entities": {"hashtags": [{"tag": "IPv6"}], "mentions": [{"username": "juno"}], "urls": [{"url": "https://a.b"}]},
}
AT = ("2026-11-21T11:00:00Z", "2026-11-22T11:00:00+01:00")
THEN = {"fetchedAt": AT[0]}
LIKES = {"likes": 3, "retweets": 2, "replies": 1, "impressions": 40}
ENTITIES = {"hashtags": ["IPv6"], "mentions": ["juno"], "urls": ["https://a.b"]}


def row(database: LibsqlDatabase, number: int = 1) -> dict[str, Any]:
    columns = stored(database, "tweets", tweet_id(number))
    documents = {name: columns[name] and json.loads(columns[name]) for name in ("metrics", "entities", "ai_analysis")}
    return columns | documents


def test_a_tweet_becomes_a_row(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1, **FULL)), query_string={"fetchedAt": "1970-01-01T00:00:09Z"})
    assert row(database) == {
        "id": tweet_id(1),
        "account_id": SAM,
        "text": "tweet 1",
        "metrics": LIKES,
        "entities": ENTITIES,
        "ai_analysis": None,
        "created_at": 1_795_257_920,
        "analyzed_at": None,
        "conversation_id": None,
        "replied_to_id": None,
        "replied_to_account_id": None,
        "quoted_id": None,
        "language": None,
        "chain_id": None,
        "superseded_by": None,
        "unavailable": None,
        "withheld": None,
        "fetched_at": 9,
        "text_rank": 1,
        "engagement": 6,
    }


REFERRING: dict[str, Any] = {
    "conversation_id": "7",
    "in_reply_to_user_id": "12",
    "referenced_tweets": [
        {"type": "retweeted", "id": "1"},
        {"type": "quoted", "id": "2"},
        {"type": "replied_to", "id": "3"},
    ],
    "lang": "en",
    "withheld": {"copyright": False, "country_codes": ["IN"], "scope": "user", "more": 1},
    "public_metrics": {"like_count": 3, "quote_count": 4, "bookmark_count": 5},
}
REFERRED = {
    "conversation_id": "7",
    "replied_to_account_id": "12",
    "quoted_id": "2",
    "replied_to_id": "3",
    "language": "en",
    "withheld": '{"copyright":false,"country_codes":["IN"],"scope":"user"}',
    "metrics": {"likes": 3, "retweets": 0, "replies": 0, "quotes": 4, "bookmarks": 5},
    "engagement": 7,
}


def test_what_a_tweet_belongs_to_becomes_columns(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1, **REFERRING), x_tweet(2)), query_string=THEN)
    bare, full = row(database, 2), row(database)
    assert changes(bare, full) == REFERRED | {"id": tweet_id(1), "text": "tweet 1"}
    bot.post(TWEETS, json=x_response(x_tweet(2, **REFERRING)), query_string=THEN)  # the same by an update
    assert changes(full, row(database, 2)) == {"id": tweet_id(2), "text": "tweet 2"}
    bot.post(TWEETS, json=x_response(x_tweet(2)), query_string=THEN)  # and what is absent stays
    assert changes(full, row(database, 2)) == {"id": tweet_id(2), "text": "tweet 2"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({}, {"metrics": None, "entities": None, "created_at": None}),
        ({"public_metrics": {}, "entities": {}, "created_at": None}, {"metrics": None, "entities": None}),
        ({"public_metrics": {"like_count": 0}}, {"metrics": {"likes": 0, "retweets": 0, "replies": 0}}),
        (
            {"public_metrics": {"impression_count": 7, "reply_count": None}},
            {"metrics": {"likes": 0, "retweets": 0, "replies": 0, "impressions": 7}},
        ),
        ({"entities": {"urls": [{"url": None}]}}, {"entities": {"hashtags": [], "mentions": [], "urls": []}}),
        ({"note_tweet": {"text": ""}}, {"text": "tweet 1"}),
        ({"note_tweet": {"text": "whole"}, **FULL}, {"text": "whole", "entities": ENTITIES}),
        ({"note_tweet": {"text": "whole", "entities": {}}, **FULL}, {"entities": ENTITIES}),
    ],
)
def test_what_x_leaves_out_is_unknown(
    bot: FlaskClient, database: LibsqlDatabase, sent: dict[str, Any], kept: dict[str, Any]
) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1, **sent)))
    columns = row(database)
    assert {name: columns[name] for name in kept} == kept


@pytest.mark.parametrize(
    ("newer", "changed"),
    [
        ({"text": "never changes"}, {}),
        ({"author_id": ROSA}, {"account_id": ROSA}),
        ({"created_at": "1970-01-01T00:00:07Z"}, {"created_at": 7}),
        ({"entities": {"hashtags": [{"tag": "b"}]}}, {"entities": {"hashtags": ["b"], "mentions": [], "urls": []}}),
        ({"public_metrics": {"like_count": 0}}, {"metrics": LIKES | {"likes": 0}, "engagement": 3}),
        ({"public_metrics": {"retweet_count": 0}}, {"metrics": LIKES | {"retweets": 0}, "engagement": 4}),
        ({"public_metrics": {"reply_count": 0}}, {"metrics": LIKES | {"replies": 0}, "engagement": 5}),
        ({"public_metrics": {"quote_count": 4}}, {"metrics": LIKES | {"quotes": 4}, "engagement": 10}),
        ({"public_metrics": {"bookmark_count": 4}}, {"metrics": LIKES | {"bookmarks": 4}}),
        ({"public_metrics": {"impression_count": 0}}, {"metrics": LIKES | {"impressions": 0}}),
        ({"public_metrics": None, "entities": None, "created_at": None}, {}),
        ({}, {}),
    ],
)
def test_a_later_response_changes_what_it_names(
    bot: FlaskClient, database: LibsqlDatabase, newer: dict[str, Any], changed: dict[str, Any]
) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1, **FULL), x_tweet(2, **FULL)), query_string={"fetchedAt": AT[0]})
    database.execute_sql("""UPDATE tweets SET ai_analysis = '{"sentiment": "calm"}', analyzed_at = 5""")
    before, other = row(database), row(database, 2)
    bot.post(TWEETS, json=x_response(x_tweet(1, **newer)), query_string={"fetchedAt": AT[1]})
    assert changes(before, row(database)) == changed | {"fetched_at": 1_795_341_600}
    assert row(database, 2) == other


NOTE = {"text": "A long post, cut off before the point is made #CCNA", "entities": {"hashtags": [{"tag": "CCNA"}]}}


@pytest.mark.parametrize("cut", ["A long post, cut off before the point", "A long post, cut off before the…"])
def test_a_long_text_is_not_replaced_by_its_beginning(bot: FlaskClient, database: LibsqlDatabase, cut: str) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1, text=cut, note_tweet=NOTE)), query_string=THEN)
    before = row(database)
    assert before["text"] == NOTE["text"]
    bot.post(TWEETS, json=x_response(x_tweet(1, text=cut, entities={"hashtags": [{"tag": "cut"}]})), query_string=THEN)
    assert row(database) == before


@pytest.mark.parametrize(
    "newer",
    [
        {"text": "A long post, cut off elsewhere"},
        {"text": "A long post, cut off before the point is made #CCNA and more"},
        {"text": "A long", "note_tweet": {"text": "A long"}},
    ],
)
def test_a_whole_text_stays(bot: FlaskClient, database: LibsqlDatabase, newer: dict[str, Any]) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1, text="A long", note_tweet=NOTE)))
    bot.post(TWEETS, json=x_response(x_tweet(1, **newer)))
    assert row(database)["text"] == NOTE["text"]
    assert row(database)["entities"]["hashtags"] == ["CCNA"]


def test_a_whole_text_replaces_what_was_cut_off_whenever_x_said_it(bot: FlaskClient, database: LibsqlDatabase) -> None:
    cut = x_tweet(1, text="A long post, cut off", entities={"hashtags": [{"tag": "cut"}]})
    bot.post(TWEETS, json=x_response(cut), query_string={"fetchedAt": AT[0]})
    whole = x_response(x_tweet(1, text="A long post, cut off", note_tweet=NOTE))
    bot.post(TWEETS, json=whole, query_string={"fetchedAt": "2026-11-20T00:00:00Z"})
    assert (row(database)["text"], row(database)["entities"]["hashtags"]) == (NOTE["text"], ["CCNA"])


def test_metrics_that_come_later_begin_at_zero(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1)))
    bot.post(TWEETS, json=x_response(x_tweet(1, public_metrics={"like_count": 3})))
    assert row(database)["metrics"] == {"likes": 3, "retweets": 0, "replies": 0}


def test_the_query_names_an_author_and_never_replaces_one(bot: FlaskClient, database: LibsqlDatabase) -> None:
    nobody = {"id": tweet_id(1), "text": "whose?"}
    bot.post(f"{TWEETS}?accountId={SAM}", json={"data": nobody})
    assert row(database)["account_id"] == SAM
    bot.post(f"{TWEETS}?accountId={ROSA}", json={"data": nobody})
    assert row(database)["account_id"] == SAM
    bot.post(f"{TWEETS}?accountId={SAM}", json={"data": nobody | {"author_id": ROSA}})
    assert row(database)["account_id"] == ROSA


def test_an_ingest_is_logged_with_its_counts(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(1), x_tweet(2)))
    third = x_response(x_tweet(2), x_tweet(3, "77"), users=[{"id": SAM, "username": "sam"}])
    response = bot.post(TWEETS, json=third)
    assert response.json == ingested((1, 1), (1, 1))
    first, second = audit_rows(database, "tweet")
    nothing_else = {"included_tweets": {"created": 0, "updated": 0}, "gone": []}
    assert [first["new_values"], second["new_values"]] == [
        {"accounts": {"created": 2, "updated": 0}, "tweets": {"created": 2, "updated": 0}} | nothing_else,
        {"accounts": {"created": 1, "updated": 1}, "tweets": {"created": 1, "updated": 1}} | nothing_else,
    ]
    assert (second["action"], second["entity_id"], second["old_values"]) == ("tweet.ingest", None, None)
    assert (second["user_id"], second["metadata"], second["path"]) == (None, {"subject": "growth-bot"}, TWEETS)
    assert second["request_id"] == response.headers["X-Request-ID"]


def test_an_answer_without_anything_leaves_nothing(bot: FlaskClient, database: LibsqlDatabase) -> None:
    assert bot.post(TWEETS, json={"meta": {"result_count": 0}}).status_code == 200
    assert row_count(database, "audit_log") == 0


def test_users_without_tweets_are_stored(bot: FlaskClient, database: LibsqlDatabase) -> None:
    response = bot.post(TWEETS, json=x_response() | {"meta": {"result_count": 0}})
    assert response.json == ingested((2, 0))
    assert stored(database, "twitter_accounts", ROSA)["username"] == "rosalabs"


def test_of_a_user_that_is_named_twice_the_later_counts(bot: FlaskClient, database: LibsqlDatabase) -> None:
    users = [{"id": SAM, "username": "sam", "name": "older"}, {"id": SAM, "username": "sam", "name": "newer"}]
    assert bot.post(TWEETS, json=x_response(x_tweet(1), users=users)).json["accounts"] == {"created": 1, "updated": 0}
    assert stored(database, "twitter_accounts", SAM)["display_name"] == "newer"


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        ([{"detail": "the detail", "message": "the message", "title": "the title"}], "the detail"),
        ([{"message": "the message", "title": "the title"}], "the message"),
        ([{"title": "the title"}], "the title"),
        ([{}, "no object", {"title": "the second"}], "the second"),
        ([{"detail": "x" * 201}], "x" * 200),
    ],
)
def test_an_error_of_x_is_quoted(bot: FlaskClient, database: LibsqlDatabase, errors: list[Any], reason: str) -> None:
    response = bot.post(TWEETS, json={"errors": errors, "meta": {"result_count": 5}})
    assert response.status_code == 422
    expected = f"X answered with an error, there is nothing to store: {reason}"
    assert response.json["errors"] == {"data": [expected]}
    assert row_count(database, "audit_log") == 0


def test_a_tweet_that_is_not_there_is_not_found(bot: FlaskClient, tweets: list[str]) -> None:
    response = bot.get(f"{TWEETS}/1")
    assert (response.status_code, response.json["code"], response.json["detail"]) == (404, "NOT_FOUND", "no such tweet")
