"""What is counted of questions and sessions, and of the questions of an exam."""

from shared_schema.rebuild.part import Part
from study_service import session_states

# The counters of a question are those of its present version.
_QUESTIONS = """
    SELECT q.id, coalesce(t.answers, 0) AS total_attempts, coalesce(t.right, 0) AS correct_attempts,
        coalesce(t.seconds, 0) AS total_time_seconds,
        coalesce(CAST(round(t.seconds * 1.0 / t.answers) AS INTEGER), 0) AS avg_time_seconds
    FROM questions q LEFT JOIN (
        SELECT a.question_id, a.question_version, count(*) AS answers, sum(a.is_correct) AS right,
            sum(coalesce(a.time_spent_seconds, 0)) AS seconds
        FROM user_answers a WHERE a.question_id > :after AND a.question_id <= :upto
        GROUP BY a.question_id, a.question_version) t ON t.question_id = q.id AND t.question_version = q.version
    WHERE q.id > :after AND q.id <= :upto
"""
_ANSWERS = """
    SELECT a.study_session_id, a.id, a.is_correct, a.flagged, coalesce(a.time_spent_seconds, 0) AS seconds,
        sum(NOT a.is_correct) OVER (PARTITION BY a.study_session_id ORDER BY a.id) AS run
    FROM user_answers a WHERE a.study_session_id > :after AND a.study_session_id <= :upto
"""
# A run of right answers ends with the next wrong one, which begins another run.
_SESSIONS = f"""
    SELECT s.id, coalesce(t.answers, 0) AS total_questions, coalesce(t.right, 0) AS correct_answers,
        coalesce(t.flagged, 0) AS flagged_questions, coalesce(t.seconds, 0) AS time_spent_seconds,
        coalesce(t.longest, 0) AS max_streak, coalesce(t.latest, 0) AS streak_count,
        t.right * 1.0 / t.answers AS accuracy, t.seconds * 1.0 / t.answers AS avg_time_per_question
    FROM study_sessions s LEFT JOIN (
        SELECT study_session_id, sum(answers) AS answers, sum(right) AS right, sum(flagged) AS flagged,
            sum(seconds) AS seconds, max(right) AS longest,
            CAST(substr(max(printf('%09d', run) || right), 10) AS INTEGER) AS latest
        FROM (SELECT study_session_id, run, count(*) AS answers, sum(is_correct) AS right, sum(flagged) AS flagged,
                  sum(seconds) AS seconds
              FROM ({_ANSWERS}) GROUP BY study_session_id, run)
        GROUP BY study_session_id) t ON t.study_session_id = s.id
    WHERE s.id > :after AND s.id <= :upto
"""
# What was counted when a session ended: every one that has a time of that.
_ENDED = f"""
    SELECT id, {session_states.SKIPPED} AS skipped_questions, {session_states.SCORES} AS objective_scores
    FROM study_sessions WHERE id > :after AND id <= :upto AND completed_at IS NOT NULL
"""
_EXAMS = """
    SELECT e.id, (SELECT count(*) FROM questions q
                  WHERE q.exam_id = e.id AND q.review_status = 'approved' AND q.is_active = 1) AS questions_available
    FROM exams e WHERE e.id > :after AND e.id <= :upto
"""
_SCOPE = "id > :after AND id <= :upto"

PARTS = (
    Part(
        "questions",
        "questions",
        "questions",
        _SCOPE,
        ("id",),
        _QUESTIONS,
        ("total_attempts", "correct_attempts", "total_time_seconds", "avg_time_seconds"),
        rows="none",
        size=5000,
    ),
    Part(
        "sessions",
        "study_sessions",
        "study_sessions",
        _SCOPE,
        ("id",),
        _SESSIONS,
        (
            "total_questions",
            "correct_answers",
            "flagged_questions",
            "time_spent_seconds",
            "max_streak",
            "streak_count",
        ),
        ("accuracy", "avg_time_per_question"),
        rows="none",
        size=2000,
    ),
    Part(
        "ended_sessions",
        "study_sessions",
        "study_sessions",
        f"{_SCOPE} AND completed_at IS NOT NULL",
        ("id",),
        _ENDED,
        ("skipped_questions", "objective_scores"),
        rows="none",
        size=2000,
        logged="study_session",
    ),
    Part("exams", "exams", "exams", _SCOPE, ("id",), _EXAMS, ("questions_available",), rows="none"),
)
