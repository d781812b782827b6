"""Tweets of X. A whole response is written in one batch; the same response twice adds nothing."""

from collections.abc import Sequence
from typing import TypedDict

from growth_service import accounts, answerable, tweet_rows
from growth_service.accounts import User
from growth_service.tweet_rows import Row, Tweet
from shared_schema import audit, rows
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import NotFound
from shared_schema.rows import Page
from shared_schema.tables import db


class NewTweet(TypedDict):
    """A tweet as a response of X describes it; None for what the response does not say.

    `author_id` is the author that the response names; `account_id` is the author that counts for a tweet we do not
    have yet. `is_whole` is false where X may have cut off the text. `metrics` are counts by our names, `entities` lists
    of hashtags, mentions and urls.
    """

    id: str
    author_id: str | None
    account_id: str
    text: str
    is_whole: bool
    metrics: dict[str, int] | None
    entities: dict[str, list[str]] | None
    created_at: int | None


class Counts(TypedDict):
    """How many rows are new, and how many were there and are written again, changed or not."""

    created: int
    updated: int


class Ingested(TypedDict):
    """What an ingest has written."""

    accounts: Counts
    tweets: Counts


NOTHING: Ingested = {"accounts": {"created": 0, "updated": 0}, "tweets": {"created": 0, "updated": 0}}

_NO_METRICS = '{"likes":0,"retweets":0,"replies":0}'
_COLUMNS = """
    t.id, t.account_id, a.username AS account_username, t.text, t.metrics, t.entities, t.ai_analysis,
    t.created_at, t.analyzed_at
"""
_JOIN = "FROM tweets t JOIN twitter_accounts a ON a.id = t.account_id"
_GET = f"SELECT {_COLUMNS} {_JOIN} WHERE t.id = ?"
_PAGE = f"SELECT {_COLUMNS} {_JOIN} WHERE t.id < :after {{only}} ORDER BY t.id DESC LIMIT :limit"
_ABOVE_ALL = ":"  # the character after 9

# Made before the rows are written, both for the audit log and for the receipt.
_COUNTS = f"""
    json_object('accounts', {accounts.COUNTS}, 'tweets', json_object(
        'created', (SELECT count(*) FROM json_each(sent.tweets) n
                    WHERE NOT EXISTS (SELECT 1 FROM tweets WHERE id = n.value->>'id')),
        'updated', (SELECT count(*) FROM json_each(sent.tweets) n
                    WHERE EXISTS (SELECT 1 FROM tweets WHERE id = n.value->>'id'))))
"""
_LOGGED = f"""
    SELECT NULL AS id, NULL AS old, {_COUNTS} AS new FROM (SELECT :accounts AS accounts, :tweets AS tweets) sent
"""
_RECEIPT = f"SELECT {_COUNTS} FROM (SELECT ? AS accounts, ? AS tweets) sent"
# The sent text is only the beginning of the text that is stored.
_CUT = """
    (NOT n.value->>'is_whole' AND length(text) > length(n.value->>'text')
     AND substr(text, 1, length(rtrim(n.value->>'text', '…'))) = rtrim(n.value->>'text', '…'))
"""
# X leaves out what was not asked for and what is empty, so a column stays where the response has nothing for it. The
# stored author is replaced only by an author that the response itself names.
_UPDATE = f"""
    UPDATE tweets SET
        account_id = coalesce(n.value->>'author_id', account_id),
        text = CASE WHEN {_CUT} THEN text ELSE n.value->>'text' END,
        metrics = CASE WHEN n.value->>'metrics' IS NULL THEN metrics
                       WHEN json_valid(metrics) AND json_type(metrics) = 'object'
                       THEN json_patch(metrics, n.value->>'metrics')
                       ELSE json_patch('{_NO_METRICS}', n.value->>'metrics') END,
        entities = CASE WHEN {_CUT} THEN entities ELSE coalesce(n.value->>'entities', entities) END,
        created_at = coalesce(n.value->>'created_at', created_at)
    FROM json_each(:tweets) n WHERE tweets.id = n.value->>'id'
"""
_INSERT = f"""
    INSERT INTO tweets (id, account_id, text, metrics, entities, created_at)
    SELECT value->>'id', value->>'account_id', value->>'text',
           json_patch('{_NO_METRICS}', value->>'metrics'), value->>'entities', value->>'created_at'
    FROM json_each(:tweets) WHERE true
    ON CONFLICT (id) DO NOTHING
"""


def ingest(tweets: Sequence[NewTweet], users: Sequence[User], actor: Actor, once: Once) -> Receipt:
    """Write tweets and accounts of a response of X, each with an id of its own. The receipt is an Ingested.

    An author who is not among the users becomes an account that is known only by its id.
    """
    if not tweets and not users:
        return Receipt(NOTHING, replayed=False)
    known = [*users, *_unnamed_authors(tweets, users)]
    values = {"accounts": dumps(known), "tweets": dumps(tweets)}
    queries = [
        audit.entries(actor, "tweet.ingest", "tweet", _LOGGED, values),
        *accounts.upserts(known),
        Statement(_UPDATE, values),
        Statement(_INSERT, values),
        *answerable.void_of(actor, values["tweets"]),
    ]
    sent = (values["accounts"], values["tweets"])
    return once.write(queries, _RECEIPT, sent, natural_key=True, receipt_first=True)


def get(tweet_id: str) -> Tweet:
    """One tweet, or NotFound; Damaged where its row cannot be used."""
    (result,) = db.fetch([Statement(_GET, (tweet_id,))])
    row = result.first(Row)
    if row is None:
        raise NotFound("no such tweet")
    return rows.one("tweets", row, tweet_rows.read)


def page(account_id: str | None, after: str | None, limit: int) -> Page[Tweet]:
    """Tweets of one account or of all, latest first, below the id `after`.

    The order is that of the ids as text, which is by time for ids of 19 digits: all tweets since 2012.
    """
    only = "AND t.account_id = :account" if account_id else ""
    values = {"account": account_id, "after": after or _ABOVE_ALL, "limit": limit}
    (result,) = db.fetch([Statement(_PAGE.format(only=only), values)])
    return rows.page("tweets", result.all(Row), tweet_rows.read, limit)


def _unnamed_authors(tweets: Sequence[NewTweet], users: Sequence[User]) -> list[User]:
    """The authors of these tweets that are not among the users, each once."""
    named = {user["id"] for user in users}
    ids = dict.fromkeys(tweet["account_id"] for tweet in tweets if tweet["account_id"] not in named)
    return [_unnamed(account_id) for account_id in ids]


def _unnamed(account_id: str) -> User:
    return {
        "id": account_id,
        "username": None,
        "display_name": None,
        "bio": None,
        "followers_count": None,
        "following_count": None,
        "tweet_count": None,
    }
