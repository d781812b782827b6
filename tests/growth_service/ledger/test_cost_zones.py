"""Every figure of the report is the sum of its drill-down, in zones of every kind and on days of 23 and 25 hours."""

import datetime as dt
import itertools
import zoneinfo
from collections.abc import Iterable
from typing import Any

import hypothesis
import pytest
from flask.testing import FlaskClient
from hypothesis import strategies as st

from growth_service.ledger import costs, days, entries
from shared_schema.database import LibsqlDatabase
from shared_schema.tables.costs import SLOTS
from tests.conftest import caught_up
from tests.damage import no_refusals
from tests.growth_service.conftest import LEDGER
from tests.growth_service.ledger.booked import book

# Each with a moment shortly after its clocks changed. Lord Howe's change by half an hour; Kathmandu's and Kolkata's
# never do.
ZONES = {
    "UTC": "2026-11-02T01:00:00Z",
    "America/New_York": "2026-11-02T01:00:00Z",
    "Europe/Berlin": "2026-03-30T12:00:00Z",
    "Asia/Kolkata": "2026-11-02T01:00:00Z",
    "Asia/Kathmandu": "2026-11-02T18:20:00Z",
    "Australia/Lord_Howe": "2026-04-06T12:00:00Z",
    "Pacific/Chatham": "2026-09-28T12:00:00Z",
    "America/Havana": "2026-03-09T12:00:00Z",  # from midnight to one o'clock
}
QUARTERS = st.integers(-6 * 96, 4 * 96)  # from the moment, in quarters of an hour


@pytest.mark.only("file")
@pytest.mark.parametrize("zone", ZONES)
def test_figures_are_sums_of_what_they_lead_to(database: LibsqlDatabase, zone: str) -> None:
    database.execute_sql("INSERT INTO exams (id, vendor_id, code, name) VALUES (7, 'v', 'c', 'n')")
    now = dt.datetime.fromisoformat(ZONES[zone])

    @hypothesis.settings(max_examples=40, deadline=None, database=None)
    @hypothesis.seed(1)
    @hypothesis.given(
        number=st.integers(1, 5),
        calls=st.lists(
            st.tuples(
                QUARTERS, st.sampled_from((0, 1, 899)), st.sampled_from((None, 0, 3, 10**9, 10**15)),
                st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from((None, 7)),
                st.sampled_from((None, 1, 2)), st.sampled_from((0, 1)),
            ),
            max_size=25,
        ),
    )  # fmt: skip
    def check(number: int, calls: list[Any]) -> None:
        with no_refusals(database, "ai_generation_log"):
            database.execute_sql("DELETE FROM ai_generation_log")
        base = int(now.timestamp()) // 900 * 900
        for quarter, second, cost, purpose, model, exam, user, success in calls:
            columns = {"purpose": purpose, "model": model, "exam_id": exam, "user_id": user, "success": success}
            book(database, base + quarter * 900 + second, cost, **columns)
        agrees(costs.report(number, zoneinfo.ZoneInfo(zone), now), zone, number, now)

    check()


def agrees(report: Any, zone: str, number: int, now: dt.datetime) -> None:
    """With pages of the ledger, and days with the calendar of the zone."""
    window = {"start": report["start"], "end": report["end"]}
    calls = ledger(window)
    assert totals(report) == summed(calls)
    for group in report["groups"]:
        own = ledger(window | {"purpose": group["purpose"], "model": group["model"]})
        assert totals(group) == summed(own)
        assert group["success_rate"] == sum(call["success"] for call in own) / len(own)
    for model in report["by_model"]:
        assert totals(model) == summed(ledger(window | {"model": model["model"]}))
    for exam in report["by_exam"]:
        assert totals(exam) == summed(ledger(window | {"exam_id": exam["exam_id"] or 0}))
    for user in report["by_user"]:
        assert totals(user) == summed(ledger(window | {"user_id": user["user_id"] or 0}))
    for day in report["by_day"]:
        own = ledger({"start": day["start"], "end": day["end"]})
        assert totals(day) == summed(own)
        assert {date(call, zone) for call in own} == {day["date"]}
    wanted = [now.astimezone(zoneinfo.ZoneInfo(zone)).date() - dt.timedelta(days=ago) for ago in range(number)]
    assert {date(call, zone) for call in calls} <= {day.isoformat() for day in wanted}
    for name in ("groups", "by_model", "by_exam", "by_user", "by_day"):
        assert sum(one["generations"] for one in report[name]) == len(calls)


def ledger(filters: Any) -> list[Any]:
    caught_up()
    return entries.page(filters, None, 100).rows


def date(call: Any, zone: str) -> str:
    return dt.datetime.fromtimestamp(call["created_at"], zoneinfo.ZoneInfo(zone)).date().isoformat()


def totals(figures: Any) -> tuple[Any, ...]:
    return figures["total_nanousd"], figures["generations"], figures["unpriced"]


def summed(calls: Iterable[Any]) -> tuple[Any, ...]:
    known = [call["cost_nanousd"] for call in calls if call["cost_nanousd"] is not None]
    number = len(list(calls))
    return (sum(known) if known or not number else None), number, number - len(known)


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        ("America/New_York", "2026-11-02T12:00:00Z", [24, 25, 24]),
        ("Europe/Berlin", "2026-03-30T12:00:00Z", [24, 23, 24]),
        ("Australia/Lord_Howe", "2026-04-05T12:00:00Z", [24.5, 24, 24]),
        ("America/Havana", "2026-03-08T12:00:00Z", [23, 24, 24]),
        ("Asia/Kathmandu", "2026-11-02T18:20:00Z", [24, 24, 24]),
        ("Pacific/Apia", "2011-12-31T12:00:00Z", [24, 24, 0]),  # the 30th was left out
    ],
)
def test_days_meet_and_are_as_long_as_they_are(zone: str, now: str, hours: list[float]) -> None:
    found = days.latest(3, zoneinfo.ZoneInfo(zone), dt.datetime.fromisoformat(now))
    assert sorted((day.end - day.start) / 3600 for day in found) == sorted(hours)
    assert [day.start for day in found[:-1]] == [day.end for day in found[1:]]
    assert [day.date for day in found] == sorted((day.date for day in found), reverse=True)


def test_today_is_the_day_of_the_zone(database: LibsqlDatabase) -> None:
    """At 18:20 UTC it is tomorrow in Kathmandu already, and not in Kolkata, which is a quarter of an hour behind."""
    now = dt.datetime(2026, 11, 2, 18, 20, tzinfo=dt.UTC)
    book(database, "2026-11-02T18:14:59Z", 1)
    book(database, "2026-11-02T18:15:00Z", 10)
    for zone, expected in (("Asia/Kathmandu", [("2026-11-03", 10)]), ("Asia/Kolkata", [("2026-11-02", 11)])):
        shown = costs.report(1, zoneinfo.ZoneInfo(zone), now)
        assert [(day["date"], day["total_nanousd"]) for day in shown["by_day"]] == expected


@hypothesis.given(start=st.integers(0, 2 * 10**6), length=st.integers(0, 2 * 10**5))
def test_pieces_are_what_they_are_made_of(start: int, length: int) -> None:
    """They meet, are aligned, and there are few of them and few slots in each but the longest."""
    start, end = start * 900, (start + length) * 900
    pieces = days.pieces(start, end)
    ends = [start, *(last for _, _, last in pieces)]
    assert ([first for _, first, _ in pieces], ends[-1]) == (ends[:-1], end)
    assert all(first % seconds == 0 == last % seconds and first < last for seconds, first, last in pieces)
    assert len(pieces) <= 2 * len(SLOTS) - 1
    longer = dict(itertools.pairwise(SLOTS))
    assert all(last - first < 2 * longer.get(seconds, end) for seconds, first, last in pieces)


@pytest.mark.parametrize(("zone", "slots"), [("UTC", 1), ("America/New_York", 21), ("Asia/Kathmandu", 21)])
def test_a_day_is_of_few_slots(zone: str, slots: int) -> None:
    (day,) = days.latest(1, zoneinfo.ZoneInfo(zone), dt.datetime(2026, 11, 2, 18, 20, tzinfo=dt.UTC))
    assert sum((last - first) // seconds for seconds, first, last in days.within_day(day)) == slots


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_over_http_a_report_leads_to_its_calls(bot: FlaskClient, database: LibsqlDatabase, zone: str) -> None:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    for age in range(0, 60 * 3600, 7000):
        book(database, now - age, age)
    shown = bot.get("/api/ai/costs", query_string={"days": 2, "timezone": zone}).json
    assert shown["timezone"] == zone
    for figures in (shown, *shown["byDay"]):
        listed = bot.get(LEDGER, query_string={"from": figures["from"], "to": figures["to"], "limit": 100}).json
        assert len(listed["generations"]) == figures["generations"] > 0
        assert sum(round(call["costUsd"] * 10**9) for call in listed["generations"]) == round(
            figures["totalUsd"] * 10**9
        )
