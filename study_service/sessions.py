"""Study sessions: a fixed list of questions in a fixed order, answered one by one, then completed."""

import datetime as dt

from shared_schema import audit, idempotency, rows
from shared_schema.audit import Actor
from shared_schema.database import Guard, Statement, require, require_changes
from shared_schema.database.batch import Query
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound
from shared_schema.rows import Page
from shared_schema.tables import db
from shared_schema.tables.study import StudySession
from study_service import delivery, selection, session_answers, session_rows, users
from study_service.delivery import Served
from study_service.selection import Wish
from study_service.session_answers import Shown
from study_service.session_rows import Counted, SessionRow

# The session that a learner has just started, found by what was stored for it.
_STARTED = """
    FROM study_sessions WHERE user_id = {user} AND created_at = {now} AND question_ids = {questions}
    ORDER BY id DESC LIMIT 1
"""
_RECEIPT = f"SELECT json_object('session', {idempotency.row_json(StudySession)}, 'questions', json(?))" + (
    _STARTED.format(user="?", now="?", questions="?")
)
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
        last_activity = :now
    WHERE id = :session AND user_id = :user AND status = 'active'
"""
_MINE = "EXISTS (SELECT 1 FROM study_sessions WHERE id = :session AND user_id = :user)"
_OPEN = "id = :session AND user_id = :user AND status IN ('active', 'paused')"
_LOG_COMPLETED = f"""
    SELECT id, json_object('status', status) AS old, json_object('status', 'completed') AS new
    FROM study_sessions WHERE {_OPEN}
"""
_COMPLETE = f"""
    UPDATE study_sessions SET
        status = 'completed', completed_at = unixepoch(), last_activity = unixepoch(),
        skipped_questions = question_count - total_questions,
        objective_scores = (
            SELECT json_group_object(CAST(objective_id AS TEXT), score) FROM (
                SELECT q.objective_id, avg(a.is_correct) AS score
                FROM user_answers a JOIN questions q ON q.id = a.question_id
                WHERE a.study_session_id = study_sessions.id GROUP BY q.objective_id))
    WHERE {_OPEN}
"""


class FullSession(SessionRow):
    """A session with its questions in order and the answers so far."""

    questions: list[Served]
    answers: list[Shown]


def start(user_id: int, wish: Wish, now: dt.datetime, first: int, actor: Actor, once: Once) -> Receipt:
    """A new session with questions picked for it. Conflict where there is nothing to ask.

    `now` is the server's clock, `first` where the pick starts, as in `selection.reads`.
    """
    reads = selection.reads(user_id, wish, now, first)
    earlier, user, *results = db.fetch([once.lookup(), users.read(user_id), *reads])
    if replay := once.replay(earlier):
        return replay
    users.active(user)
    picked = selection.picked(wish, results)
    if not picked:
        raise Conflict("there are no questions to ask: widen the filters")
    ids, moment = [question["id"] for question in picked], int(now.timestamp())
    started = {"user": user_id, "now": moment, "questions": dumps(ids)}
    steps: list[Query] = [
        _insert(user_id, wish, ids, moment),
        audit.entries(actor, "session.start", "study_session", _LOG_STARTED, started),
    ]
    return once.write(steps, _RECEIPT, (dumps(picked), *started.values()))


def _insert(user_id: int, wish: Wish, question_ids: list[int], now: int) -> Query:
    low, high = wish.difficulty
    return StudySession.insert(
        user_id=user_id,
        exam_id=wish.exam_id,
        mode=wish.mode,
        objectives=list(wish.objective_ids) or None,
        difficulty_filter={"min": low, "max": high},
        question_count=len(question_ids),
        question_ids=question_ids,
        created_at=now,
        last_activity=now,
    )


def get(user_id: int, session_id: int) -> FullSession:
    """The learner's session with its questions in their order and the answers so far, from one snapshot.

    A question that cannot be used is left out. Damaged where the session itself cannot be used.
    """
    session, listed, answers = db.fetch(
        [
            StudySession.select().where(StudySession.id == session_id, StudySession.user_id == user_id).dicts(),
            delivery.of_session(session_id),
            session_answers.read(session_id),
        ]
    )
    row = session.first(SessionRow)
    if row is None:
        raise NotFound("no such session")
    rows.one("study_sessions", row, session_rows.whole)
    served = rows.usable("questions", listed.all(delivery.Stored), delivery.read)
    return {**row, "questions": served, "answers": session_answers.shown(answers)}


def page(user_id: int, after: int, limit: int) -> Page[Counted]:
    """The learner's sessions, latest first, below the id `after` (0: from the latest)."""
    query = (
        StudySession.select(*session_rows.COLUMNS)
        .where(StudySession.user_id == user_id, (StudySession.id < after) if after else True)
        .order_by(StudySession.id.desc())
        .limit(limit)
        .dicts()
    )
    return rows.page("study_sessions", db.fetch([query])[0].all(Counted), session_rows.counted, limit)


def complete(user_id: int, session_id: int, actor: Actor) -> SessionRow:
    """End a session; the session with its scores. Conflict where it has ended already, NotFound if it is not theirs.

    Damaged, and not ended, where its row cannot be used.
    """
    values = {"session": session_id, "user": user_id}
    results = db.batch(
        [
            require(_MINE, values, otherwise=NotFound("no such session")),
            audit.entries(actor, "session.complete", "study_session", _LOG_COMPLETED, values),
            Statement(_COMPLETE, values),
            require_changes(1, otherwise=Conflict("the session is over already")),
            rows.require_usable(session_rows.SHAPE, session_id),
            StudySession.select().where(StudySession.id == session_id).dicts(),
        ]
    )
    return results[-1].one(SessionRow)


def count(
    session_id: int, user_id: int, question_id: int, *, correct: bool, flagged: bool, seconds: int, now: dt.datetime
) -> list[Statement | Guard]:
    """The steps that count one answer in its session; Conflict where the session is not active any more.

    Damaged where its row cannot be used: an answer shows the session.
    """
    values = {
        "session": session_id,
        "user": user_id,
        "question": question_id,
        "correct": int(correct),
        "flagged": int(flagged),
        "seconds": seconds,
        "now": int(now.timestamp()),
    }
    return [
        Statement(_COUNT, values),
        require_changes(1, otherwise=Conflict("the session is over")),
        rows.require_usable(session_rows.SHAPE, session_id),
    ]
