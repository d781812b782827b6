"""Days in a row are days of the learner, in the learner's own time zone; five answers make a day."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient

from shared_schema.database import LibsqlDatabase, Statement
from study_service import exam_progress, progress
from tests.conftest import caught_up
from tests.study_service.conftest import rows, submit


def studied(moment: str, question: int, answers: int = 5) -> dict[str, Any]:
    """Alice's progress after so many answers at this moment."""
    for _ in range(answers):
        progress: dict[str, Any] = submit(moment, question)["progress"]
    return progress


def streaks(progress: dict[str, Any]) -> tuple[int, int, int]:
    return progress["current_streak"], progress["longest_streak"], progress["study_days_count"]


@pytest.fixture
def question(alice: FlaskClient, bank: dict[str, Any]) -> int:
    number: int = bank["Routing question 0"]["id"]
    return number


def test_five_answers_make_a_day(question: int, database: LibsqlDatabase) -> None:
    """Not four, and the sixth makes no second one. A day that is not full breaks no streak while it lasts."""
    seen = [streaks(studied("2026-03-01T12:00:00+00:00", question, 1)) for _ in range(6)]
    assert seen == [(0, 0, 0)] * 4 + [(1, 1, 1)] * 2
    seen = [streaks(studied("2026-03-02T12:00:00+00:00", question, 1)) for _ in range(5)]
    assert seen == [(1, 1, 1)] * 4 + [(2, 2, 2)]
    assert rows(database, "SELECT * FROM study_days ORDER BY day") == [
        {"user_id": 1, "exam_id": 1, "day": "2026-03-01", "answered": 6, "seconds": 60},
        {"user_id": 1, "exam_id": 1, "day": "2026-03-02", "answered": 5, "seconds": 50},
    ]


def test_days_in_a_row_are_days_of_the_learner(question: int) -> None:
    """Alice lives in Berlin: 23:30 UTC is half past midnight, or half past one in summer."""
    assert streaks(studied("2026-03-01T12:00:00+00:00", question)) == (1, 1, 1)
    assert streaks(studied("2026-03-01T22:30:00+00:00", question)) == (1, 1, 1)
    next_day = studied("2026-03-01T23:30:00+00:00", question)
    assert (streaks(next_day), next_day["last_study_date"]) == ((2, 2, 2), "2026-03-02")
    assert streaks(studied("2026-03-03T08:00:00+00:00", question)) == (3, 3, 3)
    assert streaks(studied("2026-03-05T08:00:00+00:00", question, 1)) == (0, 3, 3)
    assert streaks(studied("2026-03-05T08:00:00+00:00", question, 4)) == (1, 3, 4)


@pytest.mark.parametrize(
    ("before", "first", "last", "after", "day"),
    [
        ("2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z", "2026-03-29"),
        ("2026-10-24T21:59:59Z", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z", "2026-10-25"),
    ],
    ids=["23 hours", "25 hours"],
)
def test_a_day_of_23_or_25_hours_is_one_day(
    question: int, database: LibsqlDatabase, before: str, first: str, last: str, after: str, day: str
) -> None:
    studied(before, question)
    studied(first, question, 2)
    assert studied(last, question, 3)["last_study_date"] == day
    assert streaks(studied(after, question)) == (3, 3, 3)
    assert [row["answered"] for row in rows(database, "SELECT answered FROM study_days ORDER BY day")] == [5, 5, 5]
    assert rows(database, "SELECT count(*) AS answers FROM user_answers WHERE day = ?", day) == [{"answers": 5}]


def test_a_change_of_zone_changes_no_day_that_was(alice: FlaskClient, question: int, database: LibsqlDatabase) -> None:
    studied("2026-03-01T23:30:00Z", question)  # the 2nd in Berlin
    studied("2026-03-02T23:30:00Z", question)
    before = [rows(database, f"SELECT * FROM {table}") for table in ("study_days", "user_progress")]
    assert alice.patch("/api/auth/me", json={"timezone": "America/Los_Angeles"}).status_code == 200
    assert [rows(database, f"SELECT * FROM {table}") for table in ("study_days", "user_progress")] == before
    assert {row["day"] for row in rows(database, "SELECT day FROM user_answers")} == {"2026-03-02", "2026-03-03"}
    assert streaks(studied("2026-03-05T07:00:00Z", question)) == (3, 3, 3)  # the 4th in Los Angeles


def test_travelling_west_does_not_break_a_streak(question: int, database: LibsqlDatabase) -> None:
    studied("2026-03-01T12:00:00+00:00", question)
    studied("2026-03-01T23:30:00+00:00", question)  # the 2nd in Berlin
    database.execute_sql("UPDATE users SET timezone = 'America/Los_Angeles' WHERE id = 1")
    again = studied("2026-03-02T01:00:00+00:00", question)  # the 1st in Los Angeles
    assert (again["last_study_date"], streaks(again)) == ("2026-03-02", (2, 2, 2))
    assert streaks(studied("2026-03-03T09:00:00+00:00", question)) == (3, 3, 3)  # the 3rd there


def test_an_older_day_that_fills_up_late_joins_its_neighbours(question: int) -> None:
    """Answers that a phone kept while it was offline."""
    for day in (1, 2, 4, 5, 7):
        studied(f"2026-03-{day:02}T12:00:00+00:00", question)
    studied("2026-03-03T12:00:00+00:00", question, 4)
    assert streaks(studied("2026-03-07T12:00:00+00:00", question, 1)) == (1, 2, 5)
    late = studied("2026-03-03T12:00:00+00:00", question, 1)
    assert (streaks(late), late["last_study_date"]) == ((1, 5, 6), "2026-03-07")
    assert streaks(studied("2026-03-06T12:00:00+00:00", question)) == (7, 7, 7)


def test_a_late_day_long_ago_is_no_streak_of_today(question: int, database: LibsqlDatabase) -> None:
    studied("2026-03-07T12:00:00+00:00", question, 1)
    assert streaks(studied("2026-03-01T12:00:00+00:00", question)) == (0, 1, 1)
    assert rows(database, "SELECT streak_day FROM user_progress") == [{"streak_day": "2026-03-01"}]


def test_a_longer_streak_of_before_is_not_forgotten(question: int, database: LibsqlDatabase) -> None:
    """Adopted counters may be of days whose answers are not there."""
    studied("2026-03-01T12:00:00+00:00", question, 4)
    database.batch([Statement("UPDATE user_progress SET longest_streak = 9, study_days_count = 20")])
    assert streaks(studied("2026-03-01T12:00:00+00:00", question, 1)) == (1, 9, 21)


def test_the_longest_streak_is_as_long_as_the_current_one(question: int) -> None:
    seen = [streaks(studied(f"2026-03-{day:02}T12:00:00+00:00", question)) for day in (1, 2, 3, 5, 6, 6, 7, 8, 9)]
    assert seen == [
        (1, 1, 1), (2, 2, 2), (3, 3, 3), (1, 3, 4), (2, 3, 5), (2, 3, 5), (3, 3, 6), (4, 4, 7), (5, 5, 8),
    ]  # fmt: skip


def test_a_streak_is_of_one_exam(question: int, other_exam: list[dict[str, Any]]) -> None:
    studied("2026-03-01T12:00:00+00:00", question, 3)
    assert streaks(studied("2026-03-01T12:00:00+00:00", other_exam[0]["id"], 4)) == (0, 0, 0)
    assert streaks(studied("2026-03-01T12:00:00+00:00", other_exam[0]["id"], 1)) == (1, 1, 1)
    for day in (2, 3, 4):
        studied(f"2026-03-0{day}T12:00:00+00:00", other_exam[0]["id"])
    assert streaks(studied("2026-03-01T12:00:00+00:00", question, 2)) == (1, 1, 1)
    assert streaks(studied("2026-03-02T12:00:00+00:00", question)) == (2, 2, 2)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        ("2026-03-02T22:59:59Z", 2),
        ("2026-03-03T22:59:59Z", 2),  # the last second of the 3rd in Berlin, which may still be filled
        ("2026-03-03T23:00:00Z", 0),
    ],
)
def test_a_streak_ends_when_a_whole_day_has_passed(question: int, now: str, left: int) -> None:
    """Without any write: nothing happens at midnight."""
    studied("2026-03-01T12:00:00+00:00", question)
    studied("2026-03-02T12:00:00+00:00", question)
    caught_up()
    moment = dt.datetime.fromisoformat(now)
    shown = [exam_progress.get(1, 1, moment), *progress.overview(1, moment)]
    assert [(row["current_streak"], row["longest_streak"]) for row in shown] == [(left, 2)] * 2


def test_answers_of_today_do_not_keep_alive_what_ended_yesterday(question: int) -> None:
    studied("2026-03-01T12:00:00+00:00", question)
    assert streaks(studied("2026-03-02T12:00:00+00:00", question, 4)) == (1, 1, 1)
    assert streaks(studied("2026-03-03T12:00:00+00:00", question, 1)) == (0, 1, 1)


def test_a_year_of_days_is_one_streak(question: int, database: LibsqlDatabase) -> None:
    """The leap day is there, and so is every end of a month."""
    first = dt.date(2027, 12, 1)
    days = [(first + dt.timedelta(days=n)).isoformat() for n in range(365)]
    database.batch([Statement("INSERT INTO user_progress (user_id, exam_id) VALUES (1, 1)")])
    filled = "INSERT INTO study_days (user_id, exam_id, day, answered) SELECT 1, 1, value, 5 FROM json_each(?)"
    database.batch([Statement(filled, (json.dumps(days),))])
    assert streaks(studied("2028-11-30T12:00:00+00:00", question))[:2] == (366, 366)


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
    database: LibsqlDatabase,
    host_in: Callable[[str], None],
    name: str,
    day: str,
) -> None:
    """21:00 UTC is the next day in India, in China and on this host; a name that is no time zone counts as UTC."""
    host_in("Pacific/Kiritimati")
    database.execute_sql("UPDATE users SET timezone = ? WHERE id = 1", (name,))
    with structlog.testing.capture_logs() as lines:
        progress = studied("2026-03-01T21:00:00+00:00", bank["Routing question 0"]["id"], 1)
    assert progress["last_study_date"] == day
    unknown = [(line["user"], line["timezone"]) for line in lines if line["event"].startswith("no such time zone")]
    assert unknown == ([] if name in ("Asia/Calcutta", "US/Eastern", "PRC") else [(1, name)])
