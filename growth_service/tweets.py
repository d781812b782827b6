"""Tweets, as X sends them: a whole response in one batch, and the same response twice adds nothing."""

from typing import Any

from growth_service import accounts
from shared_schema import audit
from shared_schema.audit import Actor
from shared_schema.database import Statement
from shared_schema.fields import dumps
from shared_schema.idempotency import Once, Receipt
from shared_schema.problems import Invalid, NotFound, invalid
from shared_schema.tables import db
from shared_schema.tables.growth import Tweet

Row = dict[str, Any]

_METRICS = {
    "like_count": "likes",
    "retweet_count": "retweets",
    "reply_count": "replies",
    "impression_count": "impressions",
}
_NOTHING = {"created": 0, "updated": 0}
_NO_METRICS = '{"likes":0,"retweets":0,"replies":0}'

_COLUMNS = """
    t.id, t.account_id, a.username AS account_username, t.text, t.metrics, t.entities, t.ai_analysis,
    t.created_at, t.analyzed_at
"""
_JOIN = "FROM tweets t JOIN twitter_accounts a ON a.id = t.account_id"
_GET = f"SELECT {_COLUMNS} {_JOIN} WHERE t.id = ?"
_PAGE = f"SELECT {_COLUMNS} {_JOIN} WHERE t.id < :after {{only}} ORDER BY t.id DESC LIMIT :limit"
_ABOVE_ALL = ":"  # the character after 9

# "Updated" is every row that was there and is written again, whether or not anything in it is new.
_COUNTS = """
    SELECT NULL AS id, NULL AS old, json_object(
        'accounts', json_object(
            'created', (SELECT count(*) FROM json_each(:accounts) n
                        WHERE NOT EXISTS (SELECT 1 FROM twitter_accounts WHERE id = n.value->>'id')),
            'updated', (SELECT count(*) FROM json_each(:accounts) n
                        WHERE n.value->>'username' IS NOT NULL
                          AND EXISTS (SELECT 1 FROM twitter_accounts WHERE id = n.value->>'id'))),
        'tweets', json_object(
            'created', (SELECT count(*) FROM json_each(:tweets) n
                        WHERE NOT EXISTS (SELECT 1 FROM tweets WHERE id = n.value->>'id')),
            'updated', (SELECT count(*) FROM json_each(:tweets) n
                        WHERE EXISTS (SELECT 1 FROM tweets WHERE id = n.value->>'id')))) AS new
"""
# X leaves out what was not asked for and what is empty, so what is absent says nothing about what we have. A stored
# author gives way only to one that the body itself names.
_UPDATE = f"""
    UPDATE tweets SET
        account_id = coalesce(n.value->>'author_id', account_id),
        text = n.value->>'text',
        metrics = CASE WHEN n.value->>'metrics' IS NULL THEN metrics
                       ELSE json_patch(coalesce(metrics, '{_NO_METRICS}'), n.value->>'metrics') END,
        entities = coalesce(n.value->>'entities', entities),
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
# The batch is alone while it runs, so the last entry of the log is its own.
_RECEIPT = "SELECT new_values FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)"


def ingest(response: Row, account_id: str | None, actor: Actor, once: Once) -> Receipt:
    """Write a response of X. The receipt counts accounts and tweets, created and updated.

    `account_id` is the author of the tweets that do not name theirs. Invalid for an error of X, or without an author.
    """
    _check_answered(response)
    tweets = _tweets(response.get("data") or [], account_id)
    known = _accounts((response.get("includes") or {}).get("users") or [])
    if not tweets and not known:
        return Receipt({"accounts": _NOTHING, "tweets": _NOTHING}, replayed=False)
    authors = {row["account_id"]: {"id": row["account_id"]} for row in tweets}
    values = {"accounts": dumps(list((authors | known).values())), "tweets": dumps(tweets)}
    queries = [
        audit.entries(actor, "tweet.ingest", "tweet", _COUNTS, values),
        *accounts.upserts(values["accounts"]),
        Statement(_UPDATE, values),
        Statement(_INSERT, values),
    ]
    return once.write(queries, _RECEIPT, natural_key=True)


def get(tweet_id: str) -> Row:
    """One tweet, or NotFound."""
    (found,) = db.fetch([Statement(_GET, (tweet_id,))])
    tweet = found.first(dict)
    if tweet is None:
        raise NotFound("no such tweet")
    return _read(tweet)


def page(account_id: str | None, after: str | None, limit: int) -> list[Row]:
    """Tweets, of one account or all, latest first: by id as text, which is by time for every id of 19 digits (all
    since 2012), below the id `after`.
    """
    only = "AND t.account_id = :account" if account_id else ""
    values = {"account": account_id, "after": after or _ABOVE_ALL, "limit": limit}
    (found,) = db.fetch([Statement(_PAGE.format(only=only), values)])
    return [_read(row) for row in found.rows]


def _read(row: Row) -> Row:
    return row | {name: getattr(Tweet, name).python_value(row[name]) for name in ("metrics", "entities", "ai_analysis")}


def _check_answered(response: Row) -> None:
    """Refuse a body that is no answer: X says "nothing found" with a result_count of 0, and only so."""
    if response.get("data") is not None or (response.get("meta") or {}).get("result_count") == 0:
        return
    said = [response, *(error for error in response.get("errors") or [] if isinstance(error, dict))]
    reasons = [str(one.get("detail") or one.get("message") or one.get("title") or "") for one in said]
    if reason := next(filter(None, reasons), ""):
        raise invalid("data", f"X answered with an error, there is nothing to store: {reason[:300]}")
    raise invalid("data", "Missing: a response of X has it, or a meta.result_count of 0.")


def _tweets(sent: list[Row], account_id: str | None) -> list[Row]:
    """The tweets as columns, each id once. Invalid where an author is not known."""
    orphans = [f"data.{n}.author_id" for n, tweet in enumerate(sent) if not (tweet.get("author_id") or account_id)]
    if orphans:
        message = "Not in the body: ask X for the field author_id, or name the author with ?accountId=."
        raise Invalid("the author of a tweet is not known", errors={path: [message] for path in orphans})
    return list({tweet["id"]: _tweet(tweet, account_id) for tweet in sent}.values())


def _tweet(sent: Row, account_id: str | None) -> Row:
    note = sent.get("note_tweet") or {}  # a long tweet's text is cut off, the note has all of it
    entities = note.get("entities") or sent.get("entities")
    metrics = {
        name: count
        for field, name in _METRICS.items()
        if (count := (sent.get("public_metrics") or {}).get(field)) is not None
    }
    return {
        "id": sent["id"],
        "author_id": sent.get("author_id"),
        "account_id": sent.get("author_id") or account_id,
        "text": note.get("text") or sent["text"],
        "metrics": dumps(metrics) if metrics else None,
        "entities": dumps(_entities(entities)) if entities else None,
        "created_at": sent.get("created_at"),
    }


def _entities(sent: Row) -> Row:
    urls = [link.get("expanded_url") or link.get("url") for link in sent.get("urls") or []]
    return {
        "hashtags": [tag["tag"] for tag in sent.get("hashtags") or []],
        "mentions": [mention["username"] for mention in sent.get("mentions") or []],
        "urls": [url for url in urls if url],
    }


def _accounts(users: list[Row]) -> dict[str, Row]:
    """The users of a response as columns, by id. Invalid where two claim one handle."""
    found = {user["id"]: _account(user) for user in users}
    holders: dict[str, str] = {}
    for place, user in enumerate(users):
        if holders.setdefault(user["username"], user["id"]) != user["id"]:
            raise invalid(f"includes.users.{place}.username", "Another user of this response has this handle.")
    return found


def _account(user: Row) -> Row:
    counts = user.get("public_metrics") or {}
    return {
        "id": user["id"],
        "username": user["username"],
        "display_name": user.get("name"),
        "bio": user.get("description"),
        **{name: counts.get(name) for name in ("followers_count", "following_count", "tweet_count")},
    }
