"""A question has an id that stays the same in files, so that a corrected file changes it and adds no second one."""

from typing import Any

BACKFILLS = [
    {
        "table": "questions",
        "set": "external_id = 'ptp-' || lower(hex(randomblob(8)))",
        "where": "external_id IS NULL",
    }
]


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "questions" ADD COLUMN "external_id" TEXT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "questions_exam_id_external_id" ON "questions" ("exam_id", "external_id")
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER question_external_ids_first AFTER INSERT ON questions WHEN new.external_id IS NULL
            BEGIN UPDATE questions SET external_id = 'ptp-' || lower(hex(randomblob(8))) WHERE id = new.id; END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER question_external_ids_first
        """
    )
    migrator.sql(
        """
        DROP INDEX "questions_exam_id_external_id"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "questions" DROP COLUMN "external_id"
        """
    )
