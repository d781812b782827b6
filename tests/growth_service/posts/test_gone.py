"""What X says cannot be seen is told, noted, and nobody replies to it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    ROSA,
    SAM,
    TWEETS,
    approved,
    audit_rows,
    claim,
    draft,
    ingested,
    stored,
    tweet_id,
    x_response,
    x_tweet,
)

ACCOUNTS = "/api/twitter/accounts"
NOT_FOUND = "https://api.twitter.com/2/problems/resource-not-found"
NOT_AUTHORIZED = "https://api.twitter.com/2/problems/not-authorized-for-resource"


def tweet_error(x_id: str, **more: Any) -> dict[str, Any]:
    detail = f"Could not find tweet with ids: [{x_id}]."
    return {"resource_type": "tweet", "resource_id": x_id, "value": x_id, "parameter": "ids", "type": NOT_FOUND} | {
        "title": "Not Found Error",
        "detail": detail,
        **more,
    }


def suspended(named: str, parameter: str = "author_id") -> dict[str, Any]:
    detail = f"User has been suspended: [{named}]."
    return {"resource_type": "user", "resource_id": named, "value": named, "parameter": parameter} | {
        "title": "Forbidden",
        "detail": detail,
        "type": NOT_FOUND,
    }


def gone(kind: str, x_id: str, reason: str, *, by_handle: bool = False) -> dict[str, Any]:
    return {"resourceType": kind, "id": x_id, "reason": reason, "byHandle": by_handle}


def test_a_post_that_is_gone_takes_its_drafts_along(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    one, two, other = draft(bot, tweets[0]).json["id"], approved(bot, approver, tweets[1]), draft(bot, tweets[2])
    sent = approved(bot, approver, tweets[3], 0.9)
    claim(bot, 1)
    before = stored(database, "engagement_opportunities", other.json["id"])
    errors = [tweet_error(tweets[0]), tweet_error(tweets[1], type=NOT_AUTHORIZED), tweet_error(tweets[3])]
    response = bot.post(TWEETS, json={"errors": errors})
    assert (response.status_code, response.json) == (
        200,
        ingested(
            gone=[
                gone("tweet", tweets[0], "not_found"),
                gone("tweet", tweets[1], "not_authorized"),
                gone("tweet", tweets[3], "not_found"),
            ]
        ),
    )
    rows = {name: stored(database, "engagement_opportunities", name) for name in (one, two, sent)}
    assert [(row["status"], row["expired_reason"]) for row in rows.values()] == [
        ("expired", "the post cannot be seen on X: not_found"),
        ("expired", "the post cannot be seen on X: not_authorized"),
        ("claimed", None),  # it is on its way already
    ]
    assert stored(database, "engagement_opportunities", other.json["id"]) == before
    expired = [row for row in audit_rows(database, "opportunity") if row["action"] == "opportunity.expire"]
    assert {(row["entity_id"], row["old_values"]["status"], row["new_values"]["status"]) for row in expired} == {
        (one, "pending", "expired"),
        (two, "approved", "expired"),
    }
    assert expired[0]["new_values"]["reason"].startswith("the post cannot be seen on X: ")
    assert stored(database, "tweets", tweets[0])["unavailable"] == "not_found"
    assert bot.get(f"{TWEETS}/{tweets[0]}").json["unavailable"] == "not_found"
    assert claim(bot) == []


def test_a_post_that_comes_back_can_be_seen(bot: FlaskClient, tweets: list[str], database: LibsqlDatabase) -> None:
    bot.post(TWEETS, json={"errors": [tweet_error(tweets[0])]})
    bot.post(TWEETS, json=x_response(x_tweet(0)), query_string={"fetchedAt": "2026-11-21T11:00:00Z"})
    assert stored(database, "tweets", tweets[0])["unavailable"] == "not_found"  # X said so later
    bot.post(TWEETS, json=x_response(x_tweet(0)))
    assert stored(database, "tweets", tweets[0])["unavailable"] is None


def test_an_older_error_says_nothing_of_a_post_that_was_seen_since(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    body = {"errors": [tweet_error(tweets[0]), suspended(SAM)]}
    bot.post(TWEETS, json=body, query_string={"fetchedAt": "2026-11-21T11:00:00Z"})
    assert stored(database, "tweets", tweets[0])["unavailable"] is None
    assert stored(database, "twitter_accounts", SAM)["unavailable"] is None
    assert stored(database, "engagement_opportunities", opportunity)["status"] == "pending"


def test_a_suspended_author_takes_the_drafts_about_every_post_along(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    bot.post(TWEETS, json=x_response(x_tweet(50, ROSA)))
    mine, other = [draft(bot, tweet).json["id"] for tweet in tweets[:2]], draft(bot, tweet_id(50)).json["id"]
    response = bot.post(TWEETS, json={"data": x_tweet(60, ROSA), "errors": [suspended(SAM)]})
    assert response.json["gone"] == [gone("user", SAM, "suspended")]
    assert stored(database, "twitter_accounts", SAM)["unavailable"] == "suspended"
    for name in mine:
        row = stored(database, "engagement_opportunities", name)
        assert (row["status"], row["expired_reason"]) == ("expired", "the author cannot be seen on X: suspended")
    assert stored(database, "engagement_opportunities", other)["status"] == "pending"
    assert bot.get(f"{ACCOUNTS}/{SAM}").json["unavailable"] == "suspended"
    bot.post(ACCOUNTS, json={"data": {"id": SAM, "username": "subnetsam"}})
    assert bot.get(f"{ACCOUNTS}/{SAM}").json["unavailable"] is None


def test_a_partial_response_is_stored_and_its_author_marked(bot: FlaskClient, database: LibsqlDatabase) -> None:
    found = {"id": "1721704226525466834", "text": "still here", "author_id": "99"}
    body = {
        "data": [found | {"edit_history_tweet_ids": [found["id"]]}],
        "includes": {"users": []},
        "errors": [suspended("99")],
        "meta": {"result_count": 1},
    }
    response = bot.post(TWEETS, json=body)
    assert response.json == ingested((1, 0), (1, 0), gone=[gone("user", "99", "suspended")])
    row = stored(database, "twitter_accounts", "99")
    assert (row["username"], row["unavailable"]) == ("#99", "suspended")
    assert bot.get(f"{TWEETS}/{found['id']}").json["author"]["username"] is None
    real = bot.post(ACCOUNTS, json={"data": {"id": "5", "username": "99"}})
    assert real.json["accounts"] == {"created": 1, "updated": 0}
    assert stored(database, "twitter_accounts", "99")["username"] == "#99"


@pytest.mark.parametrize(("named", "is_marked"), [("SubnetSam", True), (SAM, False)])
def test_users_that_are_mentioned_go_by_their_handles(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase, named: str, is_marked: bool
) -> None:
    """A handle may be the digits of somebody else's id."""
    body = {"errors": [suspended(named, "entities.mentions.username")]}
    assert bot.post(TWEETS, json=body).json["gone"] == [gone("user", named, "suspended", by_handle=True)]
    assert stored(database, "twitter_accounts", SAM)["unavailable"] == ("suspended" if is_marked else None)


def test_a_handle_that_nobody_has_now_may_be_that_of_a_renamed_account(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    missing = {"detail": "Could not find user with usernames: [subnetsam].", "title": "Not Found Error"}
    response = bot.post(ACCOUNTS, json={"errors": [suspended("subnetsam", "usernames") | missing]})
    assert response.json["gone"] == [gone("user", "subnetsam", "not_found", by_handle=True)]
    assert stored(database, "twitter_accounts", SAM)["unavailable"] is None


@pytest.mark.parametrize(
    "error",
    [
        tweet_error("5", type="https://api.twitter.com/2/problems/not-authorized-for-field"),
        tweet_error("5", type="https://api.twitter.com/2/problems/invalid-request"),
        tweet_error("no id"),
        tweet_error("5", resource_type="list"),
        tweet_error("5", resource_id=None, value=5),
        {"title": "Too Many Requests", "status": 429},
        "no object",
    ],
)
def test_other_errors_are_about_no_post(bot: FlaskClient, error: Any) -> None:
    assert bot.post(TWEETS, json={"errors": [error]}).status_code == 422
    assert bot.post(TWEETS, json=x_response(x_tweet(1)) | {"errors": [error]}).json["gone"] == []


def test_what_a_response_shows_is_not_gone(bot: FlaskClient, database: LibsqlDatabase) -> None:
    body = x_response(x_tweet(1)) | {"errors": [tweet_error(tweet_id(1)), suspended(SAM)]}
    assert bot.post(TWEETS, json=body).json["gone"] == []
    assert stored(database, "tweets", tweet_id(1))["unavailable"] is None


@pytest.mark.parametrize("codes", [["XX"], ["DE", "XY"]])
def test_a_post_that_is_withheld_everywhere_is_no_opportunity(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase, codes: list[str]
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    withheld = {"copyright": False, "country_codes": codes, "scope": "tweet"}
    bot.post(TWEETS, json=x_response(x_tweet(0, withheld=withheld), x_tweet(1, withheld={"country_codes": ["DE"]})))
    bot.post(TWEETS, json=x_response(x_tweet(0)))  # which was asked without the field
    shown = bot.get(f"{TWEETS}/{tweets[0]}").json
    assert (shown["withheld"], shown["unavailable"]) == (withheld, "withheld")
    assert stored(database, "tweets", tweets[1])["unavailable"] is None
    row = stored(database, "engagement_opportunities", opportunity)
    assert (row["status"], row["expired_reason"]) == ("expired", "the post cannot be seen on X: withheld")
    bot.post(TWEETS, json=x_response(x_tweet(0, withheld={"country_codes": ["DE"]})))
    assert stored(database, "tweets", tweets[0])["unavailable"] is None


def test_the_list_of_drafts_has_none_that_expired(bot: FlaskClient, tweets: list[str]) -> None:
    draft(bot, tweets[0])
    bot.post(TWEETS, json={"errors": [tweet_error(tweets[0])]})
    assert bot.get(QUEUE).json["opportunities"] == []
