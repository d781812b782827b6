"""Columns that older databases did not have and that follow from their rows, as the services would have counted."""

from collections.abc import Collection

from shared_schema.database import LibsqlDatabase

_AVAILABLE = """
    UPDATE exams SET questions_available = (
        SELECT count(*) FROM questions q
        WHERE q.exam_id = exams.id AND q.review_status = 'approved' AND q.is_active = 1)
"""
# A sum from which an average was computed. Where all answers are there, it is their sum; else it is computed back from
# the average, so that a counter that has counted more answers than there are keeps its value.
_QUESTION_SECONDS = """
    UPDATE questions SET total_time_seconds = avg_time_seconds * total_attempts WHERE total_attempts <> 0
"""
_QUESTION_FACTS = """
    UPDATE questions SET total_time_seconds = f.seconds
    FROM (SELECT question_id, count(*) AS answers, coalesce(sum(time_spent_seconds), 0) AS seconds
          FROM user_answers GROUP BY question_id) f
    WHERE f.question_id = questions.id AND f.answers = questions.total_attempts
"""
_STUDY_SECONDS = "UPDATE user_progress SET total_study_seconds = total_study_minutes * 60"
# The answers are grouped by question first, so that the questions are read in order.
_STUDY_FACTS = """
    UPDATE user_progress SET total_study_seconds = f.seconds
    FROM (SELECT a.user_id, q.exam_id, sum(a.answers) AS answers, sum(a.seconds) AS seconds
          FROM (SELECT question_id, user_id, count(*) AS answers, coalesce(sum(time_spent_seconds), 0) AS seconds
                FROM user_answers GROUP BY question_id, user_id) a
          CROSS JOIN questions q ON q.id = a.question_id GROUP BY a.user_id, q.exam_id) f
    WHERE f.user_id = user_progress.user_id AND f.exam_id = user_progress.exam_id
      AND f.answers = total_questions_seen AND f.seconds / 60 = total_study_minutes
"""
# Older databases do not have the questions of a session. The answered ones follow from its answers.
_SESSION_QUESTIONS = """
    UPDATE study_sessions SET question_ids = (
        SELECT json_group_array(question_id) FROM (
            SELECT question_id FROM user_answers WHERE study_session_id = study_sessions.id ORDER BY answered_at, id))
"""
_STEPS = {
    ("exams", "questions_available"): (_AVAILABLE,),
    ("questions", "total_time_seconds"): (_QUESTION_SECONDS, _QUESTION_FACTS),
    ("user_progress", "total_study_seconds"): (_STUDY_SECONDS, _STUDY_FACTS),
    ("study_sessions", "question_ids"): (_SESSION_QUESTIONS,),
}


def fill(db: LibsqlDatabase, missing: Collection[tuple[str, str]]) -> list[str]:
    """Compute those of the `missing` columns, `(table, column)`, that follow from the rows. Returns their names."""
    wanted = [column for column in _STEPS if column in missing]
    for column in wanted:
        for sql in _STEPS[column]:
            db.execute_sql(sql)
    return [".".join(column) for column in wanted]
