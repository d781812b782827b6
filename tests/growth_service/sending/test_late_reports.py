"""Reports that come late: proof of sending always counts, and a lease that ran out is nobody's."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    approved,
    audit_rows,
    claim,
    just_now,
    moves,
    run_out,
    status,
    stored,
)

OPPORTUNITIES, ATTEMPTS = "engagement_opportunities", "send_attempts"
FIRST, SECOND = "2000000000000000091", "2000000000000000092"


@pytest.fixture
def ready(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> str:
    """An approved opportunity."""
    return approved(bot, approver, tweets[0])


def lease(bot: FlaskClient) -> str:
    """The token of a new lease."""
    (leased,) = claim(bot)
    token: str = leased["leaseToken"]
    return token


def sent(bot: FlaskClient, opportunity: str, token: str, result: str | None = FIRST) -> Any:
    return bot.post(f"{QUEUE}/{opportunity}/executed", json={"leaseToken": token, "resultTweetId": result})


def failed(bot: FlaskClient, opportunity: str, token: str, outcome: str = "not_sent", reason: str | None = None) -> Any:
    body = {"leaseToken": token, "outcome": outcome, "reason": reason}
    return bot.post(f"{QUEUE}/{opportunity}/failed", json=body)


def attempt(database: LibsqlDatabase, token: str) -> dict[str, Any]:
    return stored(database, ATTEMPTS, token, "lease_token")


def flag(database: LibsqlDatabase, opportunity: str) -> Any:
    return stored(database, OPPORTUNITIES, opportunity)["flagged"]


def test_a_lease_leaves_an_attempt(bot: FlaskClient, ready: str, tweets: list[str], database: LibsqlDatabase) -> None:
    bot.put("/api/twitter/accounts/77", json={"username": "pingtopass", "kind": "own"})
    token = lease(bot)
    row = attempt(database, token)
    assert row.pop("id") > 0
    assert row == {
        "opportunity_id": ready,
        "lease_token": token,
        "account_id": "77",
        "tweet_id": tweets[0],
        "opportunity_type": "reply",
        "text": "256 - 224",
        "leased_at": just_now(),
        "lease_expires_at": stored(database, OPPORTUNITIES, ready)["lease_expires_at"],
        **dict.fromkeys(("outcome", "reason", "result_tweet_id", "settled_by", "settled_at")),
    }


@pytest.mark.parametrize("own", [(), ("77", "78")])
def test_which_of_several_accounts_sends_is_not_known(
    bot: FlaskClient, ready: str, database: LibsqlDatabase, own: tuple[str, ...]
) -> None:
    for account in own:
        bot.put(f"/api/twitter/accounts/{account}", json={"username": f"own{account}", "kind": "own"})
    assert attempt(database, lease(bot))["account_id"] is None


def test_proof_of_sending_wins_over_a_person_who_found_nothing(
    bot: FlaskClient, approver: FlaskClient, ready: str, database: LibsqlDatabase
) -> None:
    token = lease(bot)
    failed(bot, ready, token, "unknown")
    approver.post(f"{QUEUE}/{ready}/reconcile", json={"outcome": "not_sent"})
    assert attempt(database, token)["settled_by"] == "person"
    late = sent(bot, ready, token)
    assert (late.status_code, late.json["status"], late.json["resultTweetId"]) == (200, "executed", FIRST)
    assert claim(bot) == []
    row, tried = stored(database, OPPORTUNITIES, ready), attempt(database, token)
    assert (row["status"], row["result_tweet_id"], row["executed_at"]) == ("executed", FIRST, just_now())
    assert (row["lease_token"], row["flagged"]) == (token, None)
    assert (tried["outcome"], tried["result_tweet_id"], tried["settled_by"]) == ("sent", FIRST, "report")
    assert tried["settled_at"] == just_now()
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["entity_id"]) == ("opportunity.execute", ready)
    assert (entry["old_values"], entry["new_values"]) == (
        {"status": "approved"},
        {"status": "executed", "result_tweet_id": FIRST},
    )


@pytest.mark.parametrize("state", ["pending", "approved", "rejected", "unknown"])
def test_proof_wins_in_every_state_without_a_lease(
    bot: FlaskClient, ready: str, database: LibsqlDatabase, state: str
) -> None:
    token = lease(bot)
    failed(bot, ready, token)
    database.execute_sql(f"UPDATE {OPPORTUNITIES} SET status = ?", (state,))
    assert sent(bot, ready, token).json["status"] == status(bot, ready) == "executed"


def test_proof_under_a_later_lease_is_recorded_and_flagged(
    bot: FlaskClient, ready: str, database: LibsqlDatabase
) -> None:
    first = lease(bot)
    failed(bot, ready, first)
    second = lease(bot)
    late = sent(bot, ready, first)
    assert (late.status_code, late.json["status"], late.json["resultTweetId"]) == (200, "claimed", None)
    assert stored(database, OPPORTUNITIES, ready)["lease_token"] == second
    assert flag(database, ready) == f"sent under an earlier lease as {FIRST}"
    assert attempt(database, first)["result_tweet_id"] == FIRST
    entry = audit_rows(database, "opportunity")[-1]
    assert (entry["action"], entry["old_values"], entry["new_values"]) == (
        "opportunity.flag",
        {"flagged": None},
        {"flagged": f"sent under an earlier lease as {FIRST}"},
    )
    lines = audit_rows(database, "opportunity")
    assert sent(bot, ready, first).status_code == 200  # the same report twice is one
    assert audit_rows(database, "opportunity") == lines


def test_the_later_lease_is_told_and_cannot_be_renewed(bot: FlaskClient, ready: str) -> None:
    first = lease(bot)
    failed(bot, ready, first)
    second = lease(bot)
    sent(bot, ready, first)
    refused = bot.post(f"{QUEUE}/{ready}/renew", json={"leaseToken": second})
    detail = f"it was sent already as {FIRST}, under an earlier lease: do not send it, release this lease"
    assert (refused.status_code, refused.json["detail"]) == (409, detail)


@pytest.mark.parametrize("end", ["release", "not_sent", "person"])
def test_a_later_lease_that_sent_nothing_leaves_the_earlier_proof(
    bot: FlaskClient, approver: FlaskClient, ready: str, database: LibsqlDatabase, end: str
) -> None:
    first = lease(bot)
    failed(bot, ready, first)
    second = lease(bot)
    sent(bot, ready, first)
    if end == "release":
        ended = bot.post(f"{QUEUE}/{ready}/release", json={"leaseToken": second})
    elif end == "not_sent":
        ended = failed(bot, ready, second, "not_sent", "told so")
    else:
        run_out(database, ready)
        ended = approver.post(f"{QUEUE}/{ready}/reconcile", json={"outcome": "not_sent"})
    assert (ended.status_code, ended.json["status"], ended.json["resultTweetId"]) == (200, "executed", FIRST)
    assert (attempt(database, second)["outcome"], stored(database, OPPORTUNITIES, ready)["lease_token"]) == (
        "not_sent",
        first,
    )
    assert moves(database, ready)[-1] == "claimed>executed"
    assert claim(bot) == []


def test_two_posts_are_flagged_whichever_is_told_first(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    first = lease(bot)
    failed(bot, ready, first)
    second = lease(bot)
    assert sent(bot, ready, second, SECOND).json["resultTweetId"] == SECOND
    assert flag(database, ready) is None
    late = sent(bot, ready, first, FIRST)
    assert (late.status_code, late.json["status"], late.json["resultTweetId"]) == (200, "executed", SECOND)
    assert flag(database, ready) == f"sent more than once: as {FIRST} and as {SECOND}"


def test_a_second_post_after_the_flag_says_both(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    first = lease(bot)
    failed(bot, ready, first)
    second = lease(bot)
    sent(bot, ready, first, FIRST)
    assert sent(bot, ready, second, SECOND).json["resultTweetId"] == SECOND
    assert flag(database, ready) == f"sent more than once: as {FIRST} and as {SECOND}"


def test_two_proofs_of_one_post_are_no_second_post(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    first = lease(bot)
    failed(bot, ready, first)
    second = lease(bot)
    sent(bot, ready, second, FIRST)
    assert sent(bot, ready, first, FIRST).status_code == 200
    assert flag(database, ready) is None


def test_a_report_stands_beside_what_a_person_found(
    bot: FlaskClient, approver: FlaskClient, ready: str, database: LibsqlDatabase
) -> None:
    token = lease(bot)
    run_out(database, ready)
    found = approver.post(f"{QUEUE}/{ready}/reconcile", json={"outcome": "sent", "resultTweetId": SECOND})
    assert found.json["status"] == "executed"  # nobody has claimed since the lease ran out
    assert attempt(database, token)["result_tweet_id"] == SECOND
    assert sent(bot, ready, token, SECOND).status_code == 200
    assert attempt(database, token)["settled_by"] == "person"
    assert sent(bot, ready, token, FIRST).json["resultTweetId"] == SECOND
    assert attempt(database, token)["result_tweet_id"] == FIRST
    assert flag(database, ready) == f"sent more than once: as {FIRST} and as {SECOND}"


def test_a_follow_is_proven_late_without_a_tweet(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    follow = approved(bot, approver, tweets[0], opportunityType="follow", suggestedResponse=None)
    token = lease(bot)
    failed(bot, follow, token)
    second = lease(bot)
    assert sent(bot, follow, token, None).json["status"] == "claimed"
    assert flag(database, follow) == "sent under an earlier lease"
    assert sent(bot, follow, second, None).json["status"] == "executed"


def test_a_token_counts_for_its_own_opportunity_alone(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], ready: str, database: LibsqlDatabase
) -> None:
    token = lease(bot)
    other = approved(bot, approver, tweets[1])
    before = stored(database, OPPORTUNITIES, other)
    for response in (
        sent(bot, other, token),
        failed(bot, other, token),
        failed(bot, other, token, "unknown"),
        bot.post(f"{QUEUE}/{other}/renew", json={"leaseToken": token}),
        bot.post(f"{QUEUE}/{other}/release", json={"leaseToken": token}),
    ):
        assert (response.status_code, response.json["detail"]) == (409, "it is not under this lease")
    assert stored(database, OPPORTUNITIES, other) == before
    assert (attempt(database, token)["outcome"], status(bot, ready)) == (None, "claimed")


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize(("outcome", "becomes"), [("not_sent", "approved"), ("unknown", "unknown")])
def test_a_late_report_is_the_same_before_and_after_a_sweep(
    bot: FlaskClient, ready: str, database: LibsqlDatabase, swept: bool, outcome: str, becomes: str
) -> None:
    token = lease(bot)
    run_out(database, ready)
    if swept:
        assert claim(bot) == []
        assert status(bot, ready) == "unknown"
    for _ in range(2):
        late = failed(bot, ready, token, outcome, "503 of X")
        assert (late.status_code, late.json["status"], late.json["failureReason"]) == (200, becomes, "503 of X")
    tried = attempt(database, token)
    assert (tried["outcome"], tried["reason"]) == (outcome, "503 of X")
    assert (tried["settled_by"], tried["settled_at"]) == (
        ("report", just_now()) if outcome == "not_sent" else (None, None)
    )
    entries = [entry["action"] for entry in audit_rows(database, "opportunity")]
    assert entries.count("opportunity.release" if outcome == "not_sent" else "opportunity.lose") == 1


def test_what_was_not_sent_does_not_become_unknown(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    token = lease(bot)
    failed(bot, ready, token, "not_sent", "429 of X")
    refused = failed(bot, ready, token, "unknown", "429 of X")
    assert (refused.status_code, refused.json["detail"]) == (409, "it was reported already as not sent: 429 of X")
    assert failed(bot, ready, token, "not_sent", "another").status_code == 409
    assert attempt(database, token)["reason"] == "429 of X"
    assert status(bot, ready) == "approved"


def test_what_was_unknown_can_turn_out_not_sent(bot: FlaskClient, ready: str, database: LibsqlDatabase) -> None:
    token = lease(bot)
    failed(bot, ready, token, "unknown", "503 of X")
    assert failed(bot, ready, token, "not_sent", "not in my outbox").json["status"] == "approved"
    assert attempt(database, token)["outcome"] == "not_sent"


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize("outcome", ["sent", "not_sent"])
def test_a_person_settles_a_lease_that_ran_out(
    bot: FlaskClient, approver: FlaskClient, ready: str, database: LibsqlDatabase, swept: bool, outcome: str
) -> None:
    token = lease(bot)
    body = {"outcome": outcome} | ({"resultTweetId": FIRST} if outcome == "sent" else {})
    early = approver.post(f"{QUEUE}/{ready}/reconcile", json=body)
    assert (early.status_code, attempt(database, token)["outcome"]) == (409, None)
    run_out(database, ready)
    if swept:
        claim(bot)
    settled = approver.post(f"{QUEUE}/{ready}/reconcile", json=body)
    assert settled.json["status"] == ("executed" if outcome == "sent" else "approved")
    tried = attempt(database, token)
    assert (tried["outcome"], tried["settled_by"], tried["settled_at"]) == (outcome, "person", just_now())
    assert moves(database, ready)[-1] == f"{'unknown' if swept else 'claimed'}>{settled.json['status']}"
