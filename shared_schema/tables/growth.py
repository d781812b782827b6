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


# How many drafts a row of engagement_opportunities adds to each count of the time at which it was made.
_OF_DRAFT = {
    "drafted": "1",
    "approved": "{row}.status IN ('approved', 'claimed', 'unknown', 'executed')",
    "rejected": "{row}.status = 'rejected'",
    "executed": "{row}.status = 'executed'",
}


def _count(row: str, sign: str) -> str:
    """Two statements of a trigger: they add the row `new` or `old` to its counts, or with the sign - take it away."""
    values = ", ".join(f"{sign}({value.format(row=row)})" for value in _OF_DRAFT.values())
    sums = ", ".join(f"{column} = {column} + excluded.{column}" for column in _OF_DRAFT)
    return f"""INSERT INTO opportunity_quarters (at, {", ".join(_OF_DRAFT)})
        VALUES ({row}.created_at - {row}.created_at % 900, {values})
        ON CONFLICT (at) DO UPDATE SET {sums};
        INSERT INTO opportunity_quarters (at, sent)
        SELECT {row}.executed_at - {row}.executed_at % 900, {sign}1
        WHERE {row}.status = 'executed' AND {row}.opportunity_type <> 'follow' AND {row}.executed_at IS NOT NULL
        ON CONFLICT (at) DO UPDATE SET sent = sent + excluded.sent;"""


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
    BEGIN {_count("new", "")} END
    """,
    f"""
    CREATE TRIGGER opportunity_quarters_moved
    AFTER UPDATE OF status, opportunity_type, created_at, executed_at ON engagement_opportunities
    BEGIN {_count("old", "-")} {_count("new", "")} END
    """,
    f"""
    CREATE TRIGGER opportunity_quarters_removed AFTER DELETE ON engagement_opportunities
    BEGIN {_count("old", "-")} END
    """,
)
