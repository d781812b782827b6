"""A stand-in, to be dropped when the real 007 is merged: the columns of it that 008 relies on."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" ADD COLUMN "decided_by" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" ADD COLUMN "decided_at" INTEGER
        """
    )
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" ADD COLUMN "approved_pair" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" ADD COLUMN "pending_until" INTEGER
        """
    )
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" ADD COLUMN "flagged" TEXT
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" DROP COLUMN "decided_by"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" DROP COLUMN "decided_at"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" DROP COLUMN "approved_pair"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" DROP COLUMN "pending_until"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" DROP COLUMN "flagged"
        """
    )
