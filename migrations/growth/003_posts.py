"""Posts know their conversation, their edits, and whether X still shows them."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "conversation_id" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "replied_to_id" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "replied_to_account_id" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "quoted_id" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "language" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "chain_id" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "superseded_by" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "unavailable" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "withheld" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "fetched_at" INTEGER
        """
    )
    migrator.sql(
        """
        CREATE INDEX "tweets_chain_id" ON "tweets" ("chain_id")
        """
    )
    migrator.sql(
        """
        ALTER TABLE "twitter_accounts" ADD COLUMN "unavailable" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "twitter_accounts" ADD COLUMN "fetched_at" INTEGER
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP INDEX "tweets_chain_id"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "conversation_id"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "replied_to_id"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "replied_to_account_id"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "quoted_id"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "language"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "chain_id"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "superseded_by"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "unavailable"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "withheld"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "fetched_at"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "twitter_accounts" DROP COLUMN "unavailable"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "twitter_accounts" DROP COLUMN "fetched_at"
        """
    )
