"""A user has the tag of the link that brought them, so that sign-ups can be counted by what they came from."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "users" ADD COLUMN "sign_up_ref" TEXT CHECK (length(sign_up_ref) BETWEEN 1 AND 64 AND sign_up_ref NOT GLOB '*[^A-Za-z0-9_.-]*')
        """
    )
    migrator.sql(
        """
        CREATE INDEX "users_sign_ups" ON "users" ("created_at", "sign_up_ref") WHERE ("sign_up_ref" IS NOT NULL)
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP INDEX "users_sign_ups"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "users" DROP COLUMN "sign_up_ref"
        """
    )
