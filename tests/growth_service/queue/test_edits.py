"""An edited post has a new id on X. It is one post: its versions know each other, and it is answered once."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    SAM,
    TWEETS,
    Engage,
    audit_rows,
    claim,
    draft,
    just_now,
    status,
    stored,
    x_response,
)

FIRST, SECOND, THIRD = "1575590109746135764", "1575590789110992896", "1575590999999999999"


def version(*ids: str, **more: Any) -> dict[str, Any]:
    """A version of Sam's post: the last of the ids, which are its history."""
    return {"id": ids[-1], "text": f"Subnet of {ids[-1]}", "author_id": SAM, "edit_history_tweet_ids": list(ids)} | more


def ingest(bot: FlaskClient, *tweets: dict[str, Any], at: str = "2026-11-21T11:00:00Z") -> None:
    response = bot.post(TWEETS, json=x_response(*tweets), query_string={"fetchedAt": at})
    assert response.status_code == 200, response.json


def chain(database: LibsqlDatabase, *ids: str) -> list[tuple[str | None, str | None]]:
    rows = [stored(database, "tweets", one) for one in ids]
    return [(row["chain_id"], row["superseded_by"]) for row in rows]


def test_a_draft_about_an_old_version_goes_along_to_the_new_one(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase
) -> None:
    ingest(bot, version(FIRST), version("77"))
    opportunity, other = draft(bot, FIRST).json["id"], draft(bot, "77").json["id"]
    approver.post(f"{QUEUE}/{opportunity}/approve")
    before = stored(database, "engagement_opportunities", other)
    ingest(bot, version(FIRST, SECOND))
    row = stored(database, "engagement_opportunities", opportunity)
    assert (row["tweet_id"], row["status"], row["suggested_response"]) == (SECOND, "pending", "256 - 224")
    assert stored(database, "engagement_opportunities", other) == before
    assert draft(bot, SECOND).status_code == 409  # the post has a live draft
    moved = audit_rows(database, "opportunity")[-1]
    assert (moved["action"], moved["entity_id"]) == ("opportunity.move", opportunity)
    assert moved["old_values"] == {"tweet_id": FIRST, "status": "approved"}
    assert moved["new_values"] == {"tweet_id": SECOND, "status": "pending"}
    assert claim(bot) == []  # the person has to see the new text


@pytest.mark.parametrize(
    "order",
    [
        [version(FIRST), version(FIRST, SECOND)],
        [version(FIRST, SECOND), version(FIRST)],
        [version(FIRST, SECOND), {"id": FIRST, "text": "a", "edit_history_tweet_ids": [FIRST, SECOND]}],
        [{"id": FIRST, "text": "a"}, version(FIRST, SECOND)],
    ],
)
def test_versions_are_joined_in_any_order(
    bot: FlaskClient, database: LibsqlDatabase, order: list[dict[str, Any]]
) -> None:
    for one in order:
        ingest(bot, {"author_id": SAM} | one)
    assert chain(database, FIRST, SECOND) == [(FIRST, SECOND), (FIRST, None)]
    assert bot.get(f"{TWEETS}/{FIRST}").json["text"] != bot.get(f"{TWEETS}/{SECOND}").json["text"]


def test_a_third_version_supersedes_both_and_a_late_second_one_does_not(
    bot: FlaskClient, database: LibsqlDatabase
) -> None:
    ingest(bot, version(FIRST))
    ingest(bot, version(FIRST, SECOND, THIRD))
    assert chain(database, FIRST, THIRD) == [(FIRST, THIRD), (FIRST, None)]
    ingest(bot, version(FIRST, SECOND))
    assert chain(database, FIRST, SECOND, THIRD) == [(FIRST, THIRD), (FIRST, THIRD), (FIRST, None)]


def test_a_version_of_which_only_the_id_is_known_ends_the_drafts(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, version(FIRST))
    opportunity = draft(bot, FIRST).json["id"]
    ingest(bot, version(FIRST) | {"edit_history_tweet_ids": [FIRST, SECOND]})
    assert chain(database, FIRST) == [(FIRST, SECOND)]
    row = stored(database, "engagement_opportunities", opportunity)
    assert (row["tweet_id"], row["status"], row["expired_reason"]) == (FIRST, "expired", "the post was edited")


def test_of_two_drafts_the_one_about_the_later_version_stays(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, version(FIRST), version(SECOND))
    old, new = draft(bot, FIRST).json["id"], draft(bot, SECOND).json["id"]
    quote = draft(bot, FIRST, opportunityType="quote").json["id"]  # of another type
    ingest(bot, version(FIRST, SECOND, THIRD))
    assert [status(bot, one) for one in (old, new, quote)] == ["expired", "pending", "pending"]
    tweets = [stored(database, "engagement_opportunities", one)["tweet_id"] for one in (old, new, quote)]
    assert tweets == [FIRST, THIRD, THIRD]


def test_a_draft_expires_while_a_reply_to_another_version_is_on_its_way(
    bot: FlaskClient, approver: FlaskClient
) -> None:
    ingest(bot, version(FIRST), version(SECOND))
    sending, waiting = draft(bot, FIRST).json["id"], draft(bot, SECOND).json["id"]
    approver.post(f"{QUEUE}/{sending}/approve")
    claim(bot)
    ingest(bot, version(FIRST, SECOND, THIRD))
    assert [status(bot, one) for one in (sending, waiting)] == ["claimed", "expired"]


def test_a_history_of_another_post_joins_nothing(bot: FlaskClient, database: LibsqlDatabase) -> None:
    ingest(bot, version(FIRST), version(SECOND) | {"edit_history_tweet_ids": [FIRST]})
    assert chain(database, FIRST, SECOND) == [(FIRST, None), (None, None)]


def test_an_old_version_is_shown_and_is_not_among_the_best(bot: FlaskClient, today: str) -> None:
    counted = {"public_metrics": {"like_count": 9}, "created_at": f"{today}T00:00:00Z"}
    ingest(bot, version(FIRST, SECOND, **counted), version(FIRST, **counted))
    assert [tweet["id"] for tweet in bot.get(f"{TWEETS}/top").json["tweets"]] == [SECOND]
    shown = {tweet["id"]: tweet for tweet in bot.get(TWEETS).json["tweets"]}
    assert (shown[FIRST]["supersededBy"], shown[FIRST]["chainId"]) == (SECOND, FIRST)
    assert (shown[SECOND]["supersededBy"], shown[SECOND]["chainId"]) == (None, FIRST)


def test_versions_that_are_known_late_let_one_of_them_be_answered(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase
) -> None:
    """A response without edit histories first; the draft about it is on its way when X tells of the first version."""
    ingest(bot, {"id": SECOND, "text": "a", "author_id": SAM}, {"id": "77", "text": "b", "author_id": SAM})
    opportunity = draft(bot, SECOND).json["id"]
    other = draft(bot, "77", opportunityType="quote").json["id"]
    for one in (opportunity, other):
        approver.post(f"{QUEUE}/{one}/approve")
    assert len(claim(bot)) == 2
    untouched = (stored(database, "engagement_opportunities", other), slot(database, other))
    ingest(
        bot, {"id": SECOND, "text": "a", "author_id": SAM, "edit_history_tweet_ids": [FIRST, SECOND]}, version(FIRST)
    )
    assert stored(database, "engagement_opportunities", opportunity)["chain_id"] == FIRST
    assert (slot(database, opportunity)["chain_id"], slot(database, opportunity)["thread_id"]) == (FIRST, SECOND)
    assert (stored(database, "engagement_opportunities", other), slot(database, other)) == untouched
    ingest(bot, version(FIRST, SECOND, THIRD))
    assert draft(bot, THIRD).status_code == 409  # the post has a live draft


def test_a_conversation_that_is_known_late_counts_for_its_cap(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase, engage: Engage
) -> None:
    engage(per_thread=1)
    replies = [{"id": one, "text": one, "author_id": SAM} for one in ("31", "32", "33")]
    ingest(bot, *replies)
    first, second, third = (draft(bot, one["id"]).json["id"] for one in replies)
    for one in (first, third):
        approver.post(f"{QUEUE}/{one}/approve")
    assert {leased["id"] for leased in claim(bot)} == {first, third}
    ingest(bot, *(one | {"conversation_id": "30"} for one in replies[:2]))
    assert [slot(database, one)["thread_id"] for one in (first, third)] == ["30", "33"]
    approver.post(f"{QUEUE}/{second}/approve")
    assert claim(bot) == []


@pytest.mark.parametrize("hours", [1, 100])
def test_an_approval_that_an_ingest_ends_waits_as_long_as_is_configured(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase, engage: Engage, hours: int
) -> None:
    engage(pending_s=hours * 3600)
    ingest(bot, version(FIRST), {"id": "77", "text": "cut", "author_id": SAM})
    moved, voided = draft(bot, FIRST).json["id"], draft(bot, "77").json["id"]
    for one in (moved, voided):
        approver.post(f"{QUEUE}/{one}/approve")
    ingest(
        bot,
        version(FIRST, SECOND),
        {"id": "77", "text": "cut", "author_id": SAM, "note_tweet": {"text": "cut no more"}},
    )
    rows = [stored(database, "engagement_opportunities", one) for one in (moved, voided)]
    assert [(row["status"], row["pending_until"]) for row in rows] == [("pending", just_now(hours * 3600))] * 2


def slot(database: LibsqlDatabase, opportunity: str) -> dict[str, Any]:
    return stored(database, "send_slots", opportunity, "opportunity_id")


def test_two_answers_on_their_way_before_the_versions_are_known_stop_no_ingest(
    bot: FlaskClient, approver: FlaskClient, database: LibsqlDatabase
) -> None:
    ingest(bot, *({"id": one, "text": one, "author_id": SAM} for one in (SECOND, THIRD)))
    both = [draft(bot, one).json["id"] for one in (SECOND, THIRD)]
    for one in both:
        approver.post(f"{QUEUE}/{one}/approve")
    assert len(claim(bot)) == 2
    ingest(bot, {"id": THIRD, "text": THIRD, "author_id": SAM, "edit_history_tweet_ids": [FIRST, SECOND, THIRD]})
    chains = [stored(database, "engagement_opportunities", one)["chain_id"] for one in both]
    assert sorted(chains) in ([FIRST, SECOND], [FIRST, THIRD])
    assert [slot(database, one)["chain_id"] for one in both] == [FIRST, FIRST]
