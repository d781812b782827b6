"""Tables of the growth service: accounts and tweets of X."""

import marshmallow
import peewee
from marshmallow import fields as shape

from shared_schema.fields import JSONField, counter, flag, now, refers_to_text
from shared_schema.tables.table import Table


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
    # Why the account cannot be seen on X, NULL while it can.
    unavailable = peewee.TextField(null=True)
    # When X said what the row has. NULL from a release before.
    fetched_at = peewee.IntegerField(null=True)

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
    conversation_id = peewee.TextField(null=True)
    replied_to_id = peewee.TextField(null=True)
    replied_to_account_id = peewee.TextField(null=True)
    quoted_id = peewee.TextField(null=True)
    language = peewee.TextField(null=True)
    # The first version of a post that was edited; an edit has an id of its own. NULL is the same as the id.
    chain_id = peewee.TextField(null=True)
    # The latest version that we know, NULL while this is it.
    superseded_by = peewee.TextField(null=True)
    # Why the post cannot be seen on X, NULL while it can.
    unavailable = peewee.TextField(null=True)
    withheld = JSONField(shape.Dict(), null=True)
    # When X said what the row has. NULL from a release before.
    fetched_at = peewee.IntegerField(null=True)

    class Meta:
        table_name = "tweets"
        indexes = ((("account_id", "id"), False), (("chain_id",), False))
