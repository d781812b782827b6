"""Money is whole nano-dollars: a call that costs less than a micro-dollar has a price, and a bill stands beside it."""

from typing import Any

# The columns in micro-dollars stay for the release before: triggers take over what it writes.
BACKFILLS = [
    {
        "table": "ai_generation_log",
        "set": "cost_nanousd = cost_microusd * 1000",
        "where": "cost_nanousd IS NULL AND cost_microusd BETWEEN 0 AND 5000000000000",
    },
    {
        "table": "growth_metrics",
        "set": "ai_cost_nanousd = ai_cost_microusd * 1000",
        "where": "ai_cost_nanousd IS NULL AND ai_cost_microusd BETWEEN 0 AND 5000000000000",
    },
]


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" ADD COLUMN "cost_nanousd" INTEGER
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" ADD COLUMN "computed_nanousd" INTEGER
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" ADD COLUMN "billed_nanousd" INTEGER
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" ADD COLUMN "price_source" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" ADD COLUMN "service_tier" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" ADD COLUMN "response_id" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" ADD COLUMN "warnings" TEXT
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" ADD COLUMN "recorded_at" INTEGER
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "ai_generation_log_responses" ON "ai_generation_log" ("provider", "response_id") WHERE ("response_id" IS NOT NULL)
        """
    )
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" ADD COLUMN "ai_cost_nanousd" INTEGER
        """
    )
    migrator.sql(
        """
        ALTER TABLE "growth_metrics" ADD COLUMN "ai_cost_nanousd" INTEGER
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_in_nanousd AFTER INSERT ON ai_generation_log
        WHEN new.cost_nanousd IS NULL AND new.cost_microusd BETWEEN 0 AND 5000000000000
        BEGIN UPDATE ai_generation_log SET cost_nanousd = new.cost_microusd * 1000 WHERE id = new.id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER engagement_opportunities_in_nanousd AFTER INSERT ON engagement_opportunities
        WHEN new.ai_cost_nanousd IS NULL AND new.ai_cost_microusd BETWEEN 0 AND 5000000000000
        BEGIN UPDATE engagement_opportunities SET ai_cost_nanousd = new.ai_cost_microusd * 1000 WHERE id = new.id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER growth_metrics_in_nanousd AFTER UPDATE OF ai_cost_microusd ON growth_metrics
        WHEN new.ai_cost_nanousd IS old.ai_cost_nanousd AND new.ai_cost_microusd BETWEEN 0 AND 5000000000000
        BEGIN UPDATE growth_metrics SET ai_cost_nanousd = new.ai_cost_microusd * 1000 WHERE id = new.id; END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "growth_metrics_in_nanousd"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "engagement_opportunities_in_nanousd"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_in_nanousd"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_responses"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" DROP COLUMN "cost_nanousd"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" DROP COLUMN "computed_nanousd"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" DROP COLUMN "billed_nanousd"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" DROP COLUMN "price_source"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" DROP COLUMN "service_tier"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" DROP COLUMN "response_id"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" DROP COLUMN "warnings"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" DROP COLUMN "recorded_at"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "engagement_opportunities" DROP COLUMN "ai_cost_nanousd"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "growth_metrics" DROP COLUMN "ai_cost_nanousd"
        """
    )
