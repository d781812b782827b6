"""How many questions a learner's plan lets her answer in a day, and how many she has answered.

A day is a day in the learner's time zone. Moderators and admins have no limit. An answer counts when it is stored;
questions may be read at the limit, too. `learner_days` is counted in the answer's own batch and can be rebuilt from
`user_answers`.
"""

import datetime as dt
import math
from collections.abc import Mapping
from typing import TypedDict

from shared_schema.database import Guard, Statement, require
from shared_schema.problems import PlanLimitReached
from shared_schema.tables import db
from study_service import users
from study_service.users import Account, UserRow

DailyQuestions = Mapping[str, int | None]

_COUNT = """
    INSERT INTO learner_days (user_id, day, answered) VALUES (?, ?, 1)
    ON CONFLICT (user_id, day) DO UPDATE SET answered = answered + 1
"""
_USED = "SELECT answered FROM learner_days WHERE user_id = ? AND day = ?"
# Of the dates that it can be anywhere at one moment; the user's time zone is not known yet.
_AROUND = "SELECT day, answered FROM learner_days WHERE user_id = ? AND day BETWEEN ? AND ?"


class Full(Exception):
    """The day has no more answers; see `reached`."""


class Standing(TypedDict):
    """A learner's plan: its name, its questions a day (None: no limit), those answered today, when a new day begins."""

    name: str
    daily_questions: int | None
    used_today: int
    resets_at: int


class Me(Account):
    """A user with the plan."""

    plan: Standing


class DayRow(TypedDict):
    """A row of the table."""

    day: str
    answered: int


def me(user_id: int, daily: DailyQuestions, now: dt.datetime) -> Me:
    """An active user with the plan, in one round trip; raises as `users.account`."""
    date, day = now.astimezone(dt.UTC).date(), dt.timedelta(days=1)
    around = Statement(_AROUND, (user_id, (date - day).isoformat(), (date + day).isoformat()))
    read, days = db.fetch([users.read_account(user_id), around])
    user = users.account(read)
    local = now.astimezone(users.zone(user))
    answered = {row["day"]: row["answered"] for row in days.all(DayRow)}
    standing: Standing = {
        "name": name(user, now),
        "daily_questions": limit(user, daily, now),
        "used_today": max(0, answered.get(local.date().isoformat(), 0)),
        "resets_at": int(next_midnight(local).timestamp()),
    }
    return {**user, "plan": standing}


def name(user: UserRow, now: dt.datetime) -> str:
    """The plan that counts at this moment."""
    return users.plan_of(user["subscription_status"], user["subscription_expires_at"], now)


def limit(user: UserRow, daily: DailyQuestions, now: dt.datetime) -> int | None:
    """The questions a day of a user at this moment; None without a limit."""
    return None if user["role"] in ("moderator", "admin") else daily.get(name(user, now))


def next_midnight(local: dt.datetime) -> dt.datetime:
    """When the next day begins where `local` is. Of a midnight that comes twice it is the first; one that is skipped
    is the moment of the skip.
    """
    return dt.datetime.combine(local.date() + dt.timedelta(days=1), dt.time.min, local.tzinfo)


def count(user: UserRow, daily: DailyQuestions, now: dt.datetime, today: dt.date) -> list[Statement | Guard]:
    """The steps that count one answer and stop the batch with Full where the plan has no more today."""
    day, most = (user["id"], today.isoformat()), limit(user, daily, now)
    counted: list[Statement | Guard] = [Statement(_COUNT, day)]
    if most is not None:
        counted.append(require(f"({_USED}) <= ?", (*day, most), otherwise=Full()))
    return counted


def reached(user: UserRow, daily: DailyQuestions, now: dt.datetime) -> PlanLimitReached:
    """What the learner is told of a full day. Reads the count: after a change of plan it may be above the limit."""
    local = now.astimezone(users.zone(user))
    (used,) = db.fetch([Statement(_USED, (user["id"], local.date().isoformat()))], fresh=True)
    midnight = next_midnight(local)
    return PlanLimitReached(
        f"the {name(user, now)} plan has {limit(user, daily, now)} answers a day",
        retry_after_s=math.ceil((midnight - now).total_seconds()),
        limit=limit(user, daily, now),
        used=used.value_or_none(int) or 0,
        resetsAt=midnight.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
