"""Drafts: one live one per tweet and type, a queue by relevance, pages that stay where they are."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.conftest import client
from tests.growth_service.conftest import QUEUE, approved, draft, row_count


def test_a_second_live_draft_for_a_tweet_is_refused(bot: FlaskClient, tweets: list[str]) -> None:
    assert draft(bot, tweets[0]).status_code == 201
    again = draft(bot, tweets[0])
    assert (again.status_code, again.json["code"]) == (409, "CONFLICT")
    assert again.json["detail"] == "this tweet has a live reply opportunity already"
    assert draft(bot, tweets[0], opportunityType="quote").status_code == 201


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_rejected_draft_makes_room_and_an_approved_one_does_not(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], decision: str
) -> None:
    first = draft(bot, tweets[0]).json["id"]
    body = {"reason": "no"} if decision == "reject" else {}
    approver.post(f"{QUEUE}/{first}/{decision}", json=body)
    assert draft(bot, tweets[0]).status_code == (201 if decision == "reject" else 409)


def test_ten_drafts_at_once_leave_one(growth_app: Flask, tweets: list[str], database: LibsqlDatabase) -> None:
    answers: list[int] = []

    def post() -> None:
        answers.append(draft(client(growth_app, "growth-bot", "service"), tweets[0]).status_code)
        database.close()

    threads = [threading.Thread(target=post) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [409] * 9
    assert row_count(database, "engagement_opportunities") == 1


def test_a_draft_needs_its_tweet(bot: FlaskClient, database: LibsqlDatabase) -> None:
    response = draft(bot, "999")
    assert (response.status_code, response.json["code"]) == (404, "NOT_FOUND")
    assert response.json["detail"] == "no such tweet: ingest it first"
    assert row_count(database, "audit_log") == 0


def test_the_queue_is_by_relevance_then_newest(bot: FlaskClient, tweets: list[str], database: LibsqlDatabase) -> None:
    scores = [0.3, 0.9, 0.9, 1, 0]
    ids = [draft(bot, tweet, score).json["id"] for tweet, score in zip(tweets, scores, strict=False)]
    database.execute_sql("UPDATE engagement_opportunities SET created_at = created_at - 60 WHERE id = ?", (ids[1],))
    shown = [waiting["id"] for waiting in bot.get(QUEUE).json["opportunities"]]
    assert shown == [ids[3], ids[2], ids[1], ids[0], ids[4]]


def test_pages_hold_still_while_the_queue_moves(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> None:
    ids = {draft(bot, tweet, 0.5 + number % 3 / 10).json["id"] for number, tweet in enumerate(tweets[:25])}
    seen: list[str] = []
    query = f"{QUEUE}?limit=7"
    while True:
        page = approver.get(query).json
        seen += [waiting["id"] for waiting in page["opportunities"]]
        if page["next"] is None:
            break
        approver.post(f"{QUEUE}/{page['next']}/approve")  # the row a page ends with leaves the list
        query = f"{QUEUE}?limit=7&after={page['next']}"
    assert len(seen) == 25
    assert set(seen) == ids


def test_a_page_after_nothing_known_is_refused(bot: FlaskClient, tweets: list[str]) -> None:
    response = bot.get(f"{QUEUE}?after=nonsense")
    assert (response.status_code, response.json["errors"]) == (422, {"after": ["No such opportunity."]})
    missing = bot.get(f"{QUEUE}/nonsense")
    assert (missing.status_code, missing.json["detail"]) == (404, "no such opportunity")


def test_each_state_has_its_list(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> None:
    waiting, ready = draft(bot, tweets[0]).json["id"], approved(bot, approver, tweets[1])
    assert [row["id"] for row in bot.get(QUEUE).json["opportunities"]] == [waiting]
    assert [row["id"] for row in bot.get(f"{QUEUE}?status=approved").json["opportunities"]] == [ready]
    assert bot.get(f"{QUEUE}?status=executed").json == {"opportunities": [], "next": None}


def test_a_repeated_draft_with_its_key_is_answered_from_the_first(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    body = {"tweetId": tweets[0], "opportunityType": "follow", "relevanceScore": 1}
    first, again = (bot.post(QUEUE, json=body, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json == again.json
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    other = bot.post(QUEUE, json=body | {"relevanceScore": 0.5}, headers={"Idempotency-Key": "k"})
    assert other.status_code == 409
    assert row_count(database, "audit_log") == 2  # the ingest of the tweets, and one creation
