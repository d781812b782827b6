"""Bad input gets one clear problem that names each field, and nothing is half-written."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import LEDGER, QUEUE, TWEETS, call, draft, row_count, x_response, x_tweet

TABLES = ("tweets", "twitter_accounts", "engagement_opportunities", "growth_metrics", "ai_generation_log", "audit_log")
ACCOUNT, METRIC = "/api/twitter/accounts/12", "/api/growth/metrics/2026-11-22"
WIDE = 2**63

POSTS = ((TWEETS, "post"), (QUEUE, "post"), (LEDGER, "post"), (ACCOUNT, "put"), (METRIC, "put"))


def refused(response: Any, *fields: str, status: int = 422) -> None:
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    assert response.json["code"] == {422: "VALIDATION_FAILED", 413: "PAYLOAD_TOO_LARGE"}.get(status, "")
    assert sorted(response.json.get("errors", {})) == sorted(fields)


@pytest.fixture(autouse=True)
def _nothing_written(database: LibsqlDatabase) -> Any:
    yield
    assert {table: row_count(database, table) for table in TABLES} == dict.fromkeys(TABLES, 0)


@pytest.mark.parametrize(("url", "method"), POSTS)
@pytest.mark.parametrize("body", [b"{", b'{"a": NaN}', b'"\\ud800"', b"\xff", b'{"a": 1}}'])
def test_what_is_not_json(bot: FlaskClient, url: str, method: str, body: bytes) -> None:
    refused(getattr(bot, method)(url, data=body, content_type="application/json"), "body")


@pytest.mark.parametrize(("url", "method"), POSTS)
@pytest.mark.parametrize("body", [b'"text"', b"5", b"null", b"true"])
def test_what_is_no_object(bot: FlaskClient, url: str, method: str, body: bytes) -> None:
    refused(getattr(bot, method)(url, data=body, content_type="application/json"), "body")


@pytest.mark.parametrize(("url", "method"), POSTS)
def test_too_large(bot: FlaskClient, url: str, method: str) -> None:
    limit = 2**23 if url == TWEETS else 2**20
    refused(getattr(bot, method)(url, json={"a": "x" * limit}), status=413)


X_FIELDS: list[tuple[Any, str]] = [
    ({"id": 5}, "data.1.id"),
    ({"id": "5x"}, "data.1.id"),
    ({"id": "5\n"}, "data.1.id"),
    ({"id": "1" * 21}, "data.1.id"),
    ({"text": None}, "data.1.text"),
    ({"text": ["x"]}, "data.1.text"),
    ({"text": "a\0b"}, "data.1.text"),
    ({"author_id": 7}, "data.1.author_id"),
    ({"created_at": "yesterday"}, "data.1.created_at"),
    ({"public_metrics": {"like_count": -1}}, "data.1.public_metrics.like_count"),
    ({"public_metrics": {"like_count": 1.5}}, "data.1.public_metrics.like_count"),
    ({"public_metrics": {"like_count": "1"}}, "data.1.public_metrics.like_count"),
    ({"public_metrics": {"like_count": True}}, "data.1.public_metrics.like_count"),
    ({"public_metrics": {"like_count": WIDE}}, "data.1.public_metrics.like_count"),
    ({"public_metrics": []}, "data.1.public_metrics"),
    ({"entities": {"hashtags": [{"tag": 1}]}}, "data.1.entities.hashtags.0.tag"),
    ({"entities": {"hashtags": "IPv6"}}, "data.1.entities.hashtags"),
]


@pytest.mark.parametrize(("wrong", "path"), X_FIELDS)
def test_a_wrong_value_in_a_response_of_x_is_named_by_its_path(bot: FlaskClient, wrong: Any, path: str) -> None:
    refused(bot.post(TWEETS, json=x_response(x_tweet(0), x_tweet(1, **wrong), x_tweet(2))), path)


LIMITS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"text": "x" * 100_000}, {"text": "x" * 100_001}, "text"),
    ({"note_tweet": {"text": "x" * 100_000}}, {"note_tweet": {"text": "x" * 100_001}}, "note_tweet.text"),
    *(
        ({"entities": {name: [{key: "x" * most}]}}, {"entities": {name: [{key: "x" * (most + 1)}]}}, f"entities.{path}")
        for name, key, most, path in (
            ("hashtags", "tag", 500, "hashtags.0.tag"),
            ("mentions", "username", 50, "mentions.0.username"),
            ("urls", "url", 5000, "urls.0.url"),
            ("urls", "expanded_url", 5000, "urls.0.expanded_url"),
        )
    ),
]


@pytest.mark.parametrize(("longest", "longer", "path"), LIMITS)
def test_a_text_of_x_has_a_longest_length(
    bot: FlaskClient, longest: dict[str, Any], longer: dict[str, Any], path: str
) -> None:
    refused(bot.post(TWEETS, json=x_response(x_tweet(0, **longer))), f"data.0.{path}")
    refused(bot.post(TWEETS, json=x_response(x_tweet(0, **longest), x_tweet(1, id="x"))), "data.1.id")


def test_a_handle_that_x_does_not_have_is_explained(bot: FlaskClient) -> None:
    for wrong in ("", "a b", "x" * 51):
        response = bot.post(TWEETS, json=x_response(x_tweet(0), users=[{"id": "5", "username": wrong}]))
        words = ["Not a handle of X: 1 to 50 letters, digits and underscores."]
        assert response.json["errors"] == {"includes.users.0.username": words}
    response = bot.put(ACCOUNT, json={"username": "x" * 16})
    assert response.json["errors"] == {"username": ["Not a handle of X: 1 to 15 letters, digits and underscores."]}
    response = bot.get(f"{TWEETS}?accountId=me")
    assert response.json["errors"] == {"accountId": ["Not an id of X: a string of 1 to 20 digits."]}


def test_every_wrong_value_of_a_response_is_named(bot: FlaskClient) -> None:
    without_text = {"id": "5", "author_id": "7"}
    body = x_response(x_tweet(0, id=1), without_text, users=[{"id": "x", "username": "a b"}])
    refused(bot.post(TWEETS, json=body), "data.0.id", "data.1.text", "includes.users.0.id", "includes.users.0.username")
    assert bot.post(TWEETS, json=body).json["detail"] == "4 values are not what X sends"
    refused(bot.post(TWEETS, json={"data": "x"}), "data")
    assert bot.post(TWEETS, json={"data": "x"}).json["detail"] == "a value is not what X sends"
    refused(bot.post(f"{TWEETS}?accountId=me", json=x_response(x_tweet(0))), "accountId")
    refused(bot.post(f"{TWEETS}?accountid=1", json=x_response(x_tweet(0))), "accountid")


DRAFT_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"tweetId": 5}, "tweetId"),
    ({"tweetId": "x"}, "tweetId"),
    ({"opportunityType": "like"}, "opportunityType"),
    ({"relevanceScore": 1.01}, "relevanceScore"),
    ({"relevanceScore": "0.5"}, "relevanceScore"),
    ({"suggestedResponse": "a\0b"}, "suggestedResponse"),
    ({"suggestedResponse": 5}, "suggestedResponse"),
    ({"aiCostUsd": -1}, "aiCostUsd"),
    ({"aiCostUsd": "1"}, "aiCostUsd"),
    ({"aiCostUsd": 1e30}, "aiCostUsd"),
    ({"status": "approved"}, "status"),
    ({"ai_cost_nanousd": 1}, "ai_cost_nanousd"),
]


@pytest.mark.parametrize(("wrong", "field"), DRAFT_FIELDS)
def test_a_wrong_draft(bot: FlaskClient, wrong: dict[str, Any], field: str) -> None:
    refused(draft(bot, "1", **wrong), field)


def test_a_draft_without_anything(bot: FlaskClient) -> None:
    refused(bot.post(QUEUE, json={}), "tweetId", "opportunityType")


CALL_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"requestId": ""}, "requestId"),
    ({"requestId": 5}, "requestId"),
    ({"requestId": "x" * 256}, "requestId"),
    ({"purpose": "a\0"}, "purpose"),
    ({"model": None}, "model"),
    ({"usage": "1000 tokens"}, "usage"),
    ({"usage": {"prompt_tokens": -1}}, "usage"),
    ({"usage": {"prompt_tokens": "1"}}, "usage"),
    ({"usage": {"prompt_tokens": WIDE}}, "usage"),
    ({"usage": {"prompt_tokens_details": {"cached_tokens": True}}}, "usage"),
    ({"promptTokens": 1.5}, "promptTokens"),
    ({"completionTokens": WIDE}, "completionTokens"),
    ({"billedUsd": -0.01}, "billedUsd"),
    ({"billedUsd": 1_000_001}, "billedUsd"),
    ({"success": "yes"}, "success"),
    ({"success": 1}, "success"),
    ({"generationTimeMs": -1}, "generationTimeMs"),
    ({"examId": WIDE}, "examId"),
    ({"examId": 0}, "examId"),
    ({"questionIds": ["1"]}, "questionIds.0"),
    ({"costUsd": 0}, "costUsd"),
]


@pytest.mark.parametrize(("wrong", "field"), CALL_FIELDS)
def test_a_wrong_call_alone_and_in_a_list(bot: FlaskClient, wrong: dict[str, Any], field: str) -> None:
    refused(bot.post(LEDGER, json=call(**wrong)), field)
    refused(bot.post(LEDGER, json=[call(1), call(2) | wrong]), f"1.{field}")


def test_a_count_that_no_call_can_have_is_explained(bot: FlaskClient) -> None:
    response = bot.post(LEDGER, json=call(usage={"prompt_tokens_details": {"cached_tokens": -1}}))
    assert response.json["errors"] == {"usage": ["cached_tokens is not a number from 0 to 1000000000."]}


@pytest.mark.parametrize("body", [[], [call(number) for number in range(101)], [[]], [5]])
def test_a_wrong_list_of_calls(bot: FlaskClient, body: Any) -> None:
    refused(bot.post(LEDGER, json=body), "body" if not body or len(body) > 1 else "0")


@pytest.mark.parametrize(
    ("url", "body", "field"),
    [
        (ACCOUNT, {"username": "@jack"}, "username"),
        (ACCOUNT, {"username": "j" * 16}, "username"),
        (ACCOUNT, {"username": "jack\n"}, "username"),
        (ACCOUNT, {"followersCount": None}, "followersCount"),
        (ACCOUNT, {"followersCount": WIDE}, "followersCount"),
        (ACCOUNT, {"kind": "friend"}, "kind"),
        (ACCOUNT, {"isOwnAccount": True}, "isOwnAccount"),
        (METRIC, {"tweetsSent": -1}, "tweetsSent"),
        (METRIC, {"tweetsSent": "5"}, "tweetsSent"),
        (METRIC, {"impressions": WIDE}, "impressions"),
        (METRIC, {"engagementRate": 1.5}, "engagementRate"),
        (METRIC, {"aiCostsUsd": 0}, "aiCostsUsd"),
    ],
)
def test_a_wrong_account_or_day(bot: FlaskClient, url: str, body: dict[str, Any], field: str) -> None:
    refused(bot.put(url, json=body), field)


@pytest.mark.parametrize(
    ("url", "field"),
    [
        (f"{QUEUE}?limit=0", "limit"),
        (f"{QUEUE}?limit=101", "limit"),
        (f"{QUEUE}?status=sent", "status"),
        (f"{QUEUE}?page=2", "page"),
        (f"{TWEETS}?accountId=me", "accountId"),
        ("/api/twitter/accounts?kind=friend", "kind"),
        ("/api/growth/metrics?days=0", "days"),
        ("/api/ai/costs?days=367", "days"),
        ("/api/ai/costs?days=1e1", "days"),
    ],
)
def test_a_wrong_query(bot: FlaskClient, url: str, field: str) -> None:
    refused(bot.get(url), field)


@pytest.mark.parametrize(
    ("action", "body", "fields"),
    [
        ("claim", {"limit": 51, "leaseSeconds": 0}, ("limit", "leaseSeconds")),
        ("0/executed", {}, ("leaseToken", "resultTweetId")),
        ("0/executed", {"leaseToken": "t", "resultTweetId": 5}, ("resultTweetId",)),
        ("0/failed", {"leaseToken": "t", "outcome": "maybe"}, ("outcome",)),
        ("0/failed", {}, ("leaseToken", "outcome")),
        ("0/failed", {"leaseToken": "", "outcome": "unknown", "reason": "x" * 2001}, ("leaseToken", "reason")),
        ("0/executed", {"leaseToken": "t" * 201, "resultTweetId": "5x"}, ("leaseToken", "resultTweetId")),
    ],
)
def test_a_wrong_report(bot: FlaskClient, action: str, body: dict[str, Any], fields: tuple[str, ...]) -> None:
    refused(bot.post(f"{QUEUE}/{action}", json=body), *fields)


def test_a_wrong_reconciliation(approver: FlaskClient) -> None:
    contradiction = {"outcome": "not_sent", "resultTweetId": "5"}
    response = approver.post(f"{QUEUE}/0/reconcile", json=contradiction)
    refused(response, "resultTweetId")
    assert response.json["errors"] == {"resultTweetId": ["What was not sent has no tweet."]}
    refused(approver.post(f"{QUEUE}/0/reconcile", json={"outcome": "perhaps"}), "outcome")
    refused(approver.post(f"{QUEUE}/0/reconcile", json={}), "outcome")
    refused(approver.post(f"{QUEUE}/0/reconcile", json={"outcome": "sent", "resultTweetId": "5x"}), "resultTweetId")
    not_there = approver.post(f"{QUEUE}/0/reconcile", json={"outcome": "sent", "resultTweetId": None})
    assert (not_there.status_code, not_there.json["code"]) == (404, "NOT_FOUND")
