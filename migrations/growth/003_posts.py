"""Posts know their conversation, their edits, their counts by day and whether X still shows them; ids sort as numbers."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE INDEX "engagement_opportunities_open_of_account" ON "engagement_opportunities" ("account_id") WHERE ("status" IN ('pending', 'approved'))
        """
    )
    migrator.sql(
        """
        CREATE TABLE "tweet_metrics_days" (
            "tweet_id" TEXT NOT NULL REFERENCES "tweets" ("id"),
            "day" TEXT NOT NULL,
            "likes" INTEGER,
            "retweets" INTEGER,
            "replies" INTEGER,
            "quotes" INTEGER,
            "bookmarks" INTEGER,
            "impressions" INTEGER,
            "fetched_at" INTEGER NOT NULL,
            PRIMARY KEY ("tweet_id", "day")
        ) STRICT, WITHOUT ROWID
        """
    )
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
        ALTER TABLE "tweets" ADD COLUMN "text_rank" INTEGER
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" ADD COLUMN "engagement" INTEGER GENERATED ALWAYS AS (CASE WHEN json_valid(metrics) THEN CAST(coalesce(CAST(metrics->>'$.likes' AS INTEGER), 0) + coalesce(CAST(metrics->>'$.retweets' AS INTEGER), 0) + coalesce(CAST(metrics->>'$.replies' AS INTEGER), 0) + coalesce(CAST(metrics->>'$.quotes' AS INTEGER), 0) AS INTEGER) ELSE 0 END) VIRTUAL
        """
    )
    migrator.sql(
        """
        CREATE INDEX "tweets_chain_id" ON "tweets" ("chain_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "tweets_by_number" ON "tweets" (substr('00000000000000000000' || id, -20))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "tweets_of_account" ON "tweets" ("account_id", substr('00000000000000000000' || id, -20))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "tweets_of_conversation" ON "tweets" ("conversation_id", substr('00000000000000000000' || id, -20))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "tweets_by_time" ON "tweets" ("created_at", substr('00000000000000000000' || id, -20))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "tweets_of_account_by_time" ON "tweets" ("account_id", "created_at", substr('00000000000000000000' || id, -20))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "tweets_top_of_day" ON "tweets" ((created_at / 86400), "engagement" DESC, "id") WHERE (("superseded_by" IS NULL) AND ("unavailable" IS NULL))
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
    # An id is no handle: "99" may be the handle of somebody else.
    migrator.sql(
        """
        UPDATE "twitter_accounts" SET "username" = '#' || "id" WHERE "username" = "id"
        """
    )
    migrator.sql(
        """
        CREATE INDEX "twitter_accounts_handles" ON "twitter_accounts" (lower(username))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "twitter_accounts_by_number" ON "twitter_accounts" (substr('00000000000000000000' || id, -20))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "twitter_accounts_is_own_account_by_number" ON "twitter_accounts" (substr('00000000000000000000' || id, -20)) WHERE ("is_own_account" = 1)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "twitter_accounts_is_competitor_by_number" ON "twitter_accounts" (substr('00000000000000000000' || id, -20)) WHERE ("is_competitor" = 1)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "twitter_accounts_is_target_audience_by_number" ON "twitter_accounts" (substr('00000000000000000000' || id, -20)) WHERE ("is_target_audience" = 1)
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER twitter_accounts_nameless AFTER INSERT ON twitter_accounts WHEN new.username = new.id
        BEGIN UPDATE twitter_accounts SET username = '#' || id WHERE id = new.id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER twitter_accounts_left AFTER UPDATE OF username ON twitter_accounts WHEN new.username = new.id
        BEGIN UPDATE twitter_accounts SET username = '#' || id WHERE id = new.id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER tweets_text_of_any_rank AFTER UPDATE OF text ON tweets
        WHEN new.text <> old.text AND new.text_rank IS old.text_rank AND new.text_rank IS NOT NULL
        BEGIN UPDATE tweets SET text_rank = NULL WHERE id = new.id; END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "tweets_text_of_any_rank"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "twitter_accounts_left"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "twitter_accounts_nameless"
        """
    )
    migrator.sql(
        """
        DROP INDEX "engagement_opportunities_open_of_account"
        """
    )
    migrator.sql(
        """
        DROP INDEX "tweets_chain_id"
        """
    )
    migrator.sql(
        """
        DROP INDEX "tweets_by_number"
        """
    )
    migrator.sql(
        """
        DROP INDEX "tweets_of_account"
        """
    )
    migrator.sql(
        """
        DROP INDEX "tweets_of_conversation"
        """
    )
    migrator.sql(
        """
        DROP INDEX "tweets_by_time"
        """
    )
    migrator.sql(
        """
        DROP INDEX "tweets_of_account_by_time"
        """
    )
    migrator.sql(
        """
        DROP INDEX "tweets_top_of_day"
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
        ALTER TABLE "tweets" DROP COLUMN "text_rank"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "tweets" DROP COLUMN "engagement"
        """
    )
    migrator.sql(
        """
        DROP INDEX "twitter_accounts_handles"
        """
    )
    migrator.sql(
        """
        DROP INDEX "twitter_accounts_by_number"
        """
    )
    migrator.sql(
        """
        DROP INDEX "twitter_accounts_is_own_account_by_number"
        """
    )
    migrator.sql(
        """
        DROP INDEX "twitter_accounts_is_competitor_by_number"
        """
    )
    migrator.sql(
        """
        DROP INDEX "twitter_accounts_is_target_audience_by_number"
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
    migrator.sql(
        """
        DROP TABLE "tweet_metrics_days"
        """
    )
