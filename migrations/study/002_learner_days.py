"""Answers by learner and day, so that a daily limit is one row to read and needs no count of the answers."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "learner_days" (
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "day" TEXT NOT NULL,
            "answered" INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY ("user_id", "day")
        ) STRICT, WITHOUT ROWID
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TABLE "learner_days"
        """
    )
