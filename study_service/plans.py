"""How many questions a learner's plan lets her answer in a day, how many tests a month, and how many she has had.

A day is a day in the learner's time zone. Moderators and admins have no limit. An answer counts when it is stored;
questions may be read at the limit, too. `learner_days` is counted in the answer's own batch and can be rebuilt from
`user_answers`. A test counts in the month of its start; its answers do not count for the day.
"""

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping
from typing import TypedDict

from shared_schema.database import Guard, Result, Statement, require
from shared_schema.problems import PlanLimitReached
from shared_schema.tables import db
from study_service import users
from study_service.users import Account, UserRow

DailyQuestions = Mapping[str, int | None]
MonthlyTests = Mapping[str, int | None]

_COUNT = """
    INSERT INTO learner_days (user_id, day, answered) VALUES (?, ?, 1)
    ON CONFLICT (user_id, day) DO UPDATE SET answered = answered + 1
"""
_USED = "SELECT answered FROM learner_days WHERE user_id = ? AND day = ?"
# Of the dates that it can be anywhere at one moment; the user's time zone is not known yet.
_AROUND = "SELECT day, answered FROM learner_days WHERE user_id = ? AND day BETWEEN ? AND ?"
_TESTS = "SELECT count(*) FROM test_attempts WHERE user_id = ? AND started_at >= ? AND status <> 'invalidated'"
_STARTS = "SELECT started_at FROM test_attempts WHERE user_id = ? AND started_at >= ? AND status <> 'invalidated'"
_LONGEST_MONTH = dt.timedelta(days=32)


class Full(Exception):
    """The day has no more answers, or the month no more tests; see `reached` and `month_reached`."""


class Standing(TypedDict):
    """A learner's plan: its name, its questions a day (None: no limit), those answered today, when a new day begins;
    the same of tests a month.
    """

    name: str
    daily_questions: int | None
    used_today: int
    resets_at: int
    monthly_tests: int | None
    used_this_month: int
    tests_reset_at: int


class Me(Account):
    """A user with the plan."""

    plan: Standing


class DayRow(TypedDict):
    """A row of the table."""

    day: str
    answered: int


def me(user_id: int, daily: DailyQuestions, monthly: MonthlyTests, now: dt.datetime) -> Me:
    """An active user with the plan, in one round trip; raises as `users.account`."""
    date, day = now.astimezone(dt.UTC).date(), dt.timedelta(days=1)
    around = Statement(_AROUND, (user_id, (date - day).isoformat(), (date + day).isoformat()))
    starts = Statement(_STARTS, (user_id, int((now - _LONGEST_MONTH).timestamp())))
    read, days, tests = db.fetch([users.read_account(user_id), around, starts])
    user = users.account(read)
    local = now.astimezone(users.zone(user))
    answered = {row["day"]: row["answered"] for row in days.all(DayRow)}
    standing: Standing = {
        "name": name(user, now),
        "daily_questions": limit(user, daily, now),
        "used_today": max(0, answered.get(local.date().isoformat(), 0)),
        "resets_at": int(next_midnight(local).timestamp()),
        "monthly_tests": limit(user, monthly, now),
        "used_this_month": sum(row["started_at"] >= month_begins(local).timestamp() for row in tests.rows),
        "tests_reset_at": int(next_month(local).timestamp()),
    }
    return {**user, "plan": standing}


def name(user: UserRow, now: dt.datetime) -> str:
    """The plan that counts at this moment."""
    return users.plan_of(user["subscription_status"], user["subscription_expires_at"], now)


def limit(user: UserRow, daily: DailyQuestions, now: dt.datetime) -> int | None:
    """What a plan allows a user at this moment, questions a day or tests a month; None without a limit."""
    return None if user["role"] in ("moderator", "admin") else daily.get(name(user, now))


def month_begins(local: dt.datetime) -> dt.datetime:
    """When the month began where `local` is."""
    return dt.datetime.combine(local.date().replace(day=1), dt.time.min, local.tzinfo)


def next_month(local: dt.datetime) -> dt.datetime:
    """When the next month begins where `local` is."""
    first = (local.date().replace(day=1) + _LONGEST_MONTH).replace(day=1)
    return dt.datetime.combine(first, dt.time.min, local.tzinfo)


def next_midnight(local: dt.datetime) -> dt.datetime:
    """When the next day begins where `local` is. Of a midnight that comes twice it is the first; one that is skipped
    is the moment of the skip.
    """
    return dt.datetime.combine(local.date() + dt.timedelta(days=1), dt.time.min, local.tzinfo)


def read_days(user_id: int, first: dt.date, last: dt.date) -> Statement:
    """The read of the days from `first` to `last`; its result goes to `days`."""
    return Statement(_AROUND, (user_id, first.isoformat(), last.isoformat()))


def days(result: Result) -> Counter[str]:
    """The answers of each day that was read."""
    return Counter({row["day"]: row["answered"] for row in result.all(DayRow)})


def count(user: UserRow, daily: DailyQuestions, now: dt.datetime, today: dt.date) -> list[Statement | Guard]:
    """The steps that count one answer and stop the batch with Full where the plan has no more today."""
    day, most = (user["id"], today.isoformat()), limit(user, daily, now)
    counted: list[Statement | Guard] = [Statement(_COUNT, day)]
    if most is not None:
        counted.append(require(f"({_USED}) <= ?", (*day, most), otherwise=Full))
    return counted


def reached(user: UserRow, daily: DailyQuestions, now: dt.datetime) -> PlanLimitReached:
    """What the learner is told of a full day. Reads the count: after a change of plan it may be above the limit."""
    local = now.astimezone(users.zone(user))
    (used,) = db.fetch([Statement(_USED, (user["id"], local.date().isoformat()))], fresh=True)
    return full(user, daily, now, used.value_or_none(int) or 0)


def full(user: UserRow, daily: DailyQuestions, now: dt.datetime, used: int) -> PlanLimitReached:
    """The same for a day of which this many answers are known."""
    midnight = next_midnight(now.astimezone(users.zone(user)))
    return PlanLimitReached(
        f"the {name(user, now)} plan has {limit(user, daily, now)} answers a day",
        retry_after_s=math.ceil((midnight - now).total_seconds()),
        limit=limit(user, daily, now),
        used=used,
        resetsAt=midnight.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def count_test(user: UserRow, monthly: MonthlyTests, now: dt.datetime) -> list[Guard]:
    """The step, behind a new test, that stops the batch with Full where the plan has no more this month."""
    most, since = limit(user, monthly, now), month_begins(now.astimezone(users.zone(user)))
    if most is None:
        return []
    return [require(f"({_TESTS}) <= ?", (user["id"], int(since.timestamp()), most), otherwise=Full)]


def month_reached(user: UserRow, monthly: MonthlyTests, now: dt.datetime) -> PlanLimitReached:
    """What the learner is told of a full month."""
    local = now.astimezone(users.zone(user))
    begins, ends = month_begins(local), next_month(local)
    (used,) = db.fetch([Statement(_TESTS, (user["id"], int(begins.timestamp())))], fresh=True)
    return PlanLimitReached(
        f"the {name(user, now)} plan has {limit(user, monthly, now)} tests a month",
        retry_after_s=math.ceil((ends - now).total_seconds()),
        limit=limit(user, monthly, now),
        used=used.value_or_none(int) or 0,
        resetsAt=ends.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
