"""A pick walks one index of the questions of an exam or an objective, instead of one for each difficulty."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE INDEX "questions_walked_by_exam" ON "questions" ("exam_id", "shuffle_key") WHERE (("review_status" = 'approved') AND ("is_active" = 1))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "questions_walked_by_objective" ON "questions" ("objective_id", "shuffle_key") WHERE (("review_status" = 'approved') AND ("is_active" = 1))
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql('DROP INDEX "questions_walked_by_objective"')
    migrator.sql('DROP INDEX "questions_walked_by_exam"')
