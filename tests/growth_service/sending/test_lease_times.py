"""When a lease begins and ends, to the second, and what a claim leaves in the rows and in the audit log."""

import secrets
from typing import Any

import pytest
from flask.testing import FlaskClient

from growth_service.sending import leases
from growth_service.sending.leases import Claim
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.idempotency import Once
from tests.growth_service.conftest import (
    QUEUE,
    approved,
    audit_rows,
    backdate,
    changes,
    claim,
    just_now,
    stored,
    tweet_id,
)

TABLE = "engagement_opportunities"
ACTOR, ONCE = Actor("bot", role="service"), Once("service:bot")
NOON = 1_764_072_000


@pytest.fixture
def ready(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> str:
    """An approved opportunity."""
    return approved(bot, approver, tweets[0])


def claimed_at(now: int, limit: int = 10, seconds: int = 300) -> list[Any]:
    """What a claim at this time leases."""
    wanted = Claim(limit, seconds, now, secrets.token_hex(16))
    leased: list[Any] = leases.claim(wanted, ACTOR, ONCE).document
    return leased


def test_a_claim_leaves_a_lease_in_the_row_and_a_line_in_the_log(
    bot: FlaskClient, ready: str, database: LibsqlDatabase
) -> None:
    database.execute_sql(f"UPDATE {TABLE} SET failure_reason = 'an earlier one'")
    backdate(database, TABLE)
    before = stored(database, TABLE, ready)
    (leased,) = claim(bot, seconds=1200)
    assert changes(before, stored(database, TABLE, ready)) == {
        "status": "claimed",
        "lease_token": leased["leaseToken"],
        "lease_expires_at": just_now(1200),
        "failure_reason": None,
        "updated_at": just_now(),
    }
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["entity_id"]) == ("opportunity.claim", ready)
    assert (entry["old_values"], entry["new_values"]) == ({"status": "approved"}, {"status": "claimed"})
    assert (entry["path"], entry["metadata"]) == (f"{QUEUE}/claim", {"subject": "growth-bot"})


def test_a_claim_answers_the_row_as_it_is_then(ready: str, database: LibsqlDatabase) -> None:
    (leased,) = claimed_at(NOON)
    row = stored(database, TABLE, ready)
    assert row["lease_expires_at"] == NOON + 300
    not_shown = {"ai_cost", "ai_cost_microusd", "chain_id", "approved_pair"}
    own = {name: value for name, value in row.items() if name not in not_shown}
    of_the_tweet = {"tweet_text": "tweet 0", "account_username": "subnetsam", "account_display_name": "Sam"}
    assert leased.items() >= (own | of_the_tweet).items()
    assert leased["tweet_id"] == tweet_id(0)


def test_a_lease_ends_at_its_very_second(ready: str, database: LibsqlDatabase) -> None:
    claimed_at(NOON)
    backdate(database, TABLE)
    before = stored(database, TABLE, ready)
    assert claimed_at(NOON + 299) == []
    assert stored(database, TABLE, ready) == before
    assert claimed_at(NOON + 300) == []
    assert changes(before, stored(database, TABLE, ready)) == {
        "status": "unknown",
        "failure_reason": "the lease ran out without a word",
        "updated_at": just_now(),
    }
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["entity_id"]) == ("opportunity.expire", ready)
    assert (entry["old_values"], entry["new_values"]) == ({"status": "claimed"}, {"status": "unknown"})


def test_only_leases_that_ran_out_are_given_up(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    ids = [approved(bot, approver, tweet, score) for tweet, score in zip(tweets, (0.9, 0.8, 0.7), strict=False)]
    claimed_at(NOON, limit=1, seconds=60)
    claimed_at(NOON, limit=1, seconds=600)
    (third,) = claimed_at(NOON + 60, limit=1)
    assert third["id"] == ids[2]
    assert [stored(database, TABLE, one)["status"] for one in ids] == ["unknown", "claimed", "claimed"]
    assert [entry["entity_id"] for entry in audit_rows(database, "opportunity")[-2:]] == [ids[0], ids[2]]


def test_of_equals_the_newest_is_leased_first(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    ids = [approved(bot, approver, tweet) for tweet in tweets[:4]]
    for age, opportunity in enumerate((ids[2], ids[0], ids[3], ids[1])):
        database.execute_sql(f"UPDATE {TABLE} SET created_at = ? WHERE id = ?", (NOON - age // 2, opportunity))
    expected = [*sorted((ids[2], ids[0]), reverse=True), *sorted((ids[3], ids[1]), reverse=True)]
    assert [leased["id"] for leased in claimed_at(NOON, limit=3)] == expected[:3]
    assert [leased["id"] for leased in claimed_at(NOON, limit=3)] == expected[3:]


def test_a_claim_names_no_limit_and_no_time(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    for tweet in tweets[:11]:
        approved(bot, approver, tweet)
    leased = bot.post(f"{QUEUE}/claim", json={}).json["opportunities"]
    assert len(leased) == 10
    assert stored(database, TABLE, leased[0]["id"])["lease_expires_at"] == just_now(300)
    widest = bot.post(f"{QUEUE}/claim", json={"limit": 50, "leaseSeconds": 3600})
    assert stored(database, TABLE, widest.json["opportunities"][0]["id"])["lease_expires_at"] == just_now(3600)


def test_a_repeated_report_changes_nothing(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    token = claim(bot)[0]["leaseToken"]
    for action, body in (
        ("failed", {"leaseToken": token, "outcome": "unknown", "reason": "503 of X"}),
        ("executed", {"leaseToken": token, "resultTweetId": "9"}),
    ):
        assert bot.post(f"{QUEUE}/{ready}/{action}", json=body).status_code == 200
        backdate(database, TABLE)
        database.execute_sql(f"UPDATE {TABLE} SET executed_at = 1000 WHERE executed_at IS NOT NULL")
        before, lines = stored(database, TABLE, ready), audit_rows(database, "opportunity")
        assert bot.post(f"{QUEUE}/{ready}/{action}", json=body).status_code == 200
        assert stored(database, TABLE, ready) == before
        assert audit_rows(database, "opportunity") == lines


def test_another_report_of_the_same_lease_is_refused(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    token = claim(bot)[0]["leaseToken"]
    report = {"leaseToken": token, "outcome": "unknown", "reason": "503 of X"}
    assert bot.post(f"{QUEUE}/{ready}/failed", json=report).status_code == 200
    before = stored(database, TABLE, ready)
    told = "it was reported already as unknown: 503 of X"
    for other, detail in (
        ({"reason": "429 of X"}, told),
        ({"reason": None}, told),
        ({"leaseToken": "another"}, "it is not under this lease"),
    ):
        refused = bot.post(f"{QUEUE}/{ready}/failed", json=report | other)
        assert (refused.status_code, refused.json["code"], refused.json["detail"]) == (409, "CONFLICT", detail)
    assert stored(database, TABLE, ready) == before


@pytest.mark.parametrize("outcome", ["not_sent", "unknown"])
def test_another_callers_token_reports_nothing(
    bot: FlaskClient, ready: str, database: LibsqlDatabase, outcome: str
) -> None:
    claim(bot)
    before = stored(database, TABLE, ready)
    report = {"leaseToken": "another", "outcome": outcome, "reason": None}
    assert bot.post(f"{QUEUE}/{ready}/failed", json=report).status_code == 409
    assert stored(database, TABLE, ready) == before


def test_a_person_who_found_a_reply_names_its_tweet(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], ready: str, database: LibsqlDatabase
) -> None:
    follow = approved(bot, approver, tweets[1], opportunityType="follow", suggestedResponse=None)
    claim(bot)
    database.execute_sql(f"UPDATE {TABLE} SET status = 'unknown'")
    before = stored(database, TABLE, ready)
    refused = approver.post(f"{QUEUE}/{ready}/reconcile", json={"outcome": "sent"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["resultTweetId"])
    assert stored(database, TABLE, ready) == before
    done = approver.post(f"{QUEUE}/{follow}/reconcile", json={"outcome": "sent"}).json
    assert (done["status"], done["resultTweetId"]) == ("executed", None)
