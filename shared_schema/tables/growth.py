"""Tables of the growth service: the days of its own account."""

import peewee

from shared_schema.fields import generated, now
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


# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
OBJECTS: tuple[str, ...] = (
    # A release before writes micro-dollars alone, and adds to them.
    """
    CREATE TRIGGER growth_metrics_in_nanousd AFTER UPDATE OF ai_cost_microusd ON growth_metrics
    WHEN new.ai_cost_nanousd IS old.ai_cost_nanousd AND new.ai_cost_microusd BETWEEN 0 AND 5000000000000
    BEGIN UPDATE growth_metrics SET ai_cost_nanousd = new.ai_cost_microusd * 1000 WHERE id = new.id; END
    """,
)
