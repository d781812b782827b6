"""First tables."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "audit_log" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "user_id" INTEGER REFERENCES "users" ("id") ON DELETE SET NULL,
            "ip_address" TEXT,
            "user_agent" TEXT,
            "session_id" TEXT,
            "action" TEXT NOT NULL,
            "entity_type" TEXT,
            "entity_id" TEXT,
            "old_values" TEXT,
            "new_values" TEXT,
            "metadata" TEXT,
            "request_id" TEXT,
            "method" TEXT,
            "path" TEXT,
            "success" INTEGER NOT NULL DEFAULT 1 CHECK (success IN (0, 1)),
            "error_code" TEXT,
            "error_message" TEXT,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "consistency_clock" (
            "id" INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            "tick" INTEGER NOT NULL
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "idempotency_keys" (
            "subject" TEXT NOT NULL,
            "key" TEXT NOT NULL,
            "digest" TEXT NOT NULL,
            "receipt" TEXT,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            PRIMARY KEY ("subject", "key")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE INDEX "idempotency_keys_created_at" ON "idempotency_keys" ("created_at")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "users" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "email" TEXT NOT NULL,
            "name" TEXT NOT NULL,
            "picture" TEXT,
            "provider" TEXT NOT NULL DEFAULT 'google' CHECK (provider IN ('google', 'email')),
            "provider_id" TEXT,
            "password_hash" TEXT,
            "role" TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin', 'moderator')),
            "permissions" TEXT NOT NULL DEFAULT '[]',
            "subscription_status" TEXT NOT NULL DEFAULT 'free' CHECK (subscription_status IN ('free', 'premium', 'enterprise')),
            "subscription_expires_at" INTEGER,
            "stripe_customer_id" TEXT,
            "stripe_subscription_id" TEXT,
            "bio" TEXT,
            "timezone" TEXT NOT NULL DEFAULT 'UTC',
            "preferred_language" TEXT NOT NULL DEFAULT 'en',
            "last_login" INTEGER,
            "login_count" INTEGER NOT NULL DEFAULT 0,
            "is_active" INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
            "email_verified" INTEGER NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "updated_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "users_email" ON "users" ("email")
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TABLE "audit_log"
        """
    )
    migrator.sql(
        """
        DROP TABLE "consistency_clock"
        """
    )
    migrator.sql(
        """
        DROP TABLE "idempotency_keys"
        """
    )
    migrator.sql(
        """
        DROP TABLE "users"
        """
    )
