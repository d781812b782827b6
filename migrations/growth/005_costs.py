"""What AI calls cost is summed up as they come, so that a report takes the same time whatever the ledger's size."""

from typing import Any

# Triggers count each call as its column becomes 1, also those that the release before writes.
BACKFILLS = [{"table": "ai_generation_log", "set": "is_counted = 1", "where": "is_counted = 0"}]


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        CREATE TABLE "ai_cost_slots" (
            "dimension" TEXT NOT NULL CHECK (dimension IN ('total', 'model', 'exam', 'user')),
            "seconds" INTEGER NOT NULL CHECK (seconds IN (900, 14400, 86400, 345600, 1382400)),
            "start" INTEGER NOT NULL,
            "purpose" TEXT NOT NULL,
            "model" TEXT NOT NULL,
            "exam_id" INTEGER NOT NULL CHECK (exam_id >= 0),
            "user_id" INTEGER NOT NULL CHECK (user_id >= 0),
            "generations" INTEGER NOT NULL DEFAULT 0 CHECK (generations BETWEEN 0 AND 1000000000),
            "successes" INTEGER NOT NULL DEFAULT 0 CHECK (successes BETWEEN 0 AND 1000000000),
            "priced" INTEGER NOT NULL DEFAULT 0 CHECK (priced BETWEEN 0 AND 1000000000),
            "cost_usd" INTEGER NOT NULL DEFAULT 0 CHECK (cost_usd BETWEEN 0 AND 1000000000000000),
            "cost_nanousd" INTEGER NOT NULL DEFAULT 0 CHECK (cost_nanousd BETWEEN 0 AND 1000000000000000000),
            "compared" INTEGER NOT NULL DEFAULT 0 CHECK (compared BETWEEN 0 AND 1000000000),
            "billed_usd" INTEGER NOT NULL DEFAULT 0 CHECK (billed_usd BETWEEN 0 AND 1000000000000000),
            "billed_nanousd" INTEGER NOT NULL DEFAULT 0 CHECK (billed_nanousd BETWEEN 0 AND 1000000000000000000),
            "computed_usd" INTEGER NOT NULL DEFAULT 0 CHECK (computed_usd BETWEEN 0 AND 1000000000000000),
            "computed_nanousd" INTEGER NOT NULL DEFAULT 0 CHECK (computed_nanousd BETWEEN 0 AND 1000000000000000000),
            PRIMARY KEY ("dimension", "seconds", "start", "purpose", "model", "exam_id", "user_id")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_cost_slots_emptied" ON "ai_cost_slots" ("generations") WHERE "generations" = 0
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" ADD COLUMN "is_counted" INTEGER NOT NULL DEFAULT 0 CHECK (is_counted IN (0, 1))
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_log_by_time" ON "ai_generation_log" ("created_at")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_log_by_purpose" ON "ai_generation_log" ("purpose", "created_at")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_log_by_model" ON "ai_generation_log" ("model", "created_at")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_log_by_purpose_and_model" ON "ai_generation_log" ("purpose", "model", "created_at")
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_log_by_exam" ON "ai_generation_log" ("exam_id", "created_at") WHERE "exam_id" IS NOT NULL
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_log_by_user" ON "ai_generation_log" ("user_id", "created_at") WHERE "user_id" IS NOT NULL
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_log_failed" ON "ai_generation_log" ("created_at") WHERE "success" = 0
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_log_unpriced" ON "ai_generation_log" ("created_at") WHERE "cost_nanousd" IS NULL
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_log_left_out" ON "ai_generation_log" ("created_at") WHERE NOT (coalesce(cost_nanousd BETWEEN 0 AND 1000000000000000, true) AND created_at BETWEEN 0 AND 253402300799)
        """
    )
    migrator.sql(
        """
        CREATE TABLE "ai_generation_questions" (
            "question_id" INTEGER NOT NULL,
            "generation_id" INTEGER NOT NULL REFERENCES "ai_generation_log" ("id") ON DELETE CASCADE,
            "place" INTEGER NOT NULL CHECK (place >= 0),
            "shares" INTEGER NOT NULL CHECK (shares > 0),
            PRIMARY KEY ("question_id", "generation_id")
        ) STRICT, WITHOUT ROWID
        """
    )
    migrator.sql(
        """
        CREATE INDEX "ai_generation_questions_generation_id" ON "ai_generation_questions" ("generation_id")
        """
    )
    migrator.sql(
        """
        CREATE VIEW ai_cost_parts AS
        SELECT c.id, c.created_at, d.dimension, s.seconds, c.created_at / s.seconds * s.seconds AS start,
            iif(d.dimension = 'model', c.purpose, '') AS purpose, iif(d.dimension = 'model', c.model, '') AS model,
            iif(d.dimension = 'exam', coalesce(c.exam_id, 0), 0) AS exam_id,
            iif(d.dimension = 'user', coalesce(c.user_id, 0), 0) AS user_id,
            1 AS generations, c.success AS successes, c.cost_nanousd IS NOT NULL AS priced,
            coalesce(c.cost_nanousd / 1000000000, 0) AS cost_usd, coalesce(c.cost_nanousd % 1000000000, 0) AS cost_nanousd,
            c.is_pair AS compared,
            iif(c.is_pair, c.billed_nanousd / 1000000000, 0) AS billed_usd,
            iif(c.is_pair, c.billed_nanousd % 1000000000, 0) AS billed_nanousd,
            iif(c.is_pair, c.computed_nanousd / 1000000000, 0) AS computed_usd,
            iif(c.is_pair, c.computed_nanousd % 1000000000, 0) AS computed_nanousd
        FROM (SELECT *, (billed_nanousd BETWEEN 0 AND 1000000000000000 AND computed_nanousd BETWEEN 0 AND 1000000000000000) IS TRUE AS is_pair FROM ai_generation_log WHERE (coalesce(cost_nanousd BETWEEN 0 AND 1000000000000000, true) AND created_at BETWEEN 0 AND 253402300799)) c,
            (SELECT 'total' AS dimension UNION ALL SELECT 'model' AS dimension UNION ALL SELECT 'exam' AS dimension UNION ALL SELECT 'user' AS dimension) d, (SELECT 900 AS seconds UNION ALL SELECT 14400 AS seconds UNION ALL SELECT 86400 AS seconds UNION ALL SELECT 345600 AS seconds UNION ALL SELECT 1382400 AS seconds) s
        """
    )
    migrator.sql(
        """
        CREATE VIEW ai_cost_shares AS
        SELECT generation_id, question_id, count(*) OVER (PARTITION BY generation_id) AS shares,
            row_number() OVER (PARTITION BY generation_id ORDER BY question_id) - 1 AS place
        FROM (SELECT DISTINCT c.id AS generation_id, j.value AS question_id
              FROM ai_generation_log c,
                  json_each(iif(iif(json_valid(question_ids), json_type(question_ids), '') = 'array', question_ids, '[]')) j
              WHERE j.type = 'integer' AND typeof(j.value) = 'integer' AND j.value > 0)
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_counts AFTER INSERT ON ai_generation_log
        BEGIN UPDATE ai_generation_log SET is_counted = 1 WHERE id = new.id; END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_counted AFTER UPDATE OF is_counted ON ai_generation_log
        WHEN old.is_counted = 0 AND new.is_counted = 1
        BEGIN
            INSERT INTO ai_cost_slots (dimension, seconds, start, purpose, model, exam_id, user_id, generations, successes, priced, cost_usd, cost_nanousd, compared, billed_usd, billed_nanousd, computed_usd, computed_nanousd) SELECT dimension, seconds, start, purpose, model, exam_id, user_id, generations, successes, priced, cost_usd, cost_nanousd, compared, billed_usd, billed_nanousd, computed_usd, computed_nanousd FROM ai_cost_parts WHERE id = new.id
            ON CONFLICT (dimension, seconds, start, purpose, model, exam_id, user_id)
            DO UPDATE SET generations = min(generations + excluded.generations, 1000000000), successes = min(successes + excluded.successes, 1000000000), priced = min(priced + excluded.priced, 1000000000), cost_usd = min(cost_usd + excluded.cost_usd, 1000000000000000), cost_nanousd = min(cost_nanousd + excluded.cost_nanousd, 1000000000000000000), compared = min(compared + excluded.compared, 1000000000), billed_usd = min(billed_usd + excluded.billed_usd, 1000000000000000), billed_nanousd = min(billed_nanousd + excluded.billed_nanousd, 1000000000000000000), computed_usd = min(computed_usd + excluded.computed_usd, 1000000000000000), computed_nanousd = min(computed_nanousd + excluded.computed_nanousd, 1000000000000000000);
            INSERT INTO ai_generation_questions (generation_id, question_id, place, shares)
            SELECT generation_id, question_id, place, shares FROM ai_cost_shares WHERE generation_id = new.id
            ON CONFLICT (question_id, generation_id) DO UPDATE SET place = excluded.place, shares = excluded.shares;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_changes BEFORE UPDATE OF purpose, model, exam_id, user_id, created_at, success, cost_nanousd, billed_nanousd, computed_nanousd ON ai_generation_log WHEN old.is_counted = 1 AND new.is_counted = 1
        BEGIN
            UPDATE ai_cost_slots SET generations = max(ai_cost_slots.generations - p.generations, 0), successes = max(ai_cost_slots.successes - p.successes, 0), priced = max(ai_cost_slots.priced - p.priced, 0), cost_usd = max(ai_cost_slots.cost_usd - p.cost_usd, 0), cost_nanousd = max(ai_cost_slots.cost_nanousd - p.cost_nanousd, 0), compared = max(ai_cost_slots.compared - p.compared, 0), billed_usd = max(ai_cost_slots.billed_usd - p.billed_usd, 0), billed_nanousd = max(ai_cost_slots.billed_nanousd - p.billed_nanousd, 0), computed_usd = max(ai_cost_slots.computed_usd - p.computed_usd, 0), computed_nanousd = max(ai_cost_slots.computed_nanousd - p.computed_nanousd, 0)
            FROM (SELECT dimension, seconds, start, purpose, model, exam_id, user_id, generations, successes, priced, cost_usd, cost_nanousd, compared, billed_usd, billed_nanousd, computed_usd, computed_nanousd FROM ai_cost_parts WHERE id = old.id) p
            WHERE ai_cost_slots.dimension = p.dimension AND ai_cost_slots.seconds = p.seconds AND ai_cost_slots.start = p.start AND ai_cost_slots.purpose = p.purpose AND ai_cost_slots.model = p.model AND ai_cost_slots.exam_id = p.exam_id AND ai_cost_slots.user_id = p.user_id;
            DELETE FROM ai_cost_slots WHERE generations = 0;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_changed AFTER UPDATE OF purpose, model, exam_id, user_id, created_at, success, cost_nanousd, billed_nanousd, computed_nanousd ON ai_generation_log WHEN old.is_counted = 1 AND new.is_counted = 1
        BEGIN
            INSERT INTO ai_cost_slots (dimension, seconds, start, purpose, model, exam_id, user_id, generations, successes, priced, cost_usd, cost_nanousd, compared, billed_usd, billed_nanousd, computed_usd, computed_nanousd) SELECT dimension, seconds, start, purpose, model, exam_id, user_id, generations, successes, priced, cost_usd, cost_nanousd, compared, billed_usd, billed_nanousd, computed_usd, computed_nanousd FROM ai_cost_parts WHERE id = new.id
            ON CONFLICT (dimension, seconds, start, purpose, model, exam_id, user_id)
            DO UPDATE SET generations = min(generations + excluded.generations, 1000000000), successes = min(successes + excluded.successes, 1000000000), priced = min(priced + excluded.priced, 1000000000), cost_usd = min(cost_usd + excluded.cost_usd, 1000000000000000), cost_nanousd = min(cost_nanousd + excluded.cost_nanousd, 1000000000000000000), compared = min(compared + excluded.compared, 1000000000), billed_usd = min(billed_usd + excluded.billed_usd, 1000000000000000), billed_nanousd = min(billed_nanousd + excluded.billed_nanousd, 1000000000000000000), computed_usd = min(computed_usd + excluded.computed_usd, 1000000000000000), computed_nanousd = min(computed_nanousd + excluded.computed_nanousd, 1000000000000000000);
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_goes BEFORE DELETE ON ai_generation_log WHEN old.is_counted = 1
        BEGIN
            UPDATE ai_cost_slots SET generations = max(ai_cost_slots.generations - p.generations, 0), successes = max(ai_cost_slots.successes - p.successes, 0), priced = max(ai_cost_slots.priced - p.priced, 0), cost_usd = max(ai_cost_slots.cost_usd - p.cost_usd, 0), cost_nanousd = max(ai_cost_slots.cost_nanousd - p.cost_nanousd, 0), compared = max(ai_cost_slots.compared - p.compared, 0), billed_usd = max(ai_cost_slots.billed_usd - p.billed_usd, 0), billed_nanousd = max(ai_cost_slots.billed_nanousd - p.billed_nanousd, 0), computed_usd = max(ai_cost_slots.computed_usd - p.computed_usd, 0), computed_nanousd = max(ai_cost_slots.computed_nanousd - p.computed_nanousd, 0)
            FROM (SELECT dimension, seconds, start, purpose, model, exam_id, user_id, generations, successes, priced, cost_usd, cost_nanousd, compared, billed_usd, billed_nanousd, computed_usd, computed_nanousd FROM ai_cost_parts WHERE id = old.id) p
            WHERE ai_cost_slots.dimension = p.dimension AND ai_cost_slots.seconds = p.seconds AND ai_cost_slots.start = p.start AND ai_cost_slots.purpose = p.purpose AND ai_cost_slots.model = p.model AND ai_cost_slots.exam_id = p.exam_id AND ai_cost_slots.user_id = p.user_id;
            DELETE FROM ai_cost_slots WHERE generations = 0;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_questions AFTER UPDATE OF question_ids ON ai_generation_log WHEN old.is_counted = 1 AND new.is_counted = 1
        BEGIN
            DELETE FROM ai_generation_questions WHERE generation_id = new.id;
            INSERT INTO ai_generation_questions (generation_id, question_id, place, shares)
            SELECT generation_id, question_id, place, shares FROM ai_cost_shares WHERE generation_id = new.id
            ON CONFLICT (question_id, generation_id) DO UPDATE SET place = excluded.place, shares = excluded.shares;
        END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_questions"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_goes"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_changed"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_changes"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_counted"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_counts"
        """
    )
    migrator.sql(
        """
        DROP VIEW "ai_cost_shares"
        """
    )
    migrator.sql(
        """
        DROP VIEW "ai_cost_parts"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_in_nanousd"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_by_time"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_by_purpose"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_by_model"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_by_purpose_and_model"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_by_exam"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_by_user"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_failed"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_unpriced"
        """
    )
    migrator.sql(
        """
        DROP INDEX "ai_generation_log_left_out"
        """
    )
    migrator.sql(
        """
        ALTER TABLE "ai_generation_log" DROP COLUMN "is_counted"
        """
    )
    migrator.sql(
        """
        DROP TABLE "ai_cost_slots"
        """
    )
    migrator.sql(
        """
        DROP TABLE "ai_generation_questions"
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_in_nanousd AFTER INSERT ON ai_generation_log
        WHEN new.cost_nanousd IS NULL AND new.cost_microusd BETWEEN 0 AND 5000000000000
        BEGIN UPDATE ai_generation_log SET cost_nanousd = new.cost_microusd * 1000 WHERE id = new.id; END
        """
    )
