"""The states of a session: active, paused, and over: completed or abandoned. Each move is compared and logged.

An active session that nobody has touched for two hours, or whose time box is over, ends by itself: completed if it has
answers, else abandoned. There is no daemon: whoever next looks at the learner's sessions, or starts or uses one, ends
them first. A paused session waits.
"""

import datetime as dt
from dataclasses import dataclass
from typing import TypedDict

from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Result, Statement, require_changes
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound
from shared_schema.tables import db
from study_service import session_rows

IDLE_S = 2 * 3600
_TRIES = 3
# SQL: a session as a receipt has it; `session_rows.of_receipt` reads it.
ROW = f"SELECT {session_rows.RECORDED} FROM study_sessions WHERE id = ?"

_ENDED_ITSELF = Actor("study_service", role="service")  # in the log
_STATE = """
    SELECT id, status, last_activity, time_box_ends_at FROM study_sessions WHERE id = :session AND user_id = :user
"""
_ENDS_ITSELF = f"""
    status = 'active' AND (last_activity <= :now - {IDLE_S} OR coalesce(time_box_ends_at <= :now, false))
"""
# The session in one of the states that the move begins in, unless it is over by itself.
_HERS = f"""
    id = :session AND user_id = :user AND status IN (SELECT value FROM json_each(:before)) AND NOT ({_ENDS_ITSELF})
"""
_LOG = f"SELECT id, json_object('status', status) AS old, :log_new AS new FROM study_sessions WHERE {_HERS}"
# Of an adaptive session only the questions that it has given so far can be skipped.
SKIPPED = """
    CASE WHEN mode = 'adaptive' AND json_valid(question_ids)
        THEN json_array_length(question_ids) ELSE question_count END - total_questions
"""
SCORES = """
    (
        SELECT json_group_object(CAST(objective_id AS TEXT), score) FROM (
            SELECT coalesce(a.objective_id, v.objective_id) AS objective_id, avg(a.is_correct) AS score
            FROM user_answers a
            JOIN question_versions v ON v.question_id = a.question_id AND v.version = a.question_version
            WHERE a.study_session_id = study_sessions.id GROUP BY 1 ORDER BY 1))
"""
_ENDED = f"skipped_questions = {SKIPPED}, objective_scores = {SCORES}"
_PAUSE = f"UPDATE study_sessions SET status = :new, last_activity = :now WHERE {_HERS}"
# The time box stands still in a pause: `last_activity` is when it began.
_RESUME = f"""
    UPDATE study_sessions SET status = :new, last_activity = :now,
        time_box_ends_at = time_box_ends_at + max(0, :now - last_activity)
    WHERE {_HERS}
"""
_END = f"UPDATE study_sessions SET status = :new, completed_at = :now, last_activity = :now, {_ENDED} WHERE {_HERS}"
# INDEXED BY: the index of all sessions of a learner looks as good to the engine, and grows with her past.
_OVERDUE = f"user_id = :user AND {_ENDS_ITSELF}"
_ITS_END = "CASE WHEN total_questions > 0 THEN 'completed' ELSE 'abandoned' END"
_LOG_OVERDUE = f"""
    SELECT id, json_object('status', status) AS old, json_object('status', {_ITS_END}) AS new
    FROM study_sessions INDEXED BY study_sessions_active_by_user WHERE {_OVERDUE}
"""
_END_OVERDUE = f"""
    UPDATE study_sessions INDEXED BY study_sessions_active_by_user SET status = {_ITS_END},
        completed_at = min(last_activity + {IDLE_S}, coalesce(time_box_ends_at, last_activity + {IDLE_S})), {_ENDED}
    WHERE {_OVERDUE}
"""


class Standing(TypedDict):
    """What tells whether a session ends by itself."""

    id: int
    status: str
    last_activity: int
    time_box_ends_at: int | None


class _Elsewhere(Exception):
    """The session is in none of the states that a move begins in, or the learner has no such session."""


@dataclass(frozen=True, slots=True)
class Move:
    """What is done to a session: the SQL of the change, from which states and to which, and what the receipt shows.

    `shows` is SQL that gives it, with the session's id as its parameter, and JSON of what is known of it before.
    """

    action: str
    change: str
    before: tuple[str, ...]
    after: str
    shows: tuple[str, str] = (ROW, "{}")


def pause(user_id: int, session_id: int, now: dt.datetime, actor: Actor, once: Once) -> Receipt:
    """From active to paused; the receipt is the session as it is then. Raises as `complete`."""
    return move(Move("pause", _PAUSE, ("active",), "paused"), user_id, session_id, now, actor, once)


def complete(user_id: int, session_id: int, now: dt.datetime, actor: Actor, once: Once) -> Receipt:
    """End a session; the receipt is its row with its scores. NotFound if it is not theirs.

    Conflict with the state where it is another. Damaged, and not changed, where its row cannot be used.
    """
    return move(Move("complete", _END, ("active", "paused"), "completed"), user_id, session_id, now, actor, once)


def abandon(user_id: int, session_id: int, now: dt.datetime, actor: Actor, once: Once) -> Receipt:
    """End a session that the learner does not want to count as done. As `complete`."""
    return move(Move("abandon", _END, ("active", "paused"), "abandoned"), user_id, session_id, now, actor, once)


def resume(
    user_id: int, session_id: int, now: dt.datetime, actor: Actor, once: Once, shows: tuple[str, str]
) -> Receipt:
    """From paused to active. As `complete`; the receipt is `shows`, see `Move`."""
    return move(Move("resume", _RESUME, ("paused",), "active", shows), user_id, session_id, now, actor, once)


def move(how: Move, user_id: int, session_id: int, now: dt.datetime, actor: Actor, once: Once) -> Receipt:
    """Do this to a session of the learner's: one batch. Only where that finds it in no such state, it is read."""
    moment = int(now.timestamp())
    values = {"session": session_id, "user": user_id, "before": dumps(how.before), "now": moment}
    log_new = dumps({"status": how.after})
    steps: list[Statement | Guard] = [
        audit.entries(actor, f"session.{how.action}", "study_session", _LOG, {**values, "log_new": log_new}),
        Statement(how.change, {**values, "new": how.after}),
        require_changes(1, otherwise=_Elsewhere),
        rows.require_usable(session_rows.SHAPE, session_id),
    ]
    receipt, known = how.shows
    for _ in range(_TRIES):
        try:
            return once.write(steps, receipt, (session_id,), known=known)
        except _Elsewhere:
            status = _settled(user_id, _one(db.fetch([_read(user_id, session_id)], fresh=True)[0]), moment)
            if status not in how.before:
                raise Conflict(f"the session is {status}") from None
    raise Conflict("the session is being changed; try again")


def check_active(user_id: int, session: Standing, at: int) -> None:
    """Raise Conflict with the state of a session of the learner's unless it takes answers at `at`, epoch seconds.

    One that is overdue by then is ended first.
    """
    status = _settled(user_id, session, at)
    if status != "active":
        raise Conflict(f"the session is {status}")


def _settled(user_id: int, session: Standing, moment: int) -> str:
    """The status of a learner's session that was read, after it has ended if it is overdue."""
    if not is_overdue(session, moment):
        return session["status"]
    read = _read(user_id, session["id"])
    return _one(db.batch([*end_overdue(user_id, moment), read])[-1])["status"]


def _read(user_id: int, session_id: int) -> Statement:
    return Statement(_STATE, {"session": session_id, "user": user_id})


def _one(result: Result) -> Standing:
    state = result.first(Standing)
    if state is None:
        raise NotFound("no such session")
    return state


def is_overdue(session: Standing, now: int) -> bool:
    """Whether a session ends by itself at this moment, epoch seconds."""
    ends_at = session["time_box_ends_at"]
    idle = session["last_activity"] <= now - IDLE_S
    return session["status"] == "active" and (idle or (ends_at is not None and ends_at <= now))


def end_overdue(user_id: int, now: int) -> list[Statement]:
    """The steps that end every session of the learner's that ends by itself; `now` in epoch seconds."""
    values = {"user": user_id, "now": now}
    logged = audit.entries(_ENDED_ITSELF, "session.end", "study_session", _LOG_OVERDUE, values)
    return [logged, Statement(_END_OVERDUE, values)]
