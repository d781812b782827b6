"""A client can ask what became of a request: its answer is made again by its view, and who lost old keys is known."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "idempotency_keys" ADD COLUMN "endpoint" TEXT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "forgotten_keys" (
            "subject" TEXT NOT NULL PRIMARY KEY
        ) STRICT, WITHOUT ROWID
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "idempotency_keys" DROP COLUMN "endpoint"
        """
    )
    migrator.sql(
        """
        DROP TABLE "forgotten_keys"
        """
    )
