"""The least and the largest value of every field are taken, and the ones beyond them are refused by name."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import LEDGER, QUEUE, TWEETS, call, draft, x_response, x_tweet
from tests.growth_service.sending.steps import bring

LARGEST = 2**63 - 1
ACCOUNT, METRIC = "/api/twitter/accounts/12", "/api/growth/metrics/2026-11-22"


def is_taken(response: Any) -> None:
    assert response.status_code in (200, 201), response.text


def is_refused(response: Any, field: str) -> None:
    assert (response.status_code, list(response.json["errors"])) == (422, [field]), response.text


def text(least: int, most: int) -> tuple[list[Any], list[Any]]:
    """Texts that are taken, texts that are not."""
    return ["é" * least, "é" * most], ["é" * (most + 1)] + [""] * least


def number(least: float, most: float, step: float = 1) -> tuple[list[Any], list[Any]]:
    return [least, most], [least - step, most + step, str(least), True]


DRAFT = {
    "relevanceScore": number(0, 1, 0.001),
    "suggestedResponse": text(1, 280),
    "aiModelUsed": text(1, 200),
    "aiCostUsd": number(0, 1_000_000, 0.01),
    "opportunityType": (["reply", "quote", "follow"], ["retweet", "", None]),
}


@pytest.mark.parametrize("field", DRAFT)
def test_a_draft(bot: FlaskClient, tweets: list[str], field: str) -> None:
    taken, refused = DRAFT[field]
    for value in refused:
        is_refused(draft(bot, tweets[0], **{field: value}), field)
    for tweet, value in zip(tweets, taken, strict=False):
        response = draft(bot, tweet, **{field: value})
        is_taken(response)
        assert response.json[field] == value


CALL = {
    "requestId": text(1, 255),
    "purpose": text(1, 100),
    "provider": text(1, 100),
    "model": text(1, 200),
    "promptTokens": number(0, 1_000_000_000),
    "completionTokens": number(0, 1_000_000_000),
    "billedUsd": number(0, 1_000_000, 0.01),
    "errorMessage": text(0, 10_000),
    "generationTimeMs": number(0, 2**31),
    "tweetId": text(1, 64),
    "opportunityId": text(1, 64),
    "questionIds": ([[], [1] * 1000], [[1] * 1001, 1]),
}


@pytest.mark.parametrize("field", CALL)
def test_a_call(bot: FlaskClient, database: LibsqlDatabase, field: str) -> None:
    taken, refused = CALL[field]
    for value in refused:
        is_refused(bot.post(LEDGER, json=call(**{field: value})), field)
    for place, value in enumerate(taken):
        is_taken(bot.post(LEDGER, json=call(**{"requestId": f"call-{place}"} | {field: value})))


@pytest.mark.parametrize("key", ["total_tokens", "totalTokens", "promptTokenCount"])
def test_a_count_in_a_usage_object(bot: FlaskClient, database: LibsqlDatabase, key: str) -> None:
    for place, value in enumerate((0, 1_000_000_000, None)):
        is_taken(bot.post(LEDGER, json=call(place, usage={"inner": {key: value}})))
    for value in (-1, 1_000_000_001, "1", True):
        is_refused(bot.post(LEDGER, json=call(9, usage={"inner": {key: value}})), "usage")
    is_taken(bot.post(LEDGER, json=call(10, usage={"note": "1", "cost": -1})))


def test_a_list_of_calls(bot: FlaskClient, database: LibsqlDatabase) -> None:
    is_taken(bot.post(LEDGER, json=[call(place) for place in range(100)]))
    is_refused(bot.post(LEDGER, json=[call(place) for place in range(101)]), "body")


ACCOUNT_FIELDS = {
    "username": (["j", "Jack_1234567890"], ["", "j" * 16, "a-b", "é"]),
    "displayName": text(0, 500),
    "bio": text(0, 5000),
    "followersCount": number(0, LARGEST),
    "followingCount": number(0, LARGEST),
    "tweetCount": number(0, LARGEST),
}
METRIC_FIELDS: dict[str, tuple[list[Any], list[Any]]] = {
    "followersCount": number(0, LARGEST),
    "followingCount": number(0, LARGEST),
    "newFollowers": number(0, LARGEST),
    "lostFollowers": number(0, LARGEST),
    "tweetsSent": number(0, LARGEST),
    "engagementsMade": number(0, LARGEST),
    "impressions": number(0, LARGEST),
    "profileVisits": number(0, LARGEST),
    "engagementRate": number(0, 1, 0.001),
}


@pytest.mark.parametrize(
    ("url", "field", "values"),
    [(ACCOUNT, *item) for item in ACCOUNT_FIELDS.items()] + [(METRIC, *item) for item in METRIC_FIELDS.items()],
)
def test_an_account_or_a_day(
    bot: FlaskClient, database: LibsqlDatabase, url: str, field: str, values: tuple[list[Any], list[Any]]
) -> None:
    taken, refused = values
    for value in refused:
        is_refused(bot.put(url, json={field: value}), field)
    for value in taken:
        assert bot.put(url, json={field: value}).json[field] == value


X_TWEET = {
    "id": (["1", "1" * 20], ["", "1" * 21, "x"]),
    "text": text(0, 100_000),
}
X_USER = {
    "id": (["1", "1" * 20], ["", "1" * 21]),
    "username": (["j", "j" * 50], ["", "j" * 51]),
    "name": text(0, 500),
    "description": text(0, 5000),
}


@pytest.mark.parametrize("field", X_TWEET)
def test_a_tweet_of_x(bot: FlaskClient, database: LibsqlDatabase, field: str) -> None:
    taken, refused = X_TWEET[field]
    for value in taken:
        is_taken(bot.post(TWEETS, json=x_response(x_tweet(1, **{field: value}))))
    for value in refused:
        is_refused(bot.post(TWEETS, json=x_response(x_tweet(1, **{field: value}))), f"data.0.{field}")


@pytest.mark.parametrize("field", X_USER)
def test_a_user_of_x(bot: FlaskClient, database: LibsqlDatabase, field: str) -> None:
    taken, refused = X_USER[field]
    known = {"id": "12", "username": "jack"}
    for value in taken:
        is_taken(bot.post(TWEETS, json=x_response(x_tweet(1), users=[known | {field: value}])))
    for value in refused:
        response = bot.post(TWEETS, json=x_response(x_tweet(1), users=[known | {field: value}]))
        is_refused(response, f"includes.users.0.{field}")


def test_a_claim(bot: FlaskClient, database: LibsqlDatabase) -> None:
    for field, most in (("limit", 50), ("leaseSeconds", 3600)):
        for value in (1, most):
            is_taken(bot.post(f"{QUEUE}/claim", json={field: value}))
        for value in (0, most + 1, "1", True):
            is_refused(bot.post(f"{QUEUE}/claim", json={field: value}), field)


def test_a_report(bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase) -> None:
    opportunity, token = bring(bot, approver, database, tweets[0], "claimed")
    failed = {"leaseToken": token, "outcome": "unknown", "reason": "é" * 2000}
    is_refused(bot.post(f"{QUEUE}/{opportunity}/failed", json=failed | {"reason": "é" * 2001}), "reason")
    is_taken(bot.post(f"{QUEUE}/{opportunity}/failed", json=failed))
    executed = {"leaseToken": token, "resultTweetId": "1" * 20}
    for field, value in (("resultTweetId", "1" * 21), ("resultTweetId", "x"), ("leaseToken", ""), ("leaseToken", None)):
        is_refused(bot.post(f"{QUEUE}/{opportunity}/executed", json=executed | {field: value}), field)
    is_refused(bot.post(f"{QUEUE}/{opportunity}/executed", json=executed | {"leaseToken": "x" * 201}), "leaseToken")
    is_taken(bot.post(f"{QUEUE}/{opportunity}/executed", json=executed))


def test_a_decision(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> None:
    url = f"{QUEUE}/{draft(bot, tweets[0]).json['id']}"
    for value in ("", " \n", "é" * 281, None):
        is_refused(approver.patch(url, json={"suggestedResponse": value}), "suggestedResponse")
    is_taken(approver.patch(url, json={"suggestedResponse": "é" * 280}))
    is_refused(approver.post(f"{url}/approve", json={"reason": "none is taken"}), "reason")
    is_refused(approver.post(f"{url}/approve", json={"textHash": ""}), "textHash")
    is_refused(approver.post(f"{url}/approve", json={"textHash": "x" * 65}), "textHash")
    is_refused(approver.post(f"{url}/reject", json={"reason": "é" * 2001}), "reason")
    is_taken(approver.post(f"{url}/reject", json={"reason": "é" * 2000}))


def test_a_number_of_days(bot: FlaskClient, database: LibsqlDatabase) -> None:
    for url in ("/api/growth/metrics", "/api/ai/costs"):
        for days in (1, 366):
            is_taken(bot.get(f"{url}?days={days}"))
        for wrong in (0, 367, -1, "x", "7.0"):
            is_refused(bot.get(f"{url}?days={wrong}"), "days")
