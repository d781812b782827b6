"""A reply is sent at most once: leases, what happens when they run out, and reports that come late or twice."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import QUEUE, approved, claim, moves, run_out, status

REPORT = {"resultTweetId": "2000000000000000099"}


@pytest.fixture
def ready(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> str:
    """An approved opportunity."""
    return approved(bot, approver, tweets[0])


def report(bot: FlaskClient, opportunity: str, token: str, **more: Any) -> Any:
    return bot.post(f"{QUEUE}/{opportunity}/executed", json={"leaseToken": token} | REPORT | more)


def test_the_best_are_leased_first_and_to_one_caller(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str]
) -> None:
    ids = [approved(bot, approver, tweet, score) for tweet, score in zip(tweets, (0.1, 0.9, 0.5), strict=False)]
    first, second = claim(bot, limit=2), claim(bot, limit=2)
    assert [leased["id"] for leased in first] == [ids[1], ids[2]]
    assert [leased["id"] for leased in second] == [ids[0]]
    assert len({leased["leaseToken"] for leased in first + second}) == 3


def test_a_lease_that_ran_out_is_unknown_and_never_handed_out_again(
    bot: FlaskClient, ready: str, database: LibsqlDatabase
) -> None:
    claim(bot)
    run_out(database, ready)
    assert status(bot, ready) == "unknown"  # before another claim comes
    assert claim(bot) == []
    assert status(bot, ready) == "unknown"
    assert claim(bot) == []
    assert moves(database, ready)[-1] == "claimed>unknown"


def test_a_lease_in_time_is_left_alone(bot: FlaskClient, ready: str) -> None:
    (leased,) = claim(bot, seconds=3600)
    assert claim(bot) == []
    assert report(bot, ready, leased["leaseToken"]).json["status"] == "executed"


def test_an_executed_reply_cannot_be_executed_again(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    (leased,) = claim(bot)
    first = report(bot, ready, leased["leaseToken"])
    again = report(bot, ready, leased["leaseToken"])  # the answer was lost: the same report is the same answer
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json == again.json
    other = report(bot, ready, leased["leaseToken"], resultTweetId="5")
    assert (other.status_code, other.json["detail"]) == (409, f"it was reported already as {REPORT['resultTweetId']}")
    assert report(bot, ready, "another token").status_code == 409
    assert moves(database, ready).count("claimed>executed") == 1
    assert claim(bot) == []


def test_a_late_report_is_believed(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    (leased,) = claim(bot)
    run_out(database, ready)
    claim(bot)
    assert report(bot, ready, "another token").status_code == 409
    late = report(bot, ready, leased["leaseToken"]).json
    assert (late["status"], late["resultTweetId"]) == ("executed", REPORT["resultTweetId"])
    assert moves(database, ready)[-1] == "unknown>executed"


def test_what_was_not_sent_can_be_sent_by_another(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    (first,) = claim(bot)
    failure = {"leaseToken": first["leaseToken"], "outcome": "not_sent", "reason": "429 of X"}
    back = bot.post(f"{QUEUE}/{ready}/failed", json=failure).json
    assert (back["status"], back["failureReason"], back["leaseExpiresAt"]) == ("approved", "429 of X", None)
    (second,) = claim(bot)
    assert second["leaseToken"] != first["leaseToken"]
    again = bot.post(f"{QUEUE}/{ready}/failed", json=failure)  # the answer was lost: the other lease goes on
    assert (again.status_code, again.json["status"]) == (200, "claimed")
    assert report(bot, ready, second["leaseToken"]).status_code == 200
    assert moves(database, ready).count("claimed>approved") == 1


def test_an_unknown_outcome_waits_for_a_person(
    bot: FlaskClient, approver: FlaskClient, ready: str, database: LibsqlDatabase
) -> None:
    (leased,) = claim(bot)
    failure = {"leaseToken": leased["leaseToken"], "outcome": "unknown", "reason": "the connection broke"}
    assert bot.post(f"{QUEUE}/{ready}/failed", json=failure).json["status"] == "unknown"
    assert bot.post(f"{QUEUE}/{ready}/failed", json=failure).status_code == 200  # the answer was lost
    assert moves(database, ready).count("claimed>unknown") == 1
    assert claim(bot) == []
    assert bot.post(f"{QUEUE}/{ready}/reconcile", json={"outcome": "not_sent"}).status_code == 403
    assert approver.post(f"{QUEUE}/{ready}/reconcile", json={"outcome": "not_sent"}).json["status"] == "approved"
    assert len(claim(bot)) == 1


def test_a_lost_answer_does_not_strand_its_leases(bot: FlaskClient, ready: str) -> None:
    key = {"Idempotency-Key": "claim-1"}
    first, again = claim(bot, **key), claim(bot, **key)
    assert first == again
    assert report(bot, ready, again[0]["leaseToken"]).status_code == 200
    other = bot.post(f"{QUEUE}/claim", json={"limit": 1, "leaseSeconds": 300}, headers=key)
    assert other.status_code == 409


def test_only_a_follow_leaves_no_tweet(bot: FlaskClient, approver: FlaskClient, tweets: list[str], ready: str) -> None:
    follow = approved(bot, approver, tweets[1], opportunityType="follow", suggestedResponse=None)
    tokens = {leased["id"]: leased["leaseToken"] for leased in claim(bot)}
    refused = report(bot, ready, tokens[ready], resultTweetId=None)
    assert (refused.status_code, refused.json["errors"]) == (422, {"resultTweetId": ["Only a follow has no tweet."]})
    assert report(bot, follow, tokens[follow], resultTweetId=None).json["status"] == "executed"
    assert report(bot, follow, tokens[follow], resultTweetId=None).status_code == 200
