"""An answer that was given offline has an id of its client, so that it counts once however often it is sent."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "client_answers" (
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "client_id" TEXT NOT NULL,
            "digest" TEXT NOT NULL,
            "receipt" TEXT NOT NULL,
            PRIMARY KEY ("user_id", "client_id")
        ) STRICT, WITHOUT ROWID
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TABLE "client_answers"
        """
    )
