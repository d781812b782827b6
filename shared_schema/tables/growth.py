"""Tables of the growth service: the days of its own account, and what became of its drafts by time."""

import peewee

from shared_schema.fields import counter, generated, now
from shared_schema.tables.table import Table


class GrowthMetric(Table):
    id = peewee.AutoField()
    date = peewee.TextField(unique=True)
    followers_count = peewee.IntegerField(null=True)
    following_count = peewee.IntegerField(null=True)
    new_followers = peewee.IntegerField(null=True)
    lost_followers = peewee.IntegerField(null=True)
    tweets_sent = peewee.IntegerField(null=True)
    engagements_made = peewee.IntegerField(null=True)
    impressions = peewee.IntegerField(null=True)
    profile_visits = peewee.IntegerField(null=True)
    engagement_rate = peewee.FloatField(null=True)
    ai_costs = generated("ai_cost_microusd / 1000000.0")
    created_at = now()
    ai_cost_microusd = peewee.IntegerField(null=True)
    updated_at = now()
    ai_cost_nanousd = peewee.IntegerField(null=True)

    class Meta:
        table_name = "growth_metrics"


class OpportunityQuarter(Table):
    """Opportunities by the quarter of an hour, of which `at` is the first second: every time zone is made of these.

    Counted by triggers from the rows of `engagement_opportunities`. The first four are the drafts made then, and what
    they have become by now; `sent` are the replies and quotes that were sent then, whenever they were drafted.
    """

    at = peewee.IntegerField(primary_key=True)
    drafted = counter()
    approved = counter()
    rejected = counter()
    executed = counter()
    sent = counter()

    class Meta:
        table_name = "opportunity_quarters"


class OpportunityDay(Table):
    """The same by the day in UTC, so that a window of days is read from few rows."""

    at = peewee.IntegerField(primary_key=True)
    drafted = counter()
    approved = counter()
    rejected = counter()
    executed = counter()
    sent = counter()

    class Meta:
        table_name = "opportunity_days"


_COUNTS = ("drafted", "approved", "rejected", "executed", "sent")
_SUMS = ", ".join(f"{column} = {column} + excluded.{column}" for column in _COUNTS)


def _counted(row: str, sign: str = "") -> str:
    """SQL: what the row `new` or `old` of a trigger adds to the counts of its times, or with the sign - takes away."""
    state = f"{row}.status"
    return f"""
            SELECT {row}.created_at AS at, {sign}1 AS drafted,
                {sign}({state} IN ('approved', 'claimed', 'unknown', 'executed')) AS approved,
                {sign}({state} = 'rejected') AS rejected, {sign}({state} = 'executed') AS executed, 0 AS sent
            UNION ALL
            SELECT {row}.executed_at, 0, 0, 0, 0, {sign}1
            WHERE {state} = 'executed' AND {row}.opportunity_type <> 'follow' AND {row}.executed_at IS NOT NULL"""


def _count(*changes: str) -> str:
    """The statements of a trigger that add up such changes, by quarter and by day."""
    joined = "\n            UNION ALL".join(changes)
    return "".join(
        f"""
        INSERT INTO {table} (at, {", ".join(_COUNTS)})
        SELECT at - at % {seconds}, {", ".join(_COUNTS)} FROM ({joined}) WHERE true
        ON CONFLICT (at) DO UPDATE SET {_SUMS};"""
        for table, seconds in (("opportunity_quarters", 900), ("opportunity_days", 86_400))
    )


# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
OBJECTS: tuple[str, ...] = (
    # A release before writes micro-dollars alone, and adds to them.
    """
    CREATE TRIGGER growth_metrics_in_nanousd AFTER UPDATE OF ai_cost_microusd ON growth_metrics
    WHEN new.ai_cost_nanousd IS old.ai_cost_nanousd AND new.ai_cost_microusd BETWEEN 0 AND 5000000000000
    BEGIN UPDATE growth_metrics SET ai_cost_nanousd = new.ai_cost_microusd * 1000 WHERE id = new.id; END
    """,
    f"""
    CREATE TRIGGER opportunity_quarters_drafted AFTER INSERT ON engagement_opportunities
    BEGIN{_count(_counted("new"))}
    END
    """,
    f"""
    CREATE TRIGGER opportunity_quarters_moved
    AFTER UPDATE OF status, opportunity_type, created_at, executed_at ON engagement_opportunities
    BEGIN{_count(_counted("old", "-"), _counted("new"))}
    END
    """,
    f"""
    CREATE TRIGGER opportunity_quarters_removed AFTER DELETE ON engagement_opportunities
    BEGIN{_count(_counted("old", "-"))}
    END
    """,
)
