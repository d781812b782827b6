"""What a later timeline lacks was not sent, and goes back to a person; what proves no absence changes nothing."""

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    Engage,
    approved,
    audit_rows,
    claim,
    just_now,
    run_out,
    status,
    stored,
)
from tests.growth_service.sending.conftest import (
    ATTEMPTS,
    OPPORTUNITIES,
    OTHER,
    OWN,
    TIMELINE,
    at,
    attempt,
    ingest,
    lease,
    missing,
    post,
    result,
)


def test_what_a_later_timeline_lacks_goes_back_to_a_person(
    bot: FlaskClient, tried: str, database: LibsqlDatabase, engage: Engage
) -> None:
    engage(pending_s=5 * 3600)
    missing(bot, -1300, -1000, -800)
    row, missed = stored(database, OPPORTUNITIES, tried), attempt(database, tried)
    reason = "not found on our timeline, which has a later post"
    assert (row["status"], row["failure_reason"]) == ("pending", reason)
    assert (row["lease_token"], row["lease_expires_at"]) == (None, None)
    assert (row["approved_pair"], row["decided_by"], row["decided_at"]) == (None, None, None)
    assert row["pending_until"] == just_now(5 * 3600)
    assert (missed["outcome"], missed["settled_by"], missed["reason"]) == ("not_sent", "timeline", reason)
    assert missed["settled_at"] == just_now()
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["entity_id"], entry["role"]) == ("opportunity.miss", tried, "service")
    assert entry["old_values"] == {"status": "claimed"}
    assert entry["new_values"] == {"status": "pending", "reason": reason}
    assert claim(bot) == []


def test_proof_that_comes_after_all_still_counts(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    token = attempt(database, tried)["lease_token"]
    missing(bot, -1300, -1000, -800)
    late = {"leaseToken": token, "outcome": "not_sent", "reason": "503 of X"}
    assert bot.post(f"{QUEUE}/{tried}/failed", json=late).json["status"] == "pending"
    found = post(-999, tweets[0])
    ingest(bot, found)
    assert result(database, tried) == ("executed", found["id"])


@pytest.mark.parametrize("state", ["unknown", "claimed"])
@pytest.mark.parametrize(
    ("ages", "is_missed"),
    [
        ((-1300, -800), True),
        ((-1270, -830), True),
        ((-1250, -830), False),  # too close to the beginning of the lease
        ((-1270, -850), False),  # too close to its end
        ((-700, -600), False),
        ((-1500, -1300), False),
    ],
)
def test_a_timeline_must_begin_before_and_go_on_after_the_lease(
    bot: FlaskClient, tried: str, database: LibsqlDatabase, ages: tuple[float, ...], is_missed: bool, state: str
) -> None:
    database.execute_sql(f"UPDATE {OPPORTUNITIES} SET status = ?", (state,))
    missing(bot, *ages, next_token="older")
    assert status(bot, tried) == ("pending" if is_missed else "unknown")


@pytest.mark.parametrize(
    "query",
    ["", f"?accountId={OWN}", f"?accountId={OWN}&timeline=false"],
)
def test_a_search_proves_no_absence(bot: FlaskClient, tried: str, query: str) -> None:
    missing(bot, -1300, -800, query=query)
    assert status(bot, tried) == "unknown"


def test_a_page_without_replies_proves_no_absence(bot: FlaskClient, tried: str, database: LibsqlDatabase) -> None:
    """X was asked to leave out replies, or not asked what a post answers."""
    posts = [post(age, OTHER, referenced_tweets=None) for age in (-1300, -800)]
    ingest(bot, *posts, query=TIMELINE)
    ingest(bot, *(one | {"referenced_tweets": [{"type": "retweeted", "id": OTHER}]} for one in posts), query=TIMELINE)
    assert status(bot, tried) == "unknown"
    assert database.execute_sql("SELECT count(*) FROM timeline_spans").fetchone() == (0,)


def test_an_id_of_the_future_proves_no_absence(bot: FlaskClient, tried: str) -> None:
    missing(bot, -1300, 600)
    missing(bot, -1300, -1250, query=f"{TIMELINE}&untilId={at(600)}")
    ingest(bot, post(-1300, OTHER), post(-800, OTHER) | {"id": "9" * 20}, query=TIMELINE)
    assert status(bot, tried) == "unknown"
    missing(bot, -1300, 30)  # the clock of X is ahead
    assert status(bot, tried) == "pending"


def test_another_account_proves_no_absence(bot: FlaskClient, tried: str, database: LibsqlDatabase) -> None:
    bot.put(f"/api/twitter/accounts/{OWN}", json={"kind": "competitor"})
    missing(bot, -1300, -800)
    assert database.execute_sql("SELECT count(*) FROM timeline_spans").fetchone() == (0,)
    bot.put(f"/api/twitter/accounts/{OWN}", json={"kind": "own"})
    database.execute_sql(f"UPDATE {ATTEMPTS} SET account_id = '77'")
    missing(bot, -1300, -800)
    assert status(bot, tried) == "unknown"


@pytest.mark.parametrize(("accounts", "becomes"), [(1, "pending"), (2, "unknown")])
def test_the_account_of_an_older_attempt_is_the_only_one(
    bot: FlaskClient, tried: str, database: LibsqlDatabase, accounts: int, becomes: str
) -> None:
    database.execute_sql(f"UPDATE {ATTEMPTS} SET account_id = NULL")
    if accounts == 2:
        bot.put("/api/twitter/accounts/78", json={"username": "second", "kind": "own"})
    missing(bot, -1300, -800)
    assert status(bot, tried) == becomes


def test_a_running_lease_is_not_missed(bot: FlaskClient, tried: str, database: LibsqlDatabase) -> None:
    token = attempt(database, tried)["lease_token"]
    bot.post(f"{QUEUE}/{tried}/failed", json={"leaseToken": token, "outcome": "unknown"})
    database.execute_sql(f"UPDATE {ATTEMPTS} SET lease_expires_at = unixepoch() - 30")
    missing(bot, -1300, 0)
    assert status(bot, tried) == "unknown"


def test_a_follow_is_never_missed(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], own: str, database: LibsqlDatabase
) -> None:
    follow = approved(bot, approver, tweets[0], opportunityType="follow", suggestedResponse=None)
    lease(bot, database)
    missing(bot, -1300, -800)
    ingest(bot, post(-1000, tweets[0]))
    assert status(bot, follow) == "unknown"


def test_what_is_found_on_the_page_is_not_missed(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    found = post(-1000, tweets[0])
    ingest(bot, post(-1300, OTHER), found, post(-800, OTHER), query=TIMELINE)
    assert result(database, tried) == ("executed", found["id"])


def test_what_an_earlier_lease_sent_is_not_asked_again(
    bot: FlaskClient, tried: str, tweets: list[str], database: LibsqlDatabase
) -> None:
    first = attempt(database, tried)["lease_token"]
    bot.post(f"{QUEUE}/{tried}/release", json={"leaseToken": first})
    second = claim(bot)[0]["leaseToken"]
    bot.post(f"{QUEUE}/{tried}/executed", json={"leaseToken": first, "resultTweetId": "7"})
    assert status(bot, tried) == "claimed"
    database.execute_sql(f"UPDATE {ATTEMPTS} SET leased_at = unixepoch() - 1200, lease_expires_at = unixepoch() - 900")
    run_out(database, tried)
    missing(bot, -1300, -800)
    assert result(database, tried) == ("executed", "7")
    assert stored(database, ATTEMPTS, second, "lease_token")["outcome"] == "not_sent"
