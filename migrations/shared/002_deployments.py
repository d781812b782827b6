"""Who serves with which code, so that no contract step takes away what one of them still reads."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "deployments" (
            "instance" TEXT NOT NULL PRIMARY KEY,
            "service" TEXT NOT NULL,
            "host" TEXT NOT NULL,
            "version" TEXT NOT NULL,
            "knows" TEXT NOT NULL,
            "silence_s" INTEGER NOT NULL,
            "started_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "seen_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TABLE "deployments"
        """
    )
