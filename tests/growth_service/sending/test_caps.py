"""Caps: what was claimed holds a slot until it is known that it was not sent; no claim goes beyond a cap."""

import datetime as dt
import secrets
import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from growth_service.sending import caps, leases
from shared_schema.audit import Actor
from shared_schema.database import LibsqlDatabase
from shared_schema.environment import Engagement
from shared_schema.idempotency import Once
from tests.growth_service.conftest import (
    QUEUE,
    ROSA,
    SAM,
    Engage,
    approved,
    just_now,
    row_count,
    run_out,
    stored,
    tweet_id,
)

ACTOR, ONCE = Actor("bot", role="service"), Once("service:bot")
DAY_S = 86_400


def claimed(bot: FlaskClient, limit: int = 10) -> tuple[list[str], dict[str, int]]:
    body = bot.post(f"{QUEUE}/claim", json={"limit": limit}).json
    return [one["id"] for one in body["opportunities"]], body["held"]


def by(database: LibsqlDatabase, author: str, *numbers: int) -> None:
    for number in numbers:
        database.execute_sql("UPDATE tweets SET account_id = ? WHERE id = ?", (author, tweet_id(number)))


def in_thread(database: LibsqlDatabase, thread: str, *numbers: int) -> None:
    for number in numbers:
        database.execute_sql("UPDATE tweets SET conversation_id = ? WHERE id = ?", (thread, tweet_id(number)))


def queue(bot: FlaskClient, approver: FlaskClient, tweets: list[str], size: int, **more: Any) -> list[str]:
    """Approved opportunities, best first."""
    return [approved(bot, approver, tweets[place], (size - place) / size, **more) for place in range(size)]


def test_a_day_has_a_cap_over_all_claims(
    engage: Engage,
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
) -> None:
    ids = queue(bot, approver, tweets, 5)
    engage(per_day=3)
    assert claimed(bot, 2) == (ids[:2], {})
    assert claimed(bot) == (ids[2:3], {"day": 2})
    assert claimed(bot) == ([], {"day": 2})
    database.execute_sql("UPDATE send_slots SET taken_at = taken_at - ?", (DAY_S,))
    assert claimed(bot) == (ids[3:], {})


def test_an_author_has_a_cap_a_day_and_others_go_on(
    engage: Engage,
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
) -> None:
    by(database, ROSA, 1, 3)
    ids = queue(bot, approver, tweets, 5)
    engage(per_author_day=1)
    assert claimed(bot) == (ids[:2], {"authorDay": 3})
    assert claimed(bot) == ([], {"authorDay": 3})
    database.execute_sql("UPDATE send_slots SET taken_at = taken_at - ? WHERE account_id = ?", (DAY_S, SAM))
    assert claimed(bot) == (ids[2:3], {"authorDay": 2})


def test_a_thread_has_a_cap_for_ever_and_a_follow_is_in_none(
    engage: Engage,
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
) -> None:
    in_thread(database, tweet_id(0), 0, 1, 2)
    first, second = (approved(bot, approver, tweets[place], 0.9 - place / 10) for place in (0, 1))
    follow = approved(bot, approver, tweets[2], 0.1, opportunityType="follow")
    alone = approved(bot, approver, tweets[3], 0.05)
    engage(per_thread=1)
    assert claimed(bot) == ([first, follow, alone], {"thread": 1})
    database.execute_sql("UPDATE send_slots SET taken_at = 0")
    assert claimed(bot) == ([], {"thread": 1})
    row = stored(database, "send_slots", follow, "opportunity_id")
    assert (row["account_id"], row["chain_id"], row["thread_id"]) == (SAM, None, None)
    row = stored(database, "send_slots", first, "opportunity_id")
    assert (row["chain_id"], row["thread_id"]) == (tweet_id(0), tweet_id(0))
    assert second not in {first, follow, alone}


def test_the_best_that_is_full_does_not_hold_up_what_is_behind_it(
    engage: Engage,
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
) -> None:
    """The author's best one is in a thread that is full: the next of this author goes out."""
    in_thread(database, tweet_id(0), 0, 1)
    by(database, ROSA, 1, 2)
    ids = queue(bot, approver, tweets, 3)
    engage(per_thread=1, per_author_day=1)
    assert claimed(bot, 1) == (ids[:1], {"thread": 1})
    assert claimed(bot) == (ids[2:], {"authorDay": 1})


@pytest.mark.parametrize("cap", ["per_day", "per_author_day", "per_thread"])
def test_a_cap_of_none_at_all_holds_everything(
    engage: Engage,
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    cap: str,
) -> None:
    queue(bot, approver, tweets, 2)
    engage(**{cap: 0})
    reason = {"per_day": "day", "per_author_day": "authorDay", "per_thread": "thread"}[cap]
    assert claimed(bot) == ([], {reason: 2})


@pytest.mark.parametrize(
    ("outcome", "holds"), [("not_sent", False), ("unknown", True), ("executed", True), ("lost", True)]
)
def test_only_what_was_not_sent_gives_its_slot_back(
    engage: Engage,
    bot: FlaskClient,
    approver: FlaskClient,
    tweets: list[str],
    database: LibsqlDatabase,
    outcome: str,
    holds: bool,
) -> None:
    first, second = queue(bot, approver, tweets, 2)
    engage(per_day=1)
    (leased,) = bot.post(f"{QUEUE}/claim", json={}).json["opportunities"]
    assert stored(database, "send_slots", first, "opportunity_id")["taken_at"] == just_now()
    if outcome == "lost":
        run_out(database, first)
    elif outcome == "executed":
        bot.post(f"{QUEUE}/{first}/executed", json={"leaseToken": leased["leaseToken"], "resultTweetId": "1"})
    else:
        bot.post(f"{QUEUE}/{first}/failed", json={"leaseToken": leased["leaseToken"], "outcome": outcome})
    assert claimed(bot) == (([], {"day": 1}) if holds else ([first], {"day": 1}))
    assert row_count(database, "send_slots") == 1
    if outcome in ("unknown", "lost"):
        approver.post(f"{QUEUE}/{first}/reconcile", json={"outcome": "not_sent"})
        assert row_count(database, "send_slots") == 0
        assert claimed(bot) == ([first], {"day": 1})
    assert second not in (first,)


def at(now: int, rules: Engagement) -> Any:
    """The ids that a claim at this time leases, and what it holds."""
    document = leases.claim(leases.Claim(10, 300, now, secrets.token_hex(16)), ACTOR, ONCE, rules).document
    return [one["id"] for one in leases.leased(document)], leases.held(document)


def noon(zone: str, hour: int, minute: int = 0) -> int:
    return int(dt.datetime.now(ZoneInfo(zone)).replace(hour=hour, minute=minute, second=0, microsecond=0).timestamp())


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Los_Angeles"])
def test_nothing_goes_out_outside_of_the_posting_hours(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], zone: str
) -> None:
    ids = queue(bot, approver, tweets, 2)
    rules = Engagement(posting_hours=(8, 22), zone=zone)
    for hour, minute in ((7, 59), (22, 0), (0, 0)):
        assert at(noon(zone, hour, minute), rules) == ([], {"postingHours": 2})
    assert at(noon(zone, 8), rules) == (ids, {})


@pytest.mark.parametrize(
    ("hours", "open_at"), [((22, 6), {22, 23, 0, 5}), ((0, 24), {0, 5, 6, 12, 21, 22, 23}), ((6, 22), {6, 12, 21})]
)
def test_posting_hours_may_go_over_midnight(hours: tuple[int, int], open_at: set[int]) -> None:
    rules = Engagement(posting_hours=hours)
    assert {hour for hour in (0, 5, 6, 12, 21, 22, 23) if caps.is_open(rules, hour)} == open_at


def test_a_day_begins_at_midnight_of_its_zone_also_when_clocks_change() -> None:
    berlin = Engagement(zone="Europe/Berlin")
    for now, begins in (
        ("2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00"),
        ("2026-10-25T12:00:00+01:00", "2026-10-25T00:00:00+02:00"),
        ("2026-11-27T00:00:00+01:00", "2026-11-27T00:00:00+01:00"),
    ):
        values = caps.values(berlin, int(dt.datetime.fromisoformat(now).timestamp()))
        assert values["day"] == int(dt.datetime.fromisoformat(begins).timestamp())


def test_slots_of_yesterday_in_the_zone_do_not_count(
    bot: FlaskClient, approver: FlaskClient, tweets: list[str], database: LibsqlDatabase
) -> None:
    ids = queue(bot, approver, tweets, 3)
    rules = Engagement(per_day=1, zone="Pacific/Kiritimati")
    now = int(time.time())
    begins = int(caps.values(rules, now)["day"])  # type: ignore[call-overload]
    assert at(now, rules) == (ids[:1], {"day": 2})
    database.execute_sql("UPDATE send_slots SET taken_at = ?", (begins,))
    assert at(now, rules) == ([], {"day": 2})
    database.execute_sql("UPDATE send_slots SET taken_at = ?", (begins - 1,))
    assert at(now, rules) == (ids[1:2], {"day": 1})
