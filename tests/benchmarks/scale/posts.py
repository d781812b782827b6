"""Accounts and posts of X: of five posts one may be answered, and the next one is our reply where that was sent."""

from shared_schema.database import LibsqlDatabase
from tests.benchmarks.scale.sizes import Size
from tests.benchmarks.scale.writing import DAY, fill, numbers, scattered

OF_EACH = 5  # posts to one opportunity
_SPAN_S = 60 * DAY
_OWN = "'1000000'"
_EPOCH_MS = 1_288_834_974_657  # of the ids of X, whose upper bits are milliseconds since then


def number(opportunity: str) -> str:
    """SQL: the number of the post that an opportunity, numbered from 1, is about. Our reply is the next post."""
    return f"(({opportunity}) * {OF_EACH} - {OF_EACH - 1})"


def created_at(tweet: str, size: Size, now: int) -> str:
    """SQL: when the post of this number was written; the last one a minute ago."""
    return f"({now - 60} - ({size.tweets} - ({tweet})) * {_SPAN_S} / {size.tweets})"


def id_of(tweet: str, size: Size, now: int) -> str:
    """SQL: the id of the post of this number."""
    return f"printf('%d', ({created_at(tweet, size, now)} * 1000 - {_EPOCH_MS}) * 4194304 + ({tweet}) % 4194304)"


def account_of(tweet: str, size: Size) -> str:
    """SQL: the id of an account that is not ours."""
    return f"printf('%d', 1000001 + {scattered(tweet, 61, size.tweets // 50 - 1)})"


def make(database: LibsqlDatabase, size: Size, now: int, sent: str) -> None:
    """`sent` is SQL for whether the opportunity of a number `o` was sent."""
    _accounts(database, size, now)
    _tweets(database, size, now, sent)
    day = "date(created_at + 86400, 'unixepoch')"
    counts = ("likes", "retweets", "replies", "quotes", "impressions")
    fill(
        database,
        "tweet_metrics_days",
        f"tweets WHERE account_id = {_OWN} ORDER BY id",
        tweet_id="id",
        day=day,
        fetched_at="created_at + 86400",
        **{name: f"metrics->>'{name}'" for name in counts},
    )
    fill(
        database,
        "timeline_spans",
        f"tweets WHERE account_id = {_OWN} HAVING count(*) > 0",
        account_id=_OWN,
        from_id="CAST(min(id) AS INTEGER)",
        to_id="CAST(max(id) AS INTEGER)",
    )


def _accounts(database: LibsqlDatabase, size: Size, now: int) -> None:
    """The first is ours."""
    fill(
        database,
        "twitter_accounts",
        numbers(size.tweets // 50),
        id="printf('%d', 999999 + n)",
        username="'account' || n",
        display_name="'Account ' || n",
        bio="'Learning for exam ' || (n % 20)",
        followers_count=scattered("n", 62, 50_000),
        following_count=scattered("n", 63, 2_000),
        tweet_count=scattered("n", 64, 20_000),
        is_own_account="n = 1",
        is_competitor="n % 50 = 2",
        is_target_audience="n % 3 = 0",
        created_at=f"{now - 200 * DAY}",
        updated_at=f"{now - DAY}",
        fetched_at=f"{now - DAY}",
    )


def _tweets(database: LibsqlDatabase, size: Size, now: int, sent: str) -> None:
    """The replies of others go to the post two before; one of 250 posts was edited, one is gone."""
    own = f"(n % {OF_EACH} = 2 AND {sent})"
    before = f"CASE WHEN {own} THEN n - 1 WHEN n % {OF_EACH} = 3 THEN n - 2 END"
    edited = "n % 250 = 4"
    fill(
        database,
        "tweets",
        f"""(SELECT *, {own} AS own, {before} AS before, {id_of("n", size, now)} AS id,
             {created_at("n", size, now)} AS at FROM (SELECT n, (n - 1) / {OF_EACH} + 1 AS o
             FROM {numbers(size.tweets)}))""",
        id="id",
        account_id=f"iif(own, {_OWN}, {account_of('n - (n % 250 = 5)', size)})",
        text="iif(own, 'Good question! Case ' || n || ' is in our practice test.', 'Studying for exam ' || (n % 20) || "
        "', stuck at case ' || n || ': who can explain it? #cert' || (n % 7))",
        metrics=f"""json_object('likes', {scattered("n", 65, 90)}, 'retweets', {scattered("n", 66, 20)}, 'replies',
            {scattered("n", 67, 10)}, 'quotes', {scattered("n", 68, 4)}, 'impressions', {scattered("n", 69, 5_000)})""",
        entities="""json_object('hashtags', json_array('cert' || (n % 7)), 'mentions', json_array(),
            'urls', json_array())""",
        ai_analysis="""iif(n % 5 = 1, json_object('sentiment', 'neutral', 'topics', json_array('exam ' || (n % 20)),
            'engagementQuality', 0.5), NULL)""",
        created_at="at",
        conversation_id=f"iif(before IS NULL, id, {id_of('before', size, now)})",
        replied_to_id=f"iif(before IS NULL, NULL, {id_of('before', size, now)})",
        replied_to_account_id=f"iif(before IS NULL, NULL, {account_of('before', size)})",
        language="'en'",
        chain_id=f"iif(n % 250 = 5, {id_of('n - 1', size, now)}, id)",
        superseded_by=f"iif({edited}, {id_of('n + 1', size, now)}, NULL)",
        unavailable="iif(n % 250 = 100, 'deleted', NULL)",
        fetched_at="at + 30",
        text_rank="1",
    )
