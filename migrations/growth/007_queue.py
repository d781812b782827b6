"""Drafts expire where their post is gone (provisional)."""

from typing import Any

ALLOW = {"contract": "the CHECK of the state takes one word more than before, so whatever older code writes passes"}


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "engagement_opportunities_in_nanousd"
        """
    )
    migrator.sql(
        """
        CREATE TABLE "new_engagement_opportunities" (
            "id" TEXT NOT NULL PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
            "tweet_id" TEXT NOT NULL REFERENCES "tweets" ("id"),
            "account_id" TEXT NOT NULL REFERENCES "twitter_accounts" ("id"),
            "opportunity_type" TEXT NOT NULL CHECK (opportunity_type IN ('reply', 'quote', 'follow')),
            "relevance_score" REAL NOT NULL CHECK (relevance_score BETWEEN 0 AND 1),
            "suggested_response" TEXT,
            "ai_model_used" TEXT,
            "ai_cost" REAL GENERATED ALWAYS AS (ai_cost_microusd / 1000000.0) VIRTUAL,
            "status" TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected', 'claimed', 'unknown', 'executed', 'expired')),
            "executed_at" INTEGER,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "ai_cost_microusd" INTEGER,
            "reject_reason" TEXT,
            "lease_token" TEXT,
            "lease_expires_at" INTEGER,
            "result_tweet_id" TEXT,
            "failure_reason" TEXT,
            "updated_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "ai_cost_nanousd" INTEGER,
            "expired_reason" TEXT
        ) STRICT
        """
    )
    migrator.sql(
        """
        INSERT INTO "new_engagement_opportunities" ("id", "tweet_id", "account_id", "opportunity_type", "relevance_score", "suggested_response", "ai_model_used", "status", "executed_at", "created_at", "ai_cost_microusd", "reject_reason", "lease_token", "lease_expires_at", "result_tweet_id", "failure_reason", "updated_at", "ai_cost_nanousd") SELECT "id", "tweet_id", "account_id", "opportunity_type", "relevance_score", "suggested_response", "ai_model_used", "status", "executed_at", "created_at", "ai_cost_microusd", "reject_reason", "lease_token", "lease_expires_at", "result_tweet_id", "failure_reason", "updated_at", "ai_cost_nanousd" FROM "engagement_opportunities"
        """
    )
    migrator.sql(
        """
        DROP TABLE "engagement_opportunities"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "new_engagement_opportunities" RENAME TO "engagement_opportunities"
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "engagement_opportunities_one_live" ON "engagement_opportunities" ("tweet_id", "opportunity_type") WHERE ("status" IN ('pending', 'approved', 'claimed', 'unknown'))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "engagement_opportunities_queue" ON "engagement_opportunities" ("status", "relevance_score" DESC, "created_at" DESC, "id" DESC)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "engagement_opportunities_leases" ON "engagement_opportunities" ("lease_expires_at") WHERE ("status" = 'claimed')
        """
    )
    migrator.sql(
        """
        CREATE INDEX "engagement_opportunities_open_of_account" ON "engagement_opportunities" ("account_id") WHERE ("status" IN ('pending', 'approved'))
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER engagement_opportunities_in_nanousd AFTER INSERT ON engagement_opportunities
        WHEN new.ai_cost_nanousd IS NULL AND new.ai_cost_microusd BETWEEN 0 AND 5000000000000
        BEGIN UPDATE engagement_opportunities SET ai_cost_nanousd = new.ai_cost_microusd * 1000 WHERE id = new.id; END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "engagement_opportunities_in_nanousd"
        """
    )
    migrator.sql(
        """
        CREATE TABLE "new_engagement_opportunities" (
            "id" TEXT NOT NULL PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
            "tweet_id" TEXT NOT NULL REFERENCES "tweets" ("id"),
            "account_id" TEXT NOT NULL REFERENCES "twitter_accounts" ("id"),
            "opportunity_type" TEXT NOT NULL CHECK (opportunity_type IN ('reply', 'quote', 'follow')),
            "relevance_score" REAL NOT NULL CHECK (relevance_score BETWEEN 0 AND 1),
            "suggested_response" TEXT,
            "ai_model_used" TEXT,
            "ai_cost" REAL GENERATED ALWAYS AS (ai_cost_microusd / 1000000.0) VIRTUAL,
            "status" TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected', 'claimed', 'unknown', 'executed')),
            "executed_at" INTEGER,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "ai_cost_microusd" INTEGER,
            "reject_reason" TEXT,
            "lease_token" TEXT,
            "lease_expires_at" INTEGER,
            "result_tweet_id" TEXT,
            "failure_reason" TEXT,
            "updated_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "ai_cost_nanousd" INTEGER
        ) STRICT
        """
    )
    migrator.sql(
        """
        INSERT INTO "new_engagement_opportunities" ("id", "tweet_id", "account_id", "opportunity_type", "relevance_score", "suggested_response", "ai_model_used", "status", "executed_at", "created_at", "ai_cost_microusd", "reject_reason", "lease_token", "lease_expires_at", "result_tweet_id", "failure_reason", "updated_at", "ai_cost_nanousd") SELECT "id", "tweet_id", "account_id", "opportunity_type", "relevance_score", "suggested_response", "ai_model_used", "status", "executed_at", "created_at", "ai_cost_microusd", "reject_reason", "lease_token", "lease_expires_at", "result_tweet_id", "failure_reason", "updated_at", "ai_cost_nanousd" FROM "engagement_opportunities"
        """
    )
    migrator.sql(
        """
        DROP TABLE "engagement_opportunities"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "new_engagement_opportunities" RENAME TO "engagement_opportunities"
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "engagement_opportunities_one_live" ON "engagement_opportunities" ("tweet_id", "opportunity_type") WHERE ("status" IN ('pending', 'approved', 'claimed', 'unknown'))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "engagement_opportunities_queue" ON "engagement_opportunities" ("status", "relevance_score" DESC, "created_at" DESC, "id" DESC)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "engagement_opportunities_leases" ON "engagement_opportunities" ("lease_expires_at") WHERE ("status" = 'claimed')
        """
    )
    migrator.sql(
        """
        CREATE INDEX "engagement_opportunities_open_of_account" ON "engagement_opportunities" ("account_id") WHERE ("status" IN ('pending', 'approved'))
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER engagement_opportunities_in_nanousd AFTER INSERT ON engagement_opportunities
        WHEN new.ai_cost_nanousd IS NULL AND new.ai_cost_microusd BETWEEN 0 AND 5000000000000
        BEGIN UPDATE engagement_opportunities SET ai_cost_nanousd = new.ai_cost_microusd * 1000 WHERE id = new.id; END
        """
    )
