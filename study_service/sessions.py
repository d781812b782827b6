"""Study sessions: a list of questions in a fixed order, answered one by one. Their states are in `session_states`."""

import datetime as dt
from typing import TypedDict

import peewee

from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Result, Statement, require_changes
from shared_schema.database.batch import Query
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound
from shared_schema.rows import Page
from shared_schema.tables import db
from shared_schema.tables.study import StudySession
from study_service import adaptive, delivery, selection, session_answers, session_rows, session_states, users
from study_service.answered import Answered
from study_service.attempts import running
from study_service.delivery import Served
from study_service.session_answers import Shown
from study_service.session_rows import Counted, Recorded, SessionRow
from study_service.wishes import Wish

SECONDS_A_QUESTION = 30  # of a speed drill, unless its learner says how long it lasts

# The session that a learner has just started, found by what was stored for it.
_STARTED = """
    FROM study_sessions WHERE user_id = {user} AND created_at = {now} AND question_ids = {questions}
    ORDER BY id DESC LIMIT 1
"""
_RECEIPT = f"SELECT json_object('session', {session_rows.COUNTED})" + _STARTED.format(user="?", now="?", questions="?")
_RESUMED = f"SELECT json_object('session', {session_rows.RECORDED}) FROM study_sessions WHERE id = ?"
_BEGUN = audit.document(StudySession, ("exam_id", "mode", "question_count", "status"))
_LOG_STARTED = f"SELECT id, NULL AS old, {_BEGUN} AS new" + _STARTED.format(
    user=":user", now=":now", questions=":questions"
)
_COUNT = """
    UPDATE study_sessions SET
        total_questions = total_questions + 1,
        correct_answers = correct_answers + :correct,
        flagged_questions = flagged_questions + :flagged,
        time_spent_seconds = time_spent_seconds + :seconds,
        avg_time_per_question = (time_spent_seconds + :seconds) * 1.0 / (total_questions + 1),
        accuracy = (correct_answers + :correct) * 1.0 / (total_questions + 1),
        streak_count = CASE WHEN :correct THEN streak_count + 1 ELSE 0 END,
        max_streak = max(max_streak, CASE WHEN :correct THEN streak_count + 1 ELSE 0 END),
        current_question_id = :question,
        last_activity = max(last_activity, :now)
    WHERE id = :session AND user_id = :user AND status = 'active'
"""


class FullSession(SessionRow):
    """A session with its questions in order and the answers so far."""

    questions: list[Served]
    answers: list[Shown]


class Started(TypedDict):
    """The receipt of a start: the session and its questions in order."""

    session: Counted
    questions: list[Served]


class Resumed(TypedDict):
    """The same of a session that goes on, with its scores and the answers so far."""

    session: Recorded
    questions: list[Served]
    answers: list[Shown]


def start(user_id: int, wish: Wish, now: dt.datetime, first: int, actor: Actor, once: Once) -> Receipt:
    """A new session with questions picked for it; the receipt is Started. Conflict where there is nothing to ask.

    `now` is the server's clock, `first` where the pick starts, as in `selection.read`, and the seed of the session.
    """
    begin = adaptive.beginning(wish)
    reads = [once.lookup(), users.read(user_id), selection.read(user_id, begin, now, first)]
    earlier, user, result = db.fetch(reads)
    if replay := once.replay(earlier):
        return replay
    users.active(user)
    picked = selection.picked(begin, result, now, first)
    if not picked:
        raise Conflict("there are no questions to ask: widen the filters")
    ids, moment = [question["id"] for question in picked], int(now.timestamp())
    started = {"user": user_id, "now": moment, "questions": dumps(ids)}
    steps: list[Query] = [
        *session_states.end_overdue(user_id, moment),
        _insert(user_id, wish, picked, first, moment),
        audit.entries(actor, "session.start", "study_session", _LOG_STARTED, started),
    ]
    return once.write(steps, _RECEIPT, tuple(started.values()), known=dumps({"questions": picked}))


def _insert(user_id: int, wish: Wish, picked: list[Served], seed: int, now: int) -> Query:
    low, high = wish.difficulty
    box = wish.time_box_seconds
    if box is None and wish.mode == "speed_drill":
        box = SECONDS_A_QUESTION * len(picked)
    return StudySession.insert(
        user_id=user_id,
        exam_id=wish.exam_id,
        mode=wish.mode,
        objectives=list(wish.objective_ids) or None,
        difficulty_filter={"min": low, "max": high},
        question_count=wish.count if wish.mode == "adaptive" else len(picked),
        question_ids=[question["id"] for question in picked],
        question_versions=[question["version"] for question in picked],
        seed=seed,
        answers_before=peewee.SQL("(SELECT coalesce(max(id), 0) FROM user_answers)"),
        filters=wish.filters(),
        time_box_seconds=box,
        time_box_ends_at=None if box is None else now + box,
        created_at=now,
        last_activity=now,
    )


def get(user_id: int, session_id: int, now: dt.datetime) -> FullSession:
    """The learner's session with its questions in their order and the answers so far, from one snapshot.

    A question that cannot be used is left out, and so are answers to questions in a test of hers that runs. Damaged
    where the session itself cannot be used.
    """
    reads: list[Query] = [
        Statement(session_rows.READ, (session_id, user_id)),
        delivery.of_session(session_id),
        session_answers.read(session_id),
        running.read(user_id, int(now.timestamp())),
    ]
    session, listed, answers, in_tests = db.fetch(reads)
    row = session_rows.stored(session)
    if row is None:
        raise NotFound("no such session")
    moment = int(now.timestamp())
    if session_states.is_overdue(row, moment):
        *_, session, listed, answers, in_tests = db.batch([*session_states.end_overdue(user_id, moment), *reads])
        row = session_rows.stored(session) or row
    return _full(row, listed, answers, running.ids(in_tests))


def resume(user_id: int, session_id: int, now: dt.datetime, actor: Actor, once: Once) -> Receipt:
    """Go on with a paused session; the receipt is Resumed, with the same order and the same options.

    Raises as `session_states.complete`.
    """
    paused = get(user_id, session_id, now)
    known = dumps({"questions": paused["questions"], "answers": paused["answers"]})
    return session_states.resume(user_id, session_id, now, actor, once, (_RESUMED, known))


def _full(row: SessionRow, listed: Result, answers: Result, withheld: frozenset[int]) -> FullSession:
    """A session with its questions and answers as they were read, without the answers to the questions `withheld`."""
    rows.one("study_sessions", row, session_rows.whole)
    served = rows.usable("questions", delivery.in_order(listed), delivery.reader(row["seed"]))
    told = [answer for answer in session_answers.shown(answers) if answer["question_id"] not in withheld]
    return {**row, "questions": served, "answers": told}


def page(user_id: int, after: int, limit: int, now: dt.datetime) -> Page[Counted]:
    """The learner's sessions, latest first, below the id `after` (0: from the latest)."""
    query = (
        StudySession.select(*session_rows.COLUMNS)
        .where(StudySession.user_id == user_id, (StudySession.id < after) if after else True)
        .order_by(StudySession.id.desc())
        .limit(limit)
        .dicts()
    )
    stored, moment = db.fetch([query])[0].all(Counted), int(now.timestamp())
    if any(session_states.is_overdue(row, moment) for row in stored):
        stored = db.batch([*session_states.end_overdue(user_id, moment), query])[-1].all(Counted)
    return rows.page("study_sessions", stored, session_rows.counted, limit)


def count(answer: Answered) -> list[Statement | Guard]:
    """The steps that count one answer in its session, if it has one; Conflict where that is not active any more.

    Damaged where its row cannot be used: an answer shows the session.
    """
    if answer.session_id is None:
        return []
    values = {
        "session": answer.session_id,
        "user": answer.user_id,
        "question": answer.question["id"],
        "correct": int(answer.grade.is_correct),
        "flagged": int(answer.flagged),
        "seconds": answer.seconds,
        "now": answer.at,
    }
    steps: list[Statement | Guard] = [
        Statement(_COUNT, values),
        require_changes(1, otherwise=lambda: Conflict("the session is not active any more")),
        rows.require_usable(session_rows.SHAPE, answer.session_id),
    ]
    if answer.adaptive:
        steps.append(adaptive.add(answer.user_id, answer.session_id, answer.adaptive, answer.at))
    return steps
