"""First tables."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "exams" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "vendor_id" TEXT NOT NULL,
            "code" TEXT NOT NULL,
            "name" TEXT NOT NULL,
            "description" TEXT,
            "passing_score" REAL NOT NULL DEFAULT 0.65 CHECK (passing_score BETWEEN 0 AND 1),
            "question_count" INTEGER NOT NULL DEFAULT 65,
            "time_limit_minutes" INTEGER NOT NULL DEFAULT 90,
            "version" TEXT,
            "expires_at" INTEGER,
            "difficulty_level" INTEGER NOT NULL DEFAULT 3 CHECK (difficulty_level BETWEEN 1 AND 5),
            "prerequisites" TEXT,
            "price_cents" INTEGER NOT NULL DEFAULT 0,
            "is_active" INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
            "is_beta" INTEGER NOT NULL DEFAULT 0 CHECK (is_beta IN (0, 1)),
            "total_attempts" INTEGER NOT NULL DEFAULT 0,
            "pass_rate" REAL NOT NULL DEFAULT 0,
            "avg_score" REAL NOT NULL DEFAULT 0,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "updated_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "questions_available" INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "exams_vendor_id_code" ON "exams" ("vendor_id", "code")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "objectives" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "code" TEXT NOT NULL,
            "name" TEXT NOT NULL,
            "description" TEXT,
            "weight" REAL NOT NULL DEFAULT 0.25 CHECK (weight BETWEEN 0 AND 1),
            "question_percentage" REAL,
            "parent_id" INTEGER REFERENCES "objectives" ("id") ON DELETE CASCADE,
            "sort_order" INTEGER NOT NULL DEFAULT 0,
            "is_active" INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "objectives_exam_id_code" ON "objectives" ("exam_id", "code")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "questions" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "objective_id" INTEGER NOT NULL REFERENCES "objectives" ("id") ON DELETE CASCADE,
            "text" TEXT NOT NULL,
            "type" TEXT NOT NULL DEFAULT 'multiple_choice' CHECK (type IN ('multiple_choice', 'multi_select', 'true_false', 'drag_drop', 'hotspot')),
            "answers" TEXT NOT NULL,
            "explanation" TEXT,
            "reference" TEXT,
            "external_link" TEXT,
            "difficulty" INTEGER NOT NULL DEFAULT 3 CHECK (difficulty BETWEEN 1 AND 5),
            "tags" TEXT NOT NULL DEFAULT '[]',
            "ai_generated" INTEGER NOT NULL DEFAULT 0 CHECK (ai_generated IN (0, 1)),
            "ai_model" TEXT,
            "ai_prompt_version" TEXT,
            "ai_confidence_score" REAL,
            "review_status" TEXT NOT NULL DEFAULT 'pending' CHECK (review_status IN ('pending', 'approved', 'rejected', 'needs_revision')),
            "reviewed_by" INTEGER REFERENCES "users" ("id") ON DELETE SET NULL,
            "reviewed_at" INTEGER,
            "total_attempts" INTEGER NOT NULL DEFAULT 0,
            "correct_attempts" INTEGER NOT NULL DEFAULT 0,
            "avg_time_seconds" INTEGER NOT NULL DEFAULT 0,
            "discrimination_index" REAL,
            "image_url" TEXT,
            "diagram_data" TEXT,
            "is_active" INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
            "is_beta" INTEGER NOT NULL DEFAULT 0 CHECK (is_beta IN (0, 1)),
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "updated_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "review_feedback" TEXT,
            "total_time_seconds" INTEGER NOT NULL DEFAULT 0,
            "shuffle_key" INTEGER NOT NULL DEFAULT (abs(random() % 2147483648)),
            "text_digest" TEXT,
            "content_digest" TEXT
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "questions_exam_id_content_digest" ON "questions" ("exam_id", "content_digest")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "questions_text_digest" ON "questions" ("exam_id", "text_digest")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "questions_shuffled_by_exam" ON "questions" ("exam_id", "difficulty", "shuffle_key") WHERE (("review_status" = 'approved') AND ("is_active" = 1))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "questions_shuffled_by_objective" ON "questions" ("objective_id", "difficulty", "shuffle_key") WHERE (("review_status" = 'approved') AND ("is_active" = 1))
        """
    )
    migrator.sql(
        """
        CREATE TABLE "study_sessions" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "mode" TEXT NOT NULL DEFAULT 'practice' CHECK (mode IN ('practice', 'review', 'speed_drill', 'weak_areas', 'custom')),
            "objectives" TEXT,
            "difficulty_filter" TEXT,
            "question_count" INTEGER NOT NULL DEFAULT 20,
            "total_questions" INTEGER NOT NULL DEFAULT 0,
            "correct_answers" INTEGER NOT NULL DEFAULT 0,
            "skipped_questions" INTEGER NOT NULL DEFAULT 0,
            "flagged_questions" INTEGER NOT NULL DEFAULT 0,
            "time_spent_seconds" INTEGER NOT NULL DEFAULT 0,
            "avg_time_per_question" REAL,
            "accuracy" REAL,
            "streak_count" INTEGER NOT NULL DEFAULT 0,
            "max_streak" INTEGER NOT NULL DEFAULT 0,
            "objective_scores" TEXT NOT NULL DEFAULT '{}',
            "status" TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'completed', 'abandoned')),
            "current_question_id" INTEGER,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "last_activity" INTEGER NOT NULL DEFAULT (unixepoch()),
            "completed_at" INTEGER,
            "question_ids" TEXT NOT NULL DEFAULT '[]'
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE INDEX "study_sessions_user_id" ON "study_sessions" ("user_id")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "test_attempts" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "question_ids" TEXT NOT NULL,
            "time_limit_minutes" INTEGER,
            "passing_score" REAL CHECK (passing_score BETWEEN 0 AND 1),
            "score" REAL,
            "passed" INTEGER,
            "correct_count" INTEGER,
            "incorrect_count" INTEGER,
            "skipped_count" INTEGER,
            "objective_breakdown" TEXT,
            "total_time_seconds" INTEGER,
            "time_per_question" TEXT,
            "review_enabled" INTEGER NOT NULL DEFAULT 1 CHECK (review_enabled IN (0, 1)),
            "certificate_issued" INTEGER NOT NULL DEFAULT 0 CHECK (certificate_issued IN (0, 1)),
            "status" TEXT NOT NULL DEFAULT 'in_progress' CHECK (status IN ('in_progress', 'completed', 'abandoned', 'invalidated')),
            "started_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "completed_at" INTEGER,
            "expires_at" INTEGER
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "user_answers" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "study_session_id" INTEGER REFERENCES "study_sessions" ("id") ON DELETE CASCADE,
            "test_attempt_id" INTEGER REFERENCES "test_attempts" ("id") ON DELETE CASCADE,
            "selected_answer" TEXT NOT NULL,
            "is_correct" INTEGER NOT NULL CHECK (is_correct IN (0, 1)),
            "time_spent_seconds" INTEGER,
            "confidence_level" INTEGER CHECK (confidence_level BETWEEN 1 AND 5),
            "flagged" INTEGER NOT NULL DEFAULT 0 CHECK (flagged IN (0, 1)),
            "changed_answer" INTEGER NOT NULL DEFAULT 0 CHECK (changed_answer IN (0, 1)),
            "attempt_number" INTEGER NOT NULL DEFAULT 1,
            "days_since_last_seen" INTEGER,
            "answered_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "score" REAL NOT NULL DEFAULT 0 CHECK (score BETWEEN 0 AND 1)
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "user_answers_user_id_question_id_attempt_number" ON "user_answers" ("user_id", "question_id", "attempt_number")
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "user_answers_once_per_session" ON "user_answers" ("study_session_id", "question_id") WHERE ("study_session_id" IS NOT NULL)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "user_answers_wrong_by_user" ON "user_answers" ("user_id", "id") WHERE ("is_correct" = 0)
        """
    )
    migrator.sql(
        """
        CREATE TABLE "user_progress" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "total_questions_seen" INTEGER NOT NULL DEFAULT 0,
            "unique_questions_seen" INTEGER NOT NULL DEFAULT 0,
            "total_correct" INTEGER NOT NULL DEFAULT 0,
            "total_incorrect" INTEGER NOT NULL DEFAULT 0,
            "overall_accuracy" REAL NOT NULL DEFAULT 0,
            "current_streak" INTEGER NOT NULL DEFAULT 0,
            "longest_streak" INTEGER NOT NULL DEFAULT 0,
            "avg_time_per_question" REAL,
            "total_study_minutes" INTEGER NOT NULL DEFAULT 0,
            "last_study_date" TEXT,
            "study_days_count" INTEGER NOT NULL DEFAULT 0,
            "objective_mastery" TEXT NOT NULL DEFAULT '{}',
            "readiness_score" REAL NOT NULL DEFAULT 0,
            "predicted_exam_score" REAL,
            "confidence_interval" REAL,
            "weak_topics" TEXT NOT NULL DEFAULT '[]',
            "recommended_objectives" TEXT NOT NULL DEFAULT '[]',
            "tests_taken" INTEGER NOT NULL DEFAULT 0,
            "tests_passed" INTEGER NOT NULL DEFAULT 0,
            "best_score" REAL NOT NULL DEFAULT 0,
            "avg_test_score" REAL NOT NULL DEFAULT 0,
            "last_test_date" TEXT,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "updated_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "total_study_seconds" INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "user_progress_user_id_exam_id" ON "user_progress" ("user_id", "exam_id")
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TABLE "exams"
        """
    )
    migrator.sql(
        """
        DROP TABLE "objectives"
        """
    )
    migrator.sql(
        """
        DROP TABLE "questions"
        """
    )
    migrator.sql(
        """
        DROP TABLE "study_sessions"
        """
    )
    migrator.sql(
        """
        DROP TABLE "test_attempts"
        """
    )
    migrator.sql(
        """
        DROP TABLE "user_answers"
        """
    )
    migrator.sql(
        """
        DROP TABLE "user_progress"
        """
    )
