"""What is counted of a learner's answers: progress in exams, days, mastery of objectives."""

from shared_schema.rebuild.part import Part
from study_service import leaderboard, mastery, study_days

SCOPE = "user_id > :after AND user_id <= :upto"
# An answer of a release that stored no day counts on the day of UTC.
_DAY = "coalesce(a.day, date(a.answered_at, 'unixepoch'))"
# CROSS keeps the answers outside, in the order of their index by learner. One of a release that stored no objective
# counts in that of its version.
ANSWERS = f"""
    SELECT a.user_id, q.exam_id, a.id, a.question_id, a.question_version, a.is_correct, a.answered_at, a.expected,
        coalesce(a.objective_id, (SELECT v.objective_id FROM question_versions v
            WHERE v.question_id = a.question_id AND v.version = a.question_version)) AS objective_id,
        a.attempt_number, coalesce(a.time_spent_seconds, 0) AS seconds, {_DAY} AS day
    FROM user_answers a CROSS JOIN questions q ON q.id = a.question_id
    WHERE a.user_id > :after AND a.user_id <= :upto
"""
_DAYS = f"SELECT user_id, exam_id, day, count(*) AS answered, sum(seconds) AS seconds FROM ({ANSWERS}) GROUP BY 1, 2, 3"
_FULL = f"(SELECT * FROM ({_DAYS}) WHERE answered >= {study_days.ENOUGH})"
_TOTALS = f"""
    SELECT user_id, exam_id, count(*) AS seen, count(DISTINCT question_id) AS different, sum(is_correct) AS right,
        sum(is_correct AND attempt_number = 1) AS first, sum(seconds) AS seconds, max(day) AS last
    FROM ({ANSWERS}) GROUP BY user_id, exam_id
"""
# Of every learner and exam that has a row or an answer.
_PROGRESS = f"""
    SELECT k.user_id, k.exam_id,
        coalesce(t.seen, 0) AS total_questions_seen, coalesce(t.different, 0) AS unique_questions_seen,
        coalesce(t.right, 0) AS total_correct, coalesce(t.seen - t.right, 0) AS total_incorrect,
        coalesce(t.right * 1.0 / t.seen, 0.0) AS overall_accuracy, t.seconds * 1.0 / t.seen AS avg_time_per_question,
        coalesce(t.seconds, 0) AS total_study_seconds, coalesce(t.seconds / 60, 0) AS total_study_minutes,
        t.last AS last_study_date, coalesce(r.study_days_count, 0) AS study_days_count, r.streak_day,
        coalesce(r.longest_streak, 0) AS longest_streak,
        coalesce({study_days.ALIVE.format(day="r.streak_day", last="t.last", length="r.last_run")}, 0)
            AS current_streak,
        coalesce(t.first, 0) AS first_correct,
        {leaderboard.POINTS.format(right="coalesce(t.first, 0)", seen="coalesce(t.different, 0)")} AS points,
        coalesce(u.share_profile, 0) AS is_shared
    FROM (SELECT user_id, exam_id FROM user_progress WHERE {SCOPE}
          UNION SELECT user_id, exam_id FROM ({ANSWERS})) k
    LEFT JOIN ({_TOTALS}) t ON t.user_id = k.user_id AND t.exam_id = k.exam_id
    LEFT JOIN ({study_days.RUNS.format(days=_FULL)}) r ON r.user_id = k.user_id AND r.exam_id = k.exam_id
    LEFT JOIN users u ON u.id = k.user_id
"""
# The newest answer of an objective weighs 1, the one before it KEPT, and so on.
_MASTERY = f"""
    SELECT user_id, objective_id, count(*) AS answered, sum(is_correct) AS correct,
        sum(is_correct * weight) AS weighted_correct, sum(weight) AS weighted_total,
        max(answered_at) AS last_answered_at
    FROM (SELECT user_id, objective_id, is_correct, answered_at, power({mastery.KEPT!r},
              row_number() OVER (PARTITION BY user_id, objective_id ORDER BY id DESC) - 1) AS weight
          FROM ({ANSWERS}) WHERE objective_id IS NOT NULL)
    GROUP BY user_id, objective_id
"""
# The document of the column, from the table, and the one that is stored, both in the order of the objectives.
_SHOWN = f"""
    SELECT p.user_id, p.exam_id, coalesce((
        SELECT json_group_object(CAST(objective_id AS TEXT), json(entry)) FROM (
            SELECT m.objective_id, {mastery.ENTRY} AS entry
            FROM objectives o CROSS JOIN objective_mastery m ON m.user_id = p.user_id AND m.objective_id = o.id
            WHERE o.exam_id = p.exam_id ORDER BY m.objective_id)), '{{}}') AS objective_mastery
    FROM user_progress p WHERE p.user_id > :after AND p.user_id <= :upto
"""
_STORED = """
    SELECT p.user_id, p.exam_id, CASE WHEN json_valid(p.objective_mastery) THEN (
        SELECT json_group_object(key, json(entry)) FROM (
            SELECT e.key, CASE WHEN e.type IN ('object', 'array') THEN e.value ELSE json_quote(e.value) END AS entry
            FROM json_each(p.objective_mastery) e ORDER BY CAST(e.key AS INTEGER)))
        ELSE p.objective_mastery END AS objective_mastery
    FROM user_progress p WHERE p.user_id > :after AND p.user_id <= :upto
"""
# Days up to the last answer that has no day are left as they were counted then, in the learner's time zone. A timed
# test is no answer of the day.
_NO_DAY = f"""
    SELECT user_id, date(max(answered_at), 'unixepoch', '+1 day') AS day FROM user_answers
    WHERE {SCOPE} AND day IS NULL GROUP BY user_id
"""
_LEARNER_DAYS = f"""
    SELECT a.user_id, a.day, count(*) AS answered FROM user_answers a LEFT JOIN ({_NO_DAY}) n ON n.user_id = a.user_id
    WHERE a.user_id > :after AND a.user_id <= :upto AND a.test_attempt_id IS NULL AND a.day > coalesce(n.day, '')
    GROUP BY a.user_id, a.day
"""
# MATERIALIZED: the answers of a learner are read once, not for each of her days.
_DAYS_SCOPE = f"""
    {SCOPE} AND day > coalesce((
        WITH n AS MATERIALIZED ({_NO_DAY}) SELECT n.day FROM n WHERE n.user_id = learner_days.user_id), '')
"""

PARTS = (
    Part("study_days", "study_days", "users", SCOPE, ("user_id", "exam_id", "day"), _DAYS, ("answered", "seconds")),
    Part("learner_days", "learner_days", "users", _DAYS_SCOPE, ("user_id", "day"), _LEARNER_DAYS, ("answered",)),
    Part(
        "progress",
        "user_progress",
        "users",
        SCOPE,
        ("user_id", "exam_id"),
        _PROGRESS,
        (
            "total_questions_seen",
            "unique_questions_seen",
            "total_correct",
            "total_incorrect",
            "total_study_seconds",
            "total_study_minutes",
            "last_study_date",
            "study_days_count",
            "streak_day",
            "longest_streak",
            "current_streak",
            "first_correct",
            "is_shared",
        ),
        ("overall_accuracy", "avg_time_per_question", "points"),
        rows="new",
    ),
    Part(
        "mastery",
        "objective_mastery",
        "users",
        SCOPE,
        ("user_id", "objective_id"),
        _MASTERY,
        ("answered", "correct", "last_answered_at"),
        ("weighted_correct", "weighted_total"),
    ),
    Part(
        "mastery_shown",
        "user_progress",
        "users",
        SCOPE,
        ("user_id", "exam_id"),
        _SHOWN,
        ("objective_mastery",),
        rows="none",
        stored=_STORED,
    ),
)
