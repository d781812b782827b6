"""Accounts by their id on X; handles move between them."""

import pytest
from flask.testing import FlaskClient

from growth_service.posts import users
from growth_service.posts.users import User
from shared_schema.database import LibsqlDatabase
from shared_schema.tables import db
from tests.growth_service.conftest import TWEETS, audit_rows, row_count, x_response, x_tweet

ACCOUNTS = "/api/twitter/accounts"


def names(bot: FlaskClient) -> dict[str, str | None]:
    return {account["id"]: account["username"] for account in bot.get(ACCOUNTS).json["accounts"]}


def test_an_account_is_created_once_and_then_changed(bot: FlaskClient) -> None:
    body = {"username": "jack", "displayName": "Jack 🐦", "followersCount": 7, "kind": "competitor"}
    first = bot.put(f"{ACCOUNTS}/12", json=body)
    again = bot.put(f"{ACCOUNTS}/12", json={"tweetCount": 9, "bio": "שלום"})
    assert (first.status_code, again.status_code) == (201, 200)
    kept = {name: again.json[name] for name in (*body, "tweetCount", "bio", "followingCount")}
    assert kept == body | {"tweetCount": 9, "bio": "שלום", "followingCount": 0}


def test_a_put_is_logged_with_what_it_changes(bot: FlaskClient, database: LibsqlDatabase) -> None:
    bot.put(f"{ACCOUNTS}/12", json={"username": "jack", "kind": "own"})
    bot.put(f"{ACCOUNTS}/12", json={"username": "jack", "kind": "own"})  # changes nothing
    bot.put(f"{ACCOUNTS}/13", json={"username": "jack", "bio": "moved here"})
    bot.put(f"{ACCOUNTS}/13", json={"bio": None})
    kinds = {"is_own_account": True, "is_competitor": False, "is_target_audience": False}
    assert [
        (entry["action"], entry["entity_id"], entry["old_values"], entry["new_values"])
        for entry in audit_rows(database, "account")
    ] == [
        ("account.put", "12", None, {"username": "jack"} | kinds),
        ("account.put", "13", None, {"username": "jack", "bio": "moved here"}),
        ("account.vacate", "12", {"username": "jack"}, {"username": None}),
        ("account.put", "13", {"bio": "moved here"}, {"bio": None}),
    ]
    assert {(entry["role"], entry["method"]) for entry in audit_rows(database, "account")} == {("service", "PUT")}


def test_null_clears_and_a_kind_replaces_the_one_before(bot: FlaskClient) -> None:
    bot.put(f"{ACCOUNTS}/12", json={"username": "jack", "bio": "x", "kind": "own"})
    assert bot.put(f"{ACCOUNTS}/12", json={"bio": None}).json["bio"] is None
    assert bot.put(f"{ACCOUNTS}/12", json={"kind": "target"}).json["kind"] == "target"
    assert bot.get(f"{ACCOUNTS}?kind=own").json["accounts"] == []
    assert bot.put(f"{ACCOUNTS}/12", json={"kind": None}).json["kind"] is None


def test_a_handle_that_moved_leaves_its_old_holder_without_one(bot: FlaskClient) -> None:
    bot.put(f"{ACCOUNTS}/1", json={"username": "wanted"})
    assert bot.put(f"{ACCOUNTS}/2", json={"username": "wanted"}).status_code == 201
    assert names(bot) == {"1": None, "2": "wanted"}
    assert bot.put(f"{ACCOUNTS}/2", json={"username": "wanted"}).status_code == 200
    assert names(bot) == {"1": None, "2": "wanted"}


def test_two_accounts_can_swap_their_handles_in_one_response(bot: FlaskClient) -> None:
    before = [{"id": "1", "username": "left"}, {"id": "2", "username": "right"}]
    after = [{"id": "1", "username": "right"}, {"id": "2", "username": "left"}]
    bot.post(TWEETS, json=x_response(x_tweet(1, "1"), users=before))
    assert bot.post(TWEETS, json=x_response(x_tweet(1, "1"), users=after)).status_code == 200
    assert names(bot) == {"1": "right", "2": "left"}


def test_a_handle_that_looks_like_an_id_is_no_obstacle(bot: FlaskClient) -> None:
    bot.put(f"{ACCOUNTS}/1", json={"username": "2"})
    bot.put(f"{ACCOUNTS}/2", json={"followersCount": 1})  # its id is somebody's handle
    assert names(bot) == {"1": "2", "2": None}
    bot.put(f"{ACCOUNTS}/3", json={})
    bot.put(f"{ACCOUNTS}/4", json={"username": "3"})  # a handle that is somebody's stand-in
    assert names(bot) == {"1": "2", "2": None, "3": None, "4": "3"}


def test_an_account_known_by_its_id_makes_way_for_a_handle_of_the_same_digits(bot: FlaskClient) -> None:
    response = bot.post(TWEETS, json=x_response(x_tweet(1, "99"), users=[{"id": "5", "username": "99"}]))
    assert response.status_code == 200
    assert names(bot) == {"5": "99", "99": None}


@pytest.mark.parametrize("known", [True, False])
def test_a_handle_that_moved_leaves_its_holder_beside_a_handle_of_the_same_digits(
    bot: FlaskClient, known: bool
) -> None:
    bot.put(f"{ACCOUNTS}/7", json={"username": "jack"})
    if known:
        bot.put(f"{ACCOUNTS}/9", json={"username": "sue"})
    users = [{"id": "8", "username": "jack"}, {"id": "9", "username": "7"}]
    assert bot.post(TWEETS, json=x_response(x_tweet(1, "8"), users=users)).status_code == 200
    assert names(bot) == {"7": None, "8": "jack", "9": "7"}


def test_what_x_said_earlier_does_not_make_an_account_without_a_handle_older(database: LibsqlDatabase) -> None:
    for described, at in ((user("1", "jack"), 2000), (user("2", "jack"), 3000), (user("1", "jack"), 1000)):
        db.batch(users.upserts([described], at))
    stored = database.execute_sql("SELECT id, username, fetched_at FROM twitter_accounts ORDER BY id").fetchall()
    assert stored == [("1", "#1", 2000), ("2", "jack", 3000)]


def test_the_steps_write_only_what_is_new_or_named(database: LibsqlDatabase) -> None:
    db.batch(users.upserts([user("1", "left"), user("2", "right"), user("3", None)], 1))
    again = db.batch(users.upserts([user("1", "left"), user("2", "both"), user("3", None), user("4", "right")], 2))
    assert [result.count for result in again] == [1, 2, 1]  # the handle of 2 is free; 1 and 2 are updated; 4 is new


def user(account_id: str, username: str | None) -> User:
    return {
        "id": account_id,
        "username": username,
        "display_name": None,
        "bio": None,
        "followers_count": None,
        "following_count": None,
        "tweet_count": None,
    }


def test_two_users_with_one_handle_are_refused(bot: FlaskClient, database: LibsqlDatabase) -> None:
    users = [{"id": "1", "username": "same"}, {"id": "2", "username": "same"}]
    response = bot.post(TWEETS, json=x_response(x_tweet(1, "1"), users=users))
    assert response.status_code == 422
    assert response.json["errors"] == {"includes.users.1.username": ["Another user of this response has this handle."]}
    assert row_count(database, "twitter_accounts") == 0


def test_x_updates_what_it_says_and_leaves_the_rest(bot: FlaskClient) -> None:
    bot.put(f"{ACCOUNTS}/1", json={"username": "sam", "bio": "kept", "followersCount": 5, "kind": "target"})
    user = {"id": "1", "username": "sam", "name": "Sam", "public_metrics": {"followers_count": 6, "listed_count": 1}}
    bot.post(TWEETS, json=x_response(x_tweet(1, "1"), users=[user]))
    (account,) = bot.get(f"{ACCOUNTS}?kind=target").json["accounts"]
    assert (account["displayName"], account["bio"], account["followersCount"]) == ("Sam", "kept", 6)


def test_accounts_are_paged_by_id_as_a_number(bot: FlaskClient) -> None:
    for number in (9, 10, 100, 2):
        bot.put(f"{ACCOUNTS}/{number}", json={"username": f"u{number}", "kind": "target"})
    for query in (f"{ACCOUNTS}?limit=3", f"{ACCOUNTS}?limit=3&kind=target"):
        first = bot.get(query).json
        assert [account["id"] for account in first["accounts"]] == ["2", "9", "10"]
        rest = bot.get(f"{query}&after={first['next']}").json
        assert ([account["id"] for account in rest["accounts"]], rest["next"]) == (["100"], None)


@pytest.mark.parametrize("wrong", ["x", "1" * 21, "-1", "1.0", "１"])
def test_an_id_has_only_digits(bot: FlaskClient, database: LibsqlDatabase, wrong: str) -> None:
    response = bot.put(f"{ACCOUNTS}/{wrong}", json={"username": "jack"})
    assert (response.status_code, response.json["errors"]) == (422, {"id": ["Not an id of X: 1 to 20 digits."]})
    assert row_count(database, "twitter_accounts") == 0
