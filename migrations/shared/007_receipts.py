"""Receipts get a table whose pages are full; they were 84 % of a busy database.

The old table, `idempotency_keys`, stays as it is, for it can have gigabytes, and releases before go on with it until they
are gone: those of the other service for days. No key is carried out twice meanwhile:

- What a release before has answered, this one finds in the old table at its first look-up, and answers again. Where both
  are at work at once, the trigger on `receipts` refuses the later of two, as its unique key would.
- What this release has answered, a release before does not find. The trigger on `idempotency_keys` refuses it the key;
  that release takes it for a busy database and answers 503 with Retry-After. The repeat succeeds as soon as it gets to
  a process of this release.

This release deletes from the old table what is older than a week, as those before do, and its pages go to the new one.
A later contract step can drop the old table with both triggers, a week after the last process of a release before.
"""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "receipts" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "subject" TEXT NOT NULL,
            "key" TEXT NOT NULL,
            "digest" BLOB NOT NULL,
            "endpoint" TEXT,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "known" BLOB,
            "receipt" TEXT
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "receipts_subject_key" ON "receipts" ("subject", "key")
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER receipts_insert BEFORE INSERT ON receipts
        WHEN EXISTS (SELECT 1 FROM idempotency_keys WHERE key = new.key
            AND subject IN (new.subject, substr(new.subject, instr(new.subject, ':') + 1)))
        BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: receipts.subject, receipts.key'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER idempotency_keys_insert BEFORE INSERT ON idempotency_keys
        WHEN EXISTS (SELECT 1 FROM receipts WHERE key = new.key
            AND subject IN (new.subject, 'study:' || new.subject, 'growth:' || new.subject))
        BEGIN SELECT RAISE(ABORT, 'database is locked for this key: a newer release has answered it'); END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "idempotency_keys_insert"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "receipts_insert"
        """
    )
    migrator.sql(
        """
        DROP TABLE "receipts"
        """
    )
