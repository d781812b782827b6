"""What an AI call costs is added to the balances of its budgets by their keys."""

from typing import Any


def migrate(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_spent"
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
            WHERE ai_budget_periods.budget = +m.name AND ai_budget_periods.period IN (strftime('%Y-%m-%d', new.created_at, 'unixepoch'), strftime('%Y-%m', new.created_at, 'unixepoch'));
        END
        """
    )


def rollback(migrator: Any, database: Any, *, fake: bool = False) -> None:
    migrator.sql(
        """
        DROP TRIGGER "ai_generation_log_spent"
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
