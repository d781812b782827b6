"""New drafts: what the service makes of them, one for all versions of a post, and what has been answered before."""

import json

from flask.testing import FlaskClient

from growth_service.queue import relevance
from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    Engage,
    approved,
    audit_rows,
    claim,
    draft,
    just_now,
    stored,
    tweet_id,
    wait_out,
)

TABLE = "engagement_opportunities"


def link(database: LibsqlDatabase, first: int, later: int) -> None:
    """Let a tweet be a later version of another."""
    change = "UPDATE tweets SET chain_id = ? WHERE id IN (?, ?)"
    database.execute_sql(change, (tweet_id(first), tweet_id(first), tweet_id(later)))


def test_versions_of_one_post_have_one_live_reply(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    link(database, 0, 1)
    first = draft(bot, tweets[0]).json["id"]
    again = draft(bot, tweets[1])
    detail = "this tweet has a live reply opportunity already"
    assert (again.status_code, again.json["detail"]) == (409, detail)
    assert draft(bot, tweets[1], opportunityType="quote").status_code == 201
    approver.post(f"{QUEUE}/{first}/reject")
    assert draft(bot, tweets[1]).status_code == 201
    assert stored(database, TABLE, first)["chain_id"] == tweet_id(0)


def test_a_lapsed_draft_makes_room_for_another(bot: FlaskClient, tweets: list[str], database: LibsqlDatabase) -> None:
    first, other = draft(bot, tweets[0]).json["id"], draft(bot, tweets[0], opportunityType="quote").json["id"]
    assert draft(bot, tweets[0]).status_code == 409
    wait_out(database, first)
    wait_out(database, other)
    assert draft(bot, tweets[0]).status_code == 201
    row = stored(database, TABLE, first)
    assert (row["status"], row["expired_reason"]) == ("expired", "nobody decided in time")
    assert stored(database, TABLE, other)["status"] == "pending"  # is not in the way, and waits for a claim
    entry = next(entry for entry in audit_rows(database, "opportunity") if entry["action"] == "opportunity.lapse")
    assert (entry["entity_id"], entry["old_values"]) == (first, {"status": "pending"})
    assert entry["new_values"] == {"status": "expired", "reason": "nobody decided in time"}


def test_the_service_scores_what_the_bot_does_not(
    bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    database.execute_sql("UPDATE twitter_accounts SET followers_count = 2500")
    body = {"tweetId": tweets[0], "opportunityType": "reply", "suggestedResponse": "32"}
    for number, missing in enumerate(({}, {"relevanceScore": None})):
        shown = bot.post(QUEUE, json=body | {"tweetId": tweets[number]} | missing).json
        row = stored(database, TABLE, shown["id"])
        assert 0 < shown["relevanceScore"] <= 1
        assert row["relevance_score"] == shown["relevanceScore"]
        assert json.loads(row["relevance_reasons"]) == shown["relevanceReasons"]
        assert {"name", "value", "weight", "why"} <= set(shown["relevanceReasons"][0])
    given = draft(bot, tweets[2], 0.25).json
    assert (given["relevanceScore"], given["relevanceReasons"]) == (0.25, None)


def test_what_is_not_relevant_enough_is_rejected_by_the_service(
    engage: Engage,
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
) -> None:
    engage(min_relevance=0.3)
    low, bound = draft(bot, tweets[0], 0.12), draft(bot, tweets[1], 0.3)
    assert (low.status_code, low.json["status"]) == (201, "rejected")
    assert (low.json["rejectReason"], low.json["decidedBy"]) == ("relevance 0.12 is below 0.30", "service")
    row = stored(database, TABLE, low.json["id"])
    assert (row["status"], row["decided_at"], row["pending_until"]) == ("rejected", just_now(), None)
    assert (bound.json["status"], bound.json["decidedBy"]) == ("pending", None)
    assert [one["id"] for one in approver.get(QUEUE).json["opportunities"]] == [bound.json["id"]]
    entry = audit_rows(database, "opportunity")[0]["new_values"]
    assert (entry["status"], entry["reject_reason"]) == ("rejected", "relevance 0.12 is below 0.30")
    assert approver.post(f"{QUEUE}/{low.json['id']}/undo").json["status"] == "pending"


def test_the_score_of_the_service_is_held_against_the_bound_too(
    engage: Engage, bot: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    engage(min_relevance=1)
    database.execute_sql("UPDATE twitter_accounts SET followers_count = 1")
    shown = bot.post(QUEUE, json={"tweetId": tweets[0], "opportunityType": "follow"}).json
    assert shown["rejectReason"] == f"relevance {shown['relevanceScore']:.2f} is below 1.00"


def test_a_draft_waits_as_long_as_is_configured(
    engage: Engage,
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
) -> None:
    engage(pending_s=3600)
    one = draft(bot, tweets[0]).json["id"]
    assert stored(database, TABLE, one)["pending_until"] == just_now(3600)
    approver.post(f"{QUEUE}/{one}/approve")
    for step in ("undo", "edit", "void"):
        database.execute_sql(f"UPDATE {TABLE} SET pending_until = 1 WHERE status = 'approved'")
        if step == "undo":
            approver.post(f"{QUEUE}/{one}/undo")
        elif step == "edit":
            approver.patch(f"{QUEUE}/{one}", json={"suggestedResponse": "better"})
        else:
            database.execute_sql("UPDATE tweets SET text = 'edited'")
            claim(bot)
        assert stored(database, TABLE, one)["pending_until"] == just_now(3600)
        approver.post(f"{QUEUE}/{one}/approve")


def test_an_answer_in_the_thread_or_to_another_version_is_told(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    link(database, 0, 1)
    conversation = "UPDATE tweets SET conversation_id = ? WHERE id IN (?, ?)"
    database.execute_sql(conversation, (tweet_id(0), tweet_id(0), tweet_id(2)))
    shown = {number: draft(bot, tweets[number], opportunityType="quote").json["id"] for number in (1, 2, 3)}
    sent = approved(bot, approver, tweets[0])
    followed = approved(bot, approver, tweets[3], opportunityType="follow")
    before = {number: bot.get(f"{QUEUE}/{one}").json["answeredBefore"] for number, one in shown.items()}
    assert before == {1: False, 2: False, 3: False}
    for leased in claim(bot):
        result = None if leased["id"] == followed else "9"
        body = {"leaseToken": leased["leaseToken"], "resultTweetId": result}
        assert bot.post(f"{QUEUE}/{leased['id']}/executed", json=body).status_code == 200
    after = {number: bot.get(f"{QUEUE}/{one}").json["answeredBefore"] for number, one in shown.items()}
    assert after == {1: True, 2: True, 3: False}  # a follow answers nothing
    assert bot.get(f"{QUEUE}/{sent}").json["answeredBefore"] is False  # not by itself
    listed = {one["id"]: one["answeredBefore"] for one in bot.get(QUEUE).json["opportunities"]}
    assert listed == {shown[1]: True, shown[2]: True, shown[3]: False}


def test_the_signature_that_drafts_rely_on() -> None:
    assert relevance.Scored(0.5, []).score == 0.5
