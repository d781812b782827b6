"""Leases that are renewed, and leases that are given back."""

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    approved,
    audit_rows,
    backdate,
    changes,
    claim,
    just_now,
    run_out,
    status,
    stored,
)

OPPORTUNITIES, ATTEMPTS = "engagement_opportunities", "send_attempts"


@pytest.fixture
def ready(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> str:
    """An approved opportunity."""
    return approved(bot, approver, tweets[0])


def test_a_lease_is_renewed_from_now_on(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    (leased,) = claim(bot, seconds=60)
    backdate(database, OPPORTUNITIES)
    before = stored(database, OPPORTUNITIES, ready)
    renewed = bot.post(f"{QUEUE}/{ready}/renew", json={"leaseToken": leased["leaseToken"], "leaseSeconds": 900})
    assert renewed.status_code == 200
    row = stored(database, OPPORTUNITIES, ready)
    assert changes(before, row) == {"lease_expires_at": just_now(900), "updated_at": just_now()}
    assert renewed.json["leaseExpiresAt"] == bot.get(f"{QUEUE}/{ready}").json["leaseExpiresAt"]
    assert stored(database, ATTEMPTS, ready, "opportunity_id")["lease_expires_at"] == row["lease_expires_at"]
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["entity_id"]) == ("opportunity.renew", ready)
    assert entry["old_values"] == {"lease_expires_at": before["lease_expires_at"]}
    assert entry["new_values"] == {"lease_expires_at": row["lease_expires_at"]}


def test_a_lease_never_gets_shorter(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    (leased,) = claim(bot, seconds=3600)
    until = stored(database, OPPORTUNITIES, ready)["lease_expires_at"]
    assert bot.post(f"{QUEUE}/{ready}/renew", json={"leaseToken": leased["leaseToken"]}).status_code == 200
    assert stored(database, OPPORTUNITIES, ready)["lease_expires_at"] == until


def test_five_minutes_are_what_a_renewal_asks_for(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    (leased,) = claim(bot, seconds=60)
    bot.post(f"{QUEUE}/{ready}/renew", json={"leaseToken": leased["leaseToken"]})
    assert stored(database, OPPORTUNITIES, ready)["lease_expires_at"] == just_now(300)


@pytest.mark.parametrize("swept", [False, True])
def test_a_lease_that_ran_out_is_not_renewed(
    bot: FlaskClient, ready: str, database: LibsqlDatabase, swept: bool
) -> None:
    (leased,) = claim(bot)
    run_out(database, ready)
    if swept:
        claim(bot)
    before = stored(database, OPPORTUNITIES, ready)
    refused = bot.post(f"{QUEUE}/{ready}/renew", json={"leaseToken": leased["leaseToken"]})
    detail = "the lease has run out: report how it ended, and send nothing any more"
    assert (refused.status_code, refused.json["detail"]) == (409, detail)
    assert stored(database, OPPORTUNITIES, ready) == before


def test_only_the_holder_renews(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    (leased,) = claim(bot)
    before = stored(database, OPPORTUNITIES, ready)
    for token in ("another", leased["leaseToken"] + "0"):
        refused = bot.post(f"{QUEUE}/{ready}/renew", json={"leaseToken": token})
        assert (refused.status_code, refused.json["detail"]) == (409, "it is not under this lease")
    assert stored(database, OPPORTUNITIES, ready) == before


def test_what_is_reported_is_not_renewed(bot: FlaskClient, ready: str) -> None:
    (leased,) = claim(bot)
    token = leased["leaseToken"]
    bot.post(f"{QUEUE}/{ready}/executed", json={"leaseToken": token, "resultTweetId": "7"})
    refused = bot.post(f"{QUEUE}/{ready}/renew", json={"leaseToken": token})
    assert (refused.status_code, refused.json["detail"]) == (409, "it was reported already as 7")


@pytest.mark.parametrize("late", [False, True])
def test_a_lease_is_given_back(bot: FlaskClient, ready: str, database: LibsqlDatabase, late: bool) -> None:
    (leased,) = claim(bot)
    if late:
        run_out(database, ready)
    for _ in range(2):
        back = bot.post(f"{QUEUE}/{ready}/release", json={"leaseToken": leased["leaseToken"]})
        assert (back.status_code, back.json["status"]) == (200, "approved")
        assert (back.json["failureReason"], back.json["leaseExpiresAt"]) == (None, None)
    tried = stored(database, ATTEMPTS, leased["leaseToken"], "lease_token")
    assert (tried["outcome"], tried["reason"], tried["settled_by"]) == ("not_sent", None, "report")
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["old_values"]) == ("opportunity.release", {"status": "claimed"})
    assert entry["new_values"] == {"status": "approved", "reason": None}
    (again,) = claim(bot)
    assert again["leaseToken"] != leased["leaseToken"]
    assert bot.post(f"{QUEUE}/{ready}/release", json={"leaseToken": leased["leaseToken"]}).json["status"] == "claimed"
    assert status(bot, ready) == "claimed"


def test_what_was_sent_is_not_given_back(bot: FlaskClient, ready: str) -> None:
    (leased,) = claim(bot)
    token = leased["leaseToken"]
    bot.post(f"{QUEUE}/{ready}/executed", json={"leaseToken": token, "resultTweetId": "7"})
    refused = bot.post(f"{QUEUE}/{ready}/release", json={"leaseToken": token})
    assert (refused.status_code, refused.json["detail"]) == (409, "it was reported already as 7")
