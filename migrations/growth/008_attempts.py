"""A report counts however late it comes, and our own timeline tells what became of a reply: each lease leaves a row."""

from typing import Any

# The leases of the release before whose end is not known. When they began is not stored: an hour is the longest lease.
COPY = """
    INSERT INTO send_attempts (opportunity_id, lease_token, account_id, tweet_id, opportunity_type, text, leased_at,
                               lease_expires_at)
    SELECT o.id, o.lease_token,
           (SELECT iif(count(*) = 1, min(id), NULL) FROM twitter_accounts WHERE is_own_account = 1),
           o.tweet_id, o.opportunity_type, o.suggested_response,
           min(o.updated_at, coalesce(o.lease_expires_at - 3600, o.updated_at)), coalesce(o.lease_expires_at, o.updated_at)
    FROM engagement_opportunities o WHERE o.status IN ('claimed', 'unknown') AND o.lease_token IS NOT NULL
"""


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "send_attempts" (
            "id" INTEGER NOT NULL PRIMARY KEY,
            "opportunity_id" TEXT NOT NULL REFERENCES "engagement_opportunities" ("id"),
            "lease_token" TEXT NOT NULL,
            "account_id" TEXT,
            "tweet_id" TEXT NOT NULL,
            "opportunity_type" TEXT NOT NULL,
            "text" TEXT,
            "leased_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "lease_expires_at" INTEGER NOT NULL,
            "outcome" TEXT CHECK (outcome IN ('sent', 'not_sent', 'unknown')),
            "reason" TEXT,
            "result_tweet_id" TEXT,
            "settled_by" TEXT CHECK (settled_by IN ('report', 'person', 'timeline')),
            "settled_at" INTEGER
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "send_attempts_lease_token" ON "send_attempts" ("lease_token")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "send_attempts_opportunity_id" ON "send_attempts" ("opportunity_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "send_attempts_tweet_id" ON "send_attempts" ("tweet_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "send_attempts_results" ON "send_attempts" ("result_tweet_id") WHERE ("result_tweet_id" IS NOT NULL)
        """
    )
    migrator.sql(
        """
        CREATE INDEX "send_attempts_open" ON "send_attempts" ("lease_expires_at") WHERE ("settled_at" IS NULL)
        """
    )
    migrator.sql(
        """
        CREATE TABLE "timeline_spans" (
            "account_id" TEXT NOT NULL,
            "from_id" INTEGER NOT NULL,
            "to_id" INTEGER NOT NULL,
            PRIMARY KEY ("account_id", "from_id")
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER send_attempts_of_leases AFTER UPDATE OF lease_token ON engagement_opportunities
        WHEN new.status = 'claimed' AND new.lease_token IS NOT NULL AND new.lease_token IS NOT old.lease_token
        BEGIN
            INSERT INTO send_attempts (opportunity_id, lease_token, account_id, tweet_id, opportunity_type, text,
                                       leased_at, lease_expires_at)
            SELECT new.id, new.lease_token, iif(count(*) = 1, min(id), NULL), new.tweet_id, new.opportunity_type,
                   new.suggested_response, new.updated_at, coalesce(new.lease_expires_at, new.updated_at)
            FROM twitter_accounts WHERE is_own_account = 1;
        END
        """
    )
    migrator.sql(COPY)


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "send_attempts_of_leases"
        """
    )
    migrator.sql(
        """
        DROP TABLE "send_attempts"
        """
    )
    migrator.sql(
        """
        DROP TABLE "timeline_spans"
        """
    )
