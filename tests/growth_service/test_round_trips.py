"""How often a write of the growth service goes to its server. Where no decision needs a read, it goes once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, usage
from tests.growth_service.conftest import (
    LEDGER,
    QUEUE,
    SAM,
    TWEETS,
    Engage,
    approved,
    call,
    claim,
    draft,
    tweet_id,
    x_response,
    x_tweet,
)

pytestmark = pytest.mark.only("server")

Send = Callable[[], Any]


@pytest.fixture
def trips(database: LibsqlDatabase) -> Iterator[Callable[[Send], int]]:
    """`trips(send)` is the number of requests to the server while a request is answered, which succeeds."""
    sent = 0

    def watch(begun_or_ended: int) -> None:
        nonlocal sent
        sent += begun_or_ended == 1

    def counted(send: Send) -> int:
        before = sent
        response = send()
        assert response.status_code < 300, response.json
        return sent - before

    usage.watchers.append(watch)
    yield counted
    usage.watchers.remove(watch)


def key(name: object) -> dict[str, str]:
    return {"Idempotency-Key": f"key {name}"}


def replies(first: int, author: str = SAM) -> dict[str, Any]:
    """A response with a hundred posts, each of which answers another."""
    answered = ({"referenced_tweets": [{"type": "replied_to", "id": tweet_id(10_000 + n)}]} for n in range(100))
    return x_response(*(x_tweet(first + n, author, **more) for n, more in enumerate(answered)))


@pytest.mark.parametrize("several", [False, True])
def test_a_new_call_is_recorded_in_one(bot: FlaskClient, trips: Any, several: bool) -> None:
    for name in ("a", "b"):
        body = [call(f"{name}-{n}", responseId=f"{name}-{n}") for n in range(100)] if several else call(name, userId=1)
        assert trips(lambda body=body, name=name: bot.post(LEDGER, json=body, headers=key(name))) == 1
    assert trips(lambda: bot.post(LEDGER, json=call("c"))) == 1


def test_a_call_that_is_there_is_written_read_and_told(bot: FlaskClient, trips: Any) -> None:
    bot.post(LEDGER, json=call(1))
    assert trips(lambda: bot.post(LEDGER, json=[call(1), call(2)], headers=key(1))) == 3


def test_a_hundred_tweets_are_stored_in_one(bot: FlaskClient, trips: Any) -> None:
    plain = x_response(*(x_tweet(n) for n in range(100)))
    assert trips(lambda: bot.post(TWEETS, json=plain, headers=key("plain"))) == 1
    assert trips(lambda: bot.post(TWEETS, json=replies(1000), headers=key("replies"))) == 1


def test_posts_of_our_own_are_stored_in_one_unless_a_lease_waits_for_them(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], trips: Any
) -> None:
    bot.put("/api/twitter/accounts/77", json={"username": "pingtopass", "kind": "own"})
    timeline = f"{TWEETS}?accountId=77&timeline=true"
    assert trips(lambda: bot.post(timeline, json=replies(1000, "77"), headers=key("nothing"))) == 1
    approved(bot, approver, tweets[0])
    claim(bot)
    answer = x_tweet(5000, "77", referenced_tweets=[{"type": "replied_to", "id": tweets[0]}])
    assert trips(lambda: bot.post(TWEETS, json=x_response(answer), headers=key("ours"))) == 3


def test_a_draft_with_its_score_is_queued_in_one(bot: FlaskClient, tweets: list[str], trips: Any) -> None:
    body = {"tweetId": tweets[0], "opportunityType": "reply", "suggestedResponse": "32"}
    assert trips(lambda: bot.post(QUEUE, json=body | {"relevanceScore": 0.5}, headers=key(0))) == 1
    # The score of the second needs the tweet.
    assert trips(lambda: bot.post(QUEUE, json=body | {"tweetId": tweets[1]}, headers=key(1))) == 2


def test_a_claim_and_what_becomes_of_it_are_told_in_one(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], trips: Any, engage: Engage
) -> None:
    engage(per_author_day=100, per_thread=1)
    for tweet in tweets[:4]:
        approved(bot, approver, tweet)
    leased: list[Any] = []

    def take() -> Any:
        response = bot.post(f"{QUEUE}/claim", json={"limit": 4}, headers=key("claim"))
        leased.extend(response.json["opportunities"])
        return response

    assert trips(take) == 1
    steps: list[tuple[str, dict[str, Any]]] = [
        ("renew", {}),
        ("executed", {"resultTweetId": "1"}),
        ("failed", {"outcome": "unknown"}),
        ("release", {}),
    ]
    assert len(leased) == len(steps)
    for one, (step, more) in zip(leased, steps, strict=True):
        body = {"leaseToken": one["leaseToken"]} | more
        url = f"{QUEUE}/{one['id']}/{step}"
        assert trips(lambda url=url, body=body: bot.post(url, json=body, headers=key(url))) == 1, step


def test_a_decision_reads_what_it_is_about_where_it_has_to(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], trips: Any
) -> None:
    ids = [draft(bot, tweet).json["id"] for tweet in tweets[:3]]
    for step, times in (("approve", 2), ("undo", 1), ("reject", 1)):
        assert trips(lambda step=step: approver.post(f"{QUEUE}/{ids[0]}/{step}", headers=key(step))) == times, step
    many = {"ids": ids[1:], "decision": "approve"}
    assert trips(lambda: approver.post(f"{QUEUE}/decide", json=many, headers=key("many"))) == 2
    assert trips(lambda: approver.patch(f"{QUEUE}/{ids[1]}", json={"suggestedResponse": "64"})) == 1


def test_days_accounts_and_money_are_written_in_one(bot: FlaskClient, approver: FlaskClient, trips: Any) -> None:
    assert trips(lambda: bot.put("/api/growth/metrics/2026-11-22", json={"followersCount": 1})) == 1
    assert trips(lambda: bot.put("/api/twitter/accounts/12", json={"username": "jack"})) == 1
    assert trips(lambda: approver.put("/api/ai/budgets/all", json={"period": "month", "limitUsd": 1})) == 1
    held: list[str] = []

    def hold(request: str) -> Any:
        body = {"amountUsd": 0.1, "expiresInSeconds": 60, "requestId": request}
        response = bot.post("/api/ai/budgets/all/holds", json=body, headers=key(request))
        held.append(response.json["id"])
        return response

    assert [trips(lambda: hold("a")), trips(lambda: hold("b"))] == [1, 1]
    settle = {"actualUsd": 0.05}
    assert trips(lambda: bot.post(f"/api/ai/holds/{held[0]}/settle", json=settle, headers=key("settle"))) == 1
    assert trips(lambda: bot.delete(f"/api/ai/holds/{held[1]}")) == 1
