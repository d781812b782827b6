"""Tables of the growth service: what AI may cost, what is reserved of that, and what has been spent of it.

Holds and their resolutions are facts; balances are counted from them and from the ledger by triggers, so that a call
which a release before records costs its budgets as well.
"""

import peewee

from shared_schema.fields import between, counter, default, flag, one_of
from shared_schema.tables.table import Table

PERIODS = ("day", "month")
RESOLUTIONS = ("settle", "release", "expire")
RESOLVERS = ("client", "generation", "time")
PERCENTS = (50, 80, 95, 100)
MOST = 9_000_000_000_000_000_000  # nano-dollars: where a balance stops, since it must stay within 64 bits
DEAREST = 5_000_000_000_000_000  # nano-dollars: no call costs more; one that does has no known price


def _amount(column: str) -> peewee.IntegerField:
    return peewee.IntegerField(constraints=[between(column, 0, DEAREST)])


def _budget() -> peewee.TextField:
    return peewee.TextField(constraints=[peewee.SQL('REFERENCES "ai_budgets" ("name")')])


class AIBudget(Table):
    """A limit per UTC day or month, for the calls of one purpose or, without a purpose, for all.

    Calls made before `counts_from` are not counted; it is NULL only within the batch that counts the budget anew.
    """

    name = peewee.TextField(primary_key=True)
    period = peewee.TextField(constraints=[one_of("period", *PERIODS)])
    limit_nanousd = _amount("limit_nanousd")
    purpose = peewee.TextField(null=True)
    # Whether a call of unknown price counts as what was held for it, and stops holds where nothing was.
    fail_closed = flag("fail_closed")
    counts_from = peewee.IntegerField(null=True)
    created_at = peewee.IntegerField()
    updated_at = peewee.IntegerField()

    class Meta:
        table_name = "ai_budgets"


class AIHold(Table):
    """An amount that was reserved before a call. It is never changed: what became of it is its resolution."""

    id = peewee.TextField(primary_key=True)
    budget = _budget()
    request_id = peewee.TextField()
    amount_nanousd = _amount("amount_nanousd")
    created_at = peewee.IntegerField()
    expires_at = peewee.IntegerField()

    class Meta:
        table_name = "ai_holds"


AIHold.add_index(AIHold.index(AIHold.request_id, AIHold.budget, unique=True, name="ai_holds_request_id"))
AIHold.add_index(AIHold.index(AIHold.budget, AIHold.id, name="ai_holds_budget"))


class AIHoldResolution(Table):
    """How a hold ended, once: the primary key lets no second one in.

    `posted_nanousd` is what counts: the actual cost; the amount held where that is unknown and the budget fails closed.
    """

    hold_id = peewee.TextField(primary_key=True, constraints=[peewee.SQL('REFERENCES "ai_holds" ("id")')])
    kind = peewee.TextField(constraints=[one_of("kind", *RESOLUTIONS)])
    actual_nanousd = peewee.IntegerField(null=True, constraints=[between("actual_nanousd", 0, DEAREST)])
    posted_nanousd = _amount("posted_nanousd")
    # How much more it was than the hold.
    overrun_nanousd = _amount("overrun_nanousd")
    resolved_at = peewee.IntegerField()
    resolved_by = peewee.TextField(constraints=[one_of("resolved_by", *RESOLVERS)])

    class Meta:
        table_name = "ai_hold_resolutions"


class AIOpenHold(Table):
    """A hold without a resolution, by when it expires. Kept by triggers."""

    hold_id = peewee.TextField(primary_key=True)
    budget = peewee.TextField()
    expires_at = peewee.IntegerField()

    class Meta:
        table_name = "ai_open_holds"


AIOpenHold.add_index(AIOpenHold.index(AIOpenHold.budget, AIOpenHold.expires_at, name="ai_open_holds_expiry"))
AIOpenHold.add_index(AIOpenHold.index(AIOpenHold.budget, AIOpenHold.hold_id, name="ai_open_holds_listed"))


class AIBudgetPeriod(Table):
    """What a budget has in a UTC day (2026-11-27) and in a month (2026-11). Each budget has both; one has its limit."""

    budget = peewee.TextField()
    period = peewee.TextField()
    posted_nanousd = counter()
    pending_nanousd = counter()
    # Calls whose price is not known, and those of them for which nothing was posted.
    unpriced = counter()
    uncovered = counter()

    class Meta:
        table_name = "ai_budget_periods"
        primary_key = peewee.CompositeKey("budget", "period")


class AIBudgetAlert(Table):
    """That a budget reached a part of its limit, once per period, and whether the webhook was told."""

    id = peewee.TextField(primary_key=True, constraints=[default(peewee.SQL("lower(hex(randomblob(16)))"))])
    budget = peewee.TextField()
    period = peewee.TextField()
    percent = peewee.IntegerField()
    posted_nanousd = peewee.IntegerField()
    limit_nanousd = peewee.IntegerField()
    crossed_at = peewee.IntegerField(constraints=[default(peewee.SQL("unixepoch()"))])
    attempts = counter()
    # When it is due; NULL once it was delivered or given up.
    due_at = peewee.IntegerField(null=True, constraints=[default(0)])
    delivered_at = peewee.IntegerField(null=True)
    last_error = peewee.TextField(null=True)

    class Meta:
        table_name = "ai_budget_alerts"


AIBudgetAlert.add_index(
    AIBudgetAlert.index(
        AIBudgetAlert.budget,
        AIBudgetAlert.period,
        AIBudgetAlert.percent,
        unique=True,
        name="ai_budget_alerts_once",
    )
)
AIBudgetAlert.add_index(
    AIBudgetAlert.index(AIBudgetAlert.due_at, where=AIBudgetAlert.due_at.is_null(False), name="ai_budget_alerts_due")
)


def keys(moment: str) -> str:
    """SQL: the day and the month of a moment, which is SQL for epoch seconds, as rows with the column `period`."""
    day, month = (f"strftime('{form}', {moment}, 'unixepoch')" for form in ("%Y-%m-%d", "%Y-%m"))
    return f"SELECT {day} AS period UNION ALL SELECT {month}"


def cost(row: str) -> str:
    """SQL: what a call of the ledger costs in nano-dollars, NULL where that is unknown or no call costs that.

    A release before writes micro-dollars alone. Which trigger runs first is not defined, so this reads them itself.
    """
    nano, micro = f"{row}.cost_nanousd", f"{row}.cost_microusd"
    whole = f"coalesce({nano}, CASE WHEN {micro} BETWEEN 0 AND {DEAREST // 1000} THEN {micro} * 1000 END)"
    return f"(CASE WHEN {whole} BETWEEN 0 AND {DEAREST} THEN {whole} END)"


def expire(which: str, moment: str) -> str:
    """SQL: resolve the open holds `o` that meet a condition as expired at a moment."""
    columns = "hold_id, kind, posted_nanousd, overrun_nanousd, resolved_at, resolved_by"
    return f"""INSERT INTO ai_hold_resolutions ({columns})
        SELECT o.hold_id, 'expire', 0, 0, {moment}, 'time' FROM ai_open_holds o
        WHERE {which} AND o.expires_at <= {moment}"""


def _keys(moment: str) -> str:
    """SQL: the same as a list."""
    return f"(strftime('%Y-%m-%d', {moment}, 'unixepoch'), strftime('%Y-%m', {moment}, 'unixepoch'))"


# Beyond this sum SQLite goes on in real numbers, of which the smaller one is a whole number again.
_POST = f"posted_nanousd = min({MOST}, posted_nanousd + {{}})"
_RECORDED = "coalesce(new.recorded_at, unixepoch())"
# SQL: whether the budget b has settled a hold for the new call: then what was settled is what it costs.
_SETTLED = """EXISTS (
            SELECT 1 FROM ai_holds h JOIN ai_hold_resolutions r ON r.hold_id = h.id
            WHERE h.request_id = new.request_id AND h.budget = b.name AND r.kind = 'settle')"""
_MATCHING = "coalesce(b.purpose = new.purpose, true) AND new.created_at >= b.counts_from"

# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
OBJECTS: tuple[str, ...] = (
    *(
        f"""
    CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table}
    BEGIN SELECT RAISE(ABORT, '{table}: rows stay as they were written'); END
    """
        for table in ("ai_holds", "ai_hold_resolutions")
        for verb in ("UPDATE", "DELETE")
    ),
    # A statement that fires triggers is compiled with all of them each time, so these are few and short.
    f"""
    CREATE TRIGGER ai_holds_pending AFTER INSERT ON ai_holds
    BEGIN
        INSERT INTO ai_open_holds (hold_id, budget, expires_at) VALUES (new.id, new.budget, new.expires_at);
        INSERT INTO ai_budget_periods (budget, period, pending_nanousd)
        SELECT new.budget, k.period, new.amount_nanousd FROM ({keys("new.created_at")}) k WHERE true
        ON CONFLICT (budget, period) DO UPDATE SET pending_nanousd = pending_nanousd + excluded.pending_nanousd;
    END
    """,
    f"""
    CREATE TRIGGER ai_hold_resolutions_posted AFTER INSERT ON ai_hold_resolutions
    BEGIN
        DELETE FROM ai_open_holds WHERE hold_id = new.hold_id;
        UPDATE ai_budget_periods SET pending_nanousd = pending_nanousd - h.amount_nanousd,
            {_POST.format("new.posted_nanousd")}
        FROM ai_holds h WHERE h.id = new.hold_id AND ai_budget_periods.budget = h.budget
            AND ai_budget_periods.period IN {_keys("h.created_at")};
    END
    """,
    # Resolves the holds of the call, then makes sure of the balances of each budget that it belongs to, and posts it.
    # The + keeps the engine from looking through the balances of all days.
    f"""
    CREATE TRIGGER ai_generation_log_spent AFTER INSERT ON ai_generation_log
    WHEN EXISTS (SELECT 1 FROM ai_budgets)
    BEGIN
        INSERT INTO ai_hold_resolutions (hold_id, kind, actual_nanousd, posted_nanousd, overrun_nanousd, resolved_at,
                                         resolved_by)
        SELECT hold_id, kind, iif(kind = 'settle', cost, NULL),
               iif(kind = 'settle', coalesce(cost, amount_nanousd), 0),
               iif(kind = 'settle', max(0, coalesce(cost, 0) - amount_nanousd), 0), {_RECORDED},
               iif(kind = 'expire', 'time', 'generation')
        FROM (SELECT o.hold_id, h.amount_nanousd, {cost("new")} AS cost,
                     CASE WHEN o.expires_at <= {_RECORDED} THEN 'expire'
                          WHEN {cost("new")} IS NULL AND NOT b.fail_closed THEN 'release' ELSE 'settle' END AS kind
              FROM ai_holds h JOIN ai_open_holds o ON o.hold_id = h.id JOIN ai_budgets b ON b.name = h.budget
              WHERE h.request_id = new.request_id);
        INSERT INTO ai_budget_periods (budget, period)
        SELECT b.name, k.period FROM ai_budgets b, ({keys("new.created_at")}) k
        WHERE {_MATCHING} AND k.period IS NOT NULL
        ON CONFLICT (budget, period) DO NOTHING;
        UPDATE ai_budget_periods SET {_POST.format("iif(m.is_settled, 0, coalesce(m.cost, 0))")},
            unpriced = unpriced + (m.cost IS NULL), uncovered = uncovered + (m.cost IS NULL AND NOT m.is_settled)
        FROM (SELECT b.name, {cost("new")} AS cost, {_SETTLED} AS is_settled FROM ai_budgets b WHERE {_MATCHING}) m
        WHERE ai_budget_periods.budget = +m.name AND ai_budget_periods.period IN {_keys("new.created_at")};
    END
    """,
    f"""
    CREATE TRIGGER ai_budget_periods_alerts AFTER UPDATE OF posted_nanousd ON ai_budget_periods
    WHEN new.posted_nanousd > 0
    BEGIN
        INSERT INTO ai_budget_alerts (budget, period, percent, posted_nanousd, limit_nanousd)
        SELECT b.name, new.period, p.column1, new.posted_nanousd, b.limit_nanousd
        FROM ai_budgets b, (VALUES {", ".join(f"({percent})" for percent in PERCENTS)}) p
        WHERE b.name = new.budget AND length(new.period) = iif(b.period = 'day', 10, 7)
            AND new.posted_nanousd * 100 >= b.limit_nanousd * p.column1
        ON CONFLICT (budget, period, percent) DO NOTHING;
    END
    """,
)
