"""Two types of questions whose answer is written, and for each exam what half an answer earns."""

from typing import Any

ALLOW = {"contract": "the new CHECKs take all that the old ones took: older code writes nothing that breaks them"}
# Neither type could be answered until now: it was graded as a choice of one. A question that does not say where its
# options belong cannot be asked, and goes back to its authors.
UNPLACED = """
    UPDATE questions SET review_status = 'needs_revision'
    WHERE review_status = 'approved' AND type IN ('drag_drop', 'hotspot') AND NOT EXISTS (
        SELECT 1 FROM json_each(CASE WHEN json_valid(answers) THEN answers ELSE '[]' END) o
        WHERE o.type = 'object' AND (o.value ->> 'place' IS NOT NULL OR o.value ->> 'target' IS NOT NULL
            OR o.value ->> 'region' IS NOT NULL))
"""
RECOUNTED = """
    UPDATE exams SET questions_available = (
        SELECT count(*) FROM questions q
        WHERE q.exam_id = exams.id AND q.review_status = 'approved' AND q.is_active = 1)
    WHERE id IN (SELECT exam_id FROM questions WHERE type IN ('drag_drop', 'hotspot'))
"""


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "exams" ADD COLUMN "grading_rule" TEXT NOT NULL DEFAULT 'all_or_nothing' CHECK (grading_rule IN ('all_or_nothing', 'partial'))
        """
    )
    migrator.sql(
        """
        CREATE TABLE "new_questions" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "objective_id" INTEGER NOT NULL REFERENCES "objectives" ("id") ON DELETE CASCADE,
            "text" TEXT NOT NULL,
            "type" TEXT NOT NULL DEFAULT 'multiple_choice' CHECK (type IN ('multiple_choice', 'multi_select', 'true_false', 'drag_drop', 'hotspot', 'short_answer', 'numeric')),
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
        INSERT INTO "new_questions" ("id", "exam_id", "objective_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags", "ai_generated", "ai_model", "ai_prompt_version", "ai_confidence_score", "review_status", "reviewed_by", "reviewed_at", "total_attempts", "correct_attempts", "avg_time_seconds", "discrimination_index", "image_url", "diagram_data", "is_active", "is_beta", "created_at", "updated_at", "review_feedback", "total_time_seconds", "shuffle_key", "text_digest", "content_digest") SELECT "id", "exam_id", "objective_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags", "ai_generated", "ai_model", "ai_prompt_version", "ai_confidence_score", "review_status", "reviewed_by", "reviewed_at", "total_attempts", "correct_attempts", "avg_time_seconds", "discrimination_index", "image_url", "diagram_data", "is_active", "is_beta", "created_at", "updated_at", "review_feedback", "total_time_seconds", "shuffle_key", "text_digest", "content_digest" FROM "questions"
        """
    )
    migrator.sql(
        """
        DROP TABLE "questions"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "new_questions" RENAME TO "questions"
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
    migrator.sql(UNPLACED)
    migrator.sql(RECOUNTED)


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "exams" DROP COLUMN "grading_rule"
        """
    )
    migrator.sql(
        """
        CREATE TABLE "new_questions" (
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
        INSERT INTO "new_questions" ("id", "exam_id", "objective_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags", "ai_generated", "ai_model", "ai_prompt_version", "ai_confidence_score", "review_status", "reviewed_by", "reviewed_at", "total_attempts", "correct_attempts", "avg_time_seconds", "discrimination_index", "image_url", "diagram_data", "is_active", "is_beta", "created_at", "updated_at", "review_feedback", "total_time_seconds", "shuffle_key", "text_digest", "content_digest") SELECT "id", "exam_id", "objective_id", "text", "type", "answers", "explanation", "reference", "external_link", "difficulty", "tags", "ai_generated", "ai_model", "ai_prompt_version", "ai_confidence_score", "review_status", "reviewed_by", "reviewed_at", "total_attempts", "correct_attempts", "avg_time_seconds", "discrimination_index", "image_url", "diagram_data", "is_active", "is_beta", "created_at", "updated_at", "review_feedback", "total_time_seconds", "shuffle_key", "text_digest", "content_digest" FROM "questions"
        """
    )
    migrator.sql(
        """
        DROP TABLE "questions"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "new_questions" RENAME TO "questions"
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
