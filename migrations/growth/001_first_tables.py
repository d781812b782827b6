"""First tables."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "ai_generation_log" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "purpose" TEXT NOT NULL,
            "model" TEXT NOT NULL,
            "prompt_tokens" INTEGER,
            "completion_tokens" INTEGER,
            "total_tokens" INTEGER,
            "cost_cents" REAL GENERATED ALWAYS AS (cost_microusd / 10000.0) VIRTUAL,
            "exam_id" INTEGER REFERENCES "exams" ("id") ON DELETE SET NULL,
            "objective_id" INTEGER REFERENCES "objectives" ("id") ON DELETE SET NULL,
            "question_ids" TEXT,
            "tweet_id" TEXT,
            "opportunity_id" TEXT,
            "success" INTEGER NOT NULL DEFAULT 1 CHECK (success IN (0, 1)),
            "error_message" TEXT,
            "generation_time_ms" INTEGER,
            "request_id" TEXT,
            "user_id" INTEGER REFERENCES "users" ("id") ON DELETE SET NULL,
            "ip_address" TEXT,
            "user_agent" TEXT,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "provider" TEXT,
            "usage" TEXT,
            "cost_microusd" INTEGER,
            "cost_basis" TEXT CHECK (cost_basis IN ('usage', 'tokens', 'billed')),
            "digest" TEXT
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "ai_generation_log_request_id" ON "ai_generation_log" ("request_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_log_costs" ON "ai_generation_log" ("created_at", "purpose", "model", "cost_microusd", "success")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "engagement_opportunities" (
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
            "updated_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
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
        CREATE TABLE "growth_metrics" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "date" TEXT NOT NULL,
            "followers_count" INTEGER,
            "following_count" INTEGER,
            "new_followers" INTEGER,
            "lost_followers" INTEGER,
            "tweets_sent" INTEGER,
            "engagements_made" INTEGER,
            "impressions" INTEGER,
            "profile_visits" INTEGER,
            "engagement_rate" REAL,
            "ai_costs" REAL GENERATED ALWAYS AS (ai_cost_microusd / 1000000.0) VIRTUAL,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "ai_cost_microusd" INTEGER,
            "updated_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "growth_metrics_date" ON "growth_metrics" ("date")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "tweets" (
            "id" TEXT NOT NULL PRIMARY KEY,
            "account_id" TEXT NOT NULL REFERENCES "twitter_accounts" ("id"),
            "text" TEXT NOT NULL,
            "metrics" TEXT,
            "entities" TEXT,
            "ai_analysis" TEXT,
            "created_at" INTEGER,
            "analyzed_at" INTEGER
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE INDEX "tweets_account_id_id" ON "tweets" ("account_id", "id")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "twitter_accounts" (
            "id" TEXT NOT NULL PRIMARY KEY,
            "username" TEXT NOT NULL,
            "display_name" TEXT,
            "bio" TEXT,
            "followers_count" INTEGER NOT NULL DEFAULT 0,
            "following_count" INTEGER NOT NULL DEFAULT 0,
            "tweet_count" INTEGER NOT NULL DEFAULT 0,
            "is_own_account" INTEGER NOT NULL DEFAULT 0 CHECK (is_own_account IN (0, 1)),
            "is_competitor" INTEGER NOT NULL DEFAULT 0 CHECK (is_competitor IN (0, 1)),
            "is_target_audience" INTEGER NOT NULL DEFAULT 0 CHECK (is_target_audience IN (0, 1)),
            "last_analyzed_at" INTEGER,
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "updated_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "twitter_accounts_username" ON "twitter_accounts" ("username")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "twitter_accounts_is_own_account" ON "twitter_accounts" ("id") WHERE ("is_own_account" = 1)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "twitter_accounts_is_competitor" ON "twitter_accounts" ("id") WHERE ("is_competitor" = 1)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "twitter_accounts_is_target_audience" ON "twitter_accounts" ("id") WHERE ("is_target_audience" = 1)
        """
    )
    migrator.sql(
        """
        CREATE TABLE "voice_profiles" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "name" TEXT NOT NULL,
            "description" TEXT,
            "tone" TEXT,
            "topics" TEXT,
            "vocabulary" TEXT,
            "examples" TEXT,
            "voice_data" TEXT,
            "is_active" INTEGER NOT NULL DEFAULT 0 CHECK (is_active IN (0, 1)),
            "created_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "updated_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TABLE "ai_generation_log"
        """
    )
    migrator.sql(
        """
        DROP TABLE "engagement_opportunities"
        """
    )
    migrator.sql(
        """
        DROP TABLE "growth_metrics"
        """
    )
    migrator.sql(
        """
        DROP TABLE "tweets"
        """
    )
    migrator.sql(
        """
        DROP TABLE "twitter_accounts"
        """
    )
    migrator.sql(
        """
        DROP TABLE "voice_profiles"
        """
    )
