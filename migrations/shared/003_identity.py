"""People are known by issuer and subject, their sign-ins and refresh tokens are kept, and what has ended is told."""

from typing import Any

# Releases before this one write no provider_id at all, so none of them can write two equal ones.
ALLOW = {"contract": "no older release of a service writes provider_id"}


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "refresh_tokens" (
            "digest" TEXT NOT NULL PRIMARY KEY,
            "sign_in_id" TEXT NOT NULL REFERENCES "sign_ins" ("id") ON DELETE CASCADE,
            "number" INTEGER NOT NULL,
            "issued_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "expires_at" INTEGER NOT NULL,
            "used_at" INTEGER
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "refresh_tokens_sign_in_id_number" ON "refresh_tokens" ("sign_in_id", "number")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "refresh_tokens_expires_at" ON "refresh_tokens" ("expires_at")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "revocations" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "kind" TEXT NOT NULL CHECK (kind IN ('token', 'sign_in', 'user')),
            "key" TEXT NOT NULL,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "expires_at" INTEGER NOT NULL
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "sign_ins" (
            "id" TEXT NOT NULL PRIMARY KEY,
            "user_id" INTEGER NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
            "user_agent" TEXT,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "expires_at" INTEGER NOT NULL,
            "ended_at" INTEGER
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE INDEX "sign_ins_user_id_ended_at" ON "sign_ins" ("user_id", "ended_at")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "sign_ins_expires_at" ON "sign_ins" ("expires_at")
        """
    )
    migrator.sql(
        """
        ALTER TABLE "users" ADD COLUMN "share_profile" INTEGER NOT NULL DEFAULT 0 CHECK (share_profile IN (0, 1))
        """
    )
    migrator.sql(
        """
        ALTER TABLE "users" ADD COLUMN "exam_dates" TEXT NOT NULL DEFAULT '{}'
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "users_provider_id" ON "users" ("provider", "provider_id") WHERE ("provider_id" IS NOT NULL)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "users_email_without_case" ON "users" ("email" COLLATE NOCASE)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "users_name_without_case" ON "users" ("name" COLLATE NOCASE)
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP INDEX "users_provider_id"
        """
    )
    migrator.sql(
        """
        DROP INDEX "users_email_without_case"
        """
    )
    migrator.sql(
        """
        DROP INDEX "users_name_without_case"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "users" DROP COLUMN "share_profile"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "users" DROP COLUMN "exam_dates"
        """
    )
    migrator.sql(
        """
        DROP TABLE "refresh_tokens"
        """
    )
    migrator.sql(
        """
        DROP TABLE "revocations"
        """
    )
    migrator.sql(
        """
        DROP TABLE "sign_ins"
        """
    )
