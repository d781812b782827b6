"""Tables of the growth service: opportunities to reply, quote or follow, and what became of them."""

import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, between, default, generated, now, one_of, refers_to_text
from shared_schema.tables.table import Table

OPPORTUNITY_TYPES = ("reply", "quote", "follow")
OPPORTUNITY_STATUSES = ("pending", "approved", "rejected", "claimed", "unknown", "executed", "expired")
OPEN = ("pending", "approved")
LIVE = ("pending", "approved", "claimed", "unknown")


class EngagementOpportunity(Table):
    """A reply to a tweet. `claimed`: a caller has a lease on it. `unknown`: it may have been sent; a person looks.
    `expired`: nobody decided in time, or there is nothing left to answer.
    """

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
    # The first version of the post that is answered: of all its versions, one is answered.
    chain_id = peewee.TextField(null=True)
    relevance_reasons = JSONField(shape.List(shape.Dict()), null=True)
    # Who decided: the subject of a token, or "service". NULL while nobody has, and from a release before.
    decided_by = peewee.TextField(null=True)
    decided_at = peewee.IntegerField(null=True)
    # What was approved: the JSON array of the reply and of the tweet as it was. NULL while nothing is.
    approved_pair = peewee.TextField(null=True)
    # When a pending one expires.
    pending_until = peewee.IntegerField(null=True)
    expired_reason = peewee.TextField(null=True)
    # What a person should look at, though it is settled: proof of sending that came late.
    flagged = peewee.TextField(null=True)

    class Meta:
        table_name = "engagement_opportunities"


class SendSlot(Table):
    """A place under the caps that an opportunity holds, from its claim on. One that was not sent gives it back.

    Kept by triggers, so that the claims of every release count. A follow answers no post: it has no chain or thread.
    """

    opportunity_id = peewee.TextField(primary_key=True)
    account_id = peewee.TextField()
    chain_id = peewee.TextField(null=True)
    thread_id = peewee.TextField(null=True)
    taken_at = now()

    class Meta:
        table_name = "send_slots"
        indexes = (
            (("taken_at",), False),
            (("account_id", "taken_at"), False),
            (("thread_id",), False),
            (("chain_id",), False),
        )


class OpportunityCount(Table):
    """How many opportunities are stored in each state. Kept by triggers."""

    status = peewee.TextField(primary_key=True)
    opportunities = peewee.IntegerField()

    class Meta:
        table_name = "opportunity_counts"


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
        EngagementOpportunity.chain_id,
        EngagementOpportunity.opportunity_type,
        unique=True,
        where=EngagementOpportunity.status.in_(LIVE),
        name="engagement_opportunities_one_live_of_a_chain",
    )
)
EngagementOpportunity.add_index(
    EngagementOpportunity.index(
        EngagementOpportunity.pending_until,
        where=EngagementOpportunity.status == "pending",
        name="engagement_opportunities_waiting",
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

PENDING_S = 72 * 3600  # how long a draft waits for a decision where no configuration says

# SQL: the post that `new` answers, by what its versions have in common and by its conversation. A follow answers none.
_ANSWERS = """
        iif(new.opportunity_type = 'follow', NULL, coalesce(t.chain_id, t.id)),
        iif(new.opportunity_type = 'follow', NULL, coalesce(t.conversation_id, t.id))
"""


def _counted(row: str, change: str) -> str:
    """SQL: the state of the `row` of a trigger has one more or one less."""
    return f"""
        INSERT INTO opportunity_counts (status, opportunities) VALUES ({row}.status, {change} 1)
        ON CONFLICT (status) DO UPDATE SET opportunities = opportunities {change} 1;"""


# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
OBJECTS: tuple[str, ...] = (
    # A release before writes micro-dollars alone.
    """
    CREATE TRIGGER engagement_opportunities_in_nanousd AFTER INSERT ON engagement_opportunities
    WHEN new.ai_cost_nanousd IS NULL AND new.ai_cost_microusd BETWEEN 0 AND 5000000000000
    BEGIN UPDATE engagement_opportunities SET ai_cost_nanousd = new.ai_cost_microusd * 1000 WHERE id = new.id; END
    """,
    # A release before knows no chains, no end of waiting, and nothing of what was approved.
    f"""
    CREATE TRIGGER engagement_opportunities_in_a_chain AFTER INSERT ON engagement_opportunities
    WHEN new.chain_id IS NULL
    BEGIN
        UPDATE engagement_opportunities SET
            chain_id = (SELECT coalesce(chain_id, id) FROM tweets WHERE id = new.tweet_id),
            pending_until = coalesce(new.pending_until, new.created_at + {PENDING_S})
        WHERE id = new.id;
    END
    """,
    """
    CREATE TRIGGER engagement_opportunities_as_approved AFTER UPDATE OF status ON engagement_opportunities
    WHEN new.status = 'approved' AND new.approved_pair IS NULL
    BEGIN
        UPDATE engagement_opportunities
        SET approved_pair = (SELECT json_array(new.suggested_response, text) FROM tweets WHERE id = new.tweet_id)
        WHERE id = new.id;
    END
    """,
    f"""
    CREATE TRIGGER send_slots_taken AFTER UPDATE OF status ON engagement_opportunities
    WHEN new.status IN ('claimed', 'executed')
    BEGIN
        INSERT INTO send_slots (opportunity_id, account_id, chain_id, thread_id)
        SELECT new.id, new.account_id, {_ANSWERS.strip()}
        FROM tweets t
        WHERE t.id = new.tweet_id AND NOT EXISTS (SELECT 1 FROM send_slots WHERE opportunity_id = new.id);
    END
    """,
    """
    CREATE TRIGGER send_slots_given_back AFTER UPDATE OF status ON engagement_opportunities
    WHEN old.status IN ('claimed', 'unknown') AND new.status NOT IN ('claimed', 'unknown', 'executed')
    BEGIN DELETE FROM send_slots WHERE opportunity_id = new.id; END
    """,
    f"""
    CREATE TRIGGER opportunity_counts_of_new AFTER INSERT ON engagement_opportunities
    BEGIN{_counted("new", "+")}
    END
    """,
    f"""
    CREATE TRIGGER opportunity_counts_of_moved AFTER UPDATE OF status ON engagement_opportunities
    WHEN new.status <> old.status
    BEGIN{_counted("old", "-")}{_counted("new", "+")}
    END
    """,
    f"""
    CREATE TRIGGER opportunity_counts_of_gone AFTER DELETE ON engagement_opportunities
    BEGIN{_counted("old", "-")}
    END
    """,
)
