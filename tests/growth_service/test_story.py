"""The bot finds, drafts and sends; a person decides. From the tweet to the executed reply and the day's figures."""

import datetime as dt

from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    LEDGER,
    QUEUE,
    TWEETS,
    call,
    claim,
    draft,
    ingested,
    moves,
    tweet_id,
    x_response,
    x_tweet,
)


def test_a_tweet_becomes_an_executed_reply(bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase) -> None:
    assert bot.post(TWEETS, json=x_response(x_tweet(1), x_tweet(2))).json == ingested((2, 0), (2, 0))
    assert bot.post(LEDGER, json=call()).json["costUsd"] == 0.00021
    good = draft(bot, tweet_id(1), 0.9, aiModelUsed="gpt-4o-mini-2024-07-18", aiCostUsd=0.00021).json
    bad = draft(bot, tweet_id(2), 0.4).json

    queue = approver.get(f"{QUEUE}?status=pending&limit=10").json["opportunities"]
    assert [waiting["id"] for waiting in queue] == [good["id"], bad["id"]]
    assert approver.post(f"{QUEUE}/{bad['id']}/reject", json={"reason": "off topic"}).json["status"] == "rejected"
    edited = approver.patch(f"{QUEUE}/{good['id']}", json={"suggestedResponse": "Block size: 32."})
    assert edited.json["suggestedResponse"] == "Block size: 32."
    assert approver.post(f"{QUEUE}/{good['id']}/approve").json["status"] == "approved"

    (leased,) = claim(bot)
    assert leased["suggestedResponse"] == "Block size: 32."
    report = {"leaseToken": leased["leaseToken"], "resultTweetId": "2000000000000000099"}
    done = bot.post(f"{QUEUE}/{good['id']}/executed", json=report).json
    assert (done["status"], done["resultTweetId"]) == ("executed", "2000000000000000099")
    assert claim(bot) == []
    assert moves(database, good["id"])[0] == ">pending"
    assert moves(database, good["id"])[2:] == ["pending>approved", "approved>claimed", "claimed>executed"]

    today = dt.datetime.now(dt.UTC).date().isoformat()
    metric = bot.put(f"/api/growth/metrics/{today}", json={"tweetsSent": 1, "newFollowers": 3})
    assert metric.status_code == 201
    assert metric.json["aiCostsUsd"] == 0.00021
    assert approver.get("/api/ai/costs?days=1").json["totalUsd"] == 0.00021


def test_the_queue_shows_exactly_what_clients_know(bot: FlaskClient, tweets: list[str]) -> None:
    draft(bot, tweets[0], 0.93, aiModelUsed="m", aiCostUsd=0.001042)
    (shown,) = bot.get(f"{QUEUE}?status=pending&limit=10").json["opportunities"]
    created = shown.pop("createdAt")
    assert dt.datetime.fromisoformat(created).tzinfo is not None
    assert len(shown.pop("id")) == 32
    assert len(shown.pop("textHash")) == 64
    until = dt.datetime.fromisoformat(shown.pop("pendingUntil"))
    assert until - dt.datetime.fromisoformat(created) == dt.timedelta(hours=72)
    assert shown == {
        "tweetId": tweets[0],
        "tweetText": "tweet 0",
        "accountUsername": "subnetsam",
        "accountDisplayName": "Sam",
        "opportunityType": "reply",
        "relevanceScore": 0.93,
        "suggestedResponse": "256 - 224",
        "aiModelUsed": "m",
        "aiCostUsd": 0.001042,
        "status": "pending",
    } | {
        "tweetCreatedAt": None,
        "tweetAgeSeconds": None,
        "tweetUrl": f"https://x.com/subnetsam/status/{tweets[0]}",
        "parent": None,
        "relevanceReasons": None,
        "weightedLength": 9,
        "answeredBefore": False,
        "decidedBy": None,
        "decidedAt": None,
        "rejectReason": None,
        "failureReason": None,
        "expiredReason": None,
        "leaseExpiresAt": None,
        "resultTweetId": None,
        "flagged": None,
    }
