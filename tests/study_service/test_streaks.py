"""Days in a row are days of the learner, in the learner's own time zone."""

from collections.abc import Callable
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient

from shared_schema.database import Database
from tests.study_service.conftest import submit


def studied(moment: str, question: int) -> dict[str, Any]:
    """Alice's progress after an answer at this moment."""
    progress: dict[str, Any] = submit(moment, question)["progress"]
    return progress


def test_days_in_a_row_are_days_of_the_learner(alice: FlaskClient, bank: dict[str, Any]) -> None:
    """Alice lives in Berlin: 23:30 UTC is half past midnight, or half past one in summer."""
    question = bank["Routing question 0"]["id"]
    assert studied("2026-03-01T12:00:00+00:00", question)["current_streak"] == 1
    same_day = studied("2026-03-01T22:30:00+00:00", question)
    assert (same_day["current_streak"], same_day["study_days_count"]) == (1, 1)
    next_day = studied("2026-03-01T23:30:00+00:00", question)
    assert (next_day["current_streak"], next_day["last_study_date"]) == (2, "2026-03-02")
    assert studied("2026-03-03T08:00:00+00:00", question)["current_streak"] == 3
    after_a_gap = studied("2026-03-05T08:00:00+00:00", question)
    assert (after_a_gap["current_streak"], after_a_gap["longest_streak"]) == (1, 3)
    assert after_a_gap["study_days_count"] == 4


def test_the_clock_change_is_no_gap(bank: dict[str, Any]) -> None:
    question = bank["Routing question 0"]["id"]
    for moment in ("2026-03-28T22:59:00+00:00", "2026-03-28T23:30:00+00:00", "2026-03-29T22:30:00+00:00"):
        last = studied(moment, question)
    assert (last["current_streak"], last["last_study_date"]) == (3, "2026-03-30")


def test_travelling_west_does_not_break_a_streak(bank: dict[str, Any], database: Database) -> None:
    question = bank["Routing question 0"]["id"]
    studied("2026-03-01T12:00:00+00:00", question)
    studied("2026-03-01T23:30:00+00:00", question)  # the 2nd in Berlin
    database.execute_sql("UPDATE users SET timezone = 'America/Los_Angeles' WHERE id = 1")
    again = studied("2026-03-02T01:00:00+00:00", question)  # the 1st in Los Angeles
    assert (again["current_streak"], again["last_study_date"], again["study_days_count"]) == (2, "2026-03-02", 2)


def test_the_longest_streak_is_as_long_as_the_current_one(bank: dict[str, Any]) -> None:
    question = bank["Routing question 0"]["id"]
    streaks = []
    for day in (1, 2, 3, 5, 6, 6, 7, 8, 9):
        progress = studied(f"2026-03-{day:02}T12:00:00+00:00", question)
        streaks.append((progress["current_streak"], progress["longest_streak"], progress["study_days_count"]))
    assert streaks == [
        (1, 1, 1), (2, 2, 2), (3, 3, 3), (1, 3, 4), (2, 3, 5), (2, 3, 5), (3, 3, 6), (4, 4, 7), (5, 5, 8),
    ]  # fmt: skip


def test_a_streak_is_of_one_exam(bank: dict[str, Any], other_exam: list[dict[str, Any]]) -> None:
    studied("2026-03-01T12:00:00+00:00", bank["Routing question 0"]["id"])
    assert studied("2026-03-02T12:00:00+00:00", other_exam[0]["id"])["current_streak"] == 1
    assert studied("2026-03-02T12:00:00+00:00", bank["Routing question 1"]["id"])["current_streak"] == 2


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("Asia/Calcutta", "2026-03-02"),
        ("US/Eastern", "2026-03-01"),
        ("PRC", "2026-03-02"),
        *((wrong, "2026-03-01") for wrong in ("Asia/Beijing", "UTC+2", "", "../etc/passwd", "America", "x" * 300)),
    ],
)
def test_a_wrong_time_zone_counts_as_utc(
    alice: FlaskClient,
    bank: dict[str, Any],
    database: Database,
    host_in: Callable[[str], None],
    name: str,
    day: str,
) -> None:
    """21:00 UTC is the next day in India, in China and on this host; a name that is no time zone counts as UTC."""
    host_in("Pacific/Kiritimati")
    database.execute_sql("UPDATE users SET timezone = ? WHERE id = 1", (name,))
    with structlog.testing.capture_logs() as lines:
        progress = studied("2026-03-01T21:00:00+00:00", bank["Routing question 0"]["id"])
    assert progress["last_study_date"] == day
    unknown = [(line["user"], line["timezone"]) for line in lines if line["event"].startswith("no such time zone")]
    assert unknown == ([] if name in ("Asia/Calcutta", "US/Eastern", "PRC") else [(1, name)])
