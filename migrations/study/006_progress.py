"""Days of study and mastery have tables, streaks count days of five answers, and exams have leaderboards."""

from typing import Any

# What an answer weighs when the next one comes: 0.5 ** (1 / 20). See study_service.mastery.
_KEPT = "power(0.5, 1 / 20.0)"
# The points of study_service.leaderboard.
_POINTS = """
    (first_correct + 1.9207294103470262 - sqrt(3.8414588206940525 * (first_correct * (unique_questions_seen - first_correct)
        * 1.0 / max(unique_questions_seen, 1) + 0.9603647051735131))) / (unique_questions_seen + 3.8414588206940525)
"""
# Every answer that was counted is there.
_COMPLETE = """
    total_questions_seen <= (SELECT coalesce(sum(d.answered), 0) FROM study_days d
        WHERE d.user_id = user_progress.user_id AND d.exam_id = user_progress.exam_id)
"""


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "objective_mastery" (
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "objective_id" INTEGER NOT NULL REFERENCES "objectives" ("id") ON DELETE CASCADE,
            "answered" INTEGER NOT NULL DEFAULT 0,
            "correct" INTEGER NOT NULL DEFAULT 0,
            "weighted_correct" REAL NOT NULL DEFAULT 0,
            "weighted_total" REAL NOT NULL DEFAULT 0,
            "last_answered_at" INTEGER NOT NULL,
            PRIMARY KEY ("user_id", "objective_id")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE TABLE "study_days" (
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "day" TEXT NOT NULL,
            "answered" INTEGER NOT NULL DEFAULT 0,
            "seconds" INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY ("user_id", "exam_id", "day")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql('ALTER TABLE "user_progress" ADD COLUMN "streak_day" TEXT')
    migrator.sql('ALTER TABLE "user_progress" ADD COLUMN "first_correct" INTEGER NOT NULL DEFAULT 0')
    migrator.sql('ALTER TABLE "user_progress" ADD COLUMN "points" REAL NOT NULL DEFAULT 0')
    migrator.sql(
        """
        ALTER TABLE "user_progress" ADD COLUMN "is_shared" INTEGER NOT NULL DEFAULT 0 CHECK (is_shared IN (0, 1))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "user_progress_leaderboard" ON "user_progress" ("exam_id", "points" DESC)
        WHERE (("is_shared" = 1) AND ("unique_questions_seen" >= 20))
        """
    )
    # Of answers from before days were stored, the day is that of UTC.
    migrator.sql(
        """
        INSERT INTO study_days (user_id, exam_id, day, answered, seconds)
        SELECT a.user_id, q.exam_id, coalesce(a.day, date(a.answered_at, 'unixepoch')), count(*),
            coalesce(sum(a.time_spent_seconds), 0)
        FROM user_answers a CROSS JOIN questions q ON q.id = a.question_id
        WHERE coalesce(a.day, date(a.answered_at, 'unixepoch')) IS NOT NULL
        GROUP BY 1, 2, 3
        """
    )
    migrator.sql(
        f"""
        INSERT INTO objective_mastery (
            user_id, objective_id, answered, correct, weighted_correct, weighted_total, last_answered_at)
        SELECT user_id, objective_id, count(*), sum(is_correct), sum(is_correct * weight), sum(weight), max(answered_at)
        FROM (SELECT a.user_id, v.objective_id, a.is_correct, a.answered_at,
                  power({_KEPT}, row_number() OVER (PARTITION BY a.user_id, v.objective_id ORDER BY a.id DESC) - 1)
                  AS weight
              FROM user_answers a
              CROSS JOIN question_versions v ON v.question_id = a.question_id AND v.version = a.question_version)
        GROUP BY user_id, objective_id
        """
    )
    # Levels of an older writer whose answers are not all there are kept, as if they had come evenly.
    migrator.sql(
        f"""
        INSERT INTO objective_mastery (
            user_id, objective_id, answered, correct, weighted_correct, weighted_total, last_answered_at)
        SELECT p.user_id, o.id, e.value->>'questionsAnswered',
            CAST(round((e.value->>'level') * (e.value->>'questionsAnswered')) AS INTEGER),
            (e.value->>'level') * (1 - power({_KEPT}, e.value->>'questionsAnswered')) / (1 - {_KEPT}),
            (1 - power({_KEPT}, e.value->>'questionsAnswered')) / (1 - {_KEPT}),
            CASE json_type(e.value, '$.lastStudied') WHEN 'integer' THEN e.value->>'lastStudied' ELSE p.updated_at END
        FROM user_progress p,
            json_each(CASE WHEN json_valid(p.objective_mastery) THEN p.objective_mastery ELSE '{{}}' END) e
        JOIN objectives o ON o.exam_id = p.exam_id AND CAST(o.id AS TEXT) = e.key
        WHERE e.type = 'object' AND json_type(e.value, '$.level') IN ('real', 'integer')
          AND (e.value->>'level') BETWEEN 0 AND 1 AND json_type(e.value, '$.questionsAnswered') = 'integer'
          AND (e.value->>'questionsAnswered') > coalesce((
              SELECT m.answered FROM objective_mastery m WHERE m.user_id = p.user_id AND m.objective_id = o.id), 0)
        ON CONFLICT (user_id, objective_id) DO UPDATE SET
            answered = excluded.answered, correct = excluded.correct, weighted_correct = excluded.weighted_correct,
            weighted_total = excluded.weighted_total
        """
    )
    # The column for other readers says the same as the table; entries that the table cannot have stay in it.
    migrator.sql(
        """
        UPDATE user_progress SET objective_mastery = (
            SELECT json_group_object(key, json(entry)) FROM (
                SELECT CAST(m.objective_id AS TEXT) AS key, m.objective_id AS place, json_object(
                    'level', m.weighted_correct / m.weighted_total, 'questionsAnswered', m.answered,
                    'correct', m.correct, 'lastStudied', m.last_answered_at) AS entry
                FROM objectives o JOIN objective_mastery m ON m.user_id = user_progress.user_id AND m.objective_id = o.id
                WHERE o.exam_id = user_progress.exam_id
                UNION ALL
                SELECT e.key, CAST(e.key AS INTEGER),
                    CASE WHEN e.type IN ('object', 'array') THEN e.value ELSE json_quote(e.value) END
                FROM json_each(user_progress.objective_mastery) e
                WHERE e.key NOT IN (
                    SELECT CAST(m.objective_id AS TEXT) FROM objectives o
                    JOIN objective_mastery m ON m.user_id = user_progress.user_id AND m.objective_id = o.id
                    WHERE o.exam_id = user_progress.exam_id)
                ORDER BY place))
        WHERE json_valid(objective_mastery) AND json_type(objective_mastery) = 'object'
        """
    )
    migrator.sql(
        """
        UPDATE user_progress SET is_shared = coalesce((SELECT share_profile FROM users WHERE id = user_id), 0)
        """
    )
    migrator.sql(
        """
        UPDATE user_progress SET first_correct = min(f.first_correct, unique_questions_seen)
        FROM (SELECT a.user_id, q.exam_id, count(*) AS first_correct
              FROM user_answers a CROSS JOIN questions q ON q.id = a.question_id
              WHERE a.attempt_number = 1 AND a.is_correct = 1 GROUP BY a.user_id, q.exam_id) f
        WHERE f.user_id = user_progress.user_id AND f.exam_id = user_progress.exam_id
        """
    )
    migrator.sql(f"UPDATE user_progress SET points = {_POINTS}")
    # Streaks are of days of five answers where all answers are there; else they are what they were.
    migrator.sql(
        f"""
        UPDATE user_progress SET study_days_count = 0, longest_streak = 0, current_streak = 0 WHERE {_COMPLETE}
        """
    )
    migrator.sql(f"UPDATE user_progress SET streak_day = last_study_date WHERE NOT ({_COMPLETE})")
    migrator.sql(
        f"""
        UPDATE user_progress SET study_days_count = r.days, longest_streak = r.longest, streak_day = r.last,
            current_streak = CASE WHEN r.last >= date(last_study_date, '-1 day') THEN r.last_run ELSE 0 END
        FROM (SELECT user_id, exam_id, sum(days) AS days, max(days) AS longest, max(last) AS last,
                  CAST(substr(max(last || days), 11) AS INTEGER) AS last_run
              FROM (SELECT user_id, exam_id, count(*) AS days, max(day) AS last
                    FROM (SELECT user_id, exam_id, day, julianday(day)
                              - row_number() OVER (PARTITION BY user_id, exam_id ORDER BY day) AS run
                          FROM study_days WHERE answered >= 5)
                    GROUP BY user_id, exam_id, run)
              GROUP BY user_id, exam_id) r
        WHERE r.user_id = user_progress.user_id AND r.exam_id = user_progress.exam_id AND {_COMPLETE}
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql('DROP INDEX "user_progress_leaderboard"')
    for column in ("streak_day", "first_correct", "points", "is_shared"):
        migrator.sql(f'ALTER TABLE "user_progress" DROP COLUMN "{column}"')
    migrator.sql('DROP TABLE "objective_mastery"')
    migrator.sql('DROP TABLE "study_days"')
