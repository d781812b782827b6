"""Budgets: what AI may cost by day and month, what is held of that before a call, and who is told when it runs out."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "ai_budget_alerts" (
            "id" TEXT NOT NULL PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
            "budget" TEXT NOT NULL,
            "period" TEXT NOT NULL,
            "percent" INTEGER NOT NULL,
            "posted_nanousd" INTEGER NOT NULL,
            "limit_nanousd" INTEGER NOT NULL,
            "crossed_at" INTEGER NOT NULL DEFAULT (unixepoch()),
            "attempts" INTEGER NOT NULL DEFAULT 0,
            "due_at" INTEGER DEFAULT 0,
            "delivered_at" INTEGER,
            "last_error" TEXT
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "ai_budget_alerts_once" ON "ai_budget_alerts" ("budget", "period", "percent")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_budget_alerts_due" ON "ai_budget_alerts" ("due_at") WHERE ("due_at" IS NOT NULL)
        """
    )
    migrator.sql(
        """
        CREATE TABLE "ai_budget_periods" (
            "budget" TEXT NOT NULL,
            "period" TEXT NOT NULL,
            "posted_nanousd" INTEGER NOT NULL DEFAULT 0,
            "pending_nanousd" INTEGER NOT NULL DEFAULT 0,
            "unpriced" INTEGER NOT NULL DEFAULT 0,
            "uncovered" INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY ("budget", "period")
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "ai_budgets" (
            "name" TEXT NOT NULL PRIMARY KEY,
            "period" TEXT NOT NULL CHECK (period IN ('day', 'month')),
            "limit_nanousd" INTEGER NOT NULL CHECK (limit_nanousd BETWEEN 0 AND 5000000000000000),
            "purpose" TEXT,
            "fail_closed" INTEGER NOT NULL DEFAULT 0 CHECK (fail_closed IN (0, 1)),
            "counts_from" INTEGER,
            "created_at" INTEGER NOT NULL,
            "updated_at" INTEGER NOT NULL
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "ai_hold_resolutions" (
            "hold_id" TEXT NOT NULL PRIMARY KEY REFERENCES "ai_holds" ("id"),
            "kind" TEXT NOT NULL CHECK (kind IN ('settle', 'release', 'expire')),
            "actual_nanousd" INTEGER CHECK (actual_nanousd BETWEEN 0 AND 5000000000000000),
            "posted_nanousd" INTEGER NOT NULL CHECK (posted_nanousd BETWEEN 0 AND 5000000000000000),
            "overrun_nanousd" INTEGER NOT NULL CHECK (overrun_nanousd BETWEEN 0 AND 5000000000000000),
            "resolved_at" INTEGER NOT NULL,
            "resolved_by" TEXT NOT NULL CHECK (resolved_by IN ('client', 'generation', 'time'))
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE TABLE "ai_holds" (
            "id" TEXT NOT NULL PRIMARY KEY,
            "budget" TEXT NOT NULL REFERENCES "ai_budgets" ("name"),
            "request_id" TEXT NOT NULL,
            "amount_nanousd" INTEGER NOT NULL CHECK (amount_nanousd BETWEEN 0 AND 5000000000000000),
            "created_at" INTEGER NOT NULL,
            "expires_at" INTEGER NOT NULL
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE UNIQUE INDEX "ai_holds_request_id" ON "ai_holds" ("request_id", "budget")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_holds_budget" ON "ai_holds" ("budget", "id")
        """
    )
    migrator.sql(
        """
        CREATE TABLE "ai_open_holds" (
            "hold_id" TEXT NOT NULL PRIMARY KEY,
            "budget" TEXT NOT NULL,
            "expires_at" INTEGER NOT NULL
        ) STRICT
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_open_holds_expiry" ON "ai_open_holds" ("budget", "expires_at")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_open_holds_listed" ON "ai_open_holds" ("budget", "hold_id")
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_holds_update BEFORE UPDATE ON ai_holds
        BEGIN SELECT RAISE(ABORT, 'ai_holds: rows stay as they were written'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_holds_delete BEFORE DELETE ON ai_holds
        BEGIN SELECT RAISE(ABORT, 'ai_holds: rows stay as they were written'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_hold_resolutions_update BEFORE UPDATE ON ai_hold_resolutions
        BEGIN SELECT RAISE(ABORT, 'ai_hold_resolutions: rows stay as they were written'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_hold_resolutions_delete BEFORE DELETE ON ai_hold_resolutions
        BEGIN SELECT RAISE(ABORT, 'ai_hold_resolutions: rows stay as they were written'); END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_holds_pending AFTER INSERT ON ai_holds
        BEGIN
            INSERT INTO ai_open_holds (hold_id, budget, expires_at) VALUES (new.id, new.budget, new.expires_at);
            INSERT INTO ai_budget_periods (budget, period, pending_nanousd)
            SELECT new.budget, k.period, new.amount_nanousd FROM (SELECT strftime('%Y-%m-%d', new.created_at, 'unixepoch') AS period UNION ALL SELECT strftime('%Y-%m', new.created_at, 'unixepoch')) k WHERE true
            ON CONFLICT (budget, period) DO UPDATE SET pending_nanousd = pending_nanousd + excluded.pending_nanousd;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_hold_resolutions_posted AFTER INSERT ON ai_hold_resolutions
        BEGIN
            DELETE FROM ai_open_holds WHERE hold_id = new.hold_id;
            UPDATE ai_budget_periods SET pending_nanousd = pending_nanousd - h.amount_nanousd,
                posted_nanousd = min(9000000000000000000, posted_nanousd + new.posted_nanousd)
            FROM ai_holds h WHERE h.id = new.hold_id AND ai_budget_periods.budget = h.budget
                AND ai_budget_periods.period IN (strftime('%Y-%m-%d', h.created_at, 'unixepoch'), strftime('%Y-%m', h.created_at, 'unixepoch'));
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_spent AFTER INSERT ON ai_generation_log
        WHEN EXISTS (SELECT 1 FROM ai_budgets)
        BEGIN
            INSERT INTO ai_hold_resolutions (hold_id, kind, actual_nanousd, posted_nanousd, overrun_nanousd, resolved_at,
                                             resolved_by)
            SELECT hold_id, kind, iif(kind = 'settle', cost, NULL),
                   iif(kind = 'settle', coalesce(cost, amount_nanousd), 0),
                   iif(kind = 'settle', max(0, coalesce(cost, 0) - amount_nanousd), 0), coalesce(new.recorded_at, unixepoch()),
                   iif(kind = 'expire', 'time', 'generation')
            FROM (SELECT o.hold_id, h.amount_nanousd, (CASE WHEN coalesce(new.cost_nanousd, CASE WHEN new.cost_microusd BETWEEN 0 AND 5000000000000 THEN new.cost_microusd * 1000 END) BETWEEN 0 AND 5000000000000000 THEN coalesce(new.cost_nanousd, CASE WHEN new.cost_microusd BETWEEN 0 AND 5000000000000 THEN new.cost_microusd * 1000 END) END) AS cost,
                         CASE WHEN o.expires_at <= coalesce(new.recorded_at, unixepoch()) THEN 'expire'
                              WHEN (CASE WHEN coalesce(new.cost_nanousd, CASE WHEN new.cost_microusd BETWEEN 0 AND 5000000000000 THEN new.cost_microusd * 1000 END) BETWEEN 0 AND 5000000000000000 THEN coalesce(new.cost_nanousd, CASE WHEN new.cost_microusd BETWEEN 0 AND 5000000000000 THEN new.cost_microusd * 1000 END) END) IS NULL AND NOT b.fail_closed THEN 'release' ELSE 'settle' END AS kind
                  FROM ai_holds h JOIN ai_open_holds o ON o.hold_id = h.id JOIN ai_budgets b ON b.name = h.budget
                  WHERE h.request_id = new.request_id);
            INSERT INTO ai_budget_periods (budget, period)
            SELECT b.name, k.period FROM ai_budgets b, (SELECT strftime('%Y-%m-%d', new.created_at, 'unixepoch') AS period UNION ALL SELECT strftime('%Y-%m', new.created_at, 'unixepoch')) k
            WHERE coalesce(b.purpose = new.purpose, true) AND new.created_at >= b.counts_from AND k.period IS NOT NULL
            ON CONFLICT (budget, period) DO NOTHING;
            UPDATE ai_budget_periods SET posted_nanousd = min(9000000000000000000, posted_nanousd + iif(m.is_settled, 0, coalesce(m.cost, 0))),
                unpriced = unpriced + (m.cost IS NULL), uncovered = uncovered + (m.cost IS NULL AND NOT m.is_settled)
            FROM (SELECT b.name, (CASE WHEN coalesce(new.cost_nanousd, CASE WHEN new.cost_microusd BETWEEN 0 AND 5000000000000 THEN new.cost_microusd * 1000 END) BETWEEN 0 AND 5000000000000000 THEN coalesce(new.cost_nanousd, CASE WHEN new.cost_microusd BETWEEN 0 AND 5000000000000 THEN new.cost_microusd * 1000 END) END) AS cost, EXISTS (
                SELECT 1 FROM ai_holds h JOIN ai_hold_resolutions r ON r.hold_id = h.id
                WHERE h.request_id = new.request_id AND h.budget = b.name AND r.kind = 'settle') AS is_settled FROM ai_budgets b WHERE coalesce(b.purpose = new.purpose, true) AND new.created_at >= b.counts_from) m
            WHERE ai_budget_periods.budget = m.name AND ai_budget_periods.period IN (strftime('%Y-%m-%d', new.created_at, 'unixepoch'), strftime('%Y-%m', new.created_at, 'unixepoch'));
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_budget_periods_alerts AFTER UPDATE OF posted_nanousd ON ai_budget_periods
        WHEN new.posted_nanousd > 0
        BEGIN
            INSERT INTO ai_budget_alerts (budget, period, percent, posted_nanousd, limit_nanousd)
            SELECT b.name, new.period, p.column1, new.posted_nanousd, b.limit_nanousd
            FROM ai_budgets b, (VALUES (50), (80), (95), (100)) p
            WHERE b.name = new.budget AND length(new.period) = iif(b.period = 'day', 10, 7)
                AND new.posted_nanousd * 100 >= b.limit_nanousd * p.column1
            ON CONFLICT (budget, period, percent) DO NOTHING;
        END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "ai_budget_periods_alerts"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_spent"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_hold_resolutions_posted"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_holds_pending"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_hold_resolutions_delete"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_hold_resolutions_update"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_holds_delete"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_holds_update"
        """
    )
    migrator.sql(
        """
        DROP TABLE "ai_budget_alerts"
        """
    )
    migrator.sql(
        """
        DROP TABLE "ai_budget_periods"
        """
    )
    migrator.sql(
        """
        DROP TABLE "ai_budgets"
        """
    )
    migrator.sql(
        """
        DROP TABLE "ai_hold_resolutions"
        """
    )
    migrator.sql(
        """
        DROP TABLE "ai_holds"
        """
    )
    migrator.sql(
        """
        DROP TABLE "ai_open_holds"
        """
    )
