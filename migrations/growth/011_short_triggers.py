"""An AI call is recorded by shorter triggers, and what was drafted and sent is summed up by day, too."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
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
        DROP TRIGGER "ai_generation_log_in_nanousd"
        """
    )
    migrator.sql(
        """
        CREATE TABLE "opportunity_days" (
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
        INSERT INTO opportunity_days (at, drafted, approved, rejected, executed, sent)
        SELECT at, sum(drafted), sum(approved), sum(rejected), sum(executed), sum(sent) FROM (
            SELECT created_at - created_at % 86400 AS at, 1 AS drafted,
                status IN ('approved', 'claimed', 'unknown', 'executed') AS approved, status = 'rejected' AS rejected,
                status = 'executed' AS executed, 0 AS sent
            FROM engagement_opportunities
            UNION ALL
            SELECT executed_at - executed_at % 86400, 0, 0, 0, 0, 1 FROM engagement_opportunities
            WHERE status = 'executed' AND opportunity_type <> 'follow' AND executed_at IS NOT NULL)
        GROUP BY at
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_counts AFTER INSERT ON ai_generation_log
        BEGIN
            UPDATE ai_generation_log SET is_counted = 1,
                cost_nanousd = coalesce(cost_nanousd,
                    CASE WHEN cost_microusd BETWEEN 0 AND 5000000000000 THEN cost_microusd * 1000 END)
            WHERE id = new.id;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_counted AFTER UPDATE OF is_counted ON ai_generation_log
        WHEN old.is_counted = 0 AND new.is_counted = 1
        BEGIN
            INSERT INTO ai_cost_slots (dimension, seconds, start, purpose, model, exam_id, user_id, generations, successes, priced, cost_usd, cost_nanousd, compared, billed_usd, billed_nanousd, computed_usd, computed_nanousd) SELECT d.dimension, s.seconds, new.created_at / s.seconds * s.seconds AS start,
            iif(d.dimension = 'model', new.purpose, '') AS purpose,
            iif(d.dimension = 'model', new.model, '') AS model,
            iif(d.dimension = 'exam', coalesce(new.exam_id, 0), 0) AS exam_id,
            iif(d.dimension = 'user', coalesce(new.user_id, 0), 0) AS user_id,
            1 AS generations, new.success AS successes, new.cost_nanousd IS NOT NULL AS priced,
            coalesce(new.cost_nanousd / 1000000000, 0) AS cost_usd,
            coalesce(new.cost_nanousd % 1000000000, 0) AS cost_nanousd, f.is_pair AS compared,
            iif(f.is_pair, new.billed_nanousd / 1000000000, 0) AS billed_usd,
            iif(f.is_pair, new.billed_nanousd % 1000000000, 0) AS billed_nanousd,
            iif(f.is_pair, new.computed_nanousd / 1000000000, 0) AS computed_usd,
            iif(f.is_pair, new.computed_nanousd % 1000000000, 0) AS computed_nanousd FROM (SELECT (new.billed_nanousd BETWEEN 0 AND 1000000000000000 AND new.computed_nanousd BETWEEN 0 AND 1000000000000000) IS TRUE AS is_pair) f, (SELECT 'total' AS dimension UNION ALL SELECT 'model' AS dimension UNION ALL SELECT 'exam' AS dimension UNION ALL SELECT 'user' AS dimension) d, (SELECT 900 AS seconds UNION ALL SELECT 14400 AS seconds UNION ALL SELECT 86400 AS seconds UNION ALL SELECT 345600 AS seconds UNION ALL SELECT 1382400 AS seconds) s WHERE (coalesce(new.cost_nanousd BETWEEN 0 AND 1000000000000000, true) AND new.created_at BETWEEN 0 AND 253402300799)
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
            FROM (SELECT d.dimension, s.seconds, old.created_at / s.seconds * s.seconds AS start,
            iif(d.dimension = 'model', old.purpose, '') AS purpose,
            iif(d.dimension = 'model', old.model, '') AS model,
            iif(d.dimension = 'exam', coalesce(old.exam_id, 0), 0) AS exam_id,
            iif(d.dimension = 'user', coalesce(old.user_id, 0), 0) AS user_id,
            1 AS generations, old.success AS successes, old.cost_nanousd IS NOT NULL AS priced,
            coalesce(old.cost_nanousd / 1000000000, 0) AS cost_usd,
            coalesce(old.cost_nanousd % 1000000000, 0) AS cost_nanousd, f.is_pair AS compared,
            iif(f.is_pair, old.billed_nanousd / 1000000000, 0) AS billed_usd,
            iif(f.is_pair, old.billed_nanousd % 1000000000, 0) AS billed_nanousd,
            iif(f.is_pair, old.computed_nanousd / 1000000000, 0) AS computed_usd,
            iif(f.is_pair, old.computed_nanousd % 1000000000, 0) AS computed_nanousd FROM (SELECT (old.billed_nanousd BETWEEN 0 AND 1000000000000000 AND old.computed_nanousd BETWEEN 0 AND 1000000000000000) IS TRUE AS is_pair) f, (SELECT 'total' AS dimension UNION ALL SELECT 'model' AS dimension UNION ALL SELECT 'exam' AS dimension UNION ALL SELECT 'user' AS dimension) d, (SELECT 900 AS seconds UNION ALL SELECT 14400 AS seconds UNION ALL SELECT 86400 AS seconds UNION ALL SELECT 345600 AS seconds UNION ALL SELECT 1382400 AS seconds) s WHERE (coalesce(old.cost_nanousd BETWEEN 0 AND 1000000000000000, true) AND old.created_at BETWEEN 0 AND 253402300799)) p
            WHERE ai_cost_slots.dimension = p.dimension AND ai_cost_slots.seconds = p.seconds AND ai_cost_slots.start = p.start AND ai_cost_slots.purpose = p.purpose AND ai_cost_slots.model = p.model AND ai_cost_slots.exam_id = p.exam_id AND ai_cost_slots.user_id = p.user_id;
            DELETE FROM ai_cost_slots WHERE generations = 0;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_changed AFTER UPDATE OF purpose, model, exam_id, user_id, created_at, success, cost_nanousd, billed_nanousd, computed_nanousd ON ai_generation_log WHEN old.is_counted = 1 AND new.is_counted = 1
        BEGIN
            INSERT INTO ai_cost_slots (dimension, seconds, start, purpose, model, exam_id, user_id, generations, successes, priced, cost_usd, cost_nanousd, compared, billed_usd, billed_nanousd, computed_usd, computed_nanousd) SELECT d.dimension, s.seconds, new.created_at / s.seconds * s.seconds AS start,
            iif(d.dimension = 'model', new.purpose, '') AS purpose,
            iif(d.dimension = 'model', new.model, '') AS model,
            iif(d.dimension = 'exam', coalesce(new.exam_id, 0), 0) AS exam_id,
            iif(d.dimension = 'user', coalesce(new.user_id, 0), 0) AS user_id,
            1 AS generations, new.success AS successes, new.cost_nanousd IS NOT NULL AS priced,
            coalesce(new.cost_nanousd / 1000000000, 0) AS cost_usd,
            coalesce(new.cost_nanousd % 1000000000, 0) AS cost_nanousd, f.is_pair AS compared,
            iif(f.is_pair, new.billed_nanousd / 1000000000, 0) AS billed_usd,
            iif(f.is_pair, new.billed_nanousd % 1000000000, 0) AS billed_nanousd,
            iif(f.is_pair, new.computed_nanousd / 1000000000, 0) AS computed_usd,
            iif(f.is_pair, new.computed_nanousd % 1000000000, 0) AS computed_nanousd FROM (SELECT (new.billed_nanousd BETWEEN 0 AND 1000000000000000 AND new.computed_nanousd BETWEEN 0 AND 1000000000000000) IS TRUE AS is_pair) f, (SELECT 'total' AS dimension UNION ALL SELECT 'model' AS dimension UNION ALL SELECT 'exam' AS dimension UNION ALL SELECT 'user' AS dimension) d, (SELECT 900 AS seconds UNION ALL SELECT 14400 AS seconds UNION ALL SELECT 86400 AS seconds UNION ALL SELECT 345600 AS seconds UNION ALL SELECT 1382400 AS seconds) s WHERE (coalesce(new.cost_nanousd BETWEEN 0 AND 1000000000000000, true) AND new.created_at BETWEEN 0 AND 253402300799)
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
            FROM (SELECT d.dimension, s.seconds, old.created_at / s.seconds * s.seconds AS start,
            iif(d.dimension = 'model', old.purpose, '') AS purpose,
            iif(d.dimension = 'model', old.model, '') AS model,
            iif(d.dimension = 'exam', coalesce(old.exam_id, 0), 0) AS exam_id,
            iif(d.dimension = 'user', coalesce(old.user_id, 0), 0) AS user_id,
            1 AS generations, old.success AS successes, old.cost_nanousd IS NOT NULL AS priced,
            coalesce(old.cost_nanousd / 1000000000, 0) AS cost_usd,
            coalesce(old.cost_nanousd % 1000000000, 0) AS cost_nanousd, f.is_pair AS compared,
            iif(f.is_pair, old.billed_nanousd / 1000000000, 0) AS billed_usd,
            iif(f.is_pair, old.billed_nanousd % 1000000000, 0) AS billed_nanousd,
            iif(f.is_pair, old.computed_nanousd / 1000000000, 0) AS computed_usd,
            iif(f.is_pair, old.computed_nanousd % 1000000000, 0) AS computed_nanousd FROM (SELECT (old.billed_nanousd BETWEEN 0 AND 1000000000000000 AND old.computed_nanousd BETWEEN 0 AND 1000000000000000) IS TRUE AS is_pair) f, (SELECT 'total' AS dimension UNION ALL SELECT 'model' AS dimension UNION ALL SELECT 'exam' AS dimension UNION ALL SELECT 'user' AS dimension) d, (SELECT 900 AS seconds UNION ALL SELECT 14400 AS seconds UNION ALL SELECT 86400 AS seconds UNION ALL SELECT 345600 AS seconds UNION ALL SELECT 1382400 AS seconds) s WHERE (coalesce(old.cost_nanousd BETWEEN 0 AND 1000000000000000, true) AND old.created_at BETWEEN 0 AND 253402300799)) p
            WHERE ai_cost_slots.dimension = p.dimension AND ai_cost_slots.seconds = p.seconds AND ai_cost_slots.start = p.start AND ai_cost_slots.purpose = p.purpose AND ai_cost_slots.model = p.model AND ai_cost_slots.exam_id = p.exam_id AND ai_cost_slots.user_id = p.user_id;
            DELETE FROM ai_cost_slots WHERE generations = 0;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER opportunity_quarters_drafted AFTER INSERT ON engagement_opportunities
        BEGIN
            INSERT INTO opportunity_quarters (at, drafted, approved, rejected, executed, sent)
            SELECT at - at % 900, drafted, approved, rejected, executed, sent FROM (
                SELECT new.created_at AS at, 1 AS drafted,
                    (new.status IN ('approved', 'claimed', 'unknown', 'executed')) AS approved,
                    (new.status = 'rejected') AS rejected, (new.status = 'executed') AS executed, 0 AS sent
                UNION ALL
                SELECT new.executed_at, 0, 0, 0, 0, 1
                WHERE new.status = 'executed' AND new.opportunity_type <> 'follow' AND new.executed_at IS NOT NULL) WHERE true
            ON CONFLICT (at) DO UPDATE SET drafted = drafted + excluded.drafted, approved = approved + excluded.approved, rejected = rejected + excluded.rejected, executed = executed + excluded.executed, sent = sent + excluded.sent;
            INSERT INTO opportunity_days (at, drafted, approved, rejected, executed, sent)
            SELECT at - at % 86400, drafted, approved, rejected, executed, sent FROM (
                SELECT new.created_at AS at, 1 AS drafted,
                    (new.status IN ('approved', 'claimed', 'unknown', 'executed')) AS approved,
                    (new.status = 'rejected') AS rejected, (new.status = 'executed') AS executed, 0 AS sent
                UNION ALL
                SELECT new.executed_at, 0, 0, 0, 0, 1
                WHERE new.status = 'executed' AND new.opportunity_type <> 'follow' AND new.executed_at IS NOT NULL) WHERE true
            ON CONFLICT (at) DO UPDATE SET drafted = drafted + excluded.drafted, approved = approved + excluded.approved, rejected = rejected + excluded.rejected, executed = executed + excluded.executed, sent = sent + excluded.sent;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER opportunity_quarters_moved
        AFTER UPDATE OF status, opportunity_type, created_at, executed_at ON engagement_opportunities
        BEGIN
            INSERT INTO opportunity_quarters (at, drafted, approved, rejected, executed, sent)
            SELECT at - at % 900, drafted, approved, rejected, executed, sent FROM (
                SELECT old.created_at AS at, -1 AS drafted,
                    -(old.status IN ('approved', 'claimed', 'unknown', 'executed')) AS approved,
                    -(old.status = 'rejected') AS rejected, -(old.status = 'executed') AS executed, 0 AS sent
                UNION ALL
                SELECT old.executed_at, 0, 0, 0, 0, -1
                WHERE old.status = 'executed' AND old.opportunity_type <> 'follow' AND old.executed_at IS NOT NULL
                UNION ALL
                SELECT new.created_at AS at, 1 AS drafted,
                    (new.status IN ('approved', 'claimed', 'unknown', 'executed')) AS approved,
                    (new.status = 'rejected') AS rejected, (new.status = 'executed') AS executed, 0 AS sent
                UNION ALL
                SELECT new.executed_at, 0, 0, 0, 0, 1
                WHERE new.status = 'executed' AND new.opportunity_type <> 'follow' AND new.executed_at IS NOT NULL) WHERE true
            ON CONFLICT (at) DO UPDATE SET drafted = drafted + excluded.drafted, approved = approved + excluded.approved, rejected = rejected + excluded.rejected, executed = executed + excluded.executed, sent = sent + excluded.sent;
            INSERT INTO opportunity_days (at, drafted, approved, rejected, executed, sent)
            SELECT at - at % 86400, drafted, approved, rejected, executed, sent FROM (
                SELECT old.created_at AS at, -1 AS drafted,
                    -(old.status IN ('approved', 'claimed', 'unknown', 'executed')) AS approved,
                    -(old.status = 'rejected') AS rejected, -(old.status = 'executed') AS executed, 0 AS sent
                UNION ALL
                SELECT old.executed_at, 0, 0, 0, 0, -1
                WHERE old.status = 'executed' AND old.opportunity_type <> 'follow' AND old.executed_at IS NOT NULL
                UNION ALL
                SELECT new.created_at AS at, 1 AS drafted,
                    (new.status IN ('approved', 'claimed', 'unknown', 'executed')) AS approved,
                    (new.status = 'rejected') AS rejected, (new.status = 'executed') AS executed, 0 AS sent
                UNION ALL
                SELECT new.executed_at, 0, 0, 0, 0, 1
                WHERE new.status = 'executed' AND new.opportunity_type <> 'follow' AND new.executed_at IS NOT NULL) WHERE true
            ON CONFLICT (at) DO UPDATE SET drafted = drafted + excluded.drafted, approved = approved + excluded.approved, rejected = rejected + excluded.rejected, executed = executed + excluded.executed, sent = sent + excluded.sent;
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER opportunity_quarters_removed AFTER DELETE ON engagement_opportunities
        BEGIN
            INSERT INTO opportunity_quarters (at, drafted, approved, rejected, executed, sent)
            SELECT at - at % 900, drafted, approved, rejected, executed, sent FROM (
                SELECT old.created_at AS at, -1 AS drafted,
                    -(old.status IN ('approved', 'claimed', 'unknown', 'executed')) AS approved,
                    -(old.status = 'rejected') AS rejected, -(old.status = 'executed') AS executed, 0 AS sent
                UNION ALL
                SELECT old.executed_at, 0, 0, 0, 0, -1
                WHERE old.status = 'executed' AND old.opportunity_type <> 'follow' AND old.executed_at IS NOT NULL) WHERE true
            ON CONFLICT (at) DO UPDATE SET drafted = drafted + excluded.drafted, approved = approved + excluded.approved, rejected = rejected + excluded.rejected, executed = executed + excluded.executed, sent = sent + excluded.sent;
            INSERT INTO opportunity_days (at, drafted, approved, rejected, executed, sent)
            SELECT at - at % 86400, drafted, approved, rejected, executed, sent FROM (
                SELECT old.created_at AS at, -1 AS drafted,
                    -(old.status IN ('approved', 'claimed', 'unknown', 'executed')) AS approved,
                    -(old.status = 'rejected') AS rejected, -(old.status = 'executed') AS executed, 0 AS sent
                UNION ALL
                SELECT old.executed_at, 0, 0, 0, 0, -1
                WHERE old.status = 'executed' AND old.opportunity_type <> 'follow' AND old.executed_at IS NOT NULL) WHERE true
            ON CONFLICT (at) DO UPDATE SET drafted = drafted + excluded.drafted, approved = approved + excluded.approved, rejected = rejected + excluded.rejected, executed = executed + excluded.executed, sent = sent + excluded.sent;
        END
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
        DROP TABLE "opportunity_days"
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
