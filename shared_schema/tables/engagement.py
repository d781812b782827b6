"""Tables of the growth service: opportunities to reply, quote or follow, and what became of them."""

import peewee

from shared_schema.fields import between, default, generated, now, one_of, refers_to_text
from shared_schema.tables.table import Table

OPPORTUNITY_TYPES = ("reply", "quote", "follow")
OPPORTUNITY_STATUSES = ("pending", "approved", "rejected", "claimed", "unknown", "executed", "expired")
OPEN = ("pending", "approved")
LIVE = ("pending", "approved", "claimed", "unknown")


class EngagementOpportunity(Table):
    """A reply to a tweet. `claimed`: a caller has a lease on it. `unknown`: it may have been sent; a person looks."""

    id = peewee.TextField(primary_key=True, constraints=[default(peewee.SQL("lower(hex(randomblob(16)))"))])
    tweet_id = refers_to_text("tweets")
    account_id = refers_to_text("twitter_accounts")
    opportunity_type = peewee.TextField(constraints=[one_of("opportunity_type", *OPPORTUNITY_TYPES)])
    relevance_score = peewee.FloatField(constraints=[between("relevance_score", 0, 1)])
    suggested_response = peewee.TextField(null=True)
    ai_model_used = peewee.TextField(null=True)
    ai_cost = generated("ai_cost_microusd / 1000000.0")
    status = peewee.TextField(
        constraints=[
            default("pending"),
            one_of("status", *OPPORTUNITY_STATUSES),
        ]
    )
    executed_at = peewee.IntegerField(null=True)
    created_at = now()
    ai_cost_microusd = peewee.IntegerField(null=True)
    reject_reason = peewee.TextField(null=True)
    lease_token = peewee.TextField(null=True)
    lease_expires_at = peewee.IntegerField(null=True)
    result_tweet_id = peewee.TextField(null=True)
    failure_reason = peewee.TextField(null=True)
    updated_at = now()
    ai_cost_nanousd = peewee.IntegerField(null=True)
    decided_by = peewee.TextField(null=True)
    decided_at = peewee.IntegerField(null=True)
    approved_pair = peewee.TextField(null=True)
    pending_until = peewee.IntegerField(null=True)
    flagged = peewee.TextField(null=True)
    expired_reason = peewee.TextField(null=True)

    class Meta:
        table_name = "engagement_opportunities"


EngagementOpportunity.add_index(
    EngagementOpportunity.index(
        EngagementOpportunity.tweet_id,
        EngagementOpportunity.opportunity_type,
        unique=True,
        where=EngagementOpportunity.status.in_(LIVE),
        name="engagement_opportunities_one_live",
    )
)
EngagementOpportunity.add_index(
    EngagementOpportunity.index(
        EngagementOpportunity.status,
        EngagementOpportunity.relevance_score.desc(),
        EngagementOpportunity.created_at.desc(),
        EngagementOpportunity.id.desc(),
        name="engagement_opportunities_queue",
    )
)
EngagementOpportunity.add_index(
    EngagementOpportunity.index(
        EngagementOpportunity.lease_expires_at,
        where=EngagementOpportunity.status == "claimed",
        name="engagement_opportunities_leases",
    )
)
EngagementOpportunity.add_index(
    EngagementOpportunity.index(
        EngagementOpportunity.executed_at,
        where=EngagementOpportunity.status == "executed",
        name="engagement_opportunities_executed",
    )
)
# Drafts of an author, who may become unavailable.
EngagementOpportunity.add_index(
    EngagementOpportunity.index(
        EngagementOpportunity.account_id,
        where=EngagementOpportunity.status.in_(OPEN),
        name="engagement_opportunities_open_of_account",
    )
)

# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
OBJECTS: tuple[str, ...] = (
    # A release before writes micro-dollars alone.
    """
    CREATE TRIGGER engagement_opportunities_in_nanousd AFTER INSERT ON engagement_opportunities
    WHEN new.ai_cost_nanousd IS NULL AND new.ai_cost_microusd BETWEEN 0 AND 5000000000000
    BEGIN UPDATE engagement_opportunities SET ai_cost_nanousd = new.ai_cost_microusd * 1000 WHERE id = new.id; END
    """,
)
