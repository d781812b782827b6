"""Study sessions: a fixed list of questions in a fixed order, answered one by one, then completed."""

from typing import Any

import orjson

from shared_schema import audit, idempotency
from shared_schema.audit import Actor
from shared_schema.database import Statement, require, require_changes
from shared_schema.database.batch import Query
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Conflict, NotFound
from shared_schema.tables import db
from shared_schema.tables.study import StudySession
from study_service import selection, users
from study_service.selection import Wish

_RECEIPT = f"""
    SELECT json_object('session', {idempotency.row_json(StudySession)}, 'questions', json(?))
    FROM study_sessions WHERE id = (SELECT max(id) FROM study_sessions WHERE user_id = ?)
"""
_QUESTIONS = """
    SELECT q.id, q.text, q.type, q.difficulty, q.objective_id, q.tags, q.answers
    FROM study_sessions s, json_each(s.question_ids) wanted JOIN questions q ON q.id = wanted.value
    WHERE s.id = ? AND s.user_id = ? ORDER BY wanted.key
"""
_ANSWERS = """
    SELECT question_id, selected_answer, is_correct, score, answered_at FROM user_answers
    WHERE study_session_id = ? AND user_id = ? ORDER BY id
"""
_MINE = "EXISTS (SELECT 1 FROM study_sessions WHERE id = :session AND user_id = :user)"
_OPEN = "id = :session AND user_id = :user AND status IN ('active', 'paused')"
_COMPLETED = f"""
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


def start(user_id: int, wish: Wish, actor: Actor, once: Once) -> Receipt:
    """A new session with questions picked for it. Conflict where there is nothing to ask."""
    earlier, user, *found = db.fetch([once.lookup(), users.read(user_id), *selection.reads(user_id, wish)])
    if replay := once.replay(earlier.first(dict)):
        return replay
    users.active(user)
    questions = selection.picked(wish, found)
    if not questions:
        raise Conflict("there are no questions to ask: widen the filters")
    row = {
        "user_id": user_id,
        "exam_id": wish.exam_id,
        "mode": wish.mode,
        "objectives": list(wish.objective_ids) or None,
        "difficulty_filter": {"min": wish.difficulty[0], "max": wish.difficulty[1]},
        "question_count": len(questions),
        "question_ids": [question["id"] for question in questions],
    }
    queries: list[Query] = [StudySession.insert(row), audit.entry(actor, "session.start", "study_session", None)]
    return once.write(queries, _RECEIPT, (dumps(questions), user_id))


def get(user_id: int, session_id: int) -> dict[str, Any]:
    """The learner's session with its questions in their order and the answers so far, from one snapshot."""
    who = (session_id, user_id)
    mine = (StudySession.id == session_id) & (StudySession.user_id == user_id)
    found, questions, answers = db.fetch(
        [
            StudySession.select().where(mine).dicts(),
            Statement(_QUESTIONS, who),
            Statement(_ANSWERS, who),
        ]
    )
    session = found.first(dict)
    if session is None:
        raise NotFound("no such session")
    return session | {
        "questions": selection.served(questions.rows),
        "answers": [row | {"selected_answer": selected(row["selected_answer"])} for row in answers.rows],
    }


def selected(stored: str) -> str | list[str]:
    """A stored answer as it was given: one id, or a set of them."""
    if not stored.startswith("["):
        return stored
    ids: list[str] = orjson.loads(stored)
    return ids


def page(user_id: int, after: int, limit: int) -> list[dict[str, Any]]:
    """The learner's sessions, latest first, below the id `after` (0: from the latest)."""
    query = (
        StudySession.select()
        .where(StudySession.user_id == user_id, (StudySession.id < after) if after else True)
        .order_by(StudySession.id.desc())
        .limit(limit)
        .dicts()
    )
    return db.fetch([query])[0].rows


def complete(user_id: int, session_id: int, actor: Actor) -> dict[str, Any]:
    """End a session; the session with its scores. Conflict where it has ended already, NotFound if it is not theirs."""
    values = {"session": session_id, "user": user_id}
    results = db.batch(
        [
            require(_MINE, values, otherwise=NotFound("no such session")),
            audit.entries(actor, "session.complete", "study_session", _COMPLETED, values),
            Statement(_COMPLETE, values),
            require_changes(1, otherwise=Conflict("the session is over already")),
            StudySession.select().where(StudySession.id == session_id).dicts(),
        ]
    )
    session: dict[str, Any] = results[-1].one(dict)
    return session
