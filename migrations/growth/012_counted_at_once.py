"""A new AI call is counted as it is inserted, and its row is written once."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_counts"
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_as_before BEFORE INSERT ON ai_generation_log WHEN new.is_counted = 0
        BEGIN
            INSERT INTO ai_generation_log (id, purpose, model, prompt_tokens, completion_tokens, total_tokens, exam_id, objective_id, question_ids, tweet_id, opportunity_id, success, error_message, generation_time_ms, request_id, user_id, ip_address, user_agent, created_at, provider, usage, cost_microusd, cost_basis, digest, cost_nanousd, computed_nanousd, billed_nanousd, price_source, service_tier, response_id, warnings, recorded_at, is_counted)
            VALUES (nullif(new.id, -1), new.purpose, new.model, new.prompt_tokens, new.completion_tokens, new.total_tokens, new.exam_id, new.objective_id, new.question_ids, new.tweet_id, new.opportunity_id, new.success, new.error_message, new.generation_time_ms, new.request_id, new.user_id, new.ip_address, new.user_agent, new.created_at, new.provider, new.usage, new.cost_microusd, new.cost_basis, new.digest, coalesce(new.cost_nanousd,
                CASE WHEN new.cost_microusd BETWEEN 0 AND 5000000000000 THEN new.cost_microusd * 1000 END), new.computed_nanousd, new.billed_nanousd, new.price_source, new.service_tier, new.response_id, new.warnings, new.recorded_at, 1);
            SELECT RAISE(IGNORE);
        END
        """
    )
    migrator.sql(
        """
        CREATE TRIGGER ai_generation_log_counts AFTER INSERT ON ai_generation_log WHEN new.is_counted = 1
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


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_counts"
        """
    )
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_as_before"
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
