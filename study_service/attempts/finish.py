"""A test ends once: by its learner, or by whoever comes next when its time is over.

The batch applies only if the test is as it was read: running, with the same number of saves and the same end. A save
that comes between makes it start over from a new read, so that no acknowledged save is lost at the bell.
"""

import datetime as dt
from collections.abc import Sequence
from typing import TypedDict

from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Guard, Result, Statement, require_changes
from shared_schema.database.batch import Query
from shared_schema.fields import dumps
from shared_schema.problems import Conflict, Damaged
from shared_schema.tables import db
from study_service import answers, users
from study_service.answered import Answered
from study_service.attempts import attempt_rows, clock, scores, verdict
from study_service.attempts.attempt_rows import AttemptRow
from study_service.attempts.verdict import Given, Verdict
from study_service.memory import counting
from study_service.users import Place

_TRIES = 20

_COMPLETE = """
    UPDATE test_attempts SET status = 'completed', completed_at = :ended, total_time_seconds = :seconds,
        score = :score, passed = :passed, correct_count = :correct, incorrect_count = :incorrect,
        skipped_count = :skipped, objective_breakdown = :breakdown, time_per_question = :times, results = 1
    WHERE id = :attempt AND user_id = :user AND status = 'in_progress' AND saves = :saves AND expires_at = :expires
"""
_OVERDUE = f"""
    SELECT id, user_id FROM test_attempts
    WHERE user_id = :user AND status = 'in_progress' AND expires_at + {clock.GRACE_S} < :now
"""


class Moved(Exception):
    """The test is not as it was read: it was saved, ended, or has another end."""


class Due(TypedDict):
    """A test whose time is over."""

    id: int
    user_id: int


def is_due(status: str, expires_at: int | None, now: dt.datetime) -> bool:
    """Whether a test runs whose time is over."""
    return status == "in_progress" and expires_at is not None and clock.is_over(expires_at, now.timestamp())


def read_due(user_id: int, now: dt.datetime) -> Statement:
    """The read of the learner's tests whose time is over; its rows are `Due`."""
    return Statement(_OVERDUE, {"user": user_id, "now": now.timestamp()})


def end(user_id: int, attempt_id: int, now: dt.datetime, actor: Actor) -> None:
    """End a test whose time is over, as it stood at the bell. Nothing happens where somebody has done it already."""
    for _ in range(_TRIES):
        read = db.fetch(reads(user_id, attempt_id), fresh=True)
        try:
            if due := steps(read, now, actor, by_learner=False):
                db.batch(due)
        except Moved:
            continue
        return
    raise Conflict("the test is being saved; try again")


def reads(user_id: int, attempt_id: int) -> list[Query]:
    """The reads of a test that is to end; their results go to `steps`."""
    return [
        attempt_rows.read(attempt_id, user_id),
        verdict.read(attempt_id),
        users.read_place(user_id),
        counting.read_of_test(user_id, attempt_id),
    ]


def steps(read: Sequence[Result], now: dt.datetime, actor: Actor, *, by_learner: bool) -> list[Query | Guard]:
    """The steps that end the test as it was read, or none where it has ended. They raise Moved where it changes.

    By its learner a test may end at any time; by others when its time is over. NotFound without the test, Conflict for
    a learner whose test was abandoned or invalidated.
    """
    attempt, listed, place, remembered = read
    row = attempt_rows.one(attempt)
    if by_learner and row["status"] not in ("in_progress", "completed"):
        raise Conflict(f"the test is {row['status']}")
    if row["status"] != "in_progress" or not (by_learner or is_due(row["status"], row["expires_at"], now)):
        return []
    given = listed.all(Given)
    graded = verdict.of(given, row["passing_score"] or 0, row["grading_rule"])
    learner = place.one(Place)
    chosen = [_answered(row, one, learner) for one in given if one["selected_answer"] is not None]
    counted = [*counting.count(remembered, chosen, Moved).steps, *answers.count_test(chosen)]
    return _ending(row, graded, _ended_at(row, now), learner, given, counted, actor)


def _ended_at(row: AttemptRow, now: dt.datetime) -> int:
    expires_at = row["expires_at"]
    if expires_at is None:
        raise Damaged("test_attempts", row["id"], "expires_at", "is null in a test that runs")
    if is_due(row["status"], row["expires_at"], now):
        return clock.ended_at(expires_at, row["last_saved_at"])
    return int(now.timestamp())


def _ending(
    row: AttemptRow,
    graded: Verdict,
    ended_at: int,
    learner: Place,
    given: list[Given],
    counted: list[Statement | Guard],
    actor: Actor,
) -> list[Query | Guard]:
    values = {
        "attempt": row["id"],
        "user": row["user_id"],
        "saves": row["saves"],
        "expires": row["expires_at"],
        "ended": ended_at,
        "seconds": ended_at - row["started_at"],
        "times": dumps({one["question_id"]: one["time_spent_seconds"] or 0 for one in given}),
        **verdict.columns(graded),
    }
    shown = {"status": "completed", "score": graded.score, "passed": graded.passed}
    return [
        Statement(_COMPLETE, values),
        require_changes(1, otherwise=Moved),
        audit.entry(actor, "test.complete", "test_attempt", row["id"], old={"status": "in_progress"}, new=shown),
        verdict.store(row["id"], 1, graded, ended_at, None),
        *scores.count(row["exam_id"], graded),
        *counted,
        scores.count_learner(row["user_id"], row["exam_id"], users.day_at(learner, ended_at)),
    ]


def _answered(row: AttemptRow, one: Given, learner: Place) -> Answered:
    """A choice that counts as an answer, given when it was saved."""
    return Answered(
        row["user_id"],
        verdict.asked(one, row["exam_id"]),
        verdict.grade(one),
        one["time_spent_seconds"] or 0,
        one["saved_at"] or row["started_at"],
        users.day_at(learner, one["saved_at"] or row["started_at"]),
        attempt_id=row["id"],
        flagged=bool(one["flagged"]),
        changed=bool(one["changed"]),
        selected=one["selected_answer"],
    )
