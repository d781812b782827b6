"""An answer keeps what it was counted by: its objective and difficulty then, and what the ratings expected of it."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "user_answers" ADD COLUMN "objective_id" INTEGER REFERENCES "objectives" ("id") ON DELETE SET NULL
        """
    )
    migrator.sql(
        """
        ALTER TABLE "user_answers" ADD COLUMN "difficulty" INTEGER
        """
    )
    migrator.sql(
        """
        ALTER TABLE "user_answers" ADD COLUMN "expected" REAL
        """
    )
    # Ratings began after these answers, so nothing was expected of them.
    migrator.sql(
        """
        UPDATE user_answers SET (objective_id, difficulty) = (
            SELECT v.objective_id, v.difficulty FROM question_versions v
            WHERE v.question_id = user_answers.question_id AND v.version = user_answers.question_version)
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "user_answers" DROP COLUMN "expected"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "user_answers" DROP COLUMN "difficulty"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "user_answers" DROP COLUMN "objective_id"
        """
    )
