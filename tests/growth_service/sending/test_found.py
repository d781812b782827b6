"""What was sent is found on our own timeline, as X shows it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    SAM,
    TWEETS,
    approved,
    audit_rows,
    just_now,
    status,
    stored,
    tweet_id,
    x_response,
)
from tests.growth_service.sending.conftest import (
    ATTEMPTS,
    ENTITIES,
    LINK,
    OPPORTUNITIES,
    OTHER,
    OWN,
    SHOWN,
    attempt,
    ingest,
    lease,
    post,
    result,
)


def test_our_reply_comes_back_changed_and_is_found(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    found = post(-1000, tweets[0])
    ingest(bot, found)
    row, proven = stored(database, OPPORTUNITIES, tried), attempt(database, tried)
    assert (row["status"], row["result_tweet_id"], row["failure_reason"]) == ("executed", found["id"], None)
    assert row["executed_at"] == just_now()
    assert (proven["outcome"], proven["result_tweet_id"], proven["settled_by"]) == ("sent", found["id"], "timeline")
    assert proven["settled_at"] == just_now()
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["entity_id"], entry["role"]) == ("opportunity.execute", tried, "service")
    assert entry["metadata"] == {"subject": "growth_service"}
    assert (entry["old_values"], entry["new_values"]) == (
        {"status": "claimed"},
        {"status": "executed", "result_tweet_id": found["id"]},
    )
    lines = audit_rows(database, "opportunity")
    ingest(bot, found)
    assert audit_rows(database, "opportunity") == lines


@pytest.mark.parametrize("state", ["claimed", "unknown", "approved", "pending", "rejected", "running"])
def test_a_post_is_proof_in_every_state(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase, state: str
) -> None:
    until = "unixepoch() + 300" if state == "running" else "unixepoch() - 900"
    word = "claimed" if state == "running" else state
    database.execute_sql(f"UPDATE {OPPORTUNITIES} SET status = '{word}', lease_expires_at = {until}")
    found = post(-1000, tweets[0])
    ingest(bot, found)
    assert result(database, tried) == ("executed", found["id"])


@pytest.mark.parametrize(
    ("words", "made", "is_found"),
    [
        ("the same", -1200, True),
        ("the same", -1250, True),  # clocks differ by up to a minute
        ("the same", -1270, False),
        ("the same", -10, True),  # by hand, after the lease
        ("others", -1000, True),
        ("others", -850, True),
        ("others", -830, False),
        ("others", -1250, True),
        ("others", -1270, False),
    ],
)
def test_which_post_is_the_attempts(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase, words: str, made: float, is_found: bool
) -> None:
    ingest(bot, post(made, tweets[0], SHOWN if words == "the same" else "@subnetsam something else"))
    assert (status(bot, tried) == "executed") == is_found


def test_a_caller_who_sent_nothing_is_believed_but_for_its_very_words(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    report = {"leaseToken": attempt(database, tried)["lease_token"], "outcome": "not_sent"}
    assert bot.post(f"{QUEUE}/{tried}/failed", json=report).json["status"] == "approved"
    ingest(bot, post(-1000, tweets[0], "@subnetsam something else"))
    assert status(bot, tried) == "approved"
    ingest(bot, post(-999, tweets[0]))
    assert status(bot, tried) == "executed"


@pytest.mark.parametrize(
    "more",
    [
        {"author_id": SAM},
        {"referenced_tweets": [{"type": "replied_to", "id": OTHER}]},
        {"referenced_tweets": [{"type": "quoted", "id": tweet_id(0)}]},
        {"referenced_tweets": [{"type": "retweeted", "id": tweet_id(0)}]},
        {"referenced_tweets": None},
        {"id": "9" * 20},
    ],
)
def test_a_post_of_somebody_else_or_about_something_else_proves_nothing(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase, more: dict[str, Any]
) -> None:
    ingest(bot, post(-1000, tweets[0]) | more)
    assert result(database, tried) == ("claimed", None)


@pytest.mark.parametrize("link", ["", " https://x.com/subnetsam/status/{}"])
def test_a_quote_is_found_and_a_reply_to_the_same_tweet_is_another(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], own: str, database: LibsqlDatabase, link: str
) -> None:
    words = f"so true{link.format(tweets[0])}"
    opportunity = approved(bot, approver, tweets[0], opportunityType="quote", suggestedResponse=words)
    lease(bot, database)
    ingest(bot, post(-1000, tweets[0], "so true"))
    assert result(database, opportunity) == ("claimed", None)
    urls = [{"url": LINK, "expanded_url": f"https://twitter.com/subnetsam/status/{tweets[0]}"}]
    quote = post(-10, tweets[0], f"so true {LINK}", "quoted", entities={"urls": urls})
    ingest(bot, quote)
    assert result(database, opportunity) == ("executed", quote["id"])


def test_a_long_reply_is_found_by_its_whole_text(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    cut = post(-10, tweets[0], "@subnetsam Try", entities={}, note_tweet={"text": SHOWN, "entities": ENTITIES})
    ingest(bot, cut)
    assert result(database, tried) == ("executed", cut["id"])


def test_of_two_attempts_the_one_with_these_words_was_it(
    bot: FlaskClient, approver: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    first = attempt(database, tried)["lease_token"]
    bot.post(f"{QUEUE}/{tried}/release", json={"leaseToken": first})
    approver.patch(f"{QUEUE}/{tried}", json={"suggestedResponse": "shorter"})
    approver.post(f"{QUEUE}/{tried}/approve")
    second = lease(bot, database)
    found = post(-1000, tweets[0])
    ingest(bot, found)
    assert stored(database, ATTEMPTS, first, "lease_token")["result_tweet_id"] == found["id"]
    assert stored(database, ATTEMPTS, second, "lease_token")["outcome"] is None
    assert result(database, tried) == ("executed", found["id"])


def test_of_two_attempts_with_these_words_the_open_one_was_it(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    first = attempt(database, tried)["lease_token"]
    bot.post(f"{QUEUE}/{tried}/release", json={"leaseToken": first})
    second = lease(bot, database, -1210)
    ingest(bot, post(-1000, tweets[0]))
    assert stored(database, ATTEMPTS, second, "lease_token")["outcome"] == "sent"
    assert stored(database, ATTEMPTS, first, "lease_token")["outcome"] == "not_sent"


def test_two_posts_of_two_attempts_are_flagged(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    bot.post(f"{QUEUE}/{tried}/release", json={"leaseToken": attempt(database, tried)["lease_token"]})
    lease(bot, database)
    posts = [post(-1000, tweets[0]), post(-990, tweets[0])]
    ingest(bot, *posts)
    assert result(database, tried)[0] == "executed"
    flagged = stored(database, OPPORTUNITIES, tried)["flagged"]
    assert flagged == f"sent more than once: as {posts[0]['id']} and as {posts[1]['id']}"


def test_a_post_is_proof_of_one_attempt_alone(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    first = attempt(database, tried)["lease_token"]
    found = post(-1000, tweets[0])
    bot.post(f"{QUEUE}/{tried}/release", json={"leaseToken": first})
    second = lease(bot, database)
    bot.post(f"{QUEUE}/{tried}/executed", json={"leaseToken": first, "resultTweetId": found["id"]})
    ingest(bot, found)
    assert stored(database, ATTEMPTS, second, "lease_token")["outcome"] is None
    assert stored(database, OPPORTUNITIES, tried)["flagged"] is None


def test_an_ingest_that_is_repeated_settles_once(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    body = x_response(post(-1000, tweets[0]), users=[{"id": OWN, "username": "pingtopass"}])
    for replayed in (None, "true"):
        response = bot.post(TWEETS, json=body, headers={"Idempotency-Key": "timeline-1"})
        assert (response.status_code, response.headers.get("Idempotency-Replayed")) == (200, replayed)
    actions = [entry["action"] for entry in audit_rows(database, "opportunity")]
    assert actions.count("opportunity.execute") == 1
