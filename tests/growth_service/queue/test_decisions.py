"""An approval is of two texts, the reply and the post: what is sent is what was read, or nothing is."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase
from tests.growth_service.conftest import (
    QUEUE,
    TWEETS,
    approved,
    audit_rows,
    claim,
    draft,
    just_now,
    stored,
    tweet_id,
    x_response,
    x_tweet,
)

TABLE = "engagement_opportunities"


def change_tweet(database: LibsqlDatabase, number: int, **columns: Any) -> None:
    names = ", ".join(f"{name} = ?" for name in columns)
    database.execute_sql(f"UPDATE tweets SET {names} WHERE id = ?", (*columns.values(), tweet_id(number)))


def test_a_claim_never_hands_out_a_reply_to_a_text_that_nobody_approved(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    changed, same = approved(bot, approver, tweets[0], 0.9), approved(bot, approver, tweets[1], 0.1)
    change_tweet(database, 0, text="something else")
    assert [one["id"] for one in claim(bot)] == [same]
    row = stored(database, TABLE, changed)
    assert (row["status"], row["approved_pair"], row["decided_by"], row["decided_at"]) == ("pending", None, None, None)
    assert row["pending_until"] == just_now(72 * 3600)
    entry = next(entry for entry in audit_rows(database, "opportunity") if entry["action"] == "opportunity.void")
    assert (entry["entity_id"], entry["old_values"]["status"], entry["new_values"]["status"]) == (
        changed,
        "approved",
        "pending",
    )
    assert approver.post(f"{QUEUE}/{changed}/approve").status_code == 200
    assert [one["tweetText"] for one in claim(bot)] == ["something else"]


def test_one_beyond_the_best_is_not_handed_out_either(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    """A claim of one looks at the best one for what has changed; the guard is on every one that it takes."""
    best, second, third = (approved(bot, approver, tweets[place], 0.9 - place / 10) for place in range(3))
    change_tweet(database, 0, text="something else")
    change_tweet(database, 1, text="something else")
    assert [one["id"] for one in claim(bot, limit=1)] == [third]
    assert [stored(database, TABLE, one)["status"] for one in (best, second)] == ["pending", "approved"]
    assert claim(bot, limit=1) == []
    assert stored(database, TABLE, second)["status"] == "pending"


def test_an_ingest_that_brings_another_text_ends_the_approval_at_once(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    changed, same = approved(bot, approver, tweets[0]), approved(bot, approver, tweets[1])
    rejected = draft(bot, tweets[2]).json["id"]
    approver.post(f"{QUEUE}/{rejected}/reject")
    long = {"note_tweet": {"text": "tweet 0, and the whole of it"}}
    bot.post(TWEETS, json=x_response(x_tweet(0, **long), x_tweet(1), x_tweet(2, text="another")))
    states = [stored(database, TABLE, one)["status"] for one in (changed, same, rejected)]
    assert states == ["pending", "approved", "rejected"]
    assert bot.get(f"{QUEUE}/{changed}").json["tweetText"] == "tweet 0, and the whole of it"


def test_an_approval_names_what_was_read(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    (listed,) = approver.get(QUEUE).json["opportunities"]
    url = f"{QUEUE}/{opportunity}"
    assert approver.patch(url, json={"suggestedResponse": "32"}).json["textHash"] != listed["textHash"]
    refused = approver.post(f"{url}/approve", json={"textHash": listed["textHash"]})
    assert (refused.status_code, refused.json["detail"]) == (
        409,
        "the reply or the post has changed since it was read: read it again",
    )
    shown = approver.get(url).json["textHash"]
    change_tweet(database, 0, text="edited")
    assert approver.post(f"{url}/approve", json={"textHash": shown}).status_code == 409
    assert stored(database, TABLE, opportunity)["status"] == "pending"
    shown = approver.get(url).json["textHash"]
    done = approver.post(f"{url}/approve", json={"textHash": shown})
    assert (done.status_code, done.json["textHash"]) == (200, shown)


@pytest.mark.parametrize("text", [None, "", "  \n"])
@pytest.mark.parametrize("kind", ["reply", "quote"])
def test_nothing_to_send_is_not_approved(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, text: str | None, kind: str
) -> None:
    opportunity = draft(bot, tweets[0], opportunityType=kind).json["id"]
    database.execute_sql(f"UPDATE {TABLE} SET suggested_response = ?", (text,))  # a release before took it
    refused = approver.post(f"{QUEUE}/{opportunity}/approve")
    assert (refused.status_code, refused.json["errors"]) == (422, {"suggestedResponse": ["There is no text to send."]})
    assert stored(database, TABLE, opportunity)["status"] == "pending"
    assert approver.post(f"{QUEUE}/{opportunity}/reject").status_code == 200


def test_a_follow_needs_no_text(bot: FlaskClient, approver: FlaskClient, tweets: list[str]) -> None:
    approved(bot, approver, tweets[0], opportunityType="follow", suggestedResponse=None)


def test_what_x_would_not_take_is_not_approved(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    database.execute_sql(f"UPDATE {TABLE} SET suggested_response = ?", ("あ" * 141,))
    refused = approver.post(f"{QUEUE}/{opportunity}/approve")
    message = {"suggestedResponse": ["X counts 282 characters; up to 280 can be sent."]}
    assert (refused.status_code, refused.json["errors"]) == (422, message)
    assert bot.get(f"{QUEUE}/{opportunity}").json["weightedLength"] == 282
    assert draft(bot, tweets[1], suggestedResponse="あ" * 141).json["errors"] == message
    assert approver.patch(f"{QUEUE}/{opportunity}", json={"suggestedResponse": "あ" * 141}).json["errors"] == message
    family = {"suggestedResponse": "👨‍👩‍👧‍👦" * 140}
    assert approver.patch(f"{QUEUE}/{opportunity}", json=family).json["weightedLength"] == 280
    assert approver.post(f"{QUEUE}/{opportunity}/approve").status_code == 200


@pytest.mark.parametrize(
    ("table", "change", "why"),
    [
        ("twitter_accounts", "unavailable = 'suspended'", "X does not show the account of the author"),
        ("twitter_accounts", "is_own_account = 1", "the post is our own"),
        ("tweets", "unavailable = 'gone'", "X does not show the post"),
        ("tweets", "superseded_by = '7'", "the post was edited: answer its latest version"),
        ("tweets", """withheld = '{"country_codes": ["XX"]}'""", "the post is withheld everywhere"),
        ("tweets", """withheld = '{"country_codes": ["DE", "XY"]}'""", "the post is withheld everywhere"),
        (
            "tweets",
            "text = 'This account is temporarily unavailable because it violates the media policy. Learn more.'",
            "X says that the account is temporarily unavailable, instead of the text of the post",
        ),
    ],
)
def test_what_cannot_be_answered_is_neither_drafted_nor_approved_nor_sent(
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
    table: str,
    change: str,
    why: str,
) -> None:
    waiting, ready = draft(bot, tweets[0]).json["id"], approved(bot, approver, tweets[1])
    database.execute_sql(f"UPDATE {table} SET {change}")
    refused = draft(bot, tweets[2])
    assert (refused.status_code, refused.json["errors"]) == (
        422,
        {"tweetId": [f"This post cannot be answered: {why}."]},
    )
    refused = approver.post(f"{QUEUE}/{waiting}/approve")
    assert (refused.status_code, refused.json["detail"]) == (409, f"this post cannot be answered: {why}")
    assert claim(bot) == []
    assert [stored(database, TABLE, one)["status"] for one in (waiting, ready)] == ["pending", "pending"]


@pytest.mark.parametrize("withheld", [None, "{}", "no JSON", "[]", '{"country_codes": ["DE"]}', '{"country_codes": 7}'])
def test_a_post_that_is_withheld_somewhere_is_answered(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, withheld: str | None
) -> None:
    change_tweet(database, 0, withheld=withheld)
    approved(bot, approver, tweets[0])
    assert len(claim(bot)) == 1


def test_a_new_draft_in_the_way_stops_an_undo(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    first = draft(bot, tweets[0]).json["id"]
    approver.post(f"{QUEUE}/{first}/reject", json={"reason": "no"})
    assert draft(bot, tweets[0]).status_code == 201
    refused = approver.post(f"{QUEUE}/{first}/undo")
    assert (refused.status_code, refused.json["detail"]) == (
        409,
        "this tweet has another live opportunity of this type by now",
    )
    assert stored(database, TABLE, first)["status"] == "rejected"


@pytest.mark.parametrize("step", ["approve", "reject", "undo"])
def test_a_repeated_decision_with_its_key_is_answered_from_the_first(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase, step: str
) -> None:
    opportunity = draft(bot, tweets[0]).json["id"]
    if step == "undo":
        approver.post(f"{QUEUE}/{opportunity}/approve")
    lines = len(audit_rows(database, "opportunity"))
    url, key = f"{QUEUE}/{opportunity}/{step}", {"Idempotency-Key": "k"}
    first, again = (approver.post(url, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code, again.data) == (200, 200, first.data)
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert len(audit_rows(database, "opportunity")) == lines + 1
    other = draft(bot, tweets[1]).json["id"]
    assert approver.post(f"{QUEUE}/{other}/{step}", headers=key).status_code == 409
