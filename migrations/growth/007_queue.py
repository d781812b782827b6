"""What was approved is what is sent: a draft ends in time, is about one chain of edits, and holds a slot of the caps."""

from typing import Any

ALLOW = {"contract": "the new CHECK takes all that the old one took: older code writes nothing that breaks it"}
COPY = """
    INSERT INTO "new_engagement_opportunities" ("id", "tweet_id", "account_id", "opportunity_type", "relevance_score",
        "suggested_response", "ai_model_used", "status", "executed_at", "created_at", "ai_cost_microusd", "reject_reason",
        "lease_token", "lease_expires_at", "result_tweet_id", "failure_reason", "updated_at", "ai_cost_nanousd",
        "pending_until")
    SELECT "id", "tweet_id", "account_id", "opportunity_type", "relevance_score",
        "suggested_response", "ai_model_used", "status", "executed_at", "created_at", "ai_cost_microusd", "reject_reason",
        "lease_token", "lease_expires_at", "result_tweet_id", "failure_reason", "updated_at",
        coalesce("ai_cost_nanousd", iif("ai_cost_microusd" BETWEEN 0 AND 5000000000000, "ai_cost_microusd" * 1000, NULL)),
        iif("status" = 'pending', unixepoch() + 259200, NULL)
    FROM "engagement_opportunities"
"""
# Of several that are live for one chain and type, which the release before allowed, all stay; the first has the chain.
CHAINS = """
    UPDATE OR IGNORE engagement_opportunities
    SET chain_id = (SELECT coalesce(t.chain_id, t.id) FROM tweets t WHERE t.id = tweet_id)
"""
PAIRS = """
    UPDATE engagement_opportunities
    SET approved_pair = (SELECT json_array(suggested_response, t.text) FROM tweets t WHERE t.id = tweet_id)
    WHERE status IN ('approved', 'claimed', 'unknown')
"""
SLOTS = """
    INSERT INTO send_slots (opportunity_id, account_id, chain_id, thread_id, taken_at)
    SELECT o.id, o.account_id,
        iif(o.opportunity_type = 'follow', NULL, coalesce(t.chain_id, t.id)),
        iif(o.opportunity_type = 'follow', NULL, coalesce(t.conversation_id, t.id)),
        coalesce(o.executed_at, o.updated_at)
    FROM engagement_opportunities o JOIN tweets t ON t.id = o.tweet_id
    WHERE o.status IN ('claimed', 'unknown', 'executed')
"""
COUNTS = """
    INSERT INTO opportunity_counts (status, opportunities)
    SELECT status, count(*) FROM engagement_opportunities GROUP BY status
"""


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
            "chain_id" TEXT,
            "relevance_reasons" TEXT,
            "decided_by" TEXT,
            "decided_at" INTEGER,
            "approved_pair" TEXT,
            "pending_until" INTEGER,
            "expired_reason" TEXT,
            "flagged" TEXT
        ) STRICT
        """
    )
    migrator.sql(COPY)
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
        CREATE UNIQUE INDEX "engagement_opportunities_one_live_of_a_chain" ON "engagement_opportunities" ("chain_id", "opportunity_type") WHERE ("status" IN ('pending', 'approved', 'claimed', 'unknown'))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "engagement_opportunities_waiting" ON "engagement_opportunities" ("pending_until") WHERE ("status" = 'pending')
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
        CREATE TABLE "opportunity_counts" (
            "status" TEXT NOT NULL PRIMARY KEY,
            "opportunities" INTEGER NOT NULL
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "send_slots" (
            "opportunity_id" TEXT NOT NULL PRIMARY KEY,
            "account_id" TEXT NOT NULL,
            "chain_id" TEXT,
            "thread_id" TEXT,
            "taken_at" INTEGER NOT NULL DEFAULT (unixepoch())
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE INDEX "send_slots_taken_at" ON "send_slots" ("taken_at")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "send_slots_account_id_taken_at" ON "send_slots" ("account_id", "taken_at")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "send_slots_thread_id" ON "send_slots" ("thread_id")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "send_slots_chain_id" ON "send_slots" ("chain_id")
        """
    )
    migrator.sql(CHAINS)
    migrator.sql(PAIRS)
    migrator.sql(SLOTS)
    migrator.sql(COUNTS)
    migrator.sql(
        """
        CREATE TRIGGER engagement_opportunities_in_nanousd AFTER INSERT ON engagement_opportunities
        WHEN new.ai_cost_nanousd IS NULL AND new.ai_cost_microusd BETWEEN 0 AND 5000000000000
        BEGIN UPDATE engagement_opportunities SET ai_cost_nanousd = new.ai_cost_microusd * 1000 WHERE id = new.id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER engagement_opportunities_in_a_chain AFTER INSERT ON engagement_opportunities
        WHEN new.chain_id IS NULL
        BEGIN
            UPDATE engagement_opportunities SET
                chain_id = (SELECT coalesce(chain_id, id) FROM tweets WHERE id = new.tweet_id),
                pending_until = coalesce(new.pending_until, new.created_at + 259200)
            WHERE id = new.id;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER engagement_opportunities_as_approved AFTER UPDATE OF status ON engagement_opportunities
        WHEN new.status = 'approved' AND new.approved_pair IS NULL
        BEGIN
            UPDATE engagement_opportunities
            SET approved_pair = (SELECT json_array(new.suggested_response, text) FROM tweets WHERE id = new.tweet_id)
            WHERE id = new.id;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER send_slots_taken AFTER UPDATE OF status ON engagement_opportunities
        WHEN new.status IN ('claimed', 'executed')
        BEGIN
            INSERT INTO send_slots (opportunity_id, account_id, chain_id, thread_id)
            SELECT new.id, new.account_id, iif(new.opportunity_type = 'follow', NULL, coalesce(t.chain_id, t.id)),
            iif(new.opportunity_type = 'follow', NULL, coalesce(t.conversation_id, t.id))
            FROM tweets t
            WHERE t.id = new.tweet_id AND NOT EXISTS (SELECT 1 FROM send_slots WHERE opportunity_id = new.id);
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER send_slots_given_back AFTER UPDATE OF status ON engagement_opportunities
        WHEN old.status IN ('claimed', 'unknown') AND new.status NOT IN ('claimed', 'unknown', 'executed')
        BEGIN DELETE FROM send_slots WHERE opportunity_id = new.id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER opportunity_counts_of_new AFTER INSERT ON engagement_opportunities
        BEGIN
            INSERT INTO opportunity_counts (status, opportunities) VALUES (new.status, + 1)
            ON CONFLICT (status) DO UPDATE SET opportunities = opportunities + 1;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER opportunity_counts_of_moved AFTER UPDATE OF status ON engagement_opportunities
        WHEN new.status <> old.status
        BEGIN
            INSERT INTO opportunity_counts (status, opportunities) VALUES (old.status, - 1)
            ON CONFLICT (status) DO UPDATE SET opportunities = opportunities - 1;
            INSERT INTO opportunity_counts (status, opportunities) VALUES (new.status, + 1)
            ON CONFLICT (status) DO UPDATE SET opportunities = opportunities + 1;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER opportunity_counts_of_gone AFTER DELETE ON engagement_opportunities
        BEGIN
            INSERT INTO opportunity_counts (status, opportunities) VALUES (old.status, - 1)
            ON CONFLICT (status) DO UPDATE SET opportunities = opportunities - 1;
        END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "opportunity_counts_of_gone"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "opportunity_counts_of_moved"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "opportunity_counts_of_new"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "send_slots_given_back"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "send_slots_taken"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "engagement_opportunities_as_approved"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "engagement_opportunities_in_a_chain"
        """
    )
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
        INSERT INTO "new_engagement_opportunities" ("id", "tweet_id", "account_id", "opportunity_type", "relevance_score", "suggested_response", "ai_model_used", "status", "executed_at", "created_at", "ai_cost_microusd", "reject_reason", "lease_token", "lease_expires_at", "result_tweet_id", "failure_reason", "updated_at", "ai_cost_nanousd") SELECT "id", "tweet_id", "account_id", "opportunity_type", "relevance_score", "suggested_response", "ai_model_used", iif("status" = 'expired', 'rejected', "status"), "executed_at", "created_at", "ai_cost_microusd", "reject_reason", "lease_token", "lease_expires_at", "result_tweet_id", "failure_reason", "updated_at", "ai_cost_nanousd" FROM "engagement_opportunities"
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
        DROP TABLE "opportunity_counts"
        """
    )
    migrator.sql(
        """
        DROP TABLE "send_slots"
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER engagement_opportunities_in_nanousd AFTER INSERT ON engagement_opportunities
        WHEN new.ai_cost_nanousd IS NULL AND new.ai_cost_microusd BETWEEN 0 AND 5000000000000
        BEGIN UPDATE engagement_opportunities SET ai_cost_nanousd = new.ai_cost_microusd * 1000 WHERE id = new.id; END
        """
    )
