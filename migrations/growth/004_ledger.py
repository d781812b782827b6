"""The ledger only grows: no call is changed or deleted, and what it costs by a later price book stands beside it."""

from typing import Any

ALLOW = {"contract": "no older release of a service writes response_id"}


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE UNIQUE INDEX "ai_generation_log_unnamed_responses" ON "ai_generation_log" ("response_id") WHERE (("provider" IS NULL) AND ("response_id" IS NOT NULL))
        """
    )
    migrator.sql(
        """
        CREATE TABLE "ai_repricings" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "generation_id" INTEGER NOT NULL REFERENCES "ai_generation_log" ("id"),
            "computed_nanousd" INTEGER,
            "price_source" TEXT,
            "warnings" TEXT,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_repricings_generation_id_id" ON "ai_repricings" ("generation_id", "id")
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_update BEFORE UPDATE ON ai_generation_log
        WHEN NOT (new.id IS old.id AND new.purpose IS old.purpose AND new.model IS old.model AND new.prompt_tokens IS old.prompt_tokens AND new.completion_tokens IS old.completion_tokens AND new.total_tokens IS old.total_tokens AND new.question_ids IS old.question_ids AND new.tweet_id IS old.tweet_id AND new.opportunity_id IS old.opportunity_id AND new.success IS old.success AND new.error_message IS old.error_message AND new.generation_time_ms IS old.generation_time_ms AND new.request_id IS old.request_id AND new.created_at IS old.created_at AND new.provider IS old.provider AND new.usage IS old.usage AND new.cost_microusd IS old.cost_microusd AND new.cost_basis IS old.cost_basis AND new.digest IS old.digest AND new.computed_nanousd IS old.computed_nanousd AND new.billed_nanousd IS old.billed_nanousd AND new.price_source IS old.price_source AND new.service_tier IS old.service_tier AND new.response_id IS old.response_id AND new.warnings IS old.warnings AND new.recorded_at IS old.recorded_at AND coalesce(new.exam_id, old.exam_id) IS old.exam_id AND coalesce(new.objective_id, old.objective_id) IS old.objective_id AND coalesce(new.user_id, old.user_id) IS old.user_id AND coalesce(new.ip_address, old.ip_address) IS old.ip_address AND coalesce(new.user_agent, old.user_agent) IS old.user_agent
            AND (new.cost_nanousd IS old.cost_nanousd
                OR (old.cost_nanousd IS NULL AND new.cost_nanousd IS old.cost_microusd * 1000)))
        BEGIN SELECT RAISE(ABORT, 'ai_generation_log: a call stays as it was written'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_delete BEFORE DELETE ON ai_generation_log
        BEGIN SELECT RAISE(ABORT, 'ai_generation_log: calls are never deleted'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_repricings_update BEFORE UPDATE ON ai_repricings
        BEGIN SELECT RAISE(ABORT, 'ai_repricings: a price stays as it was written'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_repricings_delete BEFORE DELETE ON ai_repricings
        BEGIN SELECT RAISE(ABORT, 'ai_repricings: prices are never deleted'); END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "ai_repricings_delete"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_repricings_update"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_delete"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_update"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_unnamed_responses"
        """
    )
    migrator.sql(
        """
        DROP TABLE "ai_repricings"
        """
    )
