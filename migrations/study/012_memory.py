"""What learners remember of questions, and the weights that were fitted to them: spaced repetition."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "memory_states" (
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "question_id" INTEGER NOT NULL REFERENCES "questions" ("id") ON DELETE CASCADE,
            "exam_id" INTEGER NOT NULL REFERENCES "exams" ("id") ON DELETE CASCADE,
            "stability" REAL NOT NULL CHECK (stability BETWEEN 0.001 AND 36500),
            "difficulty" REAL NOT NULL CHECK (difficulty BETWEEN 1 AND 10),
            "state" TEXT NOT NULL CHECK (state IN ('learning', 'review', 'relearning')),
            "due_at" INTEGER NOT NULL,
            "last_review_at" INTEGER NOT NULL,
            "reps" INTEGER NOT NULL DEFAULT 0,
            "lapses" INTEGER NOT NULL DEFAULT 0,
            "algorithm" INTEGER NOT NULL,
            "weights" INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY ("user_id", "question_id")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE INDEX "memory_states_user_id_exam_id_due_at" ON "memory_states" ("user_id", "exam_id", "due_at")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "memory_states_reviewed" ON "memory_states" ("user_id", "exam_id", "last_review_at") WHERE ("reps" > 1)
        """
    )
    migrator.sql(
        """
        CREATE TABLE "memory_weights" (
            "user_id" INTEGER NOT NULL PRIMARY KEY REFERENCES "users" ("id") ON DELETE CASCADE,
            "number" INTEGER NOT NULL DEFAULT 0,
            "algorithm" INTEGER NOT NULL,
            "weights" TEXT,
            "reviews" INTEGER NOT NULL DEFAULT 0,
            "default_log_loss" REAL,
            "fitted_log_loss" REAL,
            "fitted_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TABLE "memory_states"
        """
    )
    migrator.sql(
        """
        DROP TABLE "memory_weights"
        """
    )
