"""More time: of a learner, in every test, or of one attempt. It counts at once, also in a test that runs."""

import datetime as dt
from typing import TypedDict

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Result, Statement, require, require_changes
from shared_schema.problems import Conflict, NotFound
from shared_schema.tables import db
from shared_schema.tables.attempts import Accommodation
from study_service.attempts import clock

_READ = "SELECT extra_time_factor FROM accommodations WHERE user_id = ?"
_PUT = """
    INSERT INTO accommodations (user_id, extra_time_factor, set_by, set_at)
    VALUES (:user, :factor, (SELECT id FROM users WHERE id = :by), :now)
    ON CONFLICT (user_id) DO UPDATE SET
        extra_time_factor = excluded.extra_time_factor, set_by = excluded.set_by, set_at = excluded.set_at
    RETURNING user_id, extra_time_factor, set_at
"""
# What runs of the learner, but for tests that have a factor of their own.
_THEIRS = f"user_id = :user AND own_factor = 0 AND {clock.RUNS}"
_LOG_THEIRS = f"""
    SELECT id, json_object('extra_time_factor', extra_time_factor, 'expires_at', expires_at) AS old,
        json_object('extra_time_factor', :factor, 'expires_at', {clock.CHANGED}) AS new
    FROM test_attempts WHERE {{which}}
"""
_CHANGE = f"UPDATE test_attempts SET extra_time_factor = :factor, expires_at = {clock.CHANGED} WHERE {_THEIRS}"
_ONE = f"id = :attempt AND {clock.RUNS}"
_CHANGE_ONE = f"""
    UPDATE test_attempts SET extra_time_factor = :factor, own_factor = 1, expires_at = {clock.CHANGED} WHERE {_ONE}
"""
_FIND = "SELECT id, user_id, status, expires_at FROM test_attempts WHERE id = ?"
_SHOWN = "SELECT id, user_id, extra_time_factor, started_at, expires_at FROM test_attempts WHERE id = :attempt"


class Granted(TypedDict):
    """The extra time of a learner."""

    user_id: int
    extra_time_factor: float
    set_at: int


class Extended(TypedDict):
    """The extra time of one test, and its end."""

    id: int
    user_id: int
    extra_time_factor: float
    started_at: int
    expires_at: int


class Found(TypedDict):
    """A test that an admin names."""

    id: int
    user_id: int
    status: str
    expires_at: int | None


def read(user_id: int) -> Statement:
    """The read of a learner's factor; its result goes to `factor`."""
    return Statement(_READ, (user_id,))


def factor(result: Result) -> float:
    """The factor that was read; 1 for a learner without extra time."""
    return result.value_or_none(float) or 1.0


def put(user_id: int, extra: float, now: dt.datetime, actor: Actor) -> Granted:
    """Give a learner this factor, in tests that run, too. NotFound for nobody."""
    values = {"user": user_id, "factor": float(extra), "now": int(now.timestamp()), "by": actor.user_id}
    running = {name: values[name] for name in ("user", "factor", "now")}
    there = "EXISTS (SELECT 1 FROM users WHERE id = ?)"
    new = {"extra_time_factor": float(extra)}
    results = db.batch(
        [
            require(there, (user_id,), otherwise=lambda: NotFound("no such user")),
            audit.change(actor, "user.accommodate", "user", Accommodation, user_id, new, key="user_id"),
            audit.entries(actor, "test.extend", "test_attempt", _LOG_THEIRS.format(which=_THEIRS), running),
            Statement(_CHANGE, running),
            Statement(_PUT, values),
        ]
    )
    return results[-1].one(Granted)


def extend(attempt_id: int, extra: float, now: dt.datetime, actor: Actor) -> Extended:
    """Give one running test this factor. Conflict where it has ended, or its time has; NotFound without it.

    Time that is taken back leaves a minute at least.
    """
    values = {"attempt": attempt_id, "factor": float(extra), "now": int(now.timestamp())}
    row = db.fetch([Statement(_FIND, (attempt_id,))], fresh=True)[0].first(Found)
    if row is None:
        raise NotFound("no such test")
    if row["status"] != "in_progress":
        raise Conflict(f"the test is {row['status']}")
    results = db.batch(
        [
            audit.entries(actor, "test.extend", "test_attempt", _LOG_THEIRS.format(which=_ONE), values),
            Statement(_CHANGE_ONE, values),
            require_changes(1, otherwise=lambda: Conflict("the time of the test is over: it is completed")),
            Statement(_SHOWN, {"attempt": attempt_id}),
        ]
    )
    return results[-1].one(Extended)
