"""Every column of an account, by each of the two ways that one is written: by hand and from a response of X."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import TWEETS, backdate, changes, just_now, stored, x_response, x_tweet

ACCOUNTS, TABLE = "/api/twitter/accounts", "twitter_accounts"
FIRST: dict[str, Any] = {
    "id": "12",
    "username": "jack",
    "name": "Jack 🐦",
    "description": "שלום",
    "public_metrics": {"followers_count": 7, "following_count": 8, "tweet_count": 9},
}
COLUMNS = {
    "id": "12",
    "username": "jack",
    "display_name": "Jack 🐦",
    "bio": "שלום",
    "followers_count": 7,
    "following_count": 8,
    "tweet_count": 9,
    "is_own_account": 0,
    "is_competitor": 0,
    "is_target_audience": 0,
    "last_analyzed_at": None,
    "unavailable": None,
}


def ingest(bot: FlaskClient, *users: dict[str, Any]) -> None:
    assert bot.post(TWEETS, json=x_response(x_tweet(1, "12"), users=list(users))).status_code == 200


def test_a_user_of_x_becomes_a_row(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, FIRST)
    times = {"created_at": just_now(), "updated_at": just_now(), "fetched_at": just_now()}
    assert stored(database, TABLE, "12") == COLUMNS | times


def test_a_user_without_figures_has_none(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, {"id": "12", "username": "jack"})
    row = stored(database, TABLE, "12")
    empty = {"display_name": None, "bio": None, "followers_count": 0, "following_count": 0, "tweet_count": 0}
    assert {name: row[name] for name in COLUMNS} == COLUMNS | empty


NEWER: dict[str, Any] = {
    "username": "jack2",
    "name": "Jack",
    "description": "bio",
    "public_metrics": {"followers_count": 17, "following_count": 18, "tweet_count": 19},
}


@pytest.mark.parametrize(
    ("newer", "changed"),
    [
        (
            NEWER,
            {"username": "jack2", "display_name": "Jack", "bio": "bio"}
            | {"followers_count": 17, "following_count": 18, "tweet_count": 19},
        ),
        ({"public_metrics": {"followers_count": 0}}, {"followers_count": 0}),
        ({"public_metrics": {"following_count": 0}}, {"following_count": 0}),
        ({"public_metrics": {"tweet_count": 0}}, {"tweet_count": 0}),
        ({"name": ""}, {"display_name": ""}),
        ({"description": ""}, {"bio": ""}),
        ({"name": None, "description": None, "public_metrics": None}, {}),
        ({"public_metrics": {"followers_count": None, "following_count": None, "tweet_count": None}}, {}),
        ({}, {}),
    ],
)
def test_x_changes_what_it_names_of_an_account(
    bot: FlaskClient, database: LibsqlDatabase, newer: dict[str, Any], changed: dict[str, Any]
) -> None:
    ingest(bot, FIRST, {"id": "13", "username": "else"})
    backdate(database, TABLE)
    database.execute_sql("UPDATE twitter_accounts SET fetched_at = 1000")
    before, other = stored(database, TABLE, "12"), stored(database, TABLE, "13")
    ingest(bot, {"id": "12", "username": "jack"} | newer)
    now = {"updated_at": just_now(), "fetched_at": just_now()}
    assert changes(before, stored(database, TABLE, "12")) == changed | now
    assert stored(database, TABLE, "13") == other


def test_an_author_without_a_user_leaves_the_account_alone(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, FIRST)
    backdate(database, TABLE)
    before = stored(database, TABLE, "12")
    bot.post(TWEETS, json={"data": x_tweet(2, "12")})
    assert stored(database, TABLE, "12") == before


@pytest.mark.parametrize("by_hand", [True, False])
def test_a_handle_that_moved_changes_its_old_holder_and_nobody_else(
    bot: FlaskClient, database: LibsqlDatabase, by_hand: bool
) -> None:
    ingest(bot, FIRST, {"id": "13", "username": "else"})
    backdate(database, TABLE)
    before, other = stored(database, TABLE, "12"), stored(database, TABLE, "13")
    if by_hand:
        bot.put(f"{ACCOUNTS}/14", json={"username": "jack"})
    else:
        bot.post(TWEETS, json=x_response(x_tweet(1, "14"), users=[{"id": "14", "username": "jack"}]))
    assert changes(before, stored(database, TABLE, "12")) == {"username": "#12", "updated_at": just_now()}
    assert stored(database, TABLE, "13") == other
    assert stored(database, TABLE, "14")["username"] == "jack"


KINDS = {"own": "is_own_account", "competitor": "is_competitor", "target": "is_target_audience"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_a_flag_in_the_row(bot: FlaskClient, database: LibsqlDatabase, kind: str) -> None:
    created = bot.put(f"{ACCOUNTS}/12", json={"username": "jack", "kind": kind})
    row = stored(database, TABLE, "12")
    assert {name: row[name] for name in KINDS.values()} == dict.fromkeys(KINDS.values(), 0) | {KINDS[kind]: 1}
    assert created.json["kind"] == kind
    bot.put(f"{ACCOUNTS}/12", json={"bio": "no word of a kind"})
    assert stored(database, TABLE, "12")[KINDS[kind]] == 1
    bot.put(f"{ACCOUNTS}/12", json={"kind": None})
    row = stored(database, TABLE, "12")
    assert {row[name] for name in KINDS.values()} == {0}


BY_HAND = {
    "username": ("new", "username"),
    "displayName": ("New", "display_name"),
    "bio": ("n", "bio"),
    "followersCount": (1, "followers_count"),
    "followingCount": (2, "following_count"),
    "tweetCount": (3, "tweet_count"),
}


@pytest.mark.parametrize("field", BY_HAND)
def test_by_hand_a_field_changes_its_column_alone(bot: FlaskClient, database: LibsqlDatabase, field: str) -> None:
    ingest(bot, FIRST, {"id": "13", "username": "else"})
    backdate(database, TABLE)
    before, other = stored(database, TABLE, "12"), stored(database, TABLE, "13")
    value, column = BY_HAND[field]
    shown = bot.put(f"{ACCOUNTS}/12", json={field: value})
    assert (shown.status_code, shown.json[field]) == (200, value)
    assert changes(before, stored(database, TABLE, "12")) == {column: value, "updated_at": just_now()}
    assert stored(database, TABLE, "13") == other


def test_an_account_is_shown_with_all_that_is_known(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, FIRST)
    database.execute_sql(
        "UPDATE twitter_accounts SET created_at = 0, updated_at = 1, last_analyzed_at = 2, fetched_at = 3,"
        " is_competitor = 1, unavailable = 'suspended'"
    )
    (shown,) = bot.get(f"{ACCOUNTS}?kind=competitor").json["accounts"]
    assert shown == {
        "id": "12",
        "username": "jack",
        "displayName": "Jack 🐦",
        "bio": "שלום",
        "followersCount": 7,
        "followingCount": 8,
        "tweetCount": 9,
        "kind": "competitor",
        "lastAnalyzedAt": "1970-01-01T00:00:02Z",
        "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "1970-01-01T00:00:01Z",
        "unavailable": "suspended",
        "fetchedAt": "1970-01-01T00:00:03Z",
    }
    assert bot.get(f"{ACCOUNTS}/12").json == shown
    missing = bot.get(f"{ACCOUNTS}/13")
    assert (missing.status_code, missing.json["detail"]) == (404, "no such account")
