"""Tables of the growth service: accounts and tweets of X, reply opportunities, daily metrics, AI calls."""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import (
    JSONField,
    between,
    counter,
    default,
    flag,
    generated,
    now,
    one_of,
    refers_to,
    refers_to_text,
)
from shared_schema.tables.table import Table

OPPORTUNITY_TYPES = ("reply", "quote", "follow")
OPPORTUNITY_STATUSES = ("pending", "approved", "rejected", "claimed", "unknown", "executed")
COST_BASES = ("usage", "tokens", "billed")


class TweetMetrics(marshmallow.Schema):
    likes = shape.Integer(required=True)
    retweets = shape.Integer(required=True)
    replies = shape.Integer(required=True)
    impressions = shape.Integer()


class TweetEntities(marshmallow.Schema):
    hashtags = shape.List(shape.String(), required=True)
    mentions = shape.List(shape.String(), required=True)
    urls = shape.List(shape.String(), required=True)


class TweetAnalysis(marshmallow.Schema):
    sentiment = shape.String(required=True)
    topics = shape.List(shape.String(), required=True)
    engagementQuality = shape.Float(required=True)
    relevanceScore = shape.Float()


_STRINGS = shape.List(shape.String())


class TwitterAccount(Table):
    id = peewee.TextField(primary_key=True)
    username = peewee.TextField(unique=True)
    display_name = peewee.TextField(null=True)
    bio = peewee.TextField(null=True)
    followers_count = counter()
    following_count = counter()
    tweet_count = counter()
    is_own_account = flag("is_own_account")
    is_competitor = flag("is_competitor")
    is_target_audience = flag("is_target_audience")
    last_analyzed_at = peewee.IntegerField(null=True)
    created_at = now()
    updated_at = now()

    class Meta:
        table_name = "twitter_accounts"


for _flag in (TwitterAccount.is_own_account, TwitterAccount.is_competitor, TwitterAccount.is_target_audience):
    TwitterAccount.add_index(
        TwitterAccount.index(TwitterAccount.id, where=_flag == 1, name=f"twitter_accounts_{_flag.name}")
    )


class Tweet(Table):
    id = peewee.TextField(primary_key=True)
    account_id = refers_to_text("twitter_accounts")
    text = peewee.TextField()
    metrics = JSONField(shape.Nested(TweetMetrics), null=True)
    entities = JSONField(shape.Nested(TweetEntities), null=True)
    ai_analysis = JSONField(shape.Nested(TweetAnalysis), null=True)
    created_at = peewee.IntegerField(null=True)
    analyzed_at = peewee.IntegerField(null=True)

    class Meta:
        table_name = "tweets"
        indexes = ((("account_id", "id"), False),)


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

    class Meta:
        table_name = "growth_metrics"


class VoiceProfile(Table):
    id = peewee.AutoField()
    name = peewee.TextField()
    description = peewee.TextField(null=True)
    tone = peewee.TextField(null=True)
    topics = JSONField(_STRINGS, null=True)
    vocabulary = JSONField(_STRINGS, null=True)
    examples = JSONField(_STRINGS, null=True)
    voice_data = JSONField(shape.Dict(), null=True)
    is_active = flag("is_active")
    created_at = now()
    updated_at = now()

    class Meta:
        table_name = "voice_profiles"


class AIGeneration(Table):
    """One AI call. `cost_microusd` is NULL where the price is unknown, and 0 where the call was free."""

    id = peewee.AutoField()
    purpose = peewee.TextField()
    model = peewee.TextField()
    prompt_tokens = peewee.IntegerField(null=True)
    completion_tokens = peewee.IntegerField(null=True)
    total_tokens = peewee.IntegerField(null=True)
    cost_cents = generated("cost_microusd / 10000.0")
    exam_id = refers_to("exams", "SET NULL", null=True)
    objective_id = refers_to("objectives", "SET NULL", null=True)
    question_ids = JSONField(shape.List(shape.Integer(strict=True)), null=True)
    tweet_id = peewee.TextField(null=True)
    opportunity_id = peewee.TextField(null=True)
    success = flag("success", on=True)
    error_message = peewee.TextField(null=True)
    generation_time_ms = peewee.IntegerField(null=True)
    request_id = peewee.TextField(null=True, unique=True)
    user_id = refers_to("users", "SET NULL", null=True)
    ip_address = peewee.TextField(null=True)
    user_agent = peewee.TextField(null=True)
    created_at = now()
    provider = peewee.TextField(null=True)
    usage = JSONField(shape.Dict(), null=True)
    cost_microusd = peewee.IntegerField(null=True)
    # What the cost was computed from: the provider's usage object, bare token counts, or the provider's own bill.
    cost_basis = peewee.TextField(null=True, constraints=[one_of("cost_basis", *COST_BASES)])
    # The digest of what the client sent: the same requestId with other content is refused.
    digest = peewee.TextField(null=True)

    class Meta:
        table_name = "ai_generation_log"


AIGeneration.add_index(
    AIGeneration.index(
        AIGeneration.created_at,
        AIGeneration.purpose,
        AIGeneration.model,
        AIGeneration.cost_microusd,
        AIGeneration.success,
        name="ai_generation_log_costs",
    )
)

# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
OBJECTS: tuple[str, ...] = ()
