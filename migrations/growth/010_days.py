"""How many drafts are approved and sent is counted by time, so that analytics cost the same whatever the queue's past."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE INDEX "engagement_opportunities_executed" ON "engagement_opportunities" ("executed_at") WHERE ("status" = 'executed')
        """
    )
    migrator.sql(
        """
        CREATE TABLE "opportunity_quarters" (
            "at" INTEGER NOT NULL PRIMARY KEY,
            "drafted" INTEGER NOT NULL DEFAULT 0,
            "approved" INTEGER NOT NULL DEFAULT 0,
            "rejected" INTEGER NOT NULL DEFAULT 0,
            "executed" INTEGER NOT NULL DEFAULT 0,
            "sent" INTEGER NOT NULL DEFAULT 0
        ) STRICT
        """
    )
    # All that was drafted and sent before the triggers count.
    migrator.sql(
        """
        INSERT INTO opportunity_quarters (at, drafted, approved, rejected, executed, sent)
        SELECT at, sum(drafted), sum(approved), sum(rejected), sum(executed), sum(sent) FROM (
            SELECT created_at - created_at % 900 AS at, 1 AS drafted,
                status IN ('approved', 'claimed', 'unknown', 'executed') AS approved, status = 'rejected' AS rejected,
                status = 'executed' AS executed, 0 AS sent
            FROM engagement_opportunities
            UNION ALL
            SELECT executed_at - executed_at % 900, 0, 0, 0, 0, 1 FROM engagement_opportunities
            WHERE status = 'executed' AND opportunity_type <> 'follow' AND executed_at IS NOT NULL)
        GROUP BY at
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER opportunity_quarters_drafted AFTER INSERT ON engagement_opportunities
        BEGIN INSERT INTO opportunity_quarters (at, drafted, approved, rejected, executed)
            VALUES (new.created_at - new.created_at % 900, (1), (new.status IN ('approved', 'claimed', 'unknown', 'executed')), (new.status = 'rejected'), (new.status = 'executed'))
            ON CONFLICT (at) DO UPDATE SET drafted = drafted + excluded.drafted, approved = approved + excluded.approved, rejected = rejected + excluded.rejected, executed = executed + excluded.executed;
            INSERT INTO opportunity_quarters (at, sent)
            SELECT new.executed_at - new.executed_at % 900, 1
            WHERE new.status = 'executed' AND new.opportunity_type <> 'follow' AND new.executed_at IS NOT NULL
            ON CONFLICT (at) DO UPDATE SET sent = sent + excluded.sent; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER opportunity_quarters_moved
        AFTER UPDATE OF status, opportunity_type, created_at, executed_at ON engagement_opportunities
        BEGIN INSERT INTO opportunity_quarters (at, drafted, approved, rejected, executed)
            VALUES (old.created_at - old.created_at % 900, -(1), -(old.status IN ('approved', 'claimed', 'unknown', 'executed')), -(old.status = 'rejected'), -(old.status = 'executed'))
            ON CONFLICT (at) DO UPDATE SET drafted = drafted + excluded.drafted, approved = approved + excluded.approved, rejected = rejected + excluded.rejected, executed = executed + excluded.executed;
            INSERT INTO opportunity_quarters (at, sent)
            SELECT old.executed_at - old.executed_at % 900, -1
            WHERE old.status = 'executed' AND old.opportunity_type <> 'follow' AND old.executed_at IS NOT NULL
            ON CONFLICT (at) DO UPDATE SET sent = sent + excluded.sent; INSERT INTO opportunity_quarters (at, drafted, approved, rejected, executed)
            VALUES (new.created_at - new.created_at % 900, (1), (new.status IN ('approved', 'claimed', 'unknown', 'executed')), (new.status = 'rejected'), (new.status = 'executed'))
            ON CONFLICT (at) DO UPDATE SET drafted = drafted + excluded.drafted, approved = approved + excluded.approved, rejected = rejected + excluded.rejected, executed = executed + excluded.executed;
            INSERT INTO opportunity_quarters (at, sent)
            SELECT new.executed_at - new.executed_at % 900, 1
            WHERE new.status = 'executed' AND new.opportunity_type <> 'follow' AND new.executed_at IS NOT NULL
            ON CONFLICT (at) DO UPDATE SET sent = sent + excluded.sent; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER opportunity_quarters_removed AFTER DELETE ON engagement_opportunities
        BEGIN INSERT INTO opportunity_quarters (at, drafted, approved, rejected, executed)
            VALUES (old.created_at - old.created_at % 900, -(1), -(old.status IN ('approved', 'claimed', 'unknown', 'executed')), -(old.status = 'rejected'), -(old.status = 'executed'))
            ON CONFLICT (at) DO UPDATE SET drafted = drafted + excluded.drafted, approved = approved + excluded.approved, rejected = rejected + excluded.rejected, executed = executed + excluded.executed;
            INSERT INTO opportunity_quarters (at, sent)
            SELECT old.executed_at - old.executed_at % 900, -1
            WHERE old.status = 'executed' AND old.opportunity_type <> 'follow' AND old.executed_at IS NOT NULL
            ON CONFLICT (at) DO UPDATE SET sent = sent + excluded.sent; END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "opportunity_quarters_removed"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "opportunity_quarters_moved"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "opportunity_quarters_drafted"
        """
    )
    migrator.sql(
        """
        DROP INDEX "engagement_opportunities_executed"
        """
    )
    migrator.sql(
        """
        DROP TABLE "opportunity_quarters"
        """
    )
