"""The audit log is only added to, and sealed into a chain; an entry outlives its user, so its user_id is no reference."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "new_audit_log" (
            "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            "user_id" INTEGER,
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
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "role" TEXT
        ) STRICT
        """
    )
    migrator.sql(
        """
        INSERT INTO "new_audit_log" ("id", "user_id", "ip_address", "user_agent", "session_id", "action", "entity_type", "entity_id", "old_values", "new_values", "metadata", "request_id", "method", "path", "success", "error_code", "error_message", "created_at") SELECT "id", "user_id", "ip_address", "user_agent", "session_id", "action", "entity_type", "entity_id", "old_values", "new_values", "metadata", "request_id", "method", "path", "success", "error_code", "error_message", "created_at" FROM "audit_log"
        """
    )
    migrator.sql(
        """
        DROP TABLE "audit_log"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "new_audit_log" RENAME TO "audit_log"
        """
    )
    migrator.sql(
        """
        CREATE INDEX "audit_log_entity_type_entity_id" ON "audit_log" ("entity_type", "entity_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "audit_log_user_id" ON "audit_log" ("user_id")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "audit_seals" (
            "sequence" INTEGER NOT NULL PRIMARY KEY,
            "entry_id" INTEGER NOT NULL,
            "origin_salt" TEXT,
            "origin_digest" TEXT NOT NULL,
            "content_salt" TEXT,
            "content_digest" TEXT NOT NULL,
            "hash" TEXT NOT NULL,
            "sealed_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "audit_seals_entry_id" ON "audit_seals" ("entry_id")
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER audit_log_insert BEFORE INSERT ON audit_log
        WHEN new.id <> -1 AND new.id <= (SELECT max(id) FROM audit_log)
        BEGIN SELECT RAISE(ABORT, 'audit_log: entries are only added at the end'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log
        WHEN NOT (new.id IS old.id AND new.user_id IS old.user_id AND new.role IS old.role AND new.action IS old.action
            AND new.entity_type IS old.entity_type AND new.entity_id IS old.entity_id AND new.request_id IS old.request_id
            AND new.method IS old.method AND new.path IS old.path AND new.success IS old.success
            AND new.error_code IS old.error_code AND new.created_at IS old.created_at
            AND coalesce(new.ip_address, old.ip_address) IS old.ip_address
            AND coalesce(new.user_agent, old.user_agent) IS old.user_agent
            AND coalesce(new.session_id, old.session_id) IS old.session_id
            AND coalesce(new.metadata, old.metadata) IS old.metadata
            AND coalesce(new.old_values, old.old_values) IS old.old_values
            AND coalesce(new.new_values, old.new_values) IS old.new_values
            AND coalesce(new.error_message, old.error_message) IS old.error_message)
        BEGIN SELECT RAISE(ABORT, 'audit_log: an entry stays as it was written'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log
        BEGIN SELECT RAISE(ABORT, 'audit_log: entries are never deleted'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER audit_seals_insert BEFORE INSERT ON audit_seals
        WHEN new.sequence <> coalesce((SELECT max(sequence) FROM audit_seals), 0) + 1
            OR new.entry_id <= (SELECT max(entry_id) FROM audit_seals)
        BEGIN SELECT RAISE(ABORT, 'audit_seals: seals are only added at the end'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER audit_seals_update BEFORE UPDATE ON audit_seals
        WHEN NOT (new.sequence IS old.sequence AND new.entry_id IS old.entry_id AND new.hash IS old.hash
            AND new.origin_digest IS old.origin_digest AND new.content_digest IS old.content_digest
            AND new.sealed_at IS old.sealed_at
            AND coalesce(new.origin_salt, old.origin_salt) IS old.origin_salt
            AND coalesce(new.content_salt, old.content_salt) IS old.content_salt)
        BEGIN SELECT RAISE(ABORT, 'audit_seals: a seal stays as it was written'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER audit_seals_delete BEFORE DELETE ON audit_seals
        BEGIN SELECT RAISE(ABORT, 'audit_seals: seals are never deleted'); END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "audit_seals_delete"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "audit_seals_update"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "audit_seals_insert"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "audit_log_delete"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "audit_log_update"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "audit_log_insert"
        """
    )
    migrator.sql(
        """
        CREATE TABLE "new_audit_log" (
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
        INSERT INTO "new_audit_log" ("id", "user_id", "ip_address", "user_agent", "session_id", "action", "entity_type", "entity_id", "old_values", "new_values", "metadata", "request_id", "method", "path", "success", "error_code", "error_message", "created_at") SELECT "id", (SELECT "id" FROM "users" WHERE "users"."id" = "audit_log"."user_id"), "ip_address", "user_agent", "session_id", "action", "entity_type", "entity_id", "old_values", "new_values", "metadata", "request_id", "method", "path", "success", "error_code", "error_message", "created_at" FROM "audit_log"
        """
    )
    migrator.sql(
        """
        DROP TABLE "audit_log"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "new_audit_log" RENAME TO "audit_log"
        """
    )
    migrator.sql(
        """
        DROP TABLE "audit_seals"
        """
    )
