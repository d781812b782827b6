"""What is measured of questions and exams; answers and versions tell by triggers that there is something to measure."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "exam_statistics" (
            "exam_id" INTEGER NOT NULL PRIMARY KEY REFERENCES "exams" ("id") ON DELETE CASCADE,
            "answers" INTEGER NOT NULL DEFAULT 0,
            "versions" INTEGER NOT NULL DEFAULT 0,
            "changes" INTEGER NOT NULL DEFAULT 0,
            "measured_changes" INTEGER NOT NULL DEFAULT -1,
            "measured_at" INTEGER,
            "learners" INTEGER NOT NULL DEFAULT 0,
            "first_answers" INTEGER NOT NULL DEFAULT 0,
            "alpha" REAL,
            "alpha_items" INTEGER NOT NULL DEFAULT 0,
            "alpha_reason" TEXT
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "question_statistics" (
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "version" INTEGER NOT NULL,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "measured_at" INTEGER,
            "attempts" INTEGER NOT NULL DEFAULT 0,
            "facility" REAL,
            "discrimination" REAL,
            "efficiency" REAL,
            "reason" TEXT,
            "mean_seconds" REAL,
            "median_seconds" REAL,
            "options" TEXT NOT NULL DEFAULT '[]',
            "responses" TEXT NOT NULL DEFAULT '[]',
            "doubt" REAL NOT NULL DEFAULT 0,
            "miskey_reason" TEXT,
            "a" REAL,
            "b" REAL,
            "parameters_learners" INTEGER NOT NULL DEFAULT 0,
            "parameters_reason" TEXT,
            "hardness" REAL GENERATED ALWAYS AS (coalesce(facility, 2)) VIRTUAL,
            "trust" REAL GENERATED ALWAYS AS (-doubt) VIRTUAL,
            PRIMARY KEY ("question_id", "version")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE INDEX "question_statistics_exam_id_hardness_question_id_version" ON "question_statistics" ("exam_id", "hardness", "question_id", "version")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "question_statistics_by_trust" ON "question_statistics" ("exam_id", "trust", "hardness", "question_id", "version")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "user_answers_by_question" ON "user_answers" ("question_id", "user_id", "question_version")
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER statistics_of_answers AFTER INSERT ON user_answers
        BEGIN
            UPDATE exam_statistics SET answers = answers + 1, changes = changes + 1
            WHERE exam_id = (SELECT exam_id FROM questions WHERE id = new.question_id);
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER statistics_of_versions AFTER INSERT ON question_versions
        BEGIN
            UPDATE exam_statistics SET versions = versions + 1, changes = changes + 1
            WHERE exam_id = (SELECT exam_id FROM questions WHERE id = new.question_id);
        END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "statistics_of_versions"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "statistics_of_answers"
        """
    )
    migrator.sql(
        """
        DROP INDEX "user_answers_by_question"
        """
    )
    migrator.sql(
        """
        DROP TABLE "exam_statistics"
        """
    )
    migrator.sql(
        """
        DROP TABLE "question_statistics"
        """
    )
