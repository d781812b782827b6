"""Handles of X: they compare without case, move between accounts, and an id is none. Users of X as they came."""

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import TWEETS, audit_rows, ingested, row_count, stored, x_response, x_tweet

ACCOUNTS, TABLE = "/api/twitter/accounts", "twitter_accounts"
OLD, NEW = "2026-11-20T08:00:00Z", "2026-11-21T08:00:00Z"


def ingest(bot: FlaskClient, *users: tuple[str, str], at: str | None = None) -> None:
    body = {"data": [{"id": number, "username": name} for number, name in users]}
    response = bot.post(ACCOUNTS, json=body, query_string={"fetchedAt": at} if at else {})
    assert response.status_code == 200, response.json


def names(database: LibsqlDatabase) -> dict[str, str]:
    return dict(database.execute_sql("SELECT id, username FROM twitter_accounts ORDER BY id").fetchall())


def test_users_of_x_are_stored_as_they_came(bot: FlaskClient, database: LibsqlDatabase) -> None:
    body = {
        "data": [
            {"id": "1", "username": "one", "name": "One", "description": "b", "pinned_tweet_id": "7", "verified": True},
            {"id": "2", "username": "two", "public_metrics": {"followers_count": 4, "listed_count": 1}},
        ],
        "includes": {"tweets": [x_tweet(7, "1"), {"id": "8", "text": "nobody's"}]},
        "meta": {"result_count": 2, "next_token": "x"},
    }
    assert bot.post(ACCOUNTS, json=body).json == ingested((2, 0), included=(1, 0))
    assert bot.post(ACCOUNTS, json=body).json == ingested((0, 2), included=(0, 1))
    row = stored(database, TABLE, "1")
    assert (row["username"], row["display_name"], row["bio"]) == ("one", "One", "b")
    assert stored(database, TABLE, "2")["followers_count"] == 4
    assert {entry["action"] for entry in audit_rows(database, "tweet")} == {"tweet.ingest"}
    assert bot.post(ACCOUNTS, json={"data": {"id": "3", "username": "three"}}).json == ingested((1, 0))
    assert bot.post(ACCOUNTS, json={"meta": {"result_count": 0}}).json == ingested()


def test_users_are_stored_once_per_key(bot: FlaskClient, database: LibsqlDatabase) -> None:
    body, key = {"data": {"id": "3", "username": "three"}}, {"Idempotency-Key": "k"}
    first, again = (bot.post(ACCOUNTS, json=body, headers=key) for _ in range(2))
    assert (first.json, again.headers["Idempotency-Replayed"]) == (again.json, "true")
    assert bot.post(ACCOUNTS, json={"data": {"id": "3", "username": "four"}}, headers=key).status_code == 409
    assert names(database) == {"3": "three"}


def test_a_receipt_of_a_release_before_is_shown(bot: FlaskClient, database: LibsqlDatabase) -> None:
    body, key = x_response(x_tweet(1)), {"Idempotency-Key": "k"}
    bot.post(TWEETS, json=body, headers=key)
    receipt = '{"accounts":{"created":2,"updated":0},"tweets":{"created":1,"updated":0}}'
    database.execute_sql("UPDATE receipts SET receipt = ?", (receipt,))
    assert bot.post(TWEETS, json=body, headers=key).json == ingested((2, 0), (1, 0))


@pytest.mark.parametrize("body", [{}, {"data": None}, {"errors": [{"title": "Unauthorized"}]}])
def test_an_error_of_x_has_no_users(bot: FlaskClient, database: LibsqlDatabase, body: dict[str, object]) -> None:
    response = bot.post(ACCOUNTS, json=body)
    assert (response.status_code, list(response.json["errors"])) == (422, ["data"])
    assert row_count(database, "audit_log") == 0


def test_a_handle_in_other_letters_is_the_same(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, ("1", "Jack"))
    ingest(bot, ("1", "jack"))
    assert names(database) == {"1": "jack"}
    ingest(bot, ("2", "JACK"))
    assert names(database) == {"1": "#1", "2": "JACK"}
    bot.put(f"{ACCOUNTS}/3", json={"username": "jacK"})
    assert names(database) == {"1": "#1", "2": "#2", "3": "jacK"}
    users = [{"id": "4", "username": "sue"}, {"id": "5", "username": "SUE"}]
    for body in ({"data": users}, {"data": users[:1], "includes": {"users": users[1:]}}):
        assert bot.post(ACCOUNTS, json=body).status_code == 422
    assert names(database).keys() == {"1", "2", "3"}


def test_an_older_word_takes_no_handle(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, ("1", "jack"), at=NEW)
    ingest(bot, ("2", "Jack"), at=OLD)  # which it had before
    assert names(database) == {"1": "jack", "2": "#2"}
    assert bot.get(f"{ACCOUNTS}/2").json["username"] is None
    ingest(bot, ("2", "sue"), at=OLD)  # anything is news of an account without a handle
    ingest(bot, ("2", "before"), at="2026-11-19T00:00:00Z")
    assert names(database) == {"1": "jack", "2": "sue"}
    ingest(bot, ("2", "jack"), at=NEW)
    assert names(database) == {"1": "#1", "2": "jack"}


def test_what_a_release_before_writes_for_an_unknown_handle_is_none(bot: FlaskClient, database: LibsqlDatabase) -> None:
    database.execute_sql("INSERT INTO twitter_accounts (id, username) VALUES ('99', '99'), ('5', 'jack')")
    assert names(database) == {"5": "jack", "99": "#99"}
    database.execute_sql("UPDATE twitter_accounts SET username = '5' WHERE id = '5'")
    assert names(database) == {"5": "#5", "99": "#99"}


def test_a_text_of_a_release_before_has_no_rank(bot: FlaskClient, database: LibsqlDatabase) -> None:
    whole = {"note_tweet": {"text": "a long text as a whole"}}
    bot.post(TWEETS, json=x_response(x_tweet(1, text="a long text", **whole)))
    database.execute_sql("UPDATE tweets SET text = 'a long text'")
    assert stored(database, "tweets", x_tweet(1)["id"])["text_rank"] is None
    bot.post(TWEETS, json=x_response(x_tweet(1, text="a long text", **whole)))
    assert stored(database, "tweets", x_tweet(1)["id"])["text"] == "a long text as a whole"
