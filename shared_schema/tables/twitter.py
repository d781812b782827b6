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
    quotes = shape.Integer()
    bookmarks = shape.Integer()
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


def _count(name: str) -> str:
    return f"coalesce(CAST(metrics->>'$.{name}' AS INTEGER), 0)"


# What `top` sorts by. Metrics that are no JSON count as none: an index must not stop whoever wrote them.
_ENGAGEMENT = (
    "CASE WHEN json_valid(metrics) THEN CAST("
    + " + ".join(map(_count, ("likes", "retweets", "replies", "quotes")))
    + " AS INTEGER) ELSE 0 END"
)


def number(x_id: str) -> str:
    """SQL: what sorts as an id of X (SQL, a text) does as a number: the same text with zeros before it."""
    return f"substr('00000000000000000000' || {x_id}, -20)"


BY_NUMBER = (peewee.SQL(number("id")),)


class TwitterAccount(Table):
    """An account of X. Its username is # and the id where X has not told us the handle."""

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


# Handles of X compare without case. The index is not unique: a release before would fail on it.
TwitterAccount.add_index(TwitterAccount.index(peewee.SQL("lower(username)"), name="twitter_accounts_handles"))
TwitterAccount.add_index(TwitterAccount.index(*BY_NUMBER, name="twitter_accounts_by_number"))
for _flag in (TwitterAccount.is_own_account, TwitterAccount.is_competitor, TwitterAccount.is_target_audience):
    TwitterAccount.add_index(
        TwitterAccount.index(TwitterAccount.id, where=_flag == 1, name=f"twitter_accounts_{_flag.name}")
    )
    TwitterAccount.add_index(
        TwitterAccount.index(*BY_NUMBER, where=_flag == 1, name=f"twitter_accounts_{_flag.name}_by_number")
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
    # How much of the post the text is: 0 is X's sentence that the account is unavailable, 1 may be cut off, 2 is the
    # whole text of a long post. NULL from a release before.
    text_rank = peewee.IntegerField(null=True)
    engagement = peewee.IntegerField(
        null=True, constraints=[peewee.SQL(f"GENERATED ALWAYS AS ({_ENGAGEMENT}) VIRTUAL")]
    )

    class Meta:
        table_name = "tweets"
        # The first is the order of the release before.
        indexes = ((("account_id", "id"), False), (("chain_id",), False))


Tweet.add_index(Tweet.index(*BY_NUMBER, name="tweets_by_number"))
Tweet.add_index(Tweet.index(Tweet.account_id, *BY_NUMBER, name="tweets_of_account"))
Tweet.add_index(Tweet.index(Tweet.conversation_id, *BY_NUMBER, name="tweets_of_conversation"))
Tweet.add_index(Tweet.index(Tweet.created_at, *BY_NUMBER, name="tweets_by_time"))
Tweet.add_index(Tweet.index(Tweet.account_id, Tweet.created_at, *BY_NUMBER, name="tweets_of_account_by_time"))
Tweet.add_index(
    Tweet.index(
        peewee.SQL("(created_at / 86400)"),
        Tweet.engagement.desc(),
        Tweet.id,
        where=Tweet.superseded_by.is_null() & Tweet.unavailable.is_null(),
        name="tweets_top_of_day",
    )
)


class TweetMetricsDay(Table):
    """What X counted of a tweet as of the last fetch of a day in UTC, YYYY-MM-DD; NULL for what it did not say."""

    tweet_id = refers_to_text("tweets")
    day = peewee.TextField()
    likes = peewee.IntegerField(null=True)
    retweets = peewee.IntegerField(null=True)
    replies = peewee.IntegerField(null=True)
    quotes = peewee.IntegerField(null=True)
    bookmarks = peewee.IntegerField(null=True)
    impressions = peewee.IntegerField(null=True)
    fetched_at = peewee.IntegerField()

    class Meta:
        table_name = "tweet_metrics_days"
        primary_key = peewee.CompositeKey("tweet_id", "day")
        without_rowid = True  # rows are found by their key alone


# Virtual tables, views and triggers beside the models: a CREATE statement each, in the order in which they are made.
# They take over what a release before writes: an id for a handle that is not known, and a text without its rank.
OBJECTS: tuple[str, ...] = (
    """
    CREATE TRIGGER twitter_accounts_nameless AFTER INSERT ON twitter_accounts WHEN new.username = new.id
    BEGIN UPDATE twitter_accounts SET username = '#' || id WHERE id = new.id; END
    """,
    """
    CREATE TRIGGER twitter_accounts_left AFTER UPDATE OF username ON twitter_accounts WHEN new.username = new.id
    BEGIN UPDATE twitter_accounts SET username = '#' || id WHERE id = new.id; END
    """,
    """
    CREATE TRIGGER tweets_text_of_any_rank AFTER UPDATE OF text ON tweets
    WHEN new.text <> old.text AND new.text_rank IS old.text_rank AND new.text_rank IS NOT NULL
    BEGIN UPDATE tweets SET text_rank = NULL WHERE id = new.id; END
    """,
)
