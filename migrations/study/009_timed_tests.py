"""Timed tests: what was given, what is saved, how it was graded; more time, by learner or by attempt; review rules."""

from typing import Any

# Releases before this one write no attempts at all, so none of them can write two that run.
ALLOW = {"contract": "no older release of a service writes test_attempts"}


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "accommodations" (
            "user_id" INTEGER NOT NULL PRIMARY KEY REFERENCES "users" ("id") ON DELETE CASCADE,
            "extra_time_factor" REAL NOT NULL CHECK (extra_time_factor BETWEEN 1 AND 5),
            "set_by" INTEGER REFERENCES "users" ("id") ON DELETE SET NULL,
            "set_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "exam_scores" (
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "permille" INTEGER NOT NULL CHECK (permille BETWEEN 0 AND 1000),
            "attempts" INTEGER NOT NULL DEFAULT 0,
            "passed" INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY ("exam_id", "permille")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        ALTER TABLE "exams" ADD COLUMN "review_rule" TEXT NOT NULL DEFAULT '{"score":"just_after","correctness":"just_after","key":"just_after"}'
        """
    )
    migrator.sql(
        """
        ALTER TABLE "exams" ADD COLUMN "difficulty_mix" TEXT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "test_answers" (
            "attempt_id" INTEGER NOT NULL REFERENCES "test_attempts" ("id") ON DELETE CASCADE,
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "version" INTEGER NOT NULL,
            "selected_answer" TEXT,
            "is_correct" INTEGER CHECK (is_correct IN (0, 1)),
            "score" REAL CHECK (score BETWEEN 0 AND 1),
            "sequence" INTEGER,
            "saves" INTEGER NOT NULL DEFAULT 1,
            "time_spent_seconds" INTEGER NOT NULL DEFAULT 0,
            "flagged" INTEGER NOT NULL DEFAULT 0 CHECK (flagged IN (0, 1)),
            "changed" INTEGER NOT NULL DEFAULT 0 CHECK (changed IN (0, 1)),
            "saved_at" INTEGER NOT NULL,
            PRIMARY KEY ("attempt_id", "question_id")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" ADD COLUMN "question_versions" TEXT NOT NULL DEFAULT '[]'
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" ADD COLUMN "seed" INTEGER NOT NULL DEFAULT 0
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" ADD COLUMN "extra_time_factor" REAL NOT NULL DEFAULT 1 CHECK (extra_time_factor BETWEEN 1 AND 5)
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" ADD COLUMN "own_factor" INTEGER NOT NULL DEFAULT 0 CHECK (own_factor IN (0, 1))
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" ADD COLUMN "grading_rule" TEXT NOT NULL DEFAULT 'all_or_nothing'
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" ADD COLUMN "saves" INTEGER NOT NULL DEFAULT 0
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" ADD COLUMN "last_saved_at" INTEGER
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" ADD COLUMN "shortfalls" TEXT NOT NULL DEFAULT '[]'
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" ADD COLUMN "results" INTEGER NOT NULL DEFAULT 0
        """
    )
    # Nobody can be sitting one of these: no service has had timed tests, and no choice in them was kept.
    migrator.sql(
        """
        UPDATE test_attempts SET status = 'abandoned' WHERE status = 'in_progress'
        """
    )
    migrator.sql(
        """
        UPDATE test_attempts SET
            question_versions = (
                SELECT json_group_array(1) FROM json_each(iif(json_valid(question_ids), question_ids, '[]'))),
            results = status = 'completed' AND score IS NOT NULL
        """
    )
    migrator.sql(
        """
        CREATE INDEX "test_attempts_user_id" ON "test_attempts" ("user_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "test_attempts_user_id_started_at" ON "test_attempts" ("user_id", "started_at")
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "test_attempts_one_running" ON "test_attempts" ("user_id", "exam_id") WHERE ("status" = 'in_progress')
        """
    )
    migrator.sql(
        """
        CREATE TABLE "test_results" (
            "attempt_id" INTEGER NOT NULL REFERENCES "test_attempts" ("id") ON DELETE CASCADE,
            "number" INTEGER NOT NULL,
            "graded_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "graded_by" INTEGER REFERENCES "users" ("id") ON DELETE SET NULL,
            "grading_rule" TEXT NOT NULL,
            "passing_score" REAL NOT NULL CHECK (passing_score BETWEEN 0 AND 1),
            "share" TEXT NOT NULL,
            "score" REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
            "passed" INTEGER NOT NULL CHECK (passed IN (0, 1)),
            "correct_count" INTEGER NOT NULL,
            "incorrect_count" INTEGER NOT NULL,
            "skipped_count" INTEGER NOT NULL,
            "objective_breakdown" TEXT NOT NULL,
            "question_versions" TEXT NOT NULL,
            "marks" TEXT NOT NULL,
            PRIMARY KEY ("attempt_id", "number")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        INSERT INTO test_results (attempt_id, number, graded_at, grading_rule, passing_score, share, score, passed,
            correct_count, incorrect_count, skipped_count, objective_breakdown, question_versions, marks)
        SELECT id, 1, coalesce(completed_at, started_at), grading_rule, coalesce(passing_score, 0), score,
            min(1, max(0, score)), coalesce(passed, 0), coalesce(correct_count, 0), coalesce(incorrect_count, 0),
            coalesce(skipped_count, 0), coalesce(objective_breakdown, '{}'), question_versions, '[]'
        FROM test_attempts WHERE results = 1
        """
    )
    migrator.sql(
        """
        INSERT INTO exam_scores (exam_id, permille, attempts, passed)
        SELECT exam_id, CAST(min(1, max(0, score)) * 1000 AS INTEGER) AS thousandths, count(*), sum(coalesce(passed, 0))
        FROM test_attempts WHERE results = 1 GROUP BY exam_id, thousandths
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "exams" DROP COLUMN "review_rule"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "exams" DROP COLUMN "difficulty_mix"
        """
    )
    migrator.sql(
        """
        DROP INDEX "test_attempts_user_id"
        """
    )
    migrator.sql(
        """
        DROP INDEX "test_attempts_user_id_started_at"
        """
    )
    migrator.sql(
        """
        DROP INDEX "test_attempts_one_running"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" DROP COLUMN "question_versions"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" DROP COLUMN "seed"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" DROP COLUMN "extra_time_factor"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" DROP COLUMN "own_factor"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" DROP COLUMN "grading_rule"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" DROP COLUMN "saves"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" DROP COLUMN "last_saved_at"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" DROP COLUMN "shortfalls"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "test_attempts" DROP COLUMN "results"
        """
    )
    migrator.sql(
        """
        DROP TABLE "accommodations"
        """
    )
    migrator.sql(
        """
        DROP TABLE "exam_scores"
        """
    )
    migrator.sql(
        """
        DROP TABLE "test_answers"
        """
    )
    migrator.sql(
        """
        DROP TABLE "test_results"
        """
    )
